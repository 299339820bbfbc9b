"""Finds Roman numerals where they surely are some: "XIXe siècle", "Ludwig XIV.", "World War II".

Does not know other places for them: a lone "I" or "MIX" is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

from qa.text.language import function_words
from qa.text.particular import Particular, ParticularKind, tables
from qa.text.quantity import Quantity, roman_value
from qa.text.words import fold

_NUMERAL = re.compile(r"(?<![\w.-])[IVXLCDM]{1,8}(?=(?:[eº°]|er|ème|th)?(?!\w))")
_SINGLE = "IVX"
_NAME_BEFORE = re.compile(r"([^\W\d_]+)[ \u00a0]$")


@cache
def _century_words() -> str:
    return "|".join(map(re.escape, tables()["number_signs"]["century_words"].split()))


def find_roman_numerals(sentence: str, language: str | None) -> Iterator[Particular]:
    """The Roman numerals of a sentence, as numbers of which it is open whether they are ordinals."""
    for found in _NUMERAL.finditer(sentence):
        value = roman_value(found[0])
        if len(found[0]) == 1 and found[0] not in _SINGLE:
            continue  # an abbreviation or a variable
        if value is not None and (_counts_centuries(sentence, found) or _follows_name(sentence, found, language)):
            quantity = Quantity(Fraction(value), ordinal=None)
            yield Particular(ParticularKind.NUMBER, found[0], found.start(), found.end(), quantity)


def _counts_centuries(sentence: str, found: re.Match[str]) -> bool:
    words = _century_words()
    after = re.match(rf"(?:[eº°.]|er|ème|th)?[ \u00a0](?:{words})(?!\w)", sentence[found.end() :], re.IGNORECASE)
    before = re.search(rf"(?<!\w)(?:{words})[ \u00a0]$", sentence[: found.start()], re.IGNORECASE)
    return after is not None or before is not None


def _follows_name(sentence: str, found: re.Match[str], language: str | None) -> bool:
    """Whether a capitalised word stands before it; "I" is English for the speaker after a first word."""
    before = _NAME_BEFORE.search(sentence, max(0, found.start() - 40), found.start())
    if before is None or not before[1][0].isupper() or fold(before[1]) in function_words(language or ""):
        return False
    if len(found[0]) > 1:
        return True
    starts_sentence = not sentence[: before.start()].strip()
    return not (found[0] == "I" and language in ("en", None) and starts_sentence)
