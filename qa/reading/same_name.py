"""Whether two words are the same name: spelled or inflected differently, in another script, or an adjective of it.

Knows how sounds are spelled in different languages, in the spirit of phonetic codes (Daitch and Mokotoff 1985), but
keeps vowels; and that consonants tell names apart, so no consonant may differ. Does not know what the names stand for
(``qa.reading.places`` does), or sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from rapidfuzz.distance import Levenshtein, Prefix

from qa.text.particular import tables, word_set

_SHORTEST_WITH_OTHER_VOWELS = 6
_FEWEST_CONSONANTS = 3
_SHORTEST_DERIVED = 5
_SHORTEST_INFLECTED = 3
_SHORTEST_ADJECTIVE_ENDING = 2
"""A single letter tells "Julian" from "Julia", and no adjective from its noun."""
_LONGEST_SHORT_ENDING = 1
_SHORTEST_SHARED_START = 6
_SHARE_OF_SHORTER = 0.75
_VOWELS = frozenset("aeiou")
_SOFTENING = re.compile(r"c(?=[eiy])")
_SILENT = re.compile(r"h")
_DOUBLED = re.compile(r"(.)\1+")
_LETTERS = str.maketrans("wcqzjy", "vkksii", "'’-")


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """How a folded word sounds, roughly, in Latin letters; the same for spellings of different languages."""
    text = word if word.isascii() else _romanised(word)
    for pattern, replacement in _sounds():
        text = pattern.sub(replacement, text)
    text = text.replace("shch", "SC").replace("sh", "S").replace("ch", "C")
    text = _SILENT.sub("", _SOFTENING.sub("s", text)).replace("x", "ks").translate(_LETTERS)
    return _DOUBLED.sub(r"\1", text)


@cache
def _sounds() -> tuple[tuple[re.Pattern[str], str], ...]:
    pairs = (pair.split("=") for pair in tables()["names"]["sounds"].split())
    return tuple((re.compile(re.escape(spelling).replace(r"\$", "$")), sounds) for spelling, sounds in pairs)


@cache
def _letters() -> dict[int, str]:
    return {
        ord(letter): latin for letter, latin in (pair.split("=") for pair in tables()["names"]["romanization"].split())
    }


def _romanised(word: str) -> str:
    return word.translate(_letters())


@lru_cache(maxsize=20_000)
def same_name(first: str, first_language: str | None, second: str, second_language: str | None) -> bool:
    """Whether two folded words are one name.

    Args:
        first: without apostrophe and what follows it.
        first_language: ISO 639-1 code of the sentence it is from, or ``None``.
        second: the other word.
        second_language: of its sentence.
    """
    if first == second:
        return True
    if min(len(first), len(second)) < _SHORTEST_INFLECTED:
        return False
    one, other = sound(first), sound(second)
    if one == other:
        return True
    forms = frozenset(_uninflected(first, first_language)), frozenset(_uninflected(second, second_language))
    if forms[0] & forms[1] or _is_derived(one, other):
        return True
    same_language = first_language == second_language
    return any(
        _differs_in_vowels(a, b, same_language=same_language) or (not same_language and _starts_alike(a, b))
        for a in forms[0]
        for b in forms[1]
    )


def _uninflected(word: str, language: str | None) -> Iterator[str]:
    yield sound(word)
    for ending in word_set("name_inflections", language or "") or ("s",):
        shortest = _SHORTEST_INFLECTED if len(ending) <= _LONGEST_SHORT_ENDING else _SHORTEST_DERIVED
        if word.endswith(ending) and len(word) - len(ending) >= shortest:
            yield sound(word.removesuffix(ending))


def _is_derived(first: str, second: str) -> bool:
    """Whether one is the other's adjective: "Norman" and "Normandy", "European" and "europäisch"."""
    shared = Prefix.similarity(first, second)
    places = _sounding("place_endings")
    adjectives = {ending for ending in _sounding("adjective_endings") if len(ending) >= _SHORTEST_ADJECTIVE_ENDING}
    for length in range(shared, max(_SHORTEST_DERIVED, shared - 1) - 1, -1):
        rests = first[length:], second[length:]
        if "" in rests and any(rest in _sounding("land_endings") for rest in rests):
            return True
        if all(rest in adjectives or rest in places or not rest for rest in rests) and any(
            rest in adjectives for rest in rests
        ):
            return True
    return False


@cache
def _sounding(key: str) -> frozenset[str]:
    return frozenset(sound(ending) for ending in word_set("names", key))


def _differs_in_vowels(first: str, second: str, *, same_language: bool) -> bool:
    if min(len(first), len(second)) < _SHORTEST_WITH_OTHER_VOWELS or first[0] != second[0]:
        return False
    skeleton = _consonants(first)
    if skeleton != _consonants(second) or len(skeleton) < _FEWEST_CONSONANTS:
        return False
    if same_language:
        return first[-1] == second[-1] and Levenshtein.distance(first, second) == 1
    return Levenshtein.distance(first, second) <= 2  # noqa: PLR2004 - one vowel for another, twice


def _starts_alike(first: str, second: str) -> bool:
    """Whether most of the shorter word begins the other one too, as "Aristotle" and "Aristoteles" do."""
    shared = Prefix.similarity(first, second)
    shorter = min(len(first), len(second))
    if shared < _SHORTEST_SHARED_START or shared < _SHARE_OF_SHORTER * shorter:
        return False
    rests = sorted((_consonants(first[shared:]), _consonants(second[shared:])), key=len)
    return rests[1].startswith(rests[0])


def _consonants(word: str) -> str:
    return "".join(letter for letter in word if letter not in _VOWELS)
