"""Reads what a model wrote: plain sentences, each with the numbers of the passages it cites.

Knows the ways in which models write citations and decorate text. Does not know whether a sentence is true.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rapidfuzz import fuzz

from qa.records import Span
from qa.text.sentences import split_sentences
from qa.text.words import fold

_NUMBERS = r"[0-9]{1,3}(?:\s*(?:,|;|&|and|und|et|y|e|-|–)\s*[0-9]{1,3})*"
_WORD = (
    r"(?:(?:source|passage|document|article|quelle|artikel|dokument|fuente|fonte)s?n?\s*:?\s*(?:no\.?|nr\.?|\#)?\s*)"
)
_MARK = re.compile(
    rf"""
    \s* (?:
        \[ \^? \s* {_WORD}? (?P<square> {_NUMBERS} ) \s* \]
      | 【 \s* {_WORD}? (?P<black> {_NUMBERS} ) [^】]{{0,40}} 】
      | ［ \s* (?P<wide> {_NUMBERS} ) \s* ］
      | \( \s* (?P<word> {_WORD} )? (?P<round> {_NUMBERS} ) \s* \)
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_RANGE = re.compile(r"([0-9]+)\s*[-–]\s*([0-9]+)")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^)]*\)")
_LINK = re.compile(r"(?<!\])\[([^\[\]]*)\]\([^)\s]*(?:\s[^)]*)?\)")
_MARKUP_LEFT = re.compile(r"<(?=[A-Za-z/!?])")
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_LINE_START = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|[-*+•–][ \t]+|>[ \t]*)", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*([0-9]{1,2})[.)][ \t]+(?=\S)", re.MULTILINE)
_EMPHASIS = re.compile(r"(\*\*\*|\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")
_SPACE_BEFORE_STOP = re.compile(r"\s+(?=[.,;:!?](?:\s|$))")
_FENCE = re.compile(r"^[ \t]*```.*$", re.MULTILINE)
_SAME_QUESTION = 90.0
"""Letters in a hundred that a repeated question shares with the one that was asked."""
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


@dataclass(frozen=True, slots=True)
class WrittenSentence:
    """A sentence without its citation marks, and the passages that it cites, from 1, in the order written."""

    text: str
    cited: tuple[int, ...]


def read_sentences(text: str, passages: int, language: str) -> tuple[WrittenSentence, ...]:
    """Split a model's answer into sentences and read their citations.

    A mark belongs to the sentence it stands in or right behind; at the beginning of a line, to the one that follows.
    Numbers of passages that do not exist are dropped; in round brackets they are part of the text, as in "(1995)".

    Args:
        text: as the model wrote it; Markdown and HTML become plain text.
        passages: how many passages the model was shown.
        language: ISO 639-1, for sentence ends.
    """
    bare, marks = _take_marks(_plain(text), passages)
    spans = [span for span in split_sentences(bare, Span(0, len(bare)), language) if _says_something(bare, span)]
    cited: list[list[int]] = [[] for _ in spans]
    for position, numbers, at_line_start in marks:
        index = bisect_left(spans, position + at_line_start, key=lambda span: span.start)
        owner = min(index, len(spans) - 1) if at_line_start else max(index - 1, 0)
        if spans:
            cited[owner].extend(number for number in numbers if number not in cited[owner])
    return tuple(
        WrittenSentence(_SPACE_BEFORE_STOP.sub("", " ".join(bare[span.start : span.end].split())), tuple(numbers))
        for span, numbers in zip(spans, cited, strict=True)
    )


def _take_marks(text: str, passages: int) -> tuple[str, list[tuple[int, tuple[int, ...], bool]]]:
    """The text without its marks; and for each its place there, its numbers, and whether it begins a line."""
    pieces: list[str] = []
    marks: list[tuple[int, tuple[int, ...], bool]] = []
    length = position = 0
    for match in _MARK.finditer(text):
        numbers = _numbers(match)
        known = tuple(number for number in numbers if 1 <= number <= passages)
        if match["round"] is not None and match["word"] is None and len(known) < len(numbers):
            continue
        piece = text[position : match.start()]
        pieces.append(piece)
        length += len(piece)
        so_far = "".join(pieces)
        begins_line = "\n" in match.group()[: len(match.group()) - len(match.group().lstrip())] or not so_far.strip()
        if begins_line and so_far.strip():
            pieces.append("\n")
            length += 1
        marks.append((length, known, begins_line))
        position = match.end()
        if position < len(text) and text[position].isalnum():
            pieces.append(" ")
            length += 1
    pieces.append(text[position:])
    return "".join(pieces), marks


def _numbers(match: re.Match[str]) -> list[int]:
    text = match["square"] or match["black"] or match["wide"] or match["round"]
    numbers: list[int] = []
    for first, last in _RANGE.findall(text):
        numbers.extend(range(int(first), min(int(last), int(first) + 20) + 1))
    numbers.extend(int(number) for number in re.findall(r"[0-9]+", _RANGE.sub(" ", text)))
    return sorted(set(numbers))


def _plain(text: str) -> str:
    """The text without Markdown, HTML and characters that do not show; alternative texts of images go too."""
    text = "".join(
        character for character in text if character in "\n\t" or unicodedata.category(character) not in _INVISIBLE
    )
    before = None
    while text != before:  # taking markup out may put other markup together
        before = text
        text = _TAG.sub("", _IMAGE.sub("", _FENCE.sub("", text)))
        text = _LINK.sub(lambda match: f"[{match[1]}] " if match[1].strip().isdigit() else match[1], text)
    text = _MARKUP_LEFT.sub("‹", text).replace("](", "] (")
    text = _LINE_START.sub("\n", text)
    if [match[1] for match in _NUMBERED.finditer(text)][:2] == ["1", "2"]:  # a list, rather than "3. Oktober"
        text = _NUMBERED.sub("\n", text)
    return _EMPHASIS.sub(r"\2", text).strip()


def _says_something(text: str, span: Span) -> bool:
    return any(character.isalnum() for character in text[span.start : span.end])


def refuses(sentence: str) -> bool:
    """Whether a sentence says in a model's own words that what it was shown does not answer."""
    return any(pattern.search(fold(sentence)) for pattern in _refusing())


def repeats(sentence: str, question: str) -> bool:
    """Whether a sentence only asks: it is the question again, or another one."""
    return sentence.rstrip().endswith(("?", "？", "؟")) or fuzz.ratio(fold(sentence), fold(question)) >= _SAME_QUESTION


@cache
def _refusing() -> tuple[re.Pattern[str], ...]:
    text = files("qa.answering").joinpath("data", "refusing.toml").read_text(encoding="utf-8")
    return tuple(re.compile(line) for line in tomllib.loads(text)["patterns"].splitlines() if line)
