"""What single number words contribute to a number, compounds ("einundzwanzig", "ventuno") included.

Knows the tables of ``data/particulars.toml``; a language without one has no number words. Long and short scale are told
apart by the language (a German "Billion" is an English trillion). Does not know how several words make one number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from qa.text.particular import tables
from qa.text.words import fold

HUNDRED = 100
_TEN = 10
_LONGEST_COMPOUND = 80
_ROLES = (
    ("unit", "units"),
    ("multiplier", "multipliers"),
    ("ordinal", "ordinals"),
    ("fraction", "fractions"),
    ("count", "pairs"),
)


@dataclass(frozen=True, slots=True)
class NumberWord:
    """What one word contributes to a number.

    Attributes:
        value: its own value.
        role: ``unit`` (what a multiplier multiplies), ``multiplier``, ``ordinal``, ``fraction``, or ``count``
            ("twice": a number of its own).
    """

    value: Fraction
    role: str


@cache
def _grammar(language: str | None) -> Mapping[str, NumberWord]:
    table = tables()["number_words"].get(language or "", {})
    words: dict[str, NumberWord] = {}
    for role, key in _ROLES:
        parts = table.get(key, "").split()
        for word, value in zip(parts[::2], parts[1::2], strict=True):
            number = Fraction(value) if "/" in value else Fraction(int(float(value)))
            words.setdefault(fold(word), NumberWord(number, role))
            for ending in table.get("ordinal_endings", "").split() if role == "ordinal" else ():
                words.setdefault(fold(word + ending), NumberWord(number, role))
    return words


@cache
def _compound_pattern(language: str | None) -> re.Pattern[str] | None:
    """The parts of a number written as one word, and how it ends if it is an ordinal."""
    table = tables()["number_words"].get(language or "", {})
    if not table.get("compound"):
        return None
    parts = [word for word, part in _grammar(language).items() if part.role in ("unit", "multiplier")]
    return re.compile("|".join([*sorted(map(re.escape, parts), key=len, reverse=True), re.escape(fold(table["and"]))]))


@lru_cache(maxsize=4096)
def number_word(word: str, language: str | None) -> NumberWord | None:
    """What a folded word contributes to a number; ``None`` if it is not a number word."""
    known = _grammar(language).get(word)
    if known is not None or _compound_pattern(language) is None or len(word) > _LONGEST_COMPOUND:
        return known
    table = tables()["number_words"][language or ""]
    value = _compound_value(word, language)
    if value is not None:
        return NumberWord(value, "unit")
    for suffix in table.get("ordinal_suffixes", "").split():
        for ending in table["ordinal_endings"].split():
            if word.endswith(suffix + ending):
                value = _compound_value(word.removesuffix(suffix + ending), language)
                if value is not None:
                    return NumberWord(value, "ordinal")
    return None


def _compound_value(word: str, language: str | None) -> Fraction | None:
    pattern = _compound_pattern(language)
    if pattern is None:
        return None
    joiner = fold(tables()["number_words"][language or ""]["and"])
    parts: list[NumberWord | None] = []
    position = 0
    while position < len(word):
        found = pattern.match(word, position)
        if found is None:
            return None
        parts.append(None if found[0] == joiner else _grammar(language)[found[0]])
        position = found.end()
    if all(part is not None and part.role == "multiplier" for part in parts):
        return None  # "hunderttausend" is as vague as "hundreds of thousands"
    return _sum_of_parts(parts)


def _sum_of_parts(parts: Sequence[NumberWord | None]) -> Fraction | None:
    """The value of a compound; ``None`` stands for "and", which puts the units before the tens ("einundzwanzig")."""
    total, current = Fraction(0), Fraction(0)
    for part in parts:
        if part is None:
            continue
        if part.role == "multiplier":
            total, current = multiplied(total, current, part.value)
        elif (
            current % HUNDRED == 0
            or fits_below(current, part.value)
            or (current % HUNDRED < _TEN <= part.value < HUNDRED and part.value % _TEN == 0)
        ):
            current += part.value
        else:
            return None
    if parts and (parts[0] is None or parts[-1] is None):
        return None
    return total + current


def fits_below(current: Fraction, value: Fraction) -> bool:
    """Whether ``value`` fills zeros of ``current``: 20 + 1, 100 + 19, and in French 60 + 12 and 80 + 19."""
    below_hundred = current % HUNDRED
    if below_hundred in (60, 80) and 10 <= value < 20:  # noqa: PLR2004 - soixante-douze, quatre-vingt-dix-neuf
        return True
    if below_hundred == 10 and 7 <= value < 10:  # noqa: PLR2004 - dix-sept
        return True
    return (below_hundred == 0 and value < HUNDRED) or (below_hundred >= 20 and below_hundred % 10 == 0 and value < 10)  # noqa: PLR2004


def multiplied(total: Fraction, current: Fraction, multiplier: Fraction) -> tuple[Fraction, Fraction]:
    """``(total, current)`` after a multiplier: hundreds stay in what is being read, larger ones close it."""
    if multiplier == HUNDRED:
        return total, (current or 1) * multiplier
    if total and total < multiplier:  # "mil millones"
        return (total + current) * multiplier, Fraction(0)
    return total + (current or 1) * multiplier, Fraction(0)
