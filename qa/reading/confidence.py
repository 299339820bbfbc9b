"""How likely the articles answer a question, given what the reader and retrieval say of the best sentences.

A logistic regression, calibrated by ``benchmarks/tune_reading.py`` on development questions of three kinds: answerable
ones, those whose paragraph was taken away, and those that their paragraph only seems to answer. Does not know how the
evidence is found.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an answer.

    Attributes:
        reading: log odds, against none, of the sentence that the reader finds most probable.
        best_reading: the same of the sentence that was chosen.
        similarity: the fused retrieval score of its passage.
        lead: by how much its log odds exceed those of the best sentence of any other independent source.
        other_language: whether it is in another language than the question.
    """

    reading: float
    best_reading: float
    similarity: float
    lead: float
    other_language: bool


WEIGHTS = np.array([0.25, 0.1, 9.0, 0.05, 1.0])
BIAS = -16.0


def probability(signs: Signs) -> float:
    """The probability, from 0 to 1, that the best sentence answers."""
    log_odds = float(np.array(astuple(signs), dtype=np.float64) @ WEIGHTS) + BIAS
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))
