"""What the makers of examples share: sentences, names, and texts in which words are exchanged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa.text.language import function_words

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”»)]?\s+(?=[\"“«(]?[A-ZÄÖÜÅÉÈÇİŞĞ0-9])|(?<=[。！？])")
_NOT_AN_END = re.compile(
    r"(?:\b(?:[A-Z]|[Mm]rs?|[Dd]r|[Ss]t|[Nn]o|[Vv]ol|[Pp]rof|[Jj]r|[Cc]a?|vs|Inc|Co|esim|mm|U\.S)|(?<!\d)\d{1,2})\.$"
)
_NAME = re.compile(r"(?<!\w)[A-ZÄÖÜÅÉ][\w'’.-]*[a-zäöüåé](?: (?:(?:of|the|de|du|von|van|al) )?[A-ZÄÖÜÅÉ][\w'’-]*\w)*")
_BEGINS = re.compile(r"(?:^|[.!?:\"“«(] ?)$")
NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w]|[.,]\d)")
_LEAST_SENTENCE, _MOST_SENTENCE = 30, 300


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, ``text[start:end]``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The part itself."""
        return text[self.start : self.end]


def sentences(text: str) -> list[Piece]:
    """The sentences of a paragraph, roughly: good enough to make examples from."""
    found, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        if not _NOT_AN_END.search(text, start, match.start()):
            found.append(Piece(start, match.start()))
            start = match.end()
    found.append(Piece(start, len(text)))
    return [piece for piece in found if piece.start < piece.end]


def usable(sentence: str) -> bool:
    """Whether a sentence is whole and neither very short nor very long."""
    return _LEAST_SENTENCE <= len(sentence) <= _MOST_SENTENCE and sentence[-1] in ".!。"


def names(sentence: str) -> list[Piece]:
    """What is written like a name; not for languages that capitalise nouns.

    A word that only begins a sentence is none, and so a name there is left out, but for one after "The" and the like.
    """
    found = []
    for match in _NAME.finditer(sentence):
        start = match.start()
        if _BEGINS.search(sentence, 0, start):
            first, _, rest = match[0].partition(" ")
            if not rest or first.lower() not in function_words("en"):
                continue
            start += len(first) + 1
        found.append(Piece(start, match.end()))
    return found


def around(text: str, pieces: list[Piece], place: int, before: int, after: int) -> str:
    """A sentence with so many before and after it."""
    first, last = max(0, place - before), min(len(pieces) - 1, place + after)
    return text[pieces[first].start : pieces[last].end]


def replaced(text: str, piece: Piece, other: str) -> str:
    """The text with one part exchanged."""
    return text[: piece.start] + other + text[piece.end :]


def rewritten(text: str, word: re.Pattern[str], change: Callable[[str], str]) -> tuple[str, Callable[[Piece], Piece]]:
    """The text with each word changed, and where parts of the old text are in the new one."""
    made: list[str] = []
    moves: list[tuple[int, int, int, int]] = []
    done = length = 0
    for match in word.finditer(text):
        new = change(match[0])
        gap = text[done : match.start()]
        made += [gap, new]
        moves.append((match.start(), match.end(), length + len(gap), length + len(gap) + len(new)))
        length += len(gap) + len(new)
        done = match.end()
    made.append(text[done:])

    def moved(piece: Piece) -> Piece:
        start, end, shift = piece.start, piece.end, 0
        new_start, new_end = None, None
        for old_start, old_end, made_start, made_end in moves:
            if new_start is None and start < old_end:
                new_start = made_start if start >= old_start else start + shift
            if end <= old_start:
                break
            if end <= old_end:
                new_end = made_end
                break
            shift = made_end - old_end
        return Piece(start + shift if new_start is None else new_start, end + shift if new_end is None else new_end)

    return "".join(made), moved


def overlapping(pieces: list[Piece], start: int, end: int) -> Iterator[int]:
    """The numbers of the pieces that share a character with a range."""
    return (number for number, piece in enumerate(pieces) if piece.start < end and start < piece.end)
