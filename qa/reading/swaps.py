"""Whether a claim has the right names and values, but in each other's places ("B beat A" for "A beat B").

Where two names, or two values, stand in another order than in the evidence, somebody else may have done it. It is no
harm if they are only listed, if the sentence changed its voice around them, or if what is said of each moved with it.
Does not know meanings: it compares orders.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from qa.text.words import fold

_DOER = re.compile(r"\b(?:by|von|vom|durch|par|por|pelo|pela|dal?|dall\w*|door)\W*(?:\w+\W+){0,4}$")
"""What names the doer of a passive sentence, before the name, in several languages."""
_JOINING = re.compile(
    r"[\s,;/&]*(?:\b(?:and|or|und|oder|sowie|et|ou|y|e|o|en|of)\b)?[\s,;/&]*"
    r"(?:\b(?:the|der|die|das|den|le|la|les|el|los)\b)?\s*"
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A word or phrase of the claim, ``claim[start:end]``, and its counterpart, ``evidence[place:place_end]``."""

    start: int
    end: int
    place: int
    place_end: int


def swapped(claim: str, evidence: str, alike: Sequence[Placed], others: Sequence[Placed]) -> bool:
    """Whether any two of the names, or of the values, have changed places.

    Args:
        claim: the sentence that is checked.
        evidence: what is to support it.
        alike: the claim's names, or its numbers and dates, in its order.
        others: the claim's other words that have counterparts, in its order.
    """
    return any(
        second.place_end <= first.place
        and not _listed(claim, evidence, alike, first, second)
        and not (_changes_voice(claim, evidence, first, second) or _takes_its_words_along(first, second, others))
        for first, second in combinations(alike, 2)
    )


def _listed(claim: str, evidence: str, alike: Sequence[Placed], first: Placed, second: Placed) -> bool:
    """Whether both belong to one enumeration, in the claim and in the evidence."""
    in_claim = [(one.start, one.end) for one in alike if first.start <= one.start <= second.start]
    in_evidence = sorted((one.place, one.place_end) for one in alike if second.place <= one.place <= first.place)
    return _enumeration(claim, in_claim) and _enumeration(evidence, in_evidence)


def _enumeration(text: str, spans: Sequence[tuple[int, int]]) -> bool:
    return all(_JOINING.fullmatch(fold(text[one[1] : other[0]])) is not None for one, other in pairwise(spans))


def _changes_voice(claim: str, evidence: str, first: Placed, second: Placed) -> bool:
    """Whether just one of the two texts names one of them as the doer of a passive sentence."""
    return any(
        (_DOER.search(fold(claim[: one.start])) is not None) != (_DOER.search(fold(evidence[: one.place])) is not None)
        for one in (first, second)
    )


def _takes_its_words_along(first: Placed, second: Placed, others: Sequence[Placed]) -> bool:
    """Whether the nearest other word of each stands nearer to it in the evidence too than to its counterpart."""
    for one, counterpart in ((first, second), (second, first)):
        near = min(others, key=lambda other: _distance(other.start, other.end, one.start, one.end), default=None)
        if near is None:
            return False
        own = _distance(near.place, near.place_end, one.place, one.place_end)
        foreign = _distance(near.place, near.place_end, counterpart.place, counterpart.place_end)
        if own >= foreign:
            return False
    return True


def _distance(start: int, end: int, other_start: int, other_end: int) -> int:
    """Code points between two spans."""
    return max(other_start - end, start - other_end, 0)
