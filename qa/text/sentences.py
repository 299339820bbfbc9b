"""Sentences and passages, as offsets into the document.

A passage is a run of whole sentences from neighbouring paragraphs; it never reaches across junk. Knows where sentences
end (the ``sentencex`` rules of the Wikimedia Foundation, repaired where scraped text misleads them). Does not know what
the sentences say, and never changes a character of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import sentencex

from qa.records import Passage, Span

_LONGEST_SENTENCE = 1500
"""Code points. Text without sentence ends (tables, logs, one endless line) is cut near white space at this length."""

_BLOCK = re.compile(r"[^\S\n]*\n(?:[^\S\n]*\n)+|\f|\u2029")
_LINE = re.compile(r"\r\n|\r|\n|\u2028|\x0b|\x85")
_STOPS = tuple(".!?…:;。！？।؟")
_CLOSING = "\"'”’»“)] \t\u00a0"
_CLOSING_QUOTES = tuple('"”’»“')
WRAPPED_LINE = range(45, 101)
"""Code points that a line of hard-wrapped text has, the last one of a paragraph aside."""
_ATTRIBUTION_WORDS = 4
_TABLE_LINES = 2
_ITEM_NUMBER = re.compile(r"\(?(?:[0-9]{1,3}|[a-zA-Z])[.)]")
_ITEM_GAP = 3
_QUOTED = re.compile(r'"[^"\n]*"')


def split_sentences(text: str, span: Span, language: str) -> Iterator[Span]:
    """Yield the sentences of ``text[span.start:span.end]``, in order, without surrounding white space.

    Args:
        text: the whole text of the source.
        span: the part to split; no sentence reaches beyond it.
        language: ISO 639-1 code; chooses the abbreviations that do not end a sentence.
    """
    for paragraph in _paragraphs(text, span):
        yield from _sentences_of_paragraph(text, paragraph, language)


def split_passages(text: str, kept: Iterable[Span], language: str, max_characters: int) -> tuple[Passage, ...]:
    """Cut the kept spans of a text into passages.

    Paragraphs are put together while they fit into ``max_characters``; a longer paragraph is cut between sentences.
    Every sentence is in exactly one passage.

    Args:
        text: the whole text of the source.
        kept: the spans that are not junk, sorted, not overlapping.
        language: ISO 639-1 code.
        max_characters: code points that a passage of several sentences may have.
    """
    passages: list[Passage] = []
    for span in kept:
        pending: list[Span] = []
        for paragraph in _paragraphs(text, span):
            sentences = list(_sentences_of_paragraph(text, paragraph, language))
            if not sentences:
                continue
            if pending and sentences[-1].end - pending[0].start > max_characters:
                passages.extend(_pack(pending, max_characters))
                pending = []
            pending.extend(sentences)
        passages.extend(_pack(pending, max_characters))
    return tuple(passages)


def _pack(sentences: Sequence[Span], max_characters: int) -> Iterator[Passage]:
    """Cut a run of sentences into as few passages as fit, of about equal length."""
    if not sentences:
        return
    start, length = sentences[0].start, sentences[-1].end - sentences[0].start
    shares = -(-length // max_characters)
    run: list[Span] = []
    share_of_run = 0
    for sentence in sentences:
        middle = (sentence.start + sentence.end) / 2 - start
        share = int(middle * shares / length)
        if run and (share != share_of_run or sentence.end - run[0].start > max_characters):
            yield Passage(run[0].start, run[-1].end, tuple(run))
            run = []
        run.append(sentence)
        share_of_run = share
    yield Passage(run[0].start, run[-1].end, tuple(run))


def _paragraphs(text: str, span: Span) -> Iterator[Span]:
    """Blocks between blank lines, and single lines where a line break is not a mere wrap."""
    start = span.start
    for gap in _BLOCK.finditer(text, span.start, span.end):
        yield from _unwrapped_lines(text, Span(start, gap.start()))
        start = gap.end()
    yield from _unwrapped_lines(text, Span(start, span.end))


def _unwrapped_lines(text: str, block: Span) -> Iterator[Span]:
    breaks = [(found.start(), found.end()) for found in _LINE.finditer(text, block.start, block.end)]
    starts = [block.start, *(end for _, end in breaks)]
    ends = [*(begin for begin, _ in breaks), block.end]
    lines = [Span(start, end) for start, end in zip(starts, ends, strict=True) if text[start:end].strip()]
    if not lines:
        return
    table = is_table([text[line.start : line.end] for line in lines])
    wrapped = len(lines) > 1 and not table and all(line.end - line.start in WRAPPED_LINE for line in lines[:-1])
    start = lines[0].start
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        goes_on = (
            following is not None
            and not table
            and (wrapped or runs_on(text[line.start : line.end], text[following.start : following.end]))
        )
        if not goes_on:
            yield Span(start, line.end)
            if following is not None:
                start = following.start


def is_table(lines: Sequence[str]) -> bool:
    """Whether lines are the rows of a table: all with equally many of a sign that parts cells, outside of quotes."""
    if len(lines) < _TABLE_LINES:
        return False
    plain = [_QUOTED.sub("", line) for line in lines] if any('"' in line for line in lines) else lines
    for sign in "\t|;,":
        first = plain[0].count(sign)
        if first and all(line.count(sign) == first for line in plain):
            # A comma is in every sentence; several in each of many lines are not.
            return sign != "," or (first > 1 and (len(lines) > _TABLE_LINES or not any(", " in line for line in plain)))
    return False


def runs_on(line: str, following: str) -> bool:
    """Whether a line goes on in the next one: it ends without a stop, and the next begins in lower case."""
    return following[:1].islower() and not line.rstrip(_CLOSING).endswith(_STOPS)


def _sentences_of_paragraph(text: str, paragraph: Span, language: str) -> Iterator[Span]:
    pieces: list[Span] = []
    for piece in _segment(text, paragraph, language):
        if pieces and _belongs_to_previous(text, pieces[-1], piece):
            pieces[-1] = Span(pieces[-1].start, piece.end)
        else:
            pieces.append(piece)
    for piece in pieces:
        yield from _cut_if_endless(text, piece)


def _segment(text: str, paragraph: Span, language: str) -> Iterator[Span]:
    offset = paragraph.start
    for boundary in sentencex.get_sentence_boundaries(language, text[paragraph.start : paragraph.end]):
        start, end = offset + boundary["start_index"], offset + boundary["end_index"]
        sentence = _stripped(text, start, end)
        if sentence is not None:
            yield sentence


def _belongs_to_previous(text: str, previous: Span, piece: Span) -> bool:
    """Whether a piece cannot stand as a sentence: no letters or digits, a lower-case start, or "X said." after a quote.

    Neither can what stands behind the number of a list's item, which is no sentence either.

    A join is refused once the sentence would grow endless.
    """
    if piece.end - previous.start > _LONGEST_SENTENCE:
        return False
    words = text[piece.start : piece.end]
    if _ITEM_NUMBER.fullmatch(text, previous.start, previous.end) and piece.start - previous.end <= _ITEM_GAP:
        return True
    if words[0].islower() or not any(character.isalnum() for character in words):
        return True
    after_quote = text[previous.start : previous.end].endswith(_CLOSING_QUOTES)
    attribution = len(words.split()) <= _ATTRIBUTION_WORDS and words.endswith(".") and words[0].isalpha()
    return after_quote and attribution


def _cut_if_endless(text: str, sentence: Span) -> Iterator[Span]:
    start = sentence.start
    while sentence.end - start > _LONGEST_SENTENCE:
        cut = max(text.rfind(" ", start, start + _LONGEST_SENTENCE), text.rfind("\n", start, start + _LONGEST_SENTENCE))
        end = cut if cut > start + _LONGEST_SENTENCE // 2 else start + _LONGEST_SENTENCE
        piece = _stripped(text, start, end)
        if piece is not None:
            yield piece
        start = end
    piece = _stripped(text, start, sentence.end)
    if piece is not None:
        yield piece


def _stripped(text: str, start: int, end: int) -> Span | None:
    words = text[start:end]
    left = len(words) - len(words.lstrip())
    right = len(words.rstrip())
    return Span(start + left, start + right) if right > left else None
