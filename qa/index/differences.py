"""Whether two texts that read alike speak of different things: other numbers, dates, names or places.

Form letters, weekly reports and the pages of two branches of a firm share most of their words and all of their meaning,
as vectors see it; what tells them apart is a word here and there. Knows capitals, digits, dates, and what the letters
of other scripts sound like. Does not know whether two texts read alike, or what a name stands for. Where a script has
no capitals, every word that is not a function word may be a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from qa.text.dates import find_dates
from qa.text.numbers import find_numbers
from qa.text.words import find_words, folded_function_words

_LONGEST_SUBSTITUTION = 6
"""Words on either side; longer ones are other sentences rather than other names."""
_SPELT_ALIKE = 72
"""Similarity, of 100, from which two words are one name in two spellings, or one word in two forms."""
_SOUND_ALIKE = 66
_FEWEST_NAMES = 2
_NAMES_FOUND = 1 / 3
_FEWEST_SOUNDS = 2
_AFTERNOON = 12
_LAST_HOUR = 24
_VOWELS = re.compile(r"[aeiouy\W\d_]+")
_SOUNDS = (
    ("ph", "f"),
    ("ck", "k"),
    ("c", "k"),
    ("q", "k"),
    ("w", "v"),
    ("x", "ks"),
    ("z", "s"),
    ("j", "k"),
    ("g", "k"),
)
_CAPITALISING = frozenset(["de", "lb"])
"""Languages that capitalise all nouns."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    folded: str
    opens: bool

    @property
    def has_case(self) -> bool:
        return self.text[:1].lower() != self.text[:1].upper()

    @property
    def is_name(self) -> bool:
        """Whether it may be a name, by its capital; in a script without capitals, any word may be one."""
        if not self.text[:1].isalpha():
            return False
        return (self.text[:1].isupper() and not self.opens) if self.has_case else True


def substitution(first: Sequence[str], second: Sequence[str], language: str | None) -> tuple[str, str] | None:
    """What stands in one text where another number, date or name stands in the other, in the middle of the same words.

    Args:
        first: the sentences of a text.
        second: those of another one in the same language.
        language: ISO 639-1.
    """
    one, other = _tokens(first), _tokens(second)
    names = {token.folded for token in (*one, *other) if token.is_name and token.has_case}
    for edit in Levenshtein.opcodes([t.folded for t in one], [t.folded for t in other]):
        if edit.tag != "replace":
            continue
        here, there = one[edit.src_start : edit.src_end], other[edit.dest_start : edit.dest_end]
        if max(len(here), len(there)) > _LONGEST_SUBSTITUTION:
            continue
        if _numbers_differ(here, there, language) or _names_differ(here, there, names, language):
            return " ".join(token.text for token in here), " ".join(token.text for token in there)
    return None


def _tokens(sentences: Sequence[str]) -> list[_Token]:
    return [
        _Token(sentence[word.start : word.end], word.folded, index == 0)
        for sentence in sentences
        for index, word in enumerate(find_words(sentence))
    ]


def _numbers_differ(here: Sequence[_Token], there: Sequence[_Token], language: str | None) -> bool:
    one, other = (_figures(" ".join(token.text for token in tokens), language) for tokens in (here, there))
    return bool(one) and bool(other) and one.isdisjoint(other)


def _names_differ(here: Sequence[_Token], there: Sequence[_Token], names: set[str], language: str | None) -> bool:
    """Whether both have a name, and none of them sounds like one of the others."""
    common = folded_function_words(language or "")

    def named(tokens: Sequence[_Token]) -> list[str]:
        return [t.folded for t in tokens if t.folded not in common and (t.is_name or (t.opens and t.folded in names))]

    one, other = named(here), named(there)
    return bool(one) and bool(other) and not any(fuzz.ratio(a, b) >= _SPELT_ALIKE for a in one for b in other)


@lru_cache(maxsize=4096)
def _figures(text: str, language: str | None) -> frozenset[str]:
    """The numbers of a text, and the days and months of its dates, in a form that is the same in all languages."""
    dates = find_dates(text, language)
    parts = {f"{name}{value}" for date in dates for name, value in (("d", date.day), ("y", date.year)) if value}
    taken = tuple((date.start, date.end) for date in dates)
    numbers = (n for n in find_numbers(text, language, taken) if any(map(str.isdigit, n.text)))
    return frozenset({part[1:] for part in parts} | {str(number.amount) for number in numbers})


def numbers_conflict(
    pairs: Sequence[tuple[str, str]], languages: tuple[str | None, str | None]
) -> tuple[str, str] | None:
    """Numbers that stand in a sentence and in its translation, and nowhere in the other text.

    Args:
        pairs: sentences that are taken to say the same in two languages.
        languages: of the two, ISO 639-1.
    """
    figures = [tuple(_figures(text, code) for text, code in zip(pair, languages, strict=True)) for pair in pairs]
    ones: frozenset[str] = frozenset().union(*(one for one, _ in figures))
    others: frozenset[str] = frozenset().union(*(other for _, other in figures))
    for one, other in figures:
        here = {number for number in one - others if not _is_hour_of(number, other)}
        there = {number for number in other - ones if not _is_hour_of(number, one)}
        if here and there:
            return min(here), min(there)
    return None


def _is_hour_of(number: str, others: frozenset[str]) -> bool:
    """Whether it is an hour that the others count on the other clock: 2 and 14."""
    if not number.isdecimal() or int(number) > _LAST_HOUR:
        return False
    hour = int(number)
    return str(hour + _AFTERNOON) in others or str(hour - _AFTERNOON) in others


def names_missing(first: Sequence[str], second: Sequence[str], languages: tuple[str | None, str | None]) -> bool:
    """Whether the names of one text are not in the other, whatever letters that is written in."""
    sides = ((first, second, languages[0]), (second, first, languages[1]))
    return any(language not in _CAPITALISING and _are_missing(here, there) for here, there, language in sides)


def _are_missing(here: Sequence[str], there: Sequence[str]) -> bool:
    names = {token.folded for token in _tokens(here) if token.is_name and token.has_case}
    sounds = {sound for name in names if len(sound := _sound(name)) >= _FEWEST_SOUNDS}
    if len(sounds) < _FEWEST_NAMES:
        return False
    others = {sound for token in _tokens(there) if len(sound := _sound(token.folded)) >= _FEWEST_SOUNDS}
    if not others:  # a script whose letters are not sounds
        return False
    found = sum(any(fuzz.ratio(sound, other) >= _SOUND_ALIKE for other in others) for sound in sounds)
    return found < _NAMES_FOUND * len(sounds)


@lru_cache(maxsize=4096)
def _sound(word: str) -> str:
    """The consonants of a word in Latin letters, as far as Unicode says what its letters are called."""
    latin = "".join(map(_letter, word)) if not word.isascii() else word
    plain = _VOWELS.sub("", latin)
    for written, sounds in _SOUNDS:
        plain = plain.replace(written, sounds)
    return plain


def _letter(character: str) -> str:
    if character.isascii():
        return character
    name = unicodedata.name(character, "")
    if not name or name.startswith(("CJK", "HANGUL")):
        return ""
    spoken = name.rpartition(" LETTER ")[2].split(" ")[-1].lower()
    consonants = re.search(r"[^aeiou\W]+", spoken)
    return consonants[0].replace("h", "", len(consonants[0]) > 1 and consonants[0] != "sh") if consonants else ""
