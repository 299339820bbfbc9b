"""How likely the articles answer a question, given the sentence that answers it best.

A logistic regression on what the sentence is worth and on whether its passage has the question's particulars: a
question with a false premise has all the right words but one. Within a language and across, and with and without token
vectors, the same evidence is worth more or less, so there are four sets of weights; ``benchmarks/tune_quoting.py`` fits
them on questions with their paragraph or their article taken away, and with a name or number exchanged.

Knows what a question's particulars look like. Does not know how a sentence's worth is found.
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from qa.text.words import fold, words

FEATURES = ("value", "missing_names", "missing_numbers", "passage_coverage")

_NAME = re.compile(r"(?<=\W)[^\W\d_a-zß-öø-ÿ][\w’'-]+")
"""A capitalised word that does not begin the question."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SAME_NAME = 70.0
"""Letters in a hundred that two spellings of a name share, at least."""

_WEIGHTS: dict[tuple[bool, bool], tuple[tuple[float, ...], float]] = {
    (True, True): ((0.3152, -1.682, -1.127, 0.928), -29.498),
    (False, True): ((0.5117, -0.7246, -1.393, -2.86), -42.902),
    (True, False): ((0.2907, -1.41, -0.9361, 1.374), -33.721),
    (False, False): ((0.4535, -0.7286, -1.388, -2.312), -47.528),
}
"""By whether question and sentence are in one language, and whether their tokens were compared: weights and bias."""


def confidence_features(question: str, passage: str, value: float, passage_coverage: float) -> NDArray[np.float64]:
    """The evidence, in the order of ``FEATURES``, shape (4,).

    Args:
        question: as it was asked.
        passage: the text around the best sentence.
        value: of the best sentence, as ``qa.reading.answers`` rates it.
        passage_coverage: the share of the question's content words that the passage has, by weight.
    """
    return np.array(
        [value, _missing_names(question, passage), _missing_numbers(question, passage), passage_coverage],
        dtype=np.float64,
    )


def probability(evidence: NDArray[np.float64], *, same_language: bool, with_tokens: bool) -> float:
    """The probability that the articles answer the question.

    Args:
        evidence: from ``confidence_features``.
        same_language: whether question and sentence are in one language.
        with_tokens: whether the sentence's value is of a model that gives token vectors.
    """
    weights, bias = _WEIGHTS[same_language, with_tokens]
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, float(evidence @ np.array(weights)) + bias))))


def _missing_names(question: str, passage: str) -> float:
    """The share of the question's names, spelled in whatever way, that the passage has not."""
    names, there = [fold(name) for name in _NAME.findall(question)], words(passage)
    if not names or not there:
        return 0.0
    likeness = process.cdist(names, there, scorer=fuzz.ratio, dtype=np.float32).max(axis=1)
    return float((likeness < _SAME_NAME).mean())


def _missing_numbers(question: str, passage: str) -> float:
    numbers = set(_NUMBER.findall(question))
    return len(numbers - set(_NUMBER.findall(passage))) / len(numbers) if numbers else 0.0
