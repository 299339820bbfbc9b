"""How well numbers separate and are calibrated, and how far a number from so few cases can be trusted.

Knows ranks, bins and resampling; pure NumPy. Every statistic that is resampled takes weights: how often each case was
drawn, 1 for the cases as they are. So all resamples of a score are one matrix product. Where there is nothing to count
a value is ``None``, never NaN.

Does not know what a case is, or what the numbers are of.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

RESAMPLES = 1000
_SEED = 20230917
_BINS = 10
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
        return {
            "from": round(self.start, 4),
            "to": round(self.end, 4),
            "count": self.count,
            "confidence": round(self.confidence, 4),
            "correct": round(self.correct, 4),
        }


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
    """The 95 % percentile interval of a statistic, from its values on resamples.

    Args:
        resampled: shape (resamples,); NaN for resamples in which nothing could be counted, which are left out.
    """
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


def auroc(positive: ArrayLike, negative: ArrayLike) -> float | None:
    """The chance that a positive case is above a negative one, a tie counting half (Mann and Whitney 1947).

    Args:
        positive: numbers of the cases that should be high, shape (positives,).
        negative: numbers of the cases that should be low, shape (negatives,).

    Returns:
        From 0 to 1, 0.5 being chance; ``None`` if either is empty.
    """
    above, below = np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)
    values = np.concatenate([above, below])
    label = np.arange(values.size) < above.size
    return _counted(weighted_auroc(values, label, np.ones((1, values.size))))


def weighted_auroc(values: Floats, label: NDArray[np.bool_], weights: Floats) -> Floats:
    """``auroc`` of many resamples at once.

    Args:
        values: shape (cases,).
        label: which cases are positive, shape (cases,).
        weights: shape (resamples, cases).

    Returns:
        Shape (resamples,); NaN where a resample lacks positives or negatives.
    """
    above, below = values[label][:, None], values[~label][None, :]
    wins = (above > below) + 0.5 * (above == below)
    positive, negative = weights[:, label], weights[:, ~label]
    return ratio(((positive @ wins) * negative).sum(axis=1), positive.sum(axis=1) * negative.sum(axis=1))


def expected_calibration_error(confidence: ArrayLike, label: ArrayLike, bins: int = _BINS) -> float | None:
    """How far confidence is from the share of cases that are right, bins weighted by size (Guo et al. 2017).

    The method is that of arXiv 1706.04599, section 2.

    Args:
        confidence: from 0 to 1, shape (cases,).
        label: true or false, shape (cases,).
        bins: how many bins of equal width.

    Returns:
        From 0 (calibrated) to 1; ``None`` without cases.
    """
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(label, dtype=np.bool_)
    return _counted(weighted_calibration_error(sure, right, np.ones((1, sure.size)), bins))


def weighted_calibration_error(
    confidence: Floats, label: NDArray[np.bool_], weights: Floats, bins: int = _BINS
) -> Floats:
    """``expected_calibration_error`` of many resamples at once.

    Args:
        confidence: shape (cases,).
        label: shape (cases,).
        weights: shape (resamples, cases).
        bins: how many bins of equal width.

    Returns:
        Shape (resamples,); NaN without cases.
    """
    member = _bin_of(confidence, bins)[:, None] == np.arange(bins)[None, :]
    gaps = weights @ (member * (confidence - label)[:, None])  # (resamples, bins): bin size times its gap
    return ratio(np.abs(gaps).sum(axis=1), weights.sum(axis=1))


def reliability(confidence: ArrayLike, label: ArrayLike, bins: int = _BINS) -> tuple[Bin, ...]:
    """What a reliability diagram shows: the bins that have cases, from low to high confidence.

    Args:
        confidence: from 0 to 1, shape (cases,).
        label: true or false, shape (cases,).
        bins: how many bins of equal width.
    """
    sure, right = np.asarray(confidence, dtype=np.float64), np.asarray(label, dtype=np.bool_)
    member = _bin_of(sure, bins)
    return tuple(
        Bin(
            start=number / bins,
            end=(number + 1) / bins,
            count=int(inside.sum()),
            confidence=float(sure[inside].mean()),
            correct=float(right[inside].mean()),
        )
        for number in range(bins)
        if (inside := member == number).any()
    )


def _bin_of(confidence: Floats, bins: int) -> NDArray[np.intp]:
    """The bin of each case. Upper bounds belong to a bin; they are quotients so that 0.7 is exactly 7/10."""
    return np.searchsorted(np.arange(1, bins) / bins, confidence, side="left")


def _counted(values: Floats) -> float | None:
    value = float(values[0])
    return None if np.isnan(value) else value
