"""What the Unicode CLDR says of a language: months, days, units, places, languages, and how numbers are written.

The only module that knows Babel. Loads a language when it is first asked for (about 10 ms) and keeps what it read. Does
not know what the names are looked up for. Everything is folded (``qa.text.words.fold``), and a language that CLDR does
not have, or ``None``, has empty tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
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
    """The long names of units, in every number and case that CLDR has, as a mapping to the unit's CLDR name."""
    from babel import units as babel_units

    locale = _locale(language)
    names: dict[str, str] = {}
    for unit in units if locale is not None else ():
        for number in _PLURAL_SAMPLES:
            name = babel_units.format_unit(number, unit, "long", locale=locale).replace(str(number), "").strip()
            names.setdefault(fold(name), unit)
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
def language_names(language: str | None) -> Mapping[str, str]:
    """Names of languages, with a key that is the same in all languages: ``language:de``."""
    locale = _locale(language)
    if locale is None:
        return {}
    return {fold(name): f"language:{code}" for code, name in locale.languages.items() if "_" not in code}


@cache
def english_name(language: str) -> str:
    """What English calls a language, which models follow best; a description where CLDR has no name for it."""
    locale = _locale(language)
    return (locale.get_display_name("en") if locale else None) or "the language of the question"


@cache
def country_adjectives(language: str | None) -> Mapping[str, str]:
    """Words that belong to one country, as CLDR's names of currencies and of regional languages have them.

    ISO 4217 begins a currency's code with its country's, so "British Pound" (GBP) gives "british"; "American English"
    (en_US) gives "american". Which of the two words is the adjective is told by counting: there are more countries
    than kinds of money.
    """
    locale = _locale(language)
    if locale is None:
        return {}
    pairs = {code: fold(name).split() for code, name in locale.currencies.items() if code[:2] in locale.territories}
    pairs = {code: words for code, words in pairs.items() if len(words) == 2 and all(map(str.isalpha, words))}  # noqa: PLR2004
    position = max((0, 1), key=lambda place: len({words[place] for words in pairs.values()}))
    owners: dict[str, set[str]] = {}
    for code, words in pairs.items():
        owners.setdefault(words[position], set()).add(code[:2])
    for code, name in locale.languages.items():
        base, _, territory = code.partition("_")
        rest = [word for word in fold(name).split() if word != fold(locale.languages.get(base, ""))]
        if territory in locale.territories and len(rest) == 1:
            owners.setdefault(rest[0], set()).add(territory)
    return {word: f"territory:{next(iter(codes))}" for word, codes in owners.items() if len(codes) == 1}


@cache
def home_of_language(code: str) -> str | None:
    """The country that a language most likely belongs to (CLDR's likely subtags): ``territory:FR`` for ``fr``."""
    from babel import core

    tag = core.get_global("likely_subtags").get(code)
    return f"territory:{tag.split('_')[-1]}" if tag else None


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
