"""What the Unicode CLDR says of a language: months, days, units, places, languages, and how numbers are written.

The only module that knows Babel. Loads a language when it is first asked for (about 10 ms) and keeps what it read. Does
not know what the names are looked up for. Everything is folded (``qa.text.words.fold``), and a language that CLDR does
not have, or ``None``, has empty tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from qa.text.words import fold

if TYPE_CHECKING:
    from babel import Locale

_WORLD = "001"
"""CLDR's code for all countries, whose name is an everyday word."""
_PLURAL_SAMPLES = (1, 2, 5, 21)
"""Numbers that between them show every plural form that a unit's name has in the languages CLDR knows best."""


def month_numbers(language: str | None) -> Mapping[str, int]:
    """Full and abbreviated names of the months, with 1 to 12; no single letters or digits."""
    return _calendar_names(language, "months", ("wide", "abbreviated"))


def full_month_names(language: str | None) -> frozenset[str]:
    """The names of the months that are not abbreviated."""
    return frozenset(_calendar_names(language, "months", ("wide",)))


def weekday_numbers(language: str | None) -> Mapping[str, int]:
    """Full names of the days of the week, with 0 for Monday to 6 for Sunday."""
    return _calendar_names(language, "days", ("wide",))


@cache
def month_is_capitalised(language: str | None) -> bool:
    """Whether the language writes the names of months with a capital, so that a small letter means another word."""
    locale = _locale(language)
    return locale is not None and all(name[:1].isupper() for name in locale.months["format"]["wide"].values())


@cache
def decimal_sign(language: str | None) -> str:
    """What stands before the decimals: a point or a comma; a point without a language."""
    from babel import numbers

    locale = _locale(language)
    return numbers.get_decimal_symbol(locale) if locale is not None else "."


@cache
def unit_names(language: str | None, units: tuple[str, ...]) -> Mapping[str, str]:
    """The long and short names of units, in the numbers that CLDR has, as a mapping to the unit's CLDR name."""
    from babel import units as babel_units

    names: dict[str, str] = {}
    for locale in filter(None, (_locale(language), _locale("en_GB") if language == "en" else None)):  # "kilometres"
        for unit, number in product(units, _PLURAL_SAMPLES):
            long = babel_units.format_unit(number, unit, "long", locale=locale)
            short = babel_units.format_unit(number, unit, "short", locale=locale)
            for name in (long, short):
                names.setdefault(fold(name.replace(str(number), "").strip()), unit)
    return names


@cache
def place_names(language: str | None) -> Mapping[str, str]:
    """Names of countries, groups of countries and cities, with a key that is the same in all languages."""
    from babel import core

    locale = _locale(language)
    if locale is None:
        return {}
    names: dict[str, str] = {}
    for code, name in locale.territories.items():
        if code == _WORLD:
            continue
        for variant in _variants(name):
            names.setdefault(variant, f"territory:{code}")
        if code.isalpha():
            names.setdefault(fold(code), f"territory:{code}")
    for alias, codes in core.get_global("territory_aliases").items():
        if alias.isalpha() and len(codes) == 1:
            names.setdefault(fold(alias), f"territory:{codes[0]}")
    for zone, city in _cities(locale):
        names.setdefault(fold(city), f"city:{zone}")
    return names


@cache
def english_name(language: str) -> str:
    """What English calls a language, which models follow best; a description where CLDR has no name for it."""
    locale = _locale(language)
    return (locale.get_display_name("en") if locale else None) or "the language of the question"


@cache
def _locale(language: str | None) -> Locale | None:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language) if language else None
    except (UnknownLocaleError, ValueError):
        return None


@cache
def _calendar_names(language: str | None, what: str, widths: tuple[str, ...]) -> Mapping[str, int]:
    locale = _locale(language)
    if locale is None:
        return {}
    calendar = getattr(locale, what)
    return {
        fold(name).rstrip("."): number
        for context in ("format", "stand-alone")
        for width in widths
        for number, name in calendar[context].get(width, {}).items()
        if len(name) > 1 and not any(character.isdecimal() for character in name)
    }


def _variants(name: str) -> Iterator[str]:
    """A name as CLDR has it, and without what it adds in brackets ("Myanmar (Burma)")."""
    yield fold(name)
    before, bracket, inside = name.partition("(")
    if bracket:
        yield fold(before.strip())
        yield fold(inside.rstrip(") "))


def _cities(locale: Locale) -> Iterator[tuple[str, str]]:
    """The cities that time zones are named after; without a name in the language, the zone's own, which is English."""
    from babel import core

    for zone in core.get_global("zone_territories"):
        area, slash, city = zone.rpartition("/")
        if slash and area != "Etc":
            localised = locale.time_zones.get(zone, {}).get("city")
            yield zone, str(localised or city.replace("_", " "))
