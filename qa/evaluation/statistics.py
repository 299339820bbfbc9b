"""How well numbers separate and are calibrated, how far a number from so few cases can be trusted, and two runs apart.

Knows ranks, bins, resampling and McNemar's test; pure NumPy. Every statistic that is resampled takes weights, shape
(resamples, cases): how often each case was drawn, 1 for the cases as they are; so all resamples are one matrix product.

Does not know what a case is, or what the numbers are of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RESAMPLES = 1000
_SEED = 20230917
_BINS = 10
_BOUNDS = np.arange(1, _BINS) / _BINS
"""Quotients, so that 0.7 is exactly 7/10; a bound belongs to the bin below it."""
_OUTSIDE = (2.5, 97.5)
"""The percentiles between which 95 % of the resamples lie."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases whose confidence is above ``start`` and at most ``end`` (the first bin has 0 as well).

    ``confidence`` is their mean confidence, ``correct`` the share of them whose label is true; both from 0 to 1.
    """

    start: float
    end: float
    count: int
    confidence: float
    correct: float

    def to_dict(self) -> dict[str, float | int]:
        """As in the JSON document of an evaluation."""
        numbers = {"from": self.start, "to": self.end, "confidence": self.confidence, "correct": self.correct}
        return {name: round(number, 4) for name, number in numbers.items()} | {"count": self.count}


@lru_cache(maxsize=64)
def resampled_weights(count: int) -> Floats:
    """How often each of ``count`` cases is drawn in each bootstrap resample (Efron 1979); the same at every call.

    Whoever wants the same interval whatever the order of the cases must sort them first.

    Args:
        count: 1 or more.

    Returns:
        Shape (``RESAMPLES``, ``count``), read-only; every row sums to ``count``.
    """
    drawn = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    weights = drawn.astype(np.float64)
    weights.flags.writeable = False
    return weights


def percentile_interval(resampled: Floats) -> tuple[float, float] | None:
    """The 95 % percentile interval of a statistic, from its values on resamples; NaN among them is left out."""
    counted = resampled[np.isfinite(resampled)]
    if not counted.size:
        return None
    low, high = np.percentile(counted, _OUTSIDE)
    return float(low), float(high)


def ratio(numerators: Floats, denominators: Floats) -> Floats:
    """Elementwise quotient; NaN, without a warning, where the denominator is 0."""
    quotients: Floats = np.full(denominators.shape, np.nan)
    np.divide(numerators, denominators, out=quotients, where=denominators > 0)
    return quotients


def auroc(values: Floats, label: Bools, weights: Floats) -> Floats:
    """The chance that a positive case is above a negative one, a tie counting half (Mann and Whitney 1947).

    Args:
        values: shape (cases,).
        label: which cases are positive, shape (cases,).
        weights: shape (resamples, cases).

    Returns:
        From 0 to 1, 0.5 being chance, shape (resamples,); NaN where a resample lacks positives or negatives.
    """
    above, below = values[label][:, None], values[~label][None, :]
    wins = (above > below) + 0.5 * (above == below)
    positive, negative = weights[:, label], weights[:, ~label]
    return ratio(((positive @ wins) * negative).sum(axis=1), positive.sum(axis=1) * negative.sum(axis=1))


def calibration_error(confidence: Floats, label: Bools, weights: Floats) -> Floats:
    """How far confidence is from the share of cases that are right, bins weighted by size (Guo et al. 2017, section 2).

    Args:
        confidence: from 0 to 1, shape (cases,).
        label: shape (cases,).
        weights: shape (resamples, cases).

    Returns:
        From 0 (calibrated) to 1, shape (resamples,); NaN without cases.
    """
    member = _bin_of(confidence)[:, None] == np.arange(_BINS)[None, :]
    gaps = weights @ (member * (confidence - label)[:, None])  # (resamples, bins): bin size times its gap
    return ratio(np.abs(gaps).sum(axis=1), weights.sum(axis=1))


def reliability(confidence: Floats, label: Bools) -> tuple[Bin, ...]:
    """What a reliability diagram shows: the bins that have cases, from low to high confidence."""
    member = _bin_of(confidence)
    return tuple(
        Bin(
            start=number / _BINS,
            end=(number + 1) / _BINS,
            count=int(inside.sum()),
            confidence=float(confidence[inside].mean()),
            correct=float(label[inside].mean()),
        )
        for number in range(_BINS)
        if (inside := member == number).any()
    )


def _bin_of(confidence: Floats) -> NDArray[np.intp]:
    return np.searchsorted(_BOUNDS, confidence, side="left")


def mcnemar(fixed: int, broken: int) -> float:
    """The two-sided exact test of McNemar (1947): a fair coin for each question on which the two differ.

    Args:
        fixed: questions that only the second passes.
        broken: questions that only the first passes.

    Returns:
        The p-value, above 0 and at most 1; 1 when they differ on none.
    """
    differing = fixed + broken
    tail = sum(math.comb(differing, k) for k in range(min(fixed, broken) + 1))
    return min(1.0, 2 * tail / (1 << differing))


def paired_difference(gains: Floats) -> tuple[float, float, float]:
    """The mean of paired differences, shape (pairs,), and its 95 % interval."""
    value = float(gains.mean())
    return value, *(percentile_interval(resampled_weights(len(gains)) @ gains / len(gains)) or (value, value))
