"""The numbers and dates of a sentence as it means them, and whether two of them can both be right.

Knows what is only less precise ("about 5,000" and 4,987), by the words of ``data/disagree.toml``. Does not know names
or negations, or what the sentences come from.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files

from qa.reading.guards import values
from qa.text.dates import Date
from qa.text.numbers import PERCENT, Number
from qa.text.words import fold

_APPROXIMATE_SHARE = 0.15
"""How far a value may be from an approximate one, as a share of the larger."""
_ROUNDED_SHARE = 0.025
"""The same for one that has fewer digits of its own and so looks rounded."""
_APPROXIMATE_YEARS = 10
_YEARS_IN_A_DECADE = 10
_LEAST_ROUNDED = 1000
"""Smaller whole numbers are counted, not rounded."""
_BEFORE, _AFTER = 30, 12
"""Code points around a value in which a word that bounds it stands."""
_DIRECTLY_BEFORE = r"(?<!\w)(?:{})\W*(?:the\W+)?$"
_DIRECTLY_BEHIND = r"^\W*(?:{})(?!\w)"
_ANYWHERE = r"(?<!\w)(?:{})(?!\w)"


class Comparison(StrEnum):
    """What two values are to each other."""

    AGREE = "agree"
    EXCLUDE = "exclude"
    UNRELATED = "unrelated"


@dataclass(frozen=True, slots=True)
class Value:
    """A number or date as its sentence means it.

    Attributes:
        stated: what stands there.
        approximate: "about" or the like is said of it.
        at_least: it is the least that the value may be.
        at_most: it is the most.
    """

    stated: Number | Date
    approximate: bool = False
    at_least: bool = False
    at_most: bool = False

    @property
    def date(self) -> Date | None:
        """The date that it is, or may be: a number may be a year."""
        if isinstance(self.stated, Date):
            return self.stated
        year = self.stated.year
        return Date(self.stated.text, self.stated.start, self.stated.end, year) if year is not None else None


def values_of(sentence: str, language: str | None, *, first_too: bool = False) -> tuple[Value, ...]:
    """The values of a sentence, in order.

    A number word may be an article, "one" always; "first" counts only where ``first_too`` says so.
    """
    found = []
    for stated in values(sentence, language):
        is_article = isinstance(stated, Number) and stated.in_words and stated.amount <= 1
        if is_article and not (first_too and isinstance(stated, Number) and stated.ordinal):
            continue
        before = fold(sentence[max(0, stated.start - _BEFORE) : stated.start])
        after = fold(sentence[stated.end : stated.end + _AFTER])
        approximate = _says(_DIRECTLY_BEFORE, "approximate", before, language)
        approximate = approximate or _says(_DIRECTLY_BEHIND, "approximate", after, language)
        bounds = (_says(_DIRECTLY_BEFORE, table, before, language) for table in ("at_least", "at_most"))
        found.append(Value(stated, approximate, *bounds))
    return tuple(found)


def compare(first: Value, second: Value) -> Comparison:
    """Whether two values of the same thing could both be right."""
    excludes: bool | None = None
    if first.date is not None and second.date is not None:
        excludes = _dates_exclude(first, second, first.date, second.date)
    elif isinstance(first.stated, Number) and isinstance(second.stated, Number):
        excludes = _numbers_exclude(first, second, first.stated, second.stated)
    if excludes is None:
        return Comparison.UNRELATED
    return Comparison.EXCLUDE if excludes else Comparison.AGREE


def _dates_exclude(first: Value, second: Value, one: Date, other: Date) -> bool | None:
    """``None`` if they say nothing of the same part."""
    if one.year is not None and other.year is not None and one.year != other.year:
        return not _years_agree(first, second, one.year, other.year)
    if one.either or other.either:
        return None
    if one.month is not None and other.month is not None:
        return one.month != other.month or (None not in (one.day, other.day) and one.day != other.day)
    if one.year is not None and other.year is not None:
        return False
    if one.weekday is None or other.weekday is None:
        return None
    return one.weekday != other.weekday


def _years_agree(first: Value, second: Value, one: int, other: int) -> bool:
    for value, year, compared in ((first, one, other), (second, other, one)):
        decade = isinstance(value.stated, Number) and value.stated.decade
        if decade and year <= compared < year + _YEARS_IN_A_DECADE:
            return True
        if value.approximate and abs(one - other) <= _APPROXIMATE_YEARS:
            return True
    return _is_within(first, second, Fraction(one), Fraction(other))


def _is_within(first: Value, second: Value, one: Fraction, other: Fraction) -> bool:
    """Whether one is a bound that the other keeps; two bounds of one kind are compared like exact values."""
    if (first.at_least, first.at_most) == (second.at_least, second.at_most):
        return False
    return any(
        (value.at_least and compared >= amount) or (value.at_most and compared <= amount)
        for value, amount, compared in ((first, one, other), (second, other, one))
    )


def _numbers_exclude(first: Value, second: Value, one: Number, other: Number) -> bool | None:
    """``None`` if they count or measure different things."""
    if one.ordinal != other.ordinal or not (one.unit == other.unit or _unit_is_left_out(one, other)):
        return None
    if one.amount == other.amount or _is_within(first, second, one.amount, other.amount):
        return False
    distance = abs(one.amount - other.amount) / max(abs(one.amount), abs(other.amount))
    if first.approximate or second.approximate:
        return distance > _APPROXIMATE_SHARE
    return distance > _ROUNDED_SHARE or not _one_is_rounded(one.amount, other.amount)


def _unit_is_left_out(one: Number, other: Number) -> bool:
    return None in (one.unit, other.unit) and PERCENT not in (one.unit, other.unit)


def _one_is_rounded(one: Fraction, other: Fraction) -> bool:
    if min(one, other) < _LEAST_ROUNDED and one.denominator == other.denominator == 1:
        return False
    return _own_digits(one) != _own_digits(other)


def _own_digits(amount: Fraction) -> int:
    """How many digits a number has between its first and its last that is not 0."""
    return len(str(int(amount * 10**6)).strip("0"))


@cache
def _tables() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("qa.reading").joinpath("data", "disagree.toml").read_text(encoding="utf-8"))


@cache
def _pattern(form: str, table: str, language: str | None) -> re.Pattern[str] | None:
    words = _tables()[table].get(language or "")
    return re.compile(form.format(words)) if words else None


def _says(form: str, table: str, folded: str, language: str | None) -> bool:
    """Whether a folded text has one of a table's words, in the place that ``form`` has for them."""
    pattern = _pattern(form, table, language)
    return pattern is not None and pattern.search(folded) is not None


def is_opinion(sentence: str, language: str | None) -> bool:
    """Whether a sentence has words that make it somebody's opinion; not in a language that is not known."""
    return _says(_ANYWHERE, "opinion", fold(sentence), language)


def is_plan(sentence: str, language: str | None) -> bool:
    """Whether a sentence has words for what is only planned or expected; not in a language that is not known."""
    return _says(_ANYWHERE, "plan", fold(sentence), language)
