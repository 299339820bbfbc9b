"""A number with its unit, and when two of them say the same.

Knows how digits are grouped and separated in a language, Roman numerals, and which names of units belong together.
Does not know how numbers are found in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from qa.text.locale_names import decimal_sign, unit_names
from qa.text.particular import tables, word_set
from qa.text.words import fold

PERCENT = "percent"
_GROUP = 3
_CENTURY = 100
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_GROUPING_ONLY = str.maketrans("", "", " \u00a0\u202f\u2009'’\u066c")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as a sentence means it.

    Attributes:
        amount: its value; a string for digits that are no number, such as a version (1.2.3).
        ordinal: "third" rather than "three"; ``None`` if the writing does not tell, as in "III" or the German "3.".
        decade: "the 1990s" rather than 1990; ``None`` if the writing does not tell.
        unit: a key of the table of units; ``None`` without a known unit.
        unit_is_shared: the unit stands with another number of the same series ("5 to 10 percent"), so it may be this
            one's.
    """

    amount: Fraction | str
    ordinal: bool | None = False
    decade: bool | None = False
    unit: str | None = None
    unit_is_shared: bool = False


def same_quantity(first: Quantity, second: Quantity) -> bool:
    """Whether two numbers have the same value, and nothing else that is known of them differs."""
    return (
        _same_amount(first, second)
        and _may_agree(first.ordinal, second.ordinal)
        and _may_agree(first.decade, second.decade)
        and _units_agree(first, second)
    )


def _same_amount(first: Quantity, second: Quantity) -> bool:
    if first.amount == second.amount:
        return True
    if (
        first.decade is False
        or second.decade is False
        or isinstance(first.amount, str)
        or isinstance(second.amount, str)
    ):
        return False
    # "the '90s" and "the 1990s"
    return min(first.amount, second.amount) < _CENTURY and first.amount % _CENTURY == second.amount % _CENTURY


def _may_agree(first: object, second: object) -> bool:
    return first is None or second is None or first == second


def _units_agree(first: Quantity, second: Quantity) -> bool:
    if first.unit == second.unit:
        return True
    if first.unit is None or second.unit is None:
        return PERCENT not in (first.unit, second.unit) or first.unit_is_shared or second.unit_is_shared
    return _dimensions()[first.unit] != _dimensions()[second.unit] or first.unit_is_shared or second.unit_is_shared


def parse_digits(written: str, language: str | None) -> Fraction | str:
    """The value of digits with separators.

    Args:
        written: for example ``1,234.5``, ``1.234,5``, ``1’234`` or ``12,34,567``; digits of any script.
        language: decides what a single separator before three digits means.

    Returns:
        The number, or the text itself if it cannot be one (1.2.3).
    """
    plain = written.translate(_GROUPING_ONLY).replace("\u066b", ".")
    signs = [character for character in plain if character in ".,"]
    if not signs:
        return Fraction(int(plain))
    if len(set(signs)) > 1:
        whole, decimals = re.split(f"[{signs[-1]}]", plain, maxsplit=1)
        grouped = signs.count(signs[-1]) == 1 and _is_grouped(whole.split(signs[0]))
        return _decimal(re.sub(r"[.,]", "", whole), decimals) if grouped else written
    groups = plain.split(signs[0])
    if len(signs) > 1:
        return Fraction(int("".join(groups))) if _is_grouped(groups) else written
    if _is_grouped(groups) and signs[0] != decimal_sign(language):
        return Fraction(int("".join(groups)))
    return _decimal(*groups)


def _is_grouped(groups: list[str]) -> bool:
    """Whether these are thousands, or the lakhs and crores of South Asia."""
    first, *middle, last = groups
    sizes = {len(group) for group in middle} or {_GROUP}
    return 1 <= len(first) <= _GROUP and not first.startswith("0") and len(last) == _GROUP and sizes in ({2}, {_GROUP})


def _decimal(whole: str, decimals: str) -> Fraction:
    return Fraction(int(whole + decimals), 10 ** len(decimals))


def roman_value(written: str) -> int | None:
    """The value of a Roman numeral in capitals; ``None`` if it is not a well-formed one."""
    if not written or _ROMAN.fullmatch(written) is None:
        return None
    values = [_ROMAN_VALUES[letter] for letter in written]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


@cache
def _dimensions() -> Mapping[str, str]:
    return {unit: row.split()[0] for unit, row in tables()["units"].items()}


@cache
def units_by_name(language: str | None) -> Mapping[str, str]:
    """Folded names, abbreviations and signs of units in a language, with the unit's key."""
    cldr = {name: unit for unit, name in tables()["cldr_units"].items()}
    names = {name: cldr[unit] for name, unit in unit_names(language, tuple(cldr)).items()}
    for unit, row in tables()["units"].items():
        for name in row.split()[1:]:
            names.setdefault(fold(name), unit)
    for name in tables()["number_signs"]["percent"].split():
        names[fold(name)] = PERCENT
    for name in tables()["number_signs"]["percent_phrases"].split("|"):
        names[fold(name)] = PERCENT
    return names


@cache
def _money_signs() -> Mapping[str, str]:
    rows = {unit: row.split() for unit, row in tables()["units"].items()}
    return {fold(name): unit for unit, (dimension, *names) in rows.items() if dimension == "money" for name in names}


def currency(sign: str) -> str | None:
    """The unit that a sign or code before a number stands for ("$", "US$", "EUR")."""
    return _money_signs().get(fold(sign))


class Suffix:
    """What letters right behind digits mean: "3rd", "90s", "5km", "2bn".

    Attributes:
        multiplier: by which the number is multiplied; 1 for most.
        is_ordinal: whether they make it an ordinal.
        is_decade: whether they make it a decade.
        unit: a key of the table of units, or ``None``.
        is_known: whether they mean any of this.
    """

    def __init__(self, written: str, language: str | None, *, is_money: bool) -> None:
        """Look up folded letters; ``is_money`` says that a currency sign stands before the number."""
        multipliers = _attached_multipliers(is_money=is_money)
        self.multiplier = multipliers.get(written, Fraction(1))
        self.is_ordinal = written in word_set("number_signs", "ordinal_suffixes")
        self.is_decade = written in word_set("number_signs", "decade_suffixes") and not (
            written == "er" and language == "fr"
        )
        if self.is_decade:
            self.is_ordinal = False
        self.unit = units_by_name(language).get(written)
        if self.is_ordinal or self.is_decade:
            self.unit = None
        self.is_known = bool(written) and (
            self.is_ordinal or self.is_decade or written in multipliers or self.unit is not None
        )


@cache
def _attached_multipliers(*, is_money: bool) -> Mapping[str, Fraction]:
    signs = tables()["number_signs"]
    parts = (signs["attached_multipliers"] + (" " + signs["attached_money_multipliers"] if is_money else "")).split()
    return {word: Fraction(int(float(value))) for word, value in zip(parts[::2], parts[1::2], strict=True)}
