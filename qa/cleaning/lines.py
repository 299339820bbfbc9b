"""Cuts a text into lines and hard-wrapped paragraphs, and tells by form alone what looks like a sentence or a headline.

Knows: line breaks, punctuation, capitals, counts of words. Does not know: what any word means, or which unit is junk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qa.text.sentences import WRAPPED_LINE, is_table, runs_on

_BREAK = re.compile(r"\r\n|[\n\r\f\v\u0085\u2028\u2029]")
_SURROUNDING_SPACE = " \t\u00a0\u202f\u200b\ufeff"
_CLOSING = "\"'”’»“‘\u203a)]\uff09」』*_ "
_STOPS = (".", "!", "?", "…", "。", "！", "？", "؟", "।", "\u06d4")
_LIST_MARK = re.compile(r"(?:[-–—•*·▪●◦+]|\(?[0-9]{1,3}[.)]|[a-z][.)])[ \t\u00a0]")
_REMARK = re.compile(r"\s[(\[][^()\[\]]{0,80}[)\]]$")
_HEADING_MARK = re.compile(r"#{1,6}[ \t]+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_CJK_PER_WORD = 2

_SHORT = 500
"""Code points. Longer units are prose, whatever they look like; no pattern is tried on them."""
_MIN_SENTENCE_WORDS = 2
_MIN_COLON_WORDS = 4
_MIN_PROSE_WORDS = 26
_MAX_HEADLINE_WORDS = 25
_WRAP_SLACK = 24
_MIN_WRAPPED_LINES = 3
_ROW = re.compile(r"[^:;]{1,80}: [^;]{1,200}(?:; [^;]{1,200})+")
_NUMBERED = re.compile(r"(?:[0-9]{1,2}(?:\.[0-9]{1,2})+[.)]?|[0-9]{1,2}[.)]|§\s?[0-9]+)\s")
_STATED = re.compile(r"[0-9]|^(?:[^\s:]+\s){0,2}[^\s:]+:\s+[^\s:]")
_LABELLED = re.compile(r"(?:[^\s:]+\s){0,2}[^\s:]+:\s+[^\s:]")
_YEAR = re.compile(r"(?<![0-9.,])[12][0-9]{3}(?![0-9.,])")
_VERSE_LINES = 4
_FIGURE_LINES = 2
_VERSE_WORDS = 3
_MAX_VERSE_WORDS = 20


@dataclass(frozen=True, slots=True)
class Unit:
    """A line, or a paragraph of wrapped lines: ``text[start:end]`` without surrounding space.

    ``after_blank`` says whether an empty line (or the start of the text) stands before it.
    """

    start: int
    end: int
    text: str = field(repr=False)
    after_blank: bool
    words: int

    @property
    def is_short(self) -> bool:
        """Whether the unit may be anything but prose."""
        return len(self.text) <= _SHORT

    @property
    def is_list_item(self) -> bool:
        """Whether it starts with a bullet, a dash or a number."""
        return _LIST_MARK.match(self.text) is not None

    @property
    def is_markdown_heading(self) -> bool:
        """Whether it starts with number signs, as headings in Markdown do."""
        return self.is_short and _HEADING_MARK.match(self.text) is not None

    @property
    def heading(self) -> str:
        """The text without the marks that Markdown puts around headings."""
        return _HEADING_MARK.sub("", self.text, count=1).strip(" #*_")

    @property
    def is_stopped(self) -> bool:
        """Whether it ends as a sentence does, a remark in brackets aside."""
        end = self.text[-_SHORT:]
        return end.rstrip(_CLOSING).endswith(_STOPS) or _REMARK.sub("", end).rstrip(_CLOSING).endswith(_STOPS)

    @property
    def is_sentence(self) -> bool:
        """Whether it reads like at least one sentence of running text."""
        if self.is_markdown_heading:
            return False
        if self.text.endswith((":", ",", ";")):
            return self.words >= _MIN_COLON_WORDS
        stopped = self.is_stopped and any(character.isalpha() for character in self.text)
        return (stopped and (self.words >= _MIN_SENTENCE_WORDS or len(self.text) > 1)) or self.words >= _MIN_PROSE_WORDS

    @property
    def is_headline(self) -> bool:
        """Whether it could be a headline or a heading: a few words, a capital or digit in front, no stop."""
        if not self.is_short or self.is_list_item or self.words > _MAX_HEADLINE_WORDS:
            return False
        if self.is_markdown_heading:
            return True
        first = next((character for character in self.text if character.isalnum()), "")
        ends_open = self.text.endswith((":", ",", ";"))
        return bool(first) and not first.islower() and not ends_open and (not self.is_stopped or self.is_question)

    @property
    def is_statement(self) -> bool:
        """Whether it gives a number, or something behind a colon: a fact by itself, though no sentence."""
        words = _NUMBERED.sub("", self.text, count=1) if self.is_short else ""
        return any(map(str.isalpha, words)) and _STATED.search(words) is not None

    @property
    def is_labelled(self) -> bool:
        """Whether it gives something behind a name and a colon."""
        return self.is_short and _LABELLED.match(self.text) is not None

    @property
    def has_figures(self) -> bool:
        """Whether it is a statement for more than the year in it, as a heading may have one."""
        return self.is_statement and _STATED.search(_YEAR.sub("", _NUMBERED.sub("", self.text, count=1))) is not None

    @property
    def is_row(self) -> bool:
        """Whether it reads like a row of a table that names its columns, as the loaders write them."""
        return _ROW.fullmatch(self.text) is not None

    @property
    def is_question(self) -> bool:
        """Whether it ends with a question mark."""
        return self.text.endswith(("?", "？", "؟"))


def units_of(text: str, start: int = 0) -> list[Unit]:
    """The units of ``text[start:]`` in order; every character outside them is white space."""
    units: list[Unit] = []
    block: list[Unit] = []
    after_blank = True
    for line_start, line_end in _lines(text, start):
        words = text[line_start:line_end]
        left = len(words) - len(words.lstrip(_SURROUNDING_SPACE))
        line = words.strip(_SURROUNDING_SPACE).strip()
        if not line:
            units.extend(_unwrap(text, block))
            block = []
            after_blank = True
            continue
        left += len(words[left:]) - len(words[left:].lstrip())
        begin = line_start + left
        block.append(_unit(text, begin, begin + len(line), after_blank=after_blank))
        after_blank = False
    units.extend(_unwrap(text, block))
    return units


def _lines(text: str, start: int) -> Iterator[tuple[int, int]]:
    for found in _BREAK.finditer(text, start):
        yield start, found.start()
        start = found.end()
    yield start, len(text)


def _unit(text: str, start: int, end: int, *, after_blank: bool) -> Unit:
    content = text[start:end]
    words = sum(any(map(str.isalnum, word)) for word in content[: 4 * _SHORT].split())
    cjk = len(_CJK.findall(content[:_SHORT]))
    return Unit(start, end, content, after_blank, max(words, cjk // _CJK_PER_WORD))


def _unwrap(text: str, lines: list[Unit]) -> Iterator[Unit]:
    """Put the lines of a wrapped paragraph together; lines that are units of their own stay alone."""
    if is_table([line.text for line in lines]):
        yield from lines
        return
    if _is_wrapped(lines):
        yield _unit(text, lines[0].start, lines[-1].end, after_blank=lines[0].after_blank)
        return
    pending: Unit | None = None
    for line in lines:
        if pending is not None and _goes_on(pending, line):
            pending = _unit(text, pending.start, line.end, after_blank=pending.after_blank)
        else:
            if pending is not None:
                yield pending
            pending = line
    if pending is not None:
        yield pending


def _is_wrapped(lines: list[Unit]) -> bool:
    if len(lines) < _MIN_WRAPPED_LINES or any(line.is_list_item for line in lines):
        return False
    lengths = [len(line.text) for line in lines[:-1]]
    even = all(length in WRAPPED_LINE for length in lengths) and max(lengths) - min(lengths) <= _WRAP_SLACK
    return even and sum(line.is_stopped for line in lines[:-1]) * 2 < len(lengths)


def _goes_on(line: Unit, following: Unit) -> bool:
    """Whether a line is so long that it may be wrapped, and the next one reads as if it were."""
    return len(line.text) >= WRAPPED_LINE.start and not line.is_stopped and runs_on(line.text, following.text)


def line_key(text: str) -> str:
    """A line in lower case with single spaces, for telling whether two lines say the same."""
    return " ".join(text.lower().split())


def verse_lines(units: Sequence[Unit], rules: Sequence[str | None]) -> frozenset[int]:
    """Lines of verse and lists: blocks of short ones and nothing else, too wordy for a menu or full of figures."""
    return frozenset(index for block in _blocks(units) if _is_list(units, rules, block) for index in block)


def row_lines(units: Sequence[Unit]) -> frozenset[int]:
    """Rows of tables: neighbouring lines with the same signs between their cells, or lines with names of columns."""
    named = (index for index, unit in enumerate(units) if unit.is_row)
    tables = (block for block in _blocks(units) if is_table([units[index].text for index in block]))
    return frozenset([*named, *(index for block in tables for index in block)])


def _blocks(units: Sequence[Unit]) -> Iterator[range]:
    """The runs of units without an empty line between them."""
    starts = [index for index, unit in enumerate(units) if unit.after_blank]
    return (range(start, end) for start, end in zip(starts, [*starts, len(units)][1:], strict=True))


def _is_list(units: Sequence[Unit], rules: Sequence[str | None], block: range) -> bool:
    if not all(rules[index] is None and units[index].words <= _MAX_VERSE_WORDS for index in block):
        return False
    figures = sum(units[index].is_statement for index in block)
    if figures >= _FIGURE_LINES and figures * 2 >= len(block) and not any(units[index].is_sentence for index in block):
        return True
    return len(block) >= _VERSE_LINES and sum(units[i].words for i in block) >= _VERSE_WORDS * len(block)
