"""Finds calendar dates in text: complete ones, written in digits or with a month's name in one of seven languages.

Knows: the forms that datelines use. Does not know: which date matters, or relative ones ("on Tuesday", "next week").
A numeric date that Europe and America read differently (3/4/2023) is no date here: a guess is wrong half the time.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, ``text[start:end]``, and its ISO 8601 form."""

    start: int
    end: int
    iso: str


_MONTH_NAMES = (
    "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar feber février févr fév febrero febbraio febr fevereiro fev februari",
    "march mar märz mrz mär mars marzo março maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août agosto ago augustus agt",
    "september sept sep septembre septiembre set settembre sett setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_MONTHS_IN_A_YEAR = 12
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"

_DATE = re.compile(
    r"""
    (?<![\w.]) (?:
      (?P<iso_year>[12][0-9]{3}) (?P<iso_separator>[-/.]) (?P<iso_month>[0-9]{1,2}) (?P=iso_separator)
      (?P<iso_day>[0-9]{1,2}) (?: (?=T[0-9]{2}:) | \b)
    | (?P<first>[0-9]{1,2}) (?: (?P<separator>[-/]) | \.[ ]? ) (?P<second>[0-9]{1,2})
      (?: (?P=separator) | (?<=[0-9]) \.[ ]? ) (?P<numeric_year>[12][0-9]{3}) \b
    | (?P<day>[0-9]{1,2}) (?:st|nd|rd|th|er|[.ºª°])? (?: [ ]{0,2} (?:de[ ]|of[ ]|[-/])? ) (?P<month>MONTH)
      (?: [ ,]{0,3} (?:del?[ ]|[-/])? ) (?P<year>[12][0-9]{3}) \b
    | (?P<us_month>MONTH) [ -] (?P<us_day>[0-9]{1,2}) (?:st|nd|rd|th)? [ ]? [,-]? [ ]? (?P<us_year>[12][0-9]{3}) \b
    | (?P<cjk_year>[12][0-9]{3}) [ ]?[年년][ ]? (?P<cjk_month>[0-9]{1,2}) [ ]?[月월][ ]?
      (?P<cjk_day>[0-9]{1,2}) [ ]?[日일]
    )
    """.replace("MONTH", _MONTH),
    re.VERBOSE | re.IGNORECASE,
)

_WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo
lunedì martedì mercoledì giovedì venerdì sabato domenica segunda-feira terça-feira quarta-feira quinta-feira sexta-feira
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
"""
_WEEKDAY = r"\b(?:" + "|".join(sorted(_WEEKDAYS.split(), key=len, reverse=True)) + r")\b\.?,?"
_TIME = r"""
    \b[0-9]{1,2}
    (?: [:.h][0-9]{2} (?: [:.][0-9]{2} (?:\.[0-9]{1,6})? )? (?![0-9]) | [ ]?h\b | (?=[ ]?[ap]\.?m\b) | (?=[ ]uhr\b) )
    (?: [ ]?[ap]\.?m\b\.? )? (?: [ ]?uhr\b )? (?: [ ]?(?: Z | [+-][0-9]{2}:?[0-9]{2} ) \b )?
"""
_ZONE = r"""
    \b(?:GMT|UTC|CES?T|MESZ|MEZ|BST|IST|E[SD]T|P[SD]T|C[SD]T|M[SD]T|[ECP]T)\b (?:[ ]?[+-][0-9]{1,2}(?::?[0-9]{2})?\b)?
"""
_CLOCK = re.compile(f"{_WEEKDAY} | {_TIME} | {_ZONE}", re.VERBOSE | re.IGNORECASE)
_TIME_OF_DATE = re.compile(r"T(?=[0-9]{2}:)")


def find_dates(text: str) -> list[FoundDate]:
    """All complete calendar dates of a text, in order; impossible and ambiguous ones are left out."""
    return list(_dates(text))


def without_dates(text: str) -> str:
    """What a line says besides dates, weekdays, times of day and time zones."""
    pieces: list[str] = []
    position = 0
    for found in _dates(text):
        pieces.append(text[position : found.start])
        position = found.end
    rest = " ".join([*pieces, _TIME_OF_DATE.sub("", text[position:], count=1) if pieces else text])
    return _CLOCK.sub(" ", rest).strip()


def _dates(text: str) -> Iterator[FoundDate]:
    # No-break spaces are one character each, as spaces are, so the offsets stay right.
    for found in _DATE.finditer(text.replace("\u00a0", " ").replace("\u202f", " ")):
        date = _to_date(found.groupdict())
        if date is not None:
            yield FoundDate(found.start(), found.end(), date.isoformat())


def _to_date(parts: dict[str, str | None]) -> dt.date | None:
    year = parts["iso_year"] or parts["numeric_year"] or parts["year"] or parts["us_year"] or parts["cjk_year"]
    if parts["numeric_year"]:
        month, day = _numeric_order(parts)
    else:
        name = parts["month"] or parts["us_month"]
        month = _MONTHS[name.rstrip(".").lower()] if name else int(parts["iso_month"] or parts["cjk_month"] or 0)
        day = int(parts["day"] or parts["us_day"] or parts["iso_day"] or parts["cjk_day"] or 0)
    try:
        return dt.date(int(year or 0), month, day)
    except ValueError:
        return None


def _numeric_order(parts: dict[str, str | None]) -> tuple[int, int]:
    """Month and day of 17.09.2023, 17/09/2023 or 09/17/2023; (0, 0) if it could be either."""
    first, second = int(parts["first"] or 0), int(parts["second"] or 0)
    if parts["separator"] is None or first > _MONTHS_IN_A_YEAR or first == second:
        return second, first
    return (first, second) if second > _MONTHS_IN_A_YEAR else (0, 0)
