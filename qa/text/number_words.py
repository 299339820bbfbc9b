"""Reads numbers written as words: "twenty-one", "quatre-vingt-dix", "mil millones", "two thirds", "1.5 million".

Knows how number words follow each other (``qa.text.number_grammar`` knows the words). Does not know digits, units, or
where in a sentence a number stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from qa.text.number_grammar import HUNDRED, NumberWord, fits_below, multiplied, number_word
from qa.text.particular import tables
from qa.text.words import fold

_TEENS = range(13, 21)
"""What "nineteen ninety-five" may begin with."""
_TEN, _TWENTY, _THOUSAND = 10, 20, 1000
_SCORE, _FOUR_SCORE = 4, 80
_HALVES = 2
"""Denominator that has a word of its own, so "one second" is a time."""


@dataclass(frozen=True, slots=True)
class WordNumber:
    """A number read from some consecutive words: ``words[:length]``."""

    value: Fraction
    length: int
    is_ordinal: bool
    is_vague: bool


@cache
def _vague(language: str | None) -> frozenset[str]:
    return frozenset(fold(word) for word in tables()["number_words"].get(language or "", {}).get("vague", "").split())


@cache
def _scores(language: str | None) -> frozenset[str]:
    return frozenset(tables()["number_words"].get(language or "", {}).get("score", "").split())


def read_number(words: Sequence[str], language: str | None, start: Fraction | None = None) -> WordNumber | None:
    """Read the longest number that begins with the first word.

    Args:
        words: consecutive folded words, hyphens already separating them.
        language: ISO 639-1 code or ``None``.
        start: a number in digits that stands before the words; only multipliers may follow it ("1.5 million").

    Returns:
        The number and how many words it takes; ``None`` if the first word does not begin or continue one.
    """
    reader = _Reader(language, start)
    for word in words:
        if not reader.take(word):
            break
    return reader.result()


class _Reader:
    """Takes words one by one as long as they make one number."""

    def __init__(self, language: str | None, start: Fraction | None) -> None:
        self._language = language
        self._joiner = fold(tables()["number_words"].get(language or "", {}).get("and", ""))
        self._from_digits = start is not None
        self._total, self._current = Fraction(0), start or Fraction(0)
        self._length = self._pending = 0
        self._words: list[str] = []
        self._is_ordinal = self._closed = False
        self._is_bare_multiplier = start is None

    def take(self, word: str) -> bool:
        if self._closed:
            return False
        if word == self._joiner and self._length and not self._from_digits:
            self._pending += 1
            return self._pending == 1
        part = number_word(word, self._language)
        if part is None or not (self._add_score(word) or self._add(part)):
            return False
        self._length += 1 + self._pending
        self._pending = 0
        self._words.append(word)
        return True

    def result(self) -> WordNumber | None:
        if not self._length:
            return None
        vague = (len(self._words) == 1 and self._words[0] in _vague(self._language)) or self._is_bare_multiplier
        return WordNumber(self._total + self._current, self._length, self._is_ordinal, vague)

    def _add_score(self, word: str) -> bool:
        """The score in "quatre-vingts"; it multiplies."""
        if self._current % HUNDRED != _SCORE or word not in _scores(self._language):
            return False
        self._current += _FOUR_SCORE - _SCORE
        return True

    def _add(self, part: NumberWord) -> bool:
        if part.role == "multiplier":
            if self._pending:
                return False  # "two and million"; but "hundred and one thousand" has its unit in between
            self._total, self._current = multiplied(self._total, self._current, part.value)
            return True
        if self._from_digits:
            return False
        if part.role in ("fraction", "count"):
            return self._add_fraction(part)
        if part.role == "ordinal" and not self._length and part.value == HUNDRED:
            self._current = part.value
        elif not self._fits(part.value):
            return self._add_year_half(part) or self._add_ordinal_fraction(part)
        else:
            self._current += part.value
        self._is_bare_multiplier = False
        if part.role == "ordinal":
            self._is_ordinal = self._closed = True
        return True

    def _fits(self, value: Fraction) -> bool:
        """Whether a unit continues the number; after "and" it must fill the tens or follow hundreds or thousands."""
        if not self._length:
            return True
        if self._pending and not (self._current >= _TWENTY or self._total):  # "one and two" are two numbers
            return False
        if self._current == 0:
            return self._total % 1000 == 0
        return fits_below(self._current, value) or (self._current % _THOUSAND == 0 and value < _THOUSAND)

    def _add_fraction(self, part: NumberWord) -> bool:
        """The word "half" alone, or "two thirds"; never a part of a larger number."""
        if self._length > 1 or self._pending:
            return False
        self._current = (self._current or Fraction(1)) * part.value
        self._is_bare_multiplier = False
        self._closed = True
        return True

    def _add_year_half(self, part: NumberWord) -> bool:
        """The rest of "nineteen ninety": two two-digit numbers that name a year."""
        if self._length != 1 or self._pending or self._total or self._current not in _TEENS:
            return False
        if part.role != "unit" or not _TEN <= part.value < HUNDRED:
            return False
        self._current = self._current * HUNDRED + part.value
        return True

    def _add_ordinal_fraction(self, part: NumberWord) -> bool:
        """The rest of "one third": a small number and an ordinal that names the parts."""
        if part.role != "ordinal" or self._length != 1 or self._pending or self._total or part.value <= self._current:
            return False
        if part.value == _HALVES or not tables()["number_words"][self._language or ""].get("ordinal_fractions"):
            return False
        self._current /= part.value
        self._closed = True
        return True
