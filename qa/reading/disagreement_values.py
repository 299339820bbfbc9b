"""When two values cannot both be right: "5,000" and "3,000", but not "about 5,000" and "4,987".

Knows what is comparable, what is only less precise, and the words that make a value approximate or a bound, from
``data/disagree.toml``. Does not know whether two values are about the same thing.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files

from qa.text.moments import Moment
from qa.text.particular import Particular, ParticularKind
from qa.text.quantity import PERCENT, Quantity
from qa.text.words import fold

_YEARS = range(1000, 2100)
_APPROXIMATE_SHARE = 0.15
"""How far a value may be from an approximate one, as a share of the larger."""
_ROUNDED_SHARE = 0.025
"""The same for one that has fewer digits of its own and so looks rounded."""
_APPROXIMATE_YEARS = 10
_LEAST_ROUNDED = 1000
"""Smaller whole numbers are counted, not rounded."""
_BEFORE = 30
_AFTER = 12
"""Code points around a value in which a word that bounds it stands."""


class Sort(StrEnum):
    """What values are compared with what."""

    NUMBER = "number"
    TIME = "time"
    NAME = "name"
    NEGATION = "negation"


@dataclass(frozen=True, slots=True)
class Value:
    """A particular of a sentence as it is meant there.

    Attributes:
        particular: what stands there.
        sort: what it can be compared with.
        approximate: "about" or the like is said of it.
        at_least: it is the least that the value may be.
        at_most: it is the most.
    """

    particular: Particular
    sort: Sort
    approximate: bool = False
    at_least: bool = False
    at_most: bool = False


def value_of(particular: Particular, sentence: str, language: str | None) -> Value:
    """Read what a sentence says about one of its particulars."""
    before = fold(sentence[max(0, particular.start - _BEFORE) : particular.start])
    after = fold(sentence[particular.end : particular.end + _AFTER])
    return Value(
        particular,
        _sort(particular),
        approximate=_ends(before, "approximate", language) or _begins(after, "approximate", language),
        at_least=_ends(before, "at_least", language),
        at_most=_ends(before, "at_most", language),
    )


def _sort(particular: Particular) -> Sort:
    if particular.kind is ParticularKind.NAME:
        return Sort.NAME
    if particular.kind is ParticularKind.NEGATION:
        return Sort.NEGATION
    return Sort.TIME if particular.kind is ParticularKind.DATE or _year(particular) is not None else Sort.NUMBER


def _year(particular: Particular) -> int | None:
    """The year, or first year of a decade, that a number is."""
    value = particular.value
    if not isinstance(value, Quantity) or value.unit is not None or value.ordinal is True:
        return None
    if isinstance(value.amount, str) or value.amount not in _YEARS or not particular.text[:4].isdecimal():
        return None
    return int(value.amount)


class Comparison(StrEnum):
    """What two values are to each other."""

    AGREE = "agree"
    EXCLUDE = "exclude"
    UNRELATED = "unrelated"


def compare(first: Value, second: Value) -> Comparison:
    """Whether two values of the same thing could both be right; names are compared by how they are written only."""
    if first.sort is Sort.TIME and second.sort is Sort.TIME:
        excludes = _times_exclude(first, second)
    elif _is_number(first) and _is_number(second):
        excludes = _numbers_exclude(first, second)
    elif first.sort is second.sort:
        excludes = first.particular.value != second.particular.value
    else:
        return Comparison.UNRELATED
    if excludes is None:
        return Comparison.UNRELATED
    return Comparison.EXCLUDE if excludes else Comparison.AGREE


def _is_number(value: Value) -> bool:
    """Whether it may count something; what looks like a year may."""
    return isinstance(value.particular.value, Quantity)


def _times_exclude(first: Value, second: Value) -> bool | None:
    """``None`` if they say nothing of the same component."""
    one, other = _moment(first.particular), _moment(second.particular)
    if one.minutes is not None and other.minutes is not None:
        return not _same_clock(one, other)
    if one.year is not None and other.year is not None and one.year != other.year:
        return not _years_agree(first, second, one.year, other.year)
    return None if one.either or other.either else _days_exclude(one, other)


def _days_exclude(one: Moment, other: Moment) -> bool | None:
    """The same for two dates whose years do not differ."""
    if one.month is not None and other.month is not None:
        return one.month != other.month or (None not in (one.day, other.day) and one.day != other.day)
    if one.year is not None and other.year is not None:
        return False
    if None in (one.weekday, other.weekday) or one.day is not None or other.day is not None:
        return None
    return one.weekday != other.weekday


def _same_clock(one: Moment, other: Moment) -> bool:
    half_day = 12 * 60 if one.twelve_hours or other.twelve_hours else 24 * 60
    return ((one.minutes or 0) - (other.minutes or 0)) % half_day == 0


def _moment(particular: Particular) -> Moment:
    return particular.value if isinstance(particular.value, Moment) else Moment(year=_year(particular))


def _years_agree(first: Value, second: Value, one: int, other: int) -> bool:
    bounded = _bounds(first) != _bounds(second)
    for value, year, compared in ((first, one, other), (second, other, one)):
        quantity = value.particular.value
        if isinstance(quantity, Quantity) and quantity.decade is not False and year <= compared < year + 10:
            return True
        if value.approximate and abs(one - other) <= _APPROXIMATE_YEARS:
            return True
        if bounded and ((value.at_least and compared >= year) or (value.at_most and compared <= year)):
            return True
    return False


def _bounds(value: Value) -> tuple[bool, bool]:
    """Values that are bounds in the same way ("over 3,000", "over 5,000") are compared like exact ones."""
    return value.at_least, value.at_most


def _numbers_exclude(first: Value, second: Value) -> bool | None:
    """``None`` if they count or measure different things."""
    one, other = first.particular.value, second.particular.value
    if not (isinstance(one, Quantity) and isinstance(other, Quantity)) or not _comparable(one, other):
        return None
    if one.amount == other.amount:
        return False
    if isinstance(one.amount, str) or isinstance(other.amount, str):
        return True
    bounded = _bounds(first) != _bounds(second)
    for value, amount, compared in ((first, one.amount, other.amount), (second, other.amount, one.amount)):
        if bounded and ((value.at_least and compared >= amount) or (value.at_most and compared <= amount)):
            return False
    distance = abs(one.amount - other.amount) / max(abs(one.amount), abs(other.amount))
    if first.approximate or second.approximate:
        return distance > _APPROXIMATE_SHARE
    return distance > _ROUNDED_SHARE or not _one_is_rounded(one.amount, other.amount)


def _comparable(one: Quantity, other: Quantity) -> bool:
    """Whether both count or measure the same way; amounts in different units are not converted."""
    if None not in (one.ordinal, other.ordinal) and one.ordinal != other.ordinal:
        return False
    if one.unit == other.unit:
        return True
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


def _ends(text: str, table: str, language: str | None) -> bool:
    """Whether a folded text ends in one of a table's words."""
    alternatives = _tables()[table].get(language or "")
    return bool(alternatives) and _pattern(rf"(?<!\w)(?:{alternatives})\W*(?:the\W+)?$").search(text) is not None


def _begins(text: str, table: str, language: str | None) -> bool:
    """Whether a folded text begins with one of a table's words."""
    alternatives = _tables()[table].get(language or "")
    return bool(alternatives) and _pattern(rf"\W*(?:{alternatives})(?!\w)").match(text) is not None


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression)


@cache
def opinion_pattern(language: str | None) -> re.Pattern[str] | None:
    """Words that make a folded sentence somebody's opinion; ``None`` in a language that is not known."""
    alternatives = _tables()["opinion"].get(language or "")
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)") if alternatives else None
