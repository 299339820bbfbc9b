"""Which names of a claim the evidence has: alike, abbreviated, inflected, or translated if CLDR has the translation.

Knows the words and names of one evidence sentence. Does not know what else the sentences say. A first name that the
evidence does not have is missing even if the surname is there, for language models invent first names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa.reading.name_words import NameWord
from qa.reading.ordinary_words import is_ordinary
from qa.reading.places import Keys, PlacedWords, find_places, is_place_itself, place_of_word
from qa.reading.same_name import same_name, sound
from qa.text.language import function_words
from qa.text.locale_names import place_names
from qa.text.particular import word_set
from qa.text.words import fold

_SHORTEST_COMPOUND_PART = 5
_COMPOUNDING = frozenset(("de", "nl", "sv", "da", "no", "nb", "fi", "hu"))
"""Languages that write compounds as one word, so a name may begin one ("Lutherbibel")."""
_SHORTEST_REST_OF_COMPOUND = 4
_SHORTEST_FIRST_PART = 3
_LONGEST_NAME_ENDING = 2
_SHORTEST_ACRONYM = 2


@dataclass(frozen=True, slots=True)
class SentenceNames:
    """The words of a sentence, and the places among them.

    Attributes:
        text: the sentence.
        language: ISO 639-1 code or ``None``.
        words: all of them.
        places: in order.
        keys_of: the places that each word is part of, one entry a word.
        initials: of each run of capitalised words, function words left out.
    """

    text: str
    language: str | None
    words: tuple[NameWord, ...]
    places: tuple[PlacedWords, ...]
    keys_of: tuple[Keys, ...]
    initials: frozenset[str]


def sentence_names(text: str, language: str | None, words: tuple[NameWord, ...]) -> SentenceNames:
    """Put together what is looked up in a sentence."""
    places = tuple(find_places([word.folded for word in words], [word.written for word in words], language))
    keys_of: list[Keys] = [frozenset()] * len(words)
    for place in places:
        keys_of[place.first : place.last + 1] = [place.keys] * (place.last + 1 - place.first)
    return SentenceNames(text, language, words, places, tuple(keys_of), frozenset(_initials(words, language)))


def _initials(words: Sequence[NameWord], language: str | None) -> Iterator[str]:
    function = function_words(language or "")
    run = ""
    for word in words:
        if word.is_name and not word.is_acronym:
            run += word.folded[:1]
        elif word.folded not in function:
            yield run
            run = ""
    yield run


def missing_words(claim: SentenceNames, evidence: SentenceNames) -> tuple[NameWord, ...]:
    """The words of the claim's names that the evidence does not have, in order."""
    expanded = _spelled_out(claim, evidence)
    return tuple(
        word
        for index, word in enumerate(claim.words)
        if word.is_name
        and len(word.folded) > 1
        and word.group not in expanded
        and not _has(evidence, word, claim.keys_of[index], claim.language)
    )


def is_translatable(word: NameWord, sentence: SentenceNames) -> bool:
    """Whether another language may have another word for it, as for an adjective or a common noun."""
    index = next(position for position, other in enumerate(sentence.words) if other.start == word.start)
    if word.is_acronym and len(word.folded) <= _SHORTEST_ACRONYM:
        return True
    if sentence.keys_of[index]:
        return not is_place_itself(word.folded, sentence.language) and not _in_longer_place(index, sentence)
    if word.is_derived:
        return True
    if word.is_acronym:
        return False
    if is_ordinary(word.written) or is_ordinary(word.written.removesuffix("s")):
        return True
    first = last = index
    while first > 0 and sentence.words[first - 1].group == word.group:
        first -= 1
    while last + 1 < len(sentence.words) and sentence.words[last + 1].group == word.group:
        last += 1
    before = sentence.words[first - 1].folded if first else ""
    after = sentence.words[last + 1].folded if last + 1 < len(sentence.words) else ""
    links = word_set("names", "name_links")
    return before in word_set("names", "determiners") or before in links or after in links


def _in_longer_place(index: int, sentence: SentenceNames) -> bool:
    return any(place.first <= index <= place.last and place.first < place.last for place in sentence.places)


def _spelled_out(claim: SentenceNames, evidence: SentenceNames) -> frozenset[int]:
    """The claim's names that the evidence has as an acronym."""
    acronyms = {word.folded for word in evidence.words if word.is_acronym}
    if not acronyms:
        return frozenset()
    letters: dict[int, str] = {}
    for word in claim.words:
        if word.is_name:
            letters[word.group] = letters.get(word.group, "") + word.folded[:1]
    return frozenset(
        group for group, initials in letters.items() if len(initials) >= _SHORTEST_ACRONYM and initials in acronyms
    )


def _has(evidence: SentenceNames, word: NameWord, keys: Keys, language: str | None) -> bool:
    if any(word.folded == other.folded for other in evidence.words):
        return True
    if keys and (_has_place(evidence, keys)):
        return True
    if word.is_acronym and any(word.folded in initials for initials in evidence.initials):
        return True
    return any(
        same_name(word.folded, language, other.folded, evidence.language)
        or _begins_compound(word.folded, other.folded, evidence.language)
        or (not other_keys and _ends_compound(word.folded, keys, other.folded, evidence.language))
        for other, other_keys in zip(evidence.words, evidence.keys_of, strict=True)
        if not (keys and other_keys)  # two different places, however alike
        and (other.written[0].isupper() or other.folded[0] == word.folded[0] or not other.written.isascii())
    )


def _has_place(evidence: SentenceNames, keys: Keys) -> bool:
    if any(keys & place.keys for place in evidence.places):
        return True
    if evidence.language not in word_set("names", "caseless_languages"):
        return False
    return any(name in fold(evidence.text) for name in _names_without_spaces(keys, evidence.language))


@lru_cache(maxsize=512)
def _names_without_spaces(keys: Keys, language: str | None) -> tuple[str, ...]:
    return tuple(name for name, key in place_names(language).items() if key in keys and not name.isascii())


def _begins_compound(name: str, word: str, language: str | None) -> bool:
    rest = len(word) - len(name)
    return (
        language in _COMPOUNDING
        and len(name) >= _SHORTEST_COMPOUND_PART
        and rest >= _SHORTEST_REST_OF_COMPOUND
        and word.startswith(name)
    )


@lru_cache(maxsize=20_000)
def _ends_compound(name: str, keys: Keys, word: str, language: str | None) -> bool:
    """Whether a compound ends in a name ("Südkalifornien")."""
    if language not in _COMPOUNDING or len(word) < _SHORTEST_COMPOUND_PART + _SHORTEST_FIRST_PART:
        return False
    tails = (word[cut:] for cut in range(_SHORTEST_FIRST_PART, len(word) - _SHORTEST_COMPOUND_PART + 1))
    if keys:
        return any(keys & place_of_word(tail, language) for tail in tails)
    start = sound(name)[: max(_SHORTEST_COMPOUND_PART, len(name) - _LONGEST_NAME_ENDING)]
    return len(start) > _SHORTEST_COMPOUND_PART and any(sound(tail).startswith(start) for tail in tails)
