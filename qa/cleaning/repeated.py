"""Which lines many articles share: furniture, if the articles are independent.

An article's lines are kept as hashes, so that a corpus need not be read again to see what one more article repeats.
Copies of one article are one: what they share is the article. A line with figures is a fact, and never furniture. Does
not know: where on a page a line stands.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from qa.cleaning.lines import Unit, line_key, units_of

_REPEATED_IN = 3
_REPEATED_SHARE = 0.05
_REPEATED_WORDS = 25
_COPY_OVERLAP = 0.5
_SHORT_COPY_OVERLAP = 0.8
_HASH_BYTES = 8
_NUMBERS = np.dtype("<u8")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an article as hashes: short ones that could be furniture, long ones, and all others.

    Short and long ones together tell copies apart.
    """

    short: frozenset[int]
    long: frozenset[int]
    other: frozenset[int]

    @property
    def all(self) -> frozenset[int]:
        """All of them."""
        return self.short | self.long | self.other

    def pack(self) -> bytes:
        """As bytes: how many short and how many long ones, then the hashes of each, sorted."""
        counts = [len(self.short), len(self.long)]
        return np.array(
            [*counts, *sorted(self.short), *sorted(self.long), *sorted(self.other)], dtype=_NUMBERS
        ).tobytes()

    @classmethod
    def unpack(cls, packed: bytes) -> Lines:
        """The inverse of ``pack``."""
        short, long, *hashes = np.frombuffer(packed, dtype=_NUMBERS).tolist()
        return cls(
            frozenset(hashes[:short]), frozenset(hashes[short : short + long]), frozenset(hashes[short + long :])
        )


def line_hash(key: str) -> int:
    """A line, as ``line_key`` gives it, as a number that is the same in every run."""
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=_HASH_BYTES).digest(), "little")


def lines_of(text: str) -> Lines:
    """The lines of a text."""
    units = units_of(text)
    kinds = [
        (_could_be_furniture(unit), unit.words > _REPEATED_WORDS, line_hash(line_key(unit.text))) for unit in units
    ]
    short = frozenset(number for could, _, number in kinds if could)
    long = frozenset(number for could, is_long, number in kinds if is_long and not could)
    return Lines(short, long - short, frozenset(number for _, _, number in kinds) - short - long)


def short_lines(text: str) -> Iterator[str]:
    """The lines of a text that could be furniture, as ``line_key`` gives them."""
    return (line_key(unit.text) for unit in units_of(text) if _could_be_furniture(unit))


def _could_be_furniture(unit: Unit) -> bool:
    return unit.is_short and unit.words <= _REPEATED_WORDS and not unit.has_figures


def shared_lines(articles: Sequence[Lines]) -> frozenset[int]:
    """The lines that so many independent articles of a corpus have that they are furniture."""
    owners: defaultdict[int, list[int]] = defaultdict(list)
    for index, own in enumerate(articles):
        for key in own.short:
            owners[key].append(index)
    needed = max(_REPEATED_IN, math.ceil(_REPEATED_SHARE * len(articles)))
    copies = cache(lambda first, second: _are_copies(articles[first], articles[second]))  # asked for each line anew
    return frozenset(
        key for key, having in owners.items() if len(having) >= needed and _independent(having, needed, copies)
    )


def _independent(having: Sequence[int], needed: int, copies: Callable[[int, int], bool]) -> bool:
    """Whether at least ``needed`` of some articles are not copies of each other."""
    chosen: list[int] = []
    for index in having:
        if not any(copies(other, index) for other in chosen):
            chosen.append(index)
        if len(chosen) >= needed:
            return True
    return False


def _are_copies(first: Lines, second: Lines) -> bool:
    smaller = min(len(first.long), len(second.long))
    if smaller:
        return len(first.long & second.long) >= _COPY_OVERLAP * smaller
    larger = max(len(first.all), len(second.all))  # notes of nothing but short lines
    return len(first.all & second.all) >= _SHORT_COPY_OVERLAP * larger
