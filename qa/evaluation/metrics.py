"""The metrics: one decorated function each, which the JSON, the gate, ``--min`` and every report read from ``METRICS``.

Knows which numbers of a case each metric is made of. Intervals are 95 % percentile intervals of the bootstrap over
cases (``qa.evaluation.statistics``); they do not depend on the order of cases. Shares of citations, quotes and groups
of words are of their sums over cases (micro averages), so a case with many citations weighs more.

Does not know how a case was judged, or which value is good enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evaluation import statistics
from qa.evaluation.judge import Case
from qa.evaluation.statistics import Bools, Floats


@dataclass(frozen=True, slots=True)
class Score:
    """The value of a metric and its 95 % interval.

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
        rounded = {name: None if number is None else round(number, 4) for name, number in numbers.items()}
        return rounded | {"count": self.count}


_Part = Callable[[Case], float]
Values = tuple[Floats, int]
"""A metric of the cases as they are, then of each resample (NaN where there is nothing to count); counted over what."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Cases and how often each was drawn: ``weights`` has a row of ones, then a row for each resample."""

    cases: Sequence[Case]
    weights: Floats

    def share(self, right: _Part, among: _Part = lambda _: True) -> Values:
        """The share of cases that are right, among those that count."""
        return self.ratio(lambda case: bool(among(case)) and bool(right(case)), among)

    def ratio(self, above: _Part, below: _Part) -> Values:
        """One sum over cases divided by another."""
        divisor = self._sums(below)
        return statistics.ratio(self._sums(above), divisor), int(divisor[0])

    def total(self, counts: _Part, among: _Part = lambda _: True) -> Values:
        """How many cases, or how much of them; not a share."""
        return self._sums(lambda case: bool(among(case)) and counts(case)), int(self._sums(among)[0])

    def _sums(self, part: _Part) -> Floats:
        sums: Floats = self.weights @ np.array([part(case) for case in self.cases], dtype=np.float64)
        return sums

    def confidences(self) -> tuple[Floats, Bools]:
        """How sure each case is that the articles answer its question, and whether they do."""
        confidence = np.array([case.confidence for case in self.cases], dtype=np.float64)
        return confidence, np.array([case.fact.answerable for case in self.cases], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric for readers: a short ``label``, what it ``means``, which way is better, decimal ``places``."""

    label: str
    means: str
    lower_is_better: bool
    places: int
    compute: Callable[[Sample], Values]


METRICS: dict[str, Metric] = {}
"""All metrics by name, in the order in which they are shown."""


def metric(
    label: str, means: str, *, lower_is_better: bool = False, places: int = 3
) -> Callable[[Callable[[Sample], Values]], Callable[[Sample], Values]]:
    """Register the decorated function as a metric of its name."""

    def register(compute: Callable[[Sample], Values]) -> Callable[[Sample], Values]:
        if compute.__name__ in METRICS:
            raise ValueError(f"there is already a metric {compute.__name__!r}")
        METRICS[compute.__name__] = Metric(label, means, lower_is_better, places, compute)
        return compute

    return register


@metric("accuracy", "cases passed, of all")
def accuracy(sample: Sample) -> Values:
    return sample.share(lambda case: case.passed)


@metric("answer accuracy", "cases passed, of the answerable ones")
def answer_accuracy(sample: Sample) -> Values:
    return sample.share(lambda case: case.passed, among=lambda case: case.fact.answerable)


@metric("refusal precision", "refusals that were right, of all refusals")
def refusal_precision(sample: Sample) -> Values:
    return sample.share(lambda case: not case.fact.answerable, among=lambda case: case.refused)


@metric("refusal recall", "unanswerable questions that were refused")
def refusal_recall(sample: Sample) -> Values:
    return sample.share(lambda case: case.refused, among=lambda case: not case.fact.answerable)


@metric("confidence AUROC", "chance that an answerable question has the higher confidence")
def confidence_auroc(sample: Sample) -> Values:
    confidence, label = sample.confidences()
    return statistics.auroc(confidence, label, sample.weights), len(label) if label.any() and not label.all() else 0


@metric("calibration error", "mean distance of confidence from the share answerable, ten bins", lower_is_better=True)
def calibration_error(sample: Sample) -> Values:
    errors = statistics.calibration_error(*sample.confidences(), sample.weights)
    # A gap is never negative, so the noise of resampling only adds to it: that bias is taken off.
    errors[1:] = np.clip(errors[1:] - (errors[1:].mean() - errors[0]), 0, 1)
    return errors, len(sample.cases)


@metric("citation precision", "citations that show what was expected")
def citation_precision(sample: Sample) -> Values:
    return sample.ratio(lambda case: case.right_citations, lambda case: case.citations)


@metric("citation recall", "expected things that a citation shows")
def citation_recall(sample: Sample) -> Values:
    return sample.ratio(lambda case: case.found, lambda case: len(case.groups) if case.fact.answerable else 0)


@metric("quote exactness", "quotes that are the source's text, character for character")
def quote_exactness(sample: Sample) -> Values:
    return sample.ratio(
        lambda case: case.exact_quotes, lambda case: len(case.judged.citations) if case.judged is not None else 0
    )


@metric("independent sources", "cases whose number of independent sources is right")
def independent_sources(sample: Sample) -> Values:
    return sample.share(
        lambda case: case.judged is not None and case.judged.independent_sources == case.fact.independent_sources,
        among=lambda case: case.fact.independent_sources is not None,
    )


def _hit(sample: Sample, depth: int) -> Values:
    return sample.share(
        lambda case: case.retrieved_rank is not None and case.retrieved_rank <= depth,
        among=lambda case: case.retrieval_counts,
    )


@metric("hit at 1", "searches whose first passage holds the answer")
def hit_at_1(sample: Sample) -> Values:
    return _hit(sample, 1)


@metric("hit at 3", "searches with the answer in the first three passages")
def hit_at_3(sample: Sample) -> Values:
    return _hit(sample, 3)


@metric("hit at 10", "searches with the answer in the first ten passages")
def hit_at_10(sample: Sample) -> Values:
    return _hit(sample, 10)


@metric("MRR", "mean reciprocal rank of the first passage that holds the answer")
def mrr(sample: Sample) -> Values:
    return sample.ratio(
        lambda case: 1 / case.retrieved_rank if case.retrieved_rank else 0.0, lambda case: case.retrieval_counts
    )


def _text(case: Case) -> str | None:
    """What was answered, unless it was a refusal."""
    return None if case.judged is None or case.refused else case.judged.text


@metric("answer characters", "mean length of an answer", lower_is_better=True, places=0)
def answer_characters(sample: Sample) -> Values:
    return sample.ratio(lambda case: len(_text(case) or ""), lambda case: _text(case) is not None)


@metric("disagreements found", "expected disagreements that were shown")
def disagreements_expected(sample: Sample) -> Values:
    return sample.share(lambda case: case.shows_disagreement, among=lambda case: bool(case.fact.disagreement))


@metric("disagreements unexpected", "cases that show a disagreement where none is", lower_is_better=True, places=0)
def disagreements_unexpected(sample: Sample) -> Values:
    return sample.total(lambda case: case.shows_disagreement, among=lambda case: not case.fact.disagreement)


def scores(cases: Sequence[Case]) -> dict[str, Score]:
    """All metrics of some cases, in the order of ``METRICS``."""
    if not cases:
        return {name: Score(None, None, None, 0) for name in METRICS}
    ordered = sorted(cases, key=lambda case: case.fact.id)
    sample = Sample(ordered, np.vstack([np.ones(len(ordered)), statistics.resampled_weights(len(ordered))]))
    return {name: _score(*one.compute(sample)) for name, one in METRICS.items()}


def _score(values: Floats, count: int) -> Score:
    interval = statistics.percentile_interval(values[1:]) if count else None
    if interval is None:
        return Score(None, None, None, count)
    return Score(float(values[0]), *interval, count)


def by_language(cases: Sequence[Case]) -> dict[str, dict[str, Score]]:
    """The scores of the cases of each language, languages in alphabetical order."""
    return _grouped(cases, lambda case: (case.language,))


def by_tag(cases: Sequence[Case]) -> dict[str, dict[str, Score]]:
    """The scores of the cases with each tag, tags in alphabetical order; a case counts under each of its tags."""
    return _grouped(cases, lambda case: case.fact.tags)


def _grouped(cases: Sequence[Case], keys: Callable[[Case], Iterable[str]]) -> dict[str, dict[str, Score]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        for key in sorted(set(keys(case))):
            groups.setdefault(key, []).append(case)
    return {key: scores(groups[key]) for key in sorted(groups)}


def reliability_of(cases: Sequence[Case]) -> tuple[statistics.Bin, ...]:
    """How often questions of each confidence are answerable."""
    return statistics.reliability(*Sample(sorted(cases, key=lambda case: case.fact.id), np.empty(0)).confidences())
