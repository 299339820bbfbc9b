"""Scores of many cases, each with the interval in which chance would leave it.

Knows which numbers of a case every score is made of: most are a sum over cases divided by another sum. Intervals are 95
% percentile intervals of the bootstrap over cases (``qa.evaluation.statistics``); they do not depend on the order of
cases.

Does not know how a case was judged, or which score is good enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation.statistics import (
    Bin,
    Floats,
    percentile_interval,
    ratio,
    reliability,
    resampled_weights,
    weighted_auroc,
    weighted_calibration_error,
)


@dataclass(frozen=True, slots=True)
class Score:
    """A score and its 95 % interval.

    ``count`` is what the value was counted over: cases, or citations, quotes or groups of words where it is a share of
    those. ``value``, ``low`` and ``high`` are ``None`` if that is nothing.
    """

    value: float | None
    low: float | None
    high: float | None
    count: int

    def to_dict(self) -> dict[str, float | int | None]:
        """As in the JSON document, rounded to four digits."""
        numbers = {"value": self.value, "low": self.low, "high": self.high}
        return {name: None if number is None else round(number, 4) for name, number in numbers.items()} | {
            "count": self.count
        }


@dataclass(frozen=True, slots=True)
class CaseScore:
    """The numbers of one case that scores are made of.

    Attributes:
        id: of the fact, unique.
        language: of the question.
        tags: of the fact.
        answerable: whether the articles answer the question.
        answered: whether it was answered rather than refused.
        passed: whether nothing is wrong; false where no answer came.
        confidence: from 0 to 1, that the articles answer the question.
        citations: citations that were judged.
        right_citations: those of them from the right source with the right words.
        wanted: groups of words that citations should hold.
        found: those of them that right citations hold.
        quotes: all quotes.
        exact_quotes: those that are exactly what their source says.
        independent_right: whether the number of independent sources is right; ``None`` if the fact does not say.
        retrieved_rank: from 1, of the first right passage; ``None`` if it was not retrieved.
        retrieval_counts: whether the fact says which passages are right.
        answer_characters: length of the answer in code points; ``None`` if it was refused.
        disagreement_found: whether the disagreement was shown; ``None`` if the fact expects none.
        unexpected_disagreement: whether one was shown that the fact does not expect.
    """

    id: str
    language: str
    tags: tuple[str, ...]
    answerable: bool
    answered: bool
    passed: bool
    confidence: float
    citations: int
    right_citations: int
    wanted: int
    found: int
    quotes: int
    exact_quotes: int
    independent_right: bool | None
    retrieved_rank: int | None
    retrieval_counts: bool
    answer_characters: int | None
    disagreement_found: bool | None
    unexpected_disagreement: bool


_Part = Callable[[CaseScore], float]


def _share(right: _Part, among: _Part) -> tuple[_Part, _Part]:
    """A share of cases: those that are right, among those that count."""
    return (lambda case: bool(among(case)) and bool(right(case))), among


def _hit(depth: int) -> tuple[_Part, _Part]:
    return _share(lambda case: case.retrieved_rank is not None and case.retrieved_rank <= depth, _retrieval)


def _refused(case: CaseScore) -> bool:
    return not case.answered


def _unanswerable(case: CaseScore) -> bool:
    return not case.answerable


def _retrieval(case: CaseScore) -> bool:
    return case.retrieval_counts


_AUROC = "confidence_auroc"
_CALIBRATION = "calibration_error"
_UNEXPECTED = "disagreements_unexpected"

_PARTS: dict[str, tuple[_Part, _Part]] = {
    "accuracy": _share(lambda case: case.passed, lambda _: True),
    "answer_accuracy": _share(lambda case: case.passed, lambda case: case.answerable),
    "refusal_precision": _share(_unanswerable, _refused),
    "refusal_recall": _share(_refused, _unanswerable),
    "citation_precision": (lambda case: case.right_citations, lambda case: case.citations),
    "citation_recall": (lambda case: case.found, lambda case: case.wanted),
    "quote_exactness": (lambda case: case.exact_quotes, lambda case: case.quotes),
    "independent_sources": _share(
        lambda case: case.independent_right is True, lambda case: case.independent_right is not None
    ),
    "hit_at_1": _hit(1),
    "hit_at_3": _hit(3),
    "hit_at_10": _hit(10),
    "mrr": (
        lambda case: 1 / case.retrieved_rank if case.retrieval_counts and case.retrieved_rank else 0.0,
        _retrieval,
    ),
    "answer_characters": (
        lambda case: case.answer_characters or 0,
        lambda case: case.answer_characters is not None,
    ),
    "disagreements_expected": _share(
        lambda case: case.disagreement_found is True, lambda case: case.disagreement_found is not None
    ),
    _UNEXPECTED: _share(lambda case: case.unexpected_disagreement, lambda case: case.disagreement_found is None),
}
"""What is summed over cases, and what that sum is divided by."""

NAMES = (*list(_PARTS)[:4], _AUROC, _CALIBRATION, *list(_PARTS)[4:])
"""All scores, in the order in which they are shown."""


def scores(cases: Sequence[CaseScore]) -> dict[str, Score]:
    """All scores of some cases, in the order of ``NAMES``.

    Shares of citations, quotes and groups of words are of their sums over cases (micro averages), so a case with many
    citations weighs more. ``disagreements_unexpected`` is a number of cases, not a share.
    """
    if not cases:
        return {name: Score(None, None, None, 0) for name in NAMES}
    ordered = sorted(cases, key=lambda case: case.id)
    # The first row is the cases as they are, the others are resamples.
    weights = np.vstack([np.ones(len(ordered)), resampled_weights(len(ordered))])
    found = _sums(ordered, weights)
    confidence, label = _confidences(ordered)
    both = len(ordered) if label.any() and not label.all() else 0
    found[_AUROC] = _score(weighted_auroc(confidence, label, weights), both)
    errors = weighted_calibration_error(confidence, label, weights)
    # A gap is never negative, so the noise of resampling only adds to it: that bias is taken off.
    errors[1:] = np.clip(errors[1:] - (errors[1:].mean() - errors[0]), 0, 1)
    found[_CALIBRATION] = _score(errors, len(ordered))
    return {name: found[name] for name in NAMES}


def by_language(cases: Sequence[CaseScore]) -> dict[str, dict[str, Score]]:
    """The scores of the cases of each language, languages in alphabetical order."""
    return _grouped(cases, lambda case: (case.language,))


def by_tag(cases: Sequence[CaseScore]) -> dict[str, dict[str, Score]]:
    """The scores of the cases with each tag, tags in alphabetical order; a case counts under each of its tags."""
    return _grouped(cases, lambda case: case.tags)


def reliability_of(cases: Sequence[CaseScore]) -> tuple[Bin, ...]:
    """How often questions of each confidence are answerable."""
    return reliability(*_confidences(sorted(cases, key=lambda case: case.id)))


def _confidences(cases: Sequence[CaseScore]) -> tuple[Floats, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    confidence = np.array([case.confidence for case in cases], dtype=np.float64)
    return confidence, np.array([case.answerable for case in cases], dtype=np.bool_)


def _sums(cases: Sequence[CaseScore], weights: Floats) -> dict[str, Score]:
    """The scores that are made of sums, all from one matrix product."""
    columns = [[part(case) for case in cases] for parts in _PARTS.values() for part in parts]
    sums = weights @ np.array(columns, dtype=np.float64).T
    found = {}
    for number, name in enumerate(_PARTS):
        above, below = sums[:, 2 * number], sums[:, 2 * number + 1]
        found[name] = _score(above if name == _UNEXPECTED else ratio(above, below), int(below[0]))
    return found


def _score(values: Floats, count: int) -> Score:
    """A score from its value (first) and its values on resamples (all others)."""
    interval = percentile_interval(values[1:]) if count else None
    if interval is None:
        return Score(None, None, None, count)
    return Score(float(values[0]), *interval, count)


def _grouped(cases: Sequence[CaseScore], keys: Callable[[CaseScore], Iterable[str]]) -> dict[str, dict[str, Score]]:
    groups: dict[str, list[CaseScore]] = {}
    for case in cases:
        for key in sorted(set(keys(case))):
            groups.setdefault(key, []).append(case)
    return {key: scores(groups[key]) for key in sorted(groups)}
