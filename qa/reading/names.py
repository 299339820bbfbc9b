"""Finds the names of a sentence by the shape of its words: capitals, acronyms, digits inside, initials, particles.

Knows in which languages every noun has a capital, so that a capital proves little, and which have no capitals at all.
Does not know dates and numbers (it is told what is taken), or whether two names are the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from qa.reading.name_words import NameWord, split_words
from qa.reading.places import find_places
from qa.text.language import function_words
from qa.text.particular import word_set
from qa.text.words import fold

_STARTS_SENTENCE = re.compile(r"(?:^|[!?:…\n]|(?:\w{4}|\d|\W)\.)[\s\"“”„»«'‘’(\[]*$|[\"“„»«]$")
_INITIAL_GAP = re.compile(r"\.[ \u00a0]?")
_JOINS = frozenset((" ", "-", "‑", "\u00a0", "'", "’", " & "))
_MOST_CAPITALS = 0.7
"""Share of capitalised words from which a line is a headline, whose capitals say nothing."""
_FEWEST_HEADLINE_WORDS = 5
_SHORTEST_TITLE_IN_COMPOUND = 5
_SHORTEST_DERIVED = 5
_MOST_PARTICLES = 2
_ADJECTIVE_ENDING = 4
"""Letters from which an ending tells an adjective ("ischen") from a noun ("er")."""


def name_words(sentence: str, language: str | None, taken: Sequence[tuple[int, int]] = ()) -> tuple[NameWord, ...]:
    """All words of a sentence, in order, with those marked that are names.

    Args:
        sentence: any text.
        language: ISO 639-1 code or ``None``.
        taken: ``(start, end)`` of what is a date or a number.
    """
    return _Marker(sentence, language, taken).marked()


@cache
def _adjective_endings() -> tuple[str, ...]:
    """Endings that only adjectives have."""
    return tuple(ending for ending in word_set("names", "adjective_endings") if len(ending) >= _ADJECTIVE_ENDING)


@cache
def _folded_function_words(language: str | None) -> frozenset[str]:
    return frozenset(fold(word) for word in function_words(language or ""))


@cache
def _long_titles() -> tuple[str, ...]:
    """Titles that German compounds end in."""
    return tuple(title for title in word_set("names", "titles") if len(title) >= _SHORTEST_TITLE_IN_COMPOUND)


@cache
def _derived_endings(language: str | None) -> tuple[str, ...]:
    return tuple(word_set("names", f"noun_endings_{language}"))


class _Marker:
    """One pass over the words of one sentence."""

    def __init__(self, sentence: str, language: str | None, taken: Sequence[tuple[int, int]]) -> None:
        self._sentence = sentence
        self._taken = taken
        self._function = _folded_function_words(language)
        self._noun_capitals = language in word_set("names", "capital_noun_languages")
        self._language = language
        self._words = split_words(sentence)
        self._is_headline = self._all_capitals_mean_nothing()
        self._shouts = not any(character.islower() for character in sentence)

    def marked(self) -> tuple[NameWord, ...]:
        words = [self._by_shape(index) for index in range(len(self._words))]
        words = self._grouped(words)
        return tuple(self._with_places(words))

    def _all_capitals_mean_nothing(self) -> bool:
        letters = [word for word in self._words if word.written[0].isalpha() and word.folded not in self._function]
        capitals = sum(word.written[0].isupper() for word in letters)
        return (
            not self._noun_capitals
            and len(letters) >= _FEWEST_HEADLINE_WORDS
            and capitals >= _MOST_CAPITALS * len(letters)
            and self._sentence.rstrip()[-1:].isalnum()
        )

    def _by_shape(self, index: int) -> NameWord:
        word = self._words[index]
        if word.written.islower() or any(word.start < end and start < word.end for start, end in self._taken):
            return word
        letters = [character for character in word.written if character.isalpha()]
        capitals = sum(character.isupper() for character in letters)
        if not capitals:
            return word
        is_acronym = capitals == len(letters) > 1 and not self._shouts
        odd_shape = is_acronym or self._is_odd(word.written)
        if word.folded in self._function and not is_acronym:
            return word
        if not (odd_shape or word.written[0].isupper()) or (len(word.written) == 1 and not self._is_initial(word)):
            return word
        is_title = self._is_title(word.folded)
        certain = odd_shape or (len(letters) > 1 and self._capital_is_certain(word))
        return replace(
            word,
            is_name=True,
            certain=certain,
            is_acronym=is_acronym,
            is_title=is_title,
            is_derived=self._is_noun(word),
            is_common=self._noun_capitals and index > 0 and self._agrees(self._words[index - 1]),
        )

    def _is_odd(self, written: str) -> bool:
        """Capitals or digits inside: "iPhone", "McDonald", "G20"; "'s" is cut off before."""
        inside = any(character.isupper() for character in written[1:]) and not written.isupper()
        mixed = any(map(str.isdecimal, written)) and any(map(str.isupper, written))
        return (inside or mixed) and not self._shouts

    def _is_initial(self, word: NameWord) -> bool:
        return self._sentence[word.end : word.end + 1] == "."

    def _is_title(self, folded: str) -> bool:
        titles = word_set("names", "titles")
        if folded in titles:
            return True
        return self._noun_capitals and folded.endswith(_long_titles())

    def _capital_is_certain(self, word: NameWord) -> bool:
        if self._noun_capitals or self._is_headline or self._shouts:
            return False
        return _STARTS_SENTENCE.search(self._sentence[: word.start]) is None

    def _grouped(self, words: list[NameWord]) -> list[NameWord]:
        """Number the words of each name; words between them ("van", "of") belong to it but are not compared."""
        group = 0
        last: int | None = None
        for index, word in enumerate(words):
            if not word.is_name:
                continue
            if last is None or not self._joined(words, last, index):
                group += 1
            words[index] = replace(word, group=group)
            last = index
        return self._with_certain_companions(words)

    def _joined(self, words: Sequence[NameWord], first: int, second: int) -> bool:
        between = words[first + 1 : second]
        if (
            any(word.folded not in word_set("names", "particles") or word.is_name for word in between)
            or len(between) > _MOST_PARTICLES
        ):
            return False
        position = words[first].end
        for word in (*between, words[second]):
            gap = self._sentence[position : word.start]
            if gap not in _JOINS and not (len(words[first].written) == 1 and _INITIAL_GAP.fullmatch(gap)):
                return False
            position = word.end
        return True

    def _with_certain_companions(self, words: list[NameWord]) -> list[NameWord]:
        """A first word with a capital is a name if a name follows it; a German noun if a title stands before it."""
        for index in range(len(words) - 1):
            word, following = words[index], words[index + 1]
            if not (word.is_name and following.is_name and word.group == following.group) or self._is_headline:
                continue
            if self._noun_capitals:
                adjacent = self._sentence[word.end : following.start] == " "
                if adjacent and (word.is_title or self._looks_like_full_name(words, index)):
                    words[index] = replace(word, certain=word.certain or not word.is_title)
                    words[index + 1] = replace(following, certain=not following.is_title)
            elif len(word.written) > 1 and following.certain:
                words[index] = replace(word, certain=True)
        return words

    def _looks_like_full_name(self, words: Sequence[NameWord], index: int) -> bool:
        """Two capitalised words in a row, not formed like nouns, no genitive, no article or number before them."""
        word, following = words[index], words[index + 1]
        if word.folded.endswith("s") or any(
            each.is_derived or each.is_title or len(each.written) == 1 for each in (word, following)
        ):
            return False
        if word.folded.endswith(_adjective_endings()):
            return False
        if index == 0:
            return not word.folded.endswith(tuple(word_set("names", "first_word_endings_de")))
        before = words[index - 1]
        is_number = any(start <= before.start < end for start, end in self._taken) or before.written.isdecimal()
        return not is_number and not self._agrees(before)

    def _agrees(self, before: NameWord) -> bool:
        """Whether the word before has the ending of an article or adjective, as before a common noun."""
        return before.written.islower() and before.folded.endswith(tuple(word_set("names", "agreement_endings_de")))

    def _is_noun(self, word: NameWord) -> bool:
        return len(word.folded) > _SHORTEST_DERIVED and word.folded.endswith(_derived_endings(self._language))

    def _with_places(self, words: list[NameWord]) -> list[NameWord]:
        folded, written = [word.folded for word in words], [word.written for word in words]
        for place in find_places(folded, written, self._language):
            members = range(place.first, place.last + 1)
            if any(key.startswith("language:") for key in place.keys) and self._noun_capitals:
                continue
            for index in members:
                if words[index].is_name and not self._is_headline:
                    words[index] = replace(words[index], certain=True)
        return words
