"""Days and ranges of days, counted from the day on which an article was published.

Weeks are those of ISO 8601, Monday to Sunday. Knows the calendar alone; does not know words.
"""

from __future__ import annotations

import datetime as dt

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
