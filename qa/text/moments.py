"""Finds dates and times of day in a sentence, complete or in part, and compares them.

Knows months and weekdays of every language in CLDR, numeric forms, day ranges, clocks. Does not know relative dates
("next week"), and takes "may" or "march" for a month only with a capital, or beside a day or year. A numeric date that
Europe and America read differently keeps both readings.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from qa.text.language import function_words
from qa.text.locale_names import full_month_names, month_is_capitalised, month_numbers, weekday_numbers
from qa.text.particular import Particular, ParticularKind
from qa.text.words import fold

_HALF_DAY = 12 * 60
_MONTHS_IN_A_YEAR = 12
_DAYS_IN_A_MONTH = 31
_PIVOT = 50
"""Two-digit years below are in this century."""
_YEAR = r"(?:[12]\d{3})(?!\d)"
_DAY = r"(?<![\w.,:])(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|º|°|ª|\.)?"
_OF = r"(?:[ \u00a0]{1,2}|-)?(?:(?:of|de|del|d['’]|the|the[ ]month[ ]of)[ ])?"
_THEN_YEAR = rf"(?:[ ,\u00a0]{{1,3}}(?:(?:of|del?|im[ ]Jahre?)[ ])?(?P<year>{_YEAR}))?"
_NUMERIC = re.compile(
    r"""
    (?<![\w.,/-])(?:
      (?P<iso_year>[12]\d{3})([-/.])(?P<iso_month>\d{1,2})\2(?P<iso_day>\d{1,2})
    | (?P<first>\d{1,2})(?P<separator>[./-])[ ]?(?P<second>\d{1,2})(?P=separator)[ ]?
      (?P<numeric_year>[12]\d{3}|(?<![ ])\d{2})
    | (?P<cjk_year>[12]\d{3})[ ]?[年년](?:[ ]?(?P<cjk_month>\d{1,2})[ ]?[月월](?:[ ]?(?P<cjk_day>\d{1,2})[ ]?[日일])?)?
    | (?P<lone_month>\d{1,2})[ ]?[月월][ ]?(?P<lone_day>\d{1,2})[ ]?[日일]
    )(?<!\d(?=[\w/-]|[.,]\d))
    """,
    re.VERBOSE,
)
_CLOCK = re.compile(
    r"""
    (?<![\w.,:])(?P<hour>[01]?\d|2[0-4]) (?: (?P<colon>[:.]|[ \u00a0]?h[ \u00a0]?)(?P<minute>[0-5]\d)(?::[0-5]\d)? )?
    (?: [ \u00a0]?(?P<half>[ap])\.?[ ]?m\b\.? | [ \u00a0](?P<clock>uhr|heures?|o['’]clock|Uhr)\b )?
    (?![\w]|[.,:]\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_EARLIER_DAY = re.compile(
    r"(?<![\w.,:])((?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?)\s*(?:[-–,]|to|and|or|bis|und|oder|au|et|al|y|a|e|en|tot)\s*$"
)
_LATER_DAY = re.compile(
    r"\s*(?:[-–]|to|and|or|bis|und)\s*((?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?)(?![\w:]|[.,]\d)"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time of day, as far as it is stated; ``None`` for what is not.

    Attributes:
        year: four digits.
        month: 1 to 12.
        day: 1 to 31.
        weekday: 0 for Monday to 6; a complete date has the one that the calendar gives it.
        either: month and day of a numeric date, where it is not clear which is which.
        minutes: since midnight.
        twelve_hours: the time is given without saying whether before or after noon.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    either: frozenset[int] = frozenset()
    minutes: int | None = None
    twelve_hours: bool = False


def states(evidence: Moment, claim: Moment) -> bool:
    """Whether one date states every component that another one states, and with the same value."""
    if claim.minutes is not None:
        return _same_time(evidence, claim)
    for component in ("year", "weekday"):
        stated = getattr(claim, component)
        if stated is not None and stated != getattr(evidence, component):
            return False
    if claim.either:
        return claim.either == (evidence.either or {evidence.month, evidence.day})
    if evidence.either:
        return claim.month is None or (claim.day is not None and evidence.either == {claim.month, claim.day})
    return claim.month in (None, evidence.month) and claim.day in (None, evidence.day)


def _same_time(first: Moment, second: Moment) -> bool:
    if first.minutes is None or second.minutes is None:
        return False
    if first.twelve_hours or second.twelve_hours:
        return first.minutes % _HALF_DAY == second.minutes % _HALF_DAY
    return first.minutes == second.minutes


def find_moments(sentence: str, language: str | None) -> tuple[Particular, ...]:
    """The dates and times of a sentence, in order, without bare years (``qa.text.numbers`` finds those)."""
    found: list[Particular] = []
    for particular in (*_with_month_names(sentence, language), *_numeric(sentence, language), *_clocks(sentence)):
        if all(particular.end <= other.start or other.end <= particular.start for other in found):
            found.append(particular)
    return tuple(sorted([*found, *_weekdays(sentence, language)], key=lambda item: item.start))


def _particular(sentence: str, start: int, end: int, moment: Moment) -> Particular:
    if moment.year and moment.month and moment.day:
        with contextlib.suppress(ValueError):  # the 31st of June is what the sentence says
            moment = replace(moment, weekday=dt.date(moment.year, moment.month, moment.day).weekday())
    return Particular(ParticularKind.DATE, sentence[start:end], start, end, moment)


@cache
def _month_pattern(language: str | None) -> re.Pattern[str] | None:
    names = sorted(month_numbers(language), key=len, reverse=True)
    if not names:
        return None
    month = "(?:" + "|".join(map(re.escape, names)) + r")(?!\w)\.?"
    return re.compile(
        rf"(?:(?P<day>{_DAY}){_OF})?(?<!\w)(?P<month>{month})"
        rf"(?:[ \u00a0](?P<us_day>(?:0?[1-9]|[12]\d|3[01]))(?:st|nd|rd|th)?(?![\w:]|[.,]\d))?{_THEN_YEAR}",
        re.IGNORECASE,
    )


def _with_month_names(sentence: str, language: str | None) -> Iterator[Particular]:
    pattern = _month_pattern(language)
    folded = _fold_in_place(sentence)
    for found in pattern.finditer(folded) if pattern else ():
        day, us_day, year = (_integer(found[name]) for name in ("day", "us_day", "year"))
        if not (day or us_day or year) and not _is_lone_month(sentence, found, language):
            continue
        month = month_numbers(language)[found["month"].rstrip(".")]
        start, end = found.span()
        if not (day or us_day or year):
            end = found.end("month")
            end -= found["month"].endswith(".")
        moment = Moment(year=year, month=month, day=day or us_day)
        yield _particular(sentence, start, end, moment)
        range_match = _EARLIER_DAY.search(folded[:start]) if day else None
        if range_match:
            yield _particular(sentence, *range_match.span(1), replace(moment, day=_integer(range_match[1])))
        later = _LATER_DAY.match(folded, found.end("us_day")) if us_day and not year else None
        if later:
            yield _particular(sentence, *later.span(1), replace(moment, day=_integer(later[1])))


def _is_lone_month(sentence: str, found: re.Match[str], language: str | None) -> bool:
    """Whether a month's name without day and year is one: written out, with its capital, and not another word."""
    start = found.start("month")
    name = found["month"].rstrip(".")
    if name not in full_month_names(language):
        return False
    if not month_is_capitalised(language):
        return sentence[start].islower() or not sentence[:start].strip()
    if not sentence[start].isupper():
        return False
    before = re.search(r"(\w+)[ \u00a0]$", sentence[:start])
    if name in function_words(language or ""):
        words = function_words(language or "")  # "may" begins questions, and is a family name
        return before is not None and fold(before[1]) in words
    return True


def _numeric(sentence: str, language: str | None) -> Iterator[Particular]:
    for found in _NUMERIC.finditer(sentence):
        parts = {name: _integer(value) for name, value in found.groupdict().items() if name != "separator"}
        year = parts["iso_year"] or parts["cjk_year"]
        month = parts["iso_month"] or parts["cjk_month"] or parts["lone_month"]
        moment = Moment(year=year, month=month, day=parts["iso_day"] or parts["cjk_day"] or parts["lone_day"])
        if found["first"]:
            moment = _european_or_american(found, language)
        if (moment.month or 1) <= _MONTHS_IN_A_YEAR and (moment.day or 1) <= _DAYS_IN_A_MONTH:
            yield _particular(sentence, *found.span(), moment)


def _european_or_american(found: re.Match[str], language: str | None) -> Moment:
    first, second, year = int(found["first"]), int(found["second"]), int(found["numeric_year"])
    if len(found["numeric_year"]) == 2:  # noqa: PLR2004
        year += 2000 if year < _PIVOT else 1900
    if first > _MONTHS_IN_A_YEAR or found["separator"] == "." or first == second or language not in ("en", None):
        return Moment(year=year, month=second, day=first)
    if second > _MONTHS_IN_A_YEAR:
        return Moment(year=year, month=first, day=second)
    return Moment(year=year, either=frozenset((first, second)))


def _clocks(sentence: str) -> Iterator[Particular]:
    for found in _CLOCK.finditer(sentence):
        if not (found["half"] or found["clock"] or (found["minute"] and found["colon"] != ".")):
            continue
        hour, minute = int(found["hour"]), int(found["minute"] or 0)
        if found["half"]:
            hour = hour % 12 + (12 if found["half"] in "pP" else 0)
        is_open = not found["half"] and 0 < hour <= 12 and "uhr" not in (found["clock"] or "").lower()  # noqa: PLR2004
        moment = Moment(minutes=hour * 60 + minute, twelve_hours=is_open)
        yield Particular(ParticularKind.DATE, found[0], found.start(), found.end(), moment)


@cache
def _weekday_pattern(language: str | None) -> re.Pattern[str] | None:
    names = sorted(weekday_numbers(language), key=len, reverse=True)
    return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, names)) + r")s?(?!\w)") if names else None


def _weekdays(sentence: str, language: str | None) -> Iterator[Particular]:
    pattern = _weekday_pattern(language)
    for found in pattern.finditer(_fold_in_place(sentence)) if pattern else ():
        if sentence[found.start()].isupper() or not month_is_capitalised(language):
            yield _particular(sentence, *found.span(), Moment(weekday=weekday_numbers(language)[found[1]]))


@lru_cache(maxsize=64)
def _fold_in_place(text: str) -> str:
    """Folded text in which every character stands where it stood, so offsets stay right."""
    if text.isascii():
        return text.lower()
    return "".join(
        character.lower() if character.isascii() else folded if len(folded := fold(character)) == 1 else character
        for character in text
    )


def _integer(digits: str | None) -> int | None:
    return int("".join(character for character in digits if character.isdecimal())) if digits else None
