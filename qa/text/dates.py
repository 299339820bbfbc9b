"""Finds calendar dates in text, complete or in part: the one date finder.

Knows the forms that languages write, the names of months and weekdays (from CLDR), and days of a range ("3 to 5 May").
Does not know relative dates ("next week"), times of day, or which date matters. A numeric date that Europe and America
read differently keeps both readings. A bare year is a number to this module's eyes (``qa.text.numbers``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from qa.text.language import function_words
from qa.text.locale_names import full_month_names, month_is_capitalised, month_numbers, weekday_numbers
from qa.text.words import fold_in_place

_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
"""Whose names of months are known where a text's language is not."""
_MONTHS_IN_A_YEAR, _DAYS_IN_A_MONTH = 12, 31
_YEAR = r"(?:[12]\d{3})(?!\d)"
_DAY_NUMBER = r"(?:0?[1-9]|[12]\d|3[01])"
_DAY = rf"(?<![\w.,:]){_DAY_NUMBER}(?:st|nd|rd|th|er|º|°|ª|\.)?"
_OF = r"(?:[ \u00a0]{1,2}|-)?(?:(?:of|de|del|d['’]|the|the[ ]month[ ]of)[ ])?"
_THEN_YEAR = rf"(?:[ ,\u00a0]{{1,3}}(?:(?:of|del?|im[ ]Jahre?)[ ])?(?P<year>{_YEAR}))?"
_NUMERIC = re.compile(
    r"""
    (?<![\w.,/-])(?:
      (?P<iso_year>[12]\d{3})([-/.])(?P<iso_month>\d{1,2})\2(?P<iso_day>\d{1,2})
    | (?P<first>\d{1,2})(?P<separator>[./-])[ ]?(?P<second>\d{1,2})(?P=separator)[ ]?(?P<numeric_year>[12]\d{3})
    | (?P<cjk_year>[12]\d{3})[ ]?[年년](?:[ ]?(?P<cjk_month>\d{1,2})[ ]?[月월](?:[ ]?(?P<cjk_day>\d{1,2})[ ]?[日일])?)?
    | (?P<lone_month>\d{1,2})[ ]?[月월][ ]?(?P<lone_day>\d{1,2})[ ]?[日일]
    )(?<!\d(?=[\w/-]|[.,]\d))
    """,
    re.VERBOSE,
)
_EARLIER_DAY = re.compile(
    rf"(?<![\w.,:])({_DAY_NUMBER})(?:st|nd|rd|th|\.)?"
    r"\s*(?:[-–,]|to|and|or|bis|und|oder|au|et|al|y|a|e|en|tot)\s*$"
)
_LATER_DAY = re.compile(rf"\s*(?:[-–]|to|and|or|bis|und)\s*({_DAY_NUMBER})(?:st|nd|rd|th|\.)?(?![\w:]|[.,]\d)")


@dataclass(frozen=True, slots=True)
class Date:
    """A date, as far as it is stated; ``None`` for what is not.

    Attributes:
        text: as written, ``text[start:end]`` of where it was found.
        start: offset in Unicode code points.
        end: offset behind its last character.
        year: four digits.
        month: 1 to 12.
        day: 1 to 31.
        weekday: 0 for Monday to 6.
        either: month and day of a numeric date, where it is not clear which is which; both are then ``None``.
    """

    text: str
    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    either: tuple[int, int] | None = None

    @property
    def complete(self) -> dt.date | None:
        """The day in the calendar, if year, month and day are stated and there is one."""
        try:
            return dt.date(self.year, self.month, self.day) if self.year and self.month and self.day else None
        except ValueError:  # the 31st of June is what the text says
            return None


def find_dates(text: str, language: str | None = None) -> tuple[Date, ...]:
    """The dates of a text, in order, without overlaps.

    Args:
        text: any text.
        language: ISO 639-1; without one, months of seven languages are known, and weekdays and lone months are not.
    """
    folded = fold_in_place(text)
    found: list[Date] = []
    for date in (
        *_with_month_names(text, folded, language),
        *_numeric(text, language),
        *_weekdays(text, folded, language),
    ):
        if all(date.end <= other.start or other.end <= date.start for other in found):
            found.append(date)
    return tuple(sorted(found, key=lambda date: date.start))


@cache
def _months(language: str | None) -> dict[str, int]:
    known = (language,) if language else _LANGUAGES
    return {name: number for code in known for name, number in month_numbers(code).items()}


@cache
def _month_pattern(language: str | None) -> re.Pattern[str] | None:
    names = sorted(_months(language), key=len, reverse=True)
    if not names:
        return None
    month = "(?:" + "|".join(map(re.escape, names)) + r")(?!\w)\.?"
    return re.compile(
        rf"(?:(?P<day>{_DAY}){_OF})?(?<!\w)(?P<month>{month})"
        rf"(?:[ \u00a0](?P<us_day>{_DAY_NUMBER})(?:st|nd|rd|th)?(?![\w:]|[.,]\d))?{_THEN_YEAR}",
        re.IGNORECASE,
    )


def _with_month_names(text: str, folded: str, language: str | None) -> Iterator[Date]:
    pattern = _month_pattern(language)
    for found in pattern.finditer(folded) if pattern else ():
        day, us_day, year = (_integer(found[name]) for name in ("day", "us_day", "year"))
        month = _months(language)[found["month"].rstrip(".")]
        start, end = found.span()
        if not (day or us_day or year):
            if not _is_lone_month(text, found, language):
                continue
            end = found.end("month") - found["month"].endswith(".")
        yield Date(text[start:end], start, end, year, month, day or us_day)
        earlier = _EARLIER_DAY.search(folded[:start]) if day else None
        later = _LATER_DAY.match(folded, found.end("us_day")) if us_day and not year else None
        for other in filter(None, (earlier, later)):
            yield Date(text[other.start(1) : other.end(1)], *other.span(1), year, month, _integer(other[1]))


def _is_lone_month(text: str, found: re.Match[str], language: str | None) -> bool:
    """Whether a month's name without day and year is one: written out, with its capital, and no other word ("may")."""
    name = found["month"].rstrip(".")
    if name not in full_month_names(language) or name in function_words(language or ""):
        return False
    return text[found.start("month")].isupper() or not month_is_capitalised(language)


def _numeric(text: str, language: str | None) -> Iterator[Date]:
    for found in _NUMERIC.finditer(text):
        parts = {name: _integer(value) for name, value in found.groupdict().items() if name != "separator"}
        year = parts["iso_year"] or parts["cjk_year"] or parts["numeric_year"]
        month = parts["iso_month"] or parts["cjk_month"] or parts["lone_month"]
        day = parts["iso_day"] or parts["cjk_day"] or parts["lone_day"]
        first, second = parts["first"] or 0, parts["second"] or 0
        either: tuple[int, int] | None = None
        if found["first"]:
            day_first = first > _MONTHS_IN_A_YEAR or found["separator"] == "." or first == second
            if day_first or (language not in ("en", None) and second <= _MONTHS_IN_A_YEAR):
                day, month = first, second
            elif second > _MONTHS_IN_A_YEAR:
                month, day = first, second
            else:
                either = (first, second)
        if (month or 1) <= _MONTHS_IN_A_YEAR and (day or 1) <= _DAYS_IN_A_MONTH:
            yield Date(found[0], *found.span(), year, month, day, either=either)


@cache
def _weekday_pattern(language: str | None) -> re.Pattern[str] | None:
    names = sorted(weekday_numbers(language), key=len, reverse=True)
    return re.compile(r"(?<!\w)(" + "|".join(map(re.escape, names)) + r")s?(?!\w)") if names else None


def _weekdays(text: str, folded: str, language: str | None) -> Iterator[Date]:
    pattern = _weekday_pattern(language)
    for found in pattern.finditer(folded) if pattern else ():
        start, end = found.span()
        if text[start].isupper() or not month_is_capitalised(language):
            yield Date(text[start:end], start, end, weekday=weekday_numbers(language)[found[1]])


def _integer(digits: str | None) -> int | None:
    return int("".join(character for character in digits if character.isdecimal())) if digits else None
