"""What answers and orderings are scored by."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

_WORD = re.compile(r"\w+")
_ARTICLES = frozenset(
    ["a", "an", "the", "der", "die", "das", "ein", "eine", "einen", "einem", "einer", "des", "dem", "den"]
)

Figures = dict[str, float]


def f1(found: str, right: str) -> float:
    """Harmonic mean of precision and recall of the words (Rajpurkar et al. 2016), articles left out."""
    one, other = (_words(text) for text in (found, right))
    common = sum(min(one.count(word), other.count(word)) for word in set(one))
    return 2 * common / (len(one) + len(other)) if common else float(one == other)


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _ARTICLES]


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Probability that a positive is above a negative."""
    above = np.array(positive)[:, None] - np.array(negative)[None, :]
    return float((above > 0).mean() + (above == 0).mean() / 2)
