"""What relative dates are made of: the words of a language, from ``data/relative_dates.toml``, and the calendar.

Knows how the file becomes patterns, and days counted from the one on which an article was published; weeks are those of
ISO 8601, Monday to Sunday. Does not know which of the dates found can be trusted.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_UNITS_OF_PHRASES = ("day", "week", "month", "quarter", "year", "weekend", "weekday", "counted")
_NUMBER = r"(?P<n>\d{1,3}|[^\W\d]+(?:-[^\W\d]+)*)"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way to name a day or range of days.

    Attributes:
        unit: ``day``, ``week``, ``month``, ``quarter``, ``year``, ``weekend``, ``weekday`` or ``counted``.
        which: the entry in that unit's table (``last``, ``next``, ``ago`` …).
        pattern: its words, with the group ``day0`` … ``day6`` of a weekday (0 for Monday), or ``n`` and a unit's name.
    """

    unit: str
    which: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class RelativeDateWords:
    """One language's patterns, named as in the file, which says what each is for; ``numbers`` maps words to values."""

    phrases: tuple[Phrase, ...]
    not_before: re.Pattern[str]
    not_after: re.Pattern[str]
    clause_end: re.Pattern[str]
    past: re.Pattern[str]
    future: re.Pattern[str]
    numbers: Mapping[str, int]
    ambiguous_ago: bool


@cache
def relative_date_words(language: str | None) -> RelativeDateWords | None:
    """A language's patterns, or ``None`` for one that has none."""
    table = _tables().get(language or "")
    return _compiled(table) if table is not None else None


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(files("qa.answering").joinpath("data", "relative_dates.toml").read_text(encoding="utf-8"))


def _compiled(table: Mapping[str, Any]) -> RelativeDateWords:
    day = "(?:" + "|".join(f"(?P<day{number}>{names})" for number, names in enumerate(table["days"])) + ")"
    unit = "(?:" + "|".join(f"(?P<{name}>{words})" for name, words in table["units"].items()) + ")"
    return RelativeDateWords(
        phrases=tuple(
            Phrase(name, which, _words(variant.replace("{day}", day).replace("{unit}", unit).replace("{n}", _NUMBER)))
            for name in _UNITS_OF_PHRASES
            for which, words in table[name].items()
            for variant in ([words] if isinstance(words, str) else words)
        ),
        not_before=re.compile(_blanks(rf"(?<!\w)(?:{table['not_before']})[ -]"), re.IGNORECASE),
        not_after=re.compile(_blanks(rf" (?:{table['not_after']})(?!\w)"), re.IGNORECASE),
        clause_end=re.compile(rf"[,;:()«»“”„\"–—]|(?<!\w)(?:{table['clause']})(?!\w)", re.IGNORECASE),
        past=_words(table["past"]),
        future=_words(table["future"]),
        numbers={
            word: number for number, forms in enumerate(table.get("numbers", ()), start=1) for word in forms.split("|")
        },
        ambiguous_ago=table.get("ambiguous_ago", False),
    )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(_blanks(rf"(?<![\w-])(?:{pattern})(?![\w-])"), re.IGNORECASE)


def _blanks(pattern: str) -> str:
    """The pattern with every blank standing for any white space; one character, as look-behinds need."""
    return pattern.replace(" ", r"\s")


# -- the calendar

Range = tuple[dt.date, dt.date]
"""First and last day, both included."""

_DAYS_IN_A_WEEK = 7
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_SATURDAY = 5


def unit_range(unit: str, published: dt.date, offset: int) -> Range:
    """The day, week, weekend, month, quarter or year that is ``offset`` such units after the one of publication.

    Raises:
        ValueError, OverflowError: the range is outside the years 1 to 9998.
    """
    if unit == "day":
        day = published + dt.timedelta(days=offset)
        return day, day
    if unit in ("week", "weekend"):
        monday = published + dt.timedelta(days=offset * _DAYS_IN_A_WEEK - published.weekday())
        first = monday + dt.timedelta(days=_SATURDAY if unit == "weekend" else 0)
        return first, monday + dt.timedelta(days=6)
    months = _MONTHS_IN[unit]
    index = ((published.year * 12 + published.month - 1) // months + offset) * months
    return _first_of_month(index), _first_of_month(index + months) - dt.timedelta(days=1)


def earlier_in(unit: str, published: dt.date) -> Range | None:
    """From the start of the week, month or year to the day before publication; ``None`` if there is no such day."""
    return _range_if_any(unit_range(unit, published, 0)[0], published - dt.timedelta(days=1))


def later_in(unit: str, published: dt.date) -> Range | None:
    """From the day after publication to the end of the week, month or year; ``None`` if there is no such day."""
    return _range_if_any(published + dt.timedelta(days=1), unit_range(unit, published, 0)[1])


def weekday_before(weekday: int, published: dt.date) -> dt.date:
    """The most recent such day (0 for Monday) before publication."""
    return published - dt.timedelta(days=(published.weekday() - weekday - 1) % _DAYS_IN_A_WEEK + 1)


def weekday_after(weekday: int, published: dt.date) -> dt.date:
    """The first such day (0 for Monday) after publication."""
    return published + dt.timedelta(days=(weekday - published.weekday() - 1) % _DAYS_IN_A_WEEK + 1)


def same_week(one: dt.date, other: dt.date) -> bool:
    """Whether two days are in one week."""
    return one.isocalendar()[:2] == other.isocalendar()[:2]


def _first_of_month(index: int) -> dt.date:
    return dt.date(index // 12, index % 12 + 1, 1)


def _range_if_any(first: dt.date, last: dt.date) -> Range | None:
    return (first, last) if first <= last else None
