"""Tells ordinary words from names, whatever their capitals: "court" from "Luther".

A multilingual tokenizer learned from running text which strings are frequent, and keeps small letters and capitals
apart. A word that it has whole in small letters is therefore an ordinary word of some language; names are hardly ever
written that way. Knows the vocabulary of the bundled encoder. Does not know which language a word is of.
"""

from __future__ import annotations

from functools import lru_cache

from qa.models.e5 import vocabulary

_WORD_START = "▁"
_SHORTEST = 3
_SHORTEST_TAIL = 5
_LONGEST_NAME = 14
"""Letters from which a single word is hardly a name."""


def is_ordinary(word: str) -> bool:
    """Whether a word is an ordinary word of some language, by its small letters."""
    return len(word) >= _SHORTEST and _is_known(word.lower())


def is_frequent(word: str) -> bool:
    """Whether a word is frequent as it is written, as common nouns are and most names are not."""
    return _is_known(word)


@lru_cache(maxsize=4096)
def ends_in_ordinary_word(word: str) -> bool:
    """Whether a word is a compound by its looks: it ends in another word that is frequent, or it is very long."""
    tails = (word[cut:] for cut in range(_SHORTEST, len(word) - _SHORTEST_TAIL + 1))
    return len(word) >= _LONGEST_NAME or any(_is_known(tail) or _is_known(tail.capitalize()) for tail in tails)


def _is_known(word: str) -> bool:
    return vocabulary().number(_WORD_START + word) is not None
