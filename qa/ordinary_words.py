"""Tells ordinary words from names, whatever their capitals: "court" from "Luther".

A multilingual tokenizer learned from running text which strings are frequent, and keeps small letters and capitals
apart. A word that it has whole in small letters is therefore an ordinary word of some language; names are hardly ever
written that way. Knows the vocabulary of the bundled encoder. Does not know which language a word is of.
"""

from __future__ import annotations

from functools import cache, lru_cache

from qa.bundled import weight_file
from qa.weights import Weights

_WORD_START = "▁"
_SHORTEST = 3
_SHORTEST_TAIL = 5
_LONGEST_NAME = 14
"""Letters from which a single word is hardly a name."""


def is_ordinary(word: str) -> bool:
    """Whether a word is an ordinary word of some language, by its small letters; the first call takes 0.3 s."""
    return len(word) >= _SHORTEST and word.lower() in _words()


def is_frequent(word: str) -> bool:
    """Whether a word is frequent as it is written, as common nouns are and most names are not."""
    return word in _words()


@lru_cache(maxsize=4096)
def ends_in_ordinary_word(word: str) -> bool:
    """Whether a word is a compound by its looks: it ends in another word that is frequent, or it is very long."""
    tails = (word[cut:] for cut in range(_SHORTEST, len(word) - _SHORTEST_TAIL + 1))
    return len(word) >= _LONGEST_NAME or any(tail in _words() or tail.capitalize() in _words() for tail in tails)


@cache
def _words() -> frozenset[str]:
    pieces = Weights(weight_file()).vocabulary.pieces
    return frozenset(piece.removeprefix(_WORD_START) for piece in pieces if piece.startswith(_WORD_START))
