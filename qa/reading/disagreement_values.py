"""Which numbers and dates stand in the same place of two sentences, and cannot both be right.

Values are matched one to one by the words around them: in one language by their stems, across languages by how they
begin, so that names, loan words and numbers count. Knows what is only less precise ("about 5,000" and 4,987), by the
words of ``data/disagree.toml``. Does not know names or negations, or what the sentences come from.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files

from qa.reading.guards import values
from qa.text.dates import Date
from qa.text.numbers import PERCENT, Number
from qa.text.words import find_words, fold, folded_function_words, stem

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
_WINDOW = 5
"""Words on either side of a value that tell its place."""
_BEGINNING = 5
"""Letters by which words of two languages are compared."""
_FARNESS, _FARNESS_ACROSS = 0.1, 0.5
"""How much less likely two values that stand at the two ends of their sentences are matched."""
_AGREEMENT, _AGREEMENT_ACROSS = 0.5, 0.8
"""How much more shared context two values that exclude each other must have than two that agree, to be matched; across
languages context is poor evidence."""

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


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence and its ISO 639-1 language, or ``None``."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values that exclude each other.

    Attributes:
        first: of the one sentence.
        second: of the other sentence.
        context: share of the words around the one that are around the other, from 0 to 1.
        alone: no other value of their sort is in only one of the sentences.
    """

    first: Value
    second: Value
    context: float
    alone: bool = True


def values_of(sentence: str, language: str | None) -> tuple[Value, ...]:
    """The values of a sentence, in order; a number word may be an article, "one" always."""
    found = []
    for stated in values(sentence, language):
        if isinstance(stated, Number) and stated.in_words and stated.amount <= 1:
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


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two sentences: its values, and the keys of its words by where they stand."""

    sentence: Text
    values: tuple[Value, ...]
    words: tuple[tuple[int, int, str], ...]

    def near(self, value: Value) -> tuple[set[str], set[str]]:
        """The keys of the words before a value, and of those behind it."""
        before = [key for _, end, key in self.words if end <= value.stated.start][-_WINDOW:]
        after = [key for start, _, key in self.words if start >= value.stated.end][:_WINDOW]
        return set(before), set(after)

    def position(self, value: Value) -> float:
        """Where in the sentence a value stands, from 0 to 1."""
        return value.stated.start / len(self.sentence.text)

    def lacking(self, other: _Side) -> set[Value]:
        """The values that no value of the other sentence agrees with."""
        return {
            value
            for value in self.values
            if all(compare(value, theirs) is not Comparison.AGREE for theirs in other.values)
        }


@lru_cache(maxsize=2048)
def conflicts(first: Text, second: Text) -> tuple[Conflict, ...]:
    """The conflicts of two sentences, in the order of the first one.

    Values are matched greedily, those with the most context in common first.
    """
    across = first.language != second.language
    one, other = _side(first, across=across), _side(second, across=across)
    ours, theirs = one.lacking(other), other.lacking(one)
    agreement, farness = (_AGREEMENT_ACROSS, _FARNESS_ACROSS) if across else (_AGREEMENT, _FARNESS)
    candidates: list[tuple[float, bool, Conflict]] = []
    for value in one.values if ours or theirs else ():
        for candidate in other.values:
            relation = compare(value, candidate)
            if relation is Comparison.EXCLUDE and value not in ours and candidate not in theirs:
                continue
            if relation is not Comparison.UNRELATED:
                shared = _shared(one.near(value), other.near(candidate), ordered=not across)
                alone = _others(value, ours) == _others(candidate, theirs) == 0
                rank = shared - farness * abs(one.position(value) - other.position(candidate))
                rank += agreement * (relation is Comparison.AGREE)
                excludes = relation is Comparison.EXCLUDE
                candidates.append((rank, excludes, Conflict(value, candidate, shared, alone)))
    return tuple(sorted(_best(candidates), key=lambda conflict: conflict.first.stated.start))


def _best(candidates: list[tuple[float, bool, Conflict]]) -> Iterator[Conflict]:
    used: set[tuple[int, int]] = set()
    for _, excludes, conflict in sorted(candidates, key=lambda candidate: -candidate[0]):
        places = {(0, conflict.first.stated.start), (1, conflict.second.stated.start)}
        if not used & places:
            used |= places
            if excludes:
                yield conflict


def _others(value: Value, lacking: set[Value]) -> int:
    """How many other values of its sort the other sentence lacks too."""
    return sum(other != value and (other.date is None) == (value.date is None) for other in lacking)


def _shared(near: tuple[set[str], set[str]], other_near: tuple[set[str], set[str]], *, ordered: bool) -> float:
    """Share of the words around one value that are around the other too; half of it on the same side if ``ordered``."""
    around, other_around = near[0] | near[1], other_near[0] | other_near[1]
    most = max(1, min(len(around), len(other_around)))
    share = len(around & other_around) / most
    if not ordered:
        return share
    return (share + len((near[0] & other_near[0]) | (near[1] & other_near[1])) / most) / 2


def _side(sentence: Text, *, across: bool) -> _Side:
    found = values_of(sentence.text, sentence.language)
    function = folded_function_words(sentence.language or "")
    stated = [value.stated for value in found]
    content = [
        word
        for word in find_words(sentence.text)
        if word.folded not in function and not any(one.start <= word.start < one.end for one in stated)
    ]
    folded = [word.folded for word in content]
    keys = [word[:_BEGINNING] for word in folded] if across else stem(folded, sentence.language)
    words = [(word.start, word.end, key) for word, key in zip(content, keys, strict=True)]
    return _Side(sentence, found, tuple(sorted([*words, *((one.start, one.end, _key(one)) for one in stated)])))


def _key(stated: Number | Date) -> str:
    """A number or date, the same in any language."""
    if isinstance(stated, Number):
        return f"={stated.amount}"
    return f"={stated.year}" if stated.month is None and stated.year else f"={stated.day}.{stated.month}"


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
