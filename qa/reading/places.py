"""Which place a word stands for: "Kasachstan", "Kazakh" and "kasachischen" are one, "Niger" and "Nigeria" two.

Knows names from CLDR (``qa.text.locale_names``) and how the words made from them end. Does not know places that CLDR
lacks, history, or which of two places of one name is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from qa.text.locale_names import country_adjectives, home_of_language, language_names, place_names
from qa.text.particular import word_set
from qa.text.words import fold, stem, words

_SHORTEST_STEM = 4
_LONGEST_CODE = 3
"""Letters up to which a name is a code, which counts only in capitals."""
_LONGEST_NAME = 4
_LETTERS_SHARED_WITH_HOME = 2
"""A language's name that begins like its country's is the country's adjective too ("French"); "English" is not
American."""

Keys = frozenset[str]
_NOTHING: Keys = frozenset()


@dataclass(frozen=True, slots=True)
class PlacedWords:
    """A place in a sequence of words: ``first`` to ``last``, both included, and its keys."""

    first: int
    last: int
    keys: Keys


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    """The names of one language: single words, stems of those, and names of several words by their first stem."""

    names: Mapping[str, Keys]
    stems: Mapping[str, Keys]
    longer: Mapping[str, tuple[tuple[tuple[str, ...], Keys], ...]]


def find_places(folded: Sequence[str], written: Sequence[str], language: str | None) -> Iterator[PlacedWords]:
    """The places and languages that words stand for, longest names first, without overlaps.

    Args:
        folded: consecutive words.
        written: the same words as they are written; a code such as "US" counts only in capitals.
        language: ISO 639-1 code or ``None``.
    """
    gazetteer = _gazetteer(language)
    stems = _stems(tuple(folded), language) if gazetteer.longer else ()
    position = 0
    while position < len(folded):
        found = _longer_name(stems, position, gazetteer) or PlacedWords(
            position, position, place_of_word(folded[position], language, in_capitals=written[position].isupper())
        )
        if found.keys:
            yield found
        position = found.last + 1


@lru_cache(maxsize=4096)
def place_of_word(folded: str, language: str | None, *, in_capitals: bool = False) -> Keys:
    """The keys of the place, language or adjective that one folded word stands for; none if it is another word."""
    gazetteer = _gazetteer(language)
    if folded in gazetteer.names:
        keys = gazetteer.names[folded]
        is_code = len(folded) <= _LONGEST_CODE and not any(key.startswith("city:") for key in keys)
        return _NOTHING if is_code and not in_capitals else keys
    for length in range(len(folded), _SHORTEST_STEM - 1, -1):
        found = gazetteer.stems.get(folded[:length])
        if found is not None:
            return found if folded[length:] in _endings() else _NOTHING
    return _NOTHING


def is_place_itself(folded: str, language: str | None) -> bool:
    """Whether a folded word is a place's name, perhaps in the genitive, and not an adjective or inhabitant."""
    names = place_names(language)
    return folded in names or folded.removesuffix("s") in names


@cache
def _endings() -> frozenset[str]:
    kinds = ("place_endings", "adjective_endings", "language_endings")
    return frozenset(("",)).union(*(word_set("names", kind) for kind in kinds))


def _longer_name(stems: Sequence[str], position: int, gazetteer: _Gazetteer) -> PlacedWords | None:
    for parts, keys in gazetteer.longer.get(stems[position], ()) if stems else ():
        if tuple(stems[position : position + len(parts)]) == parts:
            return PlacedWords(position, position + len(parts) - 1, keys)
    return None


@lru_cache(maxsize=512)
def _stems(folded: tuple[str, ...], language: str | None) -> tuple[str, ...]:
    return tuple(stem(list(folded), language))


@cache
def _gazetteer(language: str | None) -> _Gazetteer:
    names: dict[str, Keys] = {}
    longer: dict[str, list[tuple[tuple[str, ...], Keys]]] = {}
    for name, key in place_names(language).items():
        parts = words(name)
        if len(parts) == 1:
            names[parts[0]] = names.get(parts[0], _NOTHING) | {key}
        elif 1 < len(parts) <= _LONGEST_NAME:
            stems = _stems(tuple(parts), language)
            longer.setdefault(stems[0], []).append((stems, frozenset((key,))))
    stems_of_names = _stems_of(names, "place_endings")
    languages = {
        name: _language_keys(key)
        for name, key in language_names(language).items()
        if name.isalpha() and len(name) >= _SHORTEST_STEM and name not in names
    }
    adjectives = {
        word: frozenset((key,))
        for word, key in country_adjectives(language).items()
        if len(word) >= _SHORTEST_STEM and word not in names and word not in languages
    }
    for more, endings in ((languages, "language_endings"), (adjectives, "adjective_endings")):
        for part, keys in _stems_of(more, endings).items():
            if endings == "language_endings" or part not in stems_of_names:
                stems_of_names[part] = stems_of_names.get(part, _NOTHING) | keys
    by_length = {first: tuple(sorted(rows, key=lambda row: -len(row[0]))) for first, rows in longer.items()}
    return _Gazetteer({**languages, **names}, stems_of_names, by_length)


def _stems_of(names: Mapping[str, Keys], endings: str) -> dict[str, Keys]:
    """Names with and without an ending; what could come from two names is left out, unless it is one of them."""
    stems: dict[str, Keys] = {}
    shared: set[str] = set()
    for name, keys in names.items():
        for ending in word_set("names", endings):
            part = name.removesuffix(ending)
            if part == name or len(part) < _SHORTEST_STEM or part in names:
                continue
            if stems.setdefault(part, keys) != keys:
                shared.add(part)
    kept = {part: keys for part, keys in stems.items() if part not in shared}
    return {**kept, **{name: keys for name, keys in names.items() if len(name) >= _SHORTEST_STEM}}


@cache
def _language_keys(key: str) -> Keys:
    code = key.partition(":")[2]
    home = home_of_language(code)
    if home is None:
        return frozenset((key,))
    return frozenset((key, home)) if _begin_alike(key, home) else frozenset((key,))


@cache
def _english_names() -> Mapping[str, str]:
    names = {key: name for name, key in language_names("en").items()}
    for name, key in place_names("en").items():
        if len(name) > _LONGEST_CODE:
            names.setdefault(key, name)
    return names


def _begin_alike(first: str, second: str) -> bool:
    names = _english_names()
    length = _LETTERS_SHARED_WITH_HOME
    return bool(first in names and second in names and fold(names[first])[:length] == fold(names[second])[:length])
