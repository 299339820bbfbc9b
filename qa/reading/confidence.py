"""How likely the articles answer a question, given what the reader and retrieval say of the best sentences.

A logistic regression, calibrated by ``benchmarks/tune_reading.py`` on development questions: answerable ones, those
whose paragraph or article was taken away, and those that their paragraph only seems to answer; three times as many with
an answer as without. Does not know how the evidence is found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for an answer.

    Attributes:
        reading: log odds, against none, of the sentence that was chosen.
        similarity: the fused retrieval score of its passage.
        other_language: whether it is in another language than the question.
    """

    reading: float
    similarity: float
    other_language: bool


_WEIGHTS, _BIAS = np.array([0.299, 11.6]), -20.2373
_WEIGHTS_ACROSS, _BIAS_ACROSS = np.array([0.4608, 24.2]), -39.2015
"""For an answer in another language than the question, where what is far away is harder to tell: as many questions with
an answer as without."""


def probability(signs: Signs) -> float:
    """The probability, from 0 to 1, that the best sentence answers."""
    weights, bias = (_WEIGHTS_ACROSS, _BIAS_ACROSS) if signs.other_language else (_WEIGHTS, _BIAS)
    log_odds = float(np.array([signs.reading, signs.similarity]) @ weights) + bias
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))
