"""What the reader says about a question and one passage: where the answer may be, and whether it is there at all.

Knows probabilities of spans. Does not know the network, or what is made of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.records import Span

Floats = NDArray[np.float32]

LONGEST_ANSWER = 48
"""Tokens that an answer may have."""


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Words that may answer: ``passage[start:end]``, in code points.

    Attributes:
        start: where they begin.
        end: where they end.
        probability: that these are the answer.
        share: the same, given that the answer is in the part of the passage that was looked at.
    """

    start: int
    end: int
    probability: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A passage as read with a question.

    Probabilities are of all spans of at most ``LONGEST_ANSWER`` tokens and of "none", together 1 (SQuAD 2.0: Rajpurkar
    et al. 2018, arXiv 1806.03822).

    Attributes:
        places: where each token stands in the passage, code points, shape (tokens, 2).
        logits: that the answer starts and that it ends at each token, shape (tokens, 2).
        none: the sum of both at the token that means "none".
    """

    places: NDArray[np.int32]
    logits: Floats
    none: float

    @property
    def margin(self) -> float:
        """The logarithm of how many times as probable an answer is as "none"; minus infinity for an empty passage."""
        return self.log_odds(Span(0, int(self.places[-1, 1]) + 1)) if len(self.places) else -math.inf

    @property
    def no_answer(self) -> float:
        """The probability that the passage does not answer."""
        return 1 / (1 + math.exp(min(self.margin, 700.0)))

    def log_odds(self, part: Span) -> float:
        """How probable it is, as for ``margin``, that the answer is in a part of the passage (a sentence, say)."""
        inside = np.flatnonzero((self.places[:, 0] < part.end) & (self.places[:, 1] > part.start))
        if not len(inside):
            return -math.inf
        scores = self._scores(int(inside[0]), int(inside[-1]) + 1)
        highest = float(scores.max())
        return highest + math.log(float(np.exp(scores - highest).sum())) - self.none

    def starts_at(self, place: int) -> float:
        """The logit that an answer starts at the token that stands at a place; minus infinity where there is none."""
        found = np.flatnonzero((self.places[:, 0] <= place) & (place < self.places[:, 1]))
        return float(self.logits[found[0], 0]) if len(found) else -math.inf

    def best(self, part: Span | None = None) -> AnswerSpan | None:
        """The most probable span, of a part of the passage or of all of it; ``None`` where there is no token."""
        inside = np.arange(len(self.places))
        if part is not None:
            inside = np.flatnonzero((self.places[:, 0] >= part.start) & (self.places[:, 1] <= part.end))
        if not len(inside):
            return None
        low = int(inside[0])
        scores = self._scores(low, int(inside[-1]) + 1)
        first, last = divmod(int(scores.argmax()), scores.shape[1])
        score = float(scores[first, last])
        probability = math.exp(score - self.none - float(np.logaddexp(self.margin, 0.0)))
        share = 1 / float(np.exp(scores - score).sum())
        return AnswerSpan(int(self.places[low + first, 0]), int(self.places[low + last, 1]), probability, share)

    def _scores(self, low: int, high: int) -> Floats:
        """Logits of the spans between two tokens, shape (high - low, high - low): first token by last token."""
        start, end = self.logits[low:high, 0], self.logits[low:high, 1]
        both = start[:, np.newaxis] + end[np.newaxis, :]
        size = high - low
        allowed = np.tri(size, size, LONGEST_ANSWER - 1, dtype=bool) & ~np.tri(size, size, -1, dtype=bool)
        scores: Floats = np.where(allowed, both, np.float32(-1e9))
        return scores


@dataclass(frozen=True, slots=True)
class Entailment:
    """What evidence says about a claim: probabilities, together 1."""

    entailed: float
    neutral: float
    contradicted: float


class JudgesClaims(Protocol):
    """A model that tells what evidence says about claims; threads may share it."""

    def supports(self, claims: Sequence[tuple[str, str]]) -> list[Entailment]:
        """What the evidence says about each claim; the pairs are (claim, evidence)."""
        ...


class ReadsPairs(JudgesClaims, Protocol):
    """A model that reads questions with passages, and judges claims; threads may share it."""

    @property
    def fingerprint(self) -> str:
        """Changes when what it says may change."""
        ...

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """Each passage as read with the question, in order."""
        ...
