"""Two evaluations side by side, question by question: what got better, what got worse, and whether that may be chance.

Knows the JSON document of an evaluation, McNemar's test, and the bootstrap of paired differences. Only questions that
both were asked are compared.

Does not know where the documents come from, or how a comparison is shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from qa.errors import InputError
from qa.evaluation.statistics import percentile_interval, resampled_weights

_SCHEMA = 1
_HINT = "give two files that `qa eval --json` wrote"


@dataclass(frozen=True, slots=True)
class Run:
    """One of the two evaluations; ``accuracy`` is over all of its own questions, from 0 to 1."""

    name: str
    engine: str
    model: str | None
    accuracy: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Accuracy of the second minus that of the first over the shared questions, -1 to 1, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second evaluation against the first.

    Attributes:
        a: the first.
        b: the second.
        shared: how many questions both were asked.
        only_a: ids of questions that only the first was asked; all ids are sorted.
        only_b: ids of questions that only the second was asked.
        fixed: ids that only the second passes.
        broken: ids that only the first passes.
        changed: ids with the same verdict but another answer.
        difference: in accuracy.
        p_value: of McNemar's exact test: how likely so uneven a split into fixed and broken is by chance.
    """

    a: Run
    b: Run
    shared: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    changed: tuple[str, ...]
    difference: Difference
    p_value: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON, fractions rounded to four digits."""
        ids = {name: list(getattr(self, name)) for name in ("only_a", "only_b", "fixed", "broken", "changed")}
        return {
            "a": asdict(self.a) | {"accuracy": round(self.a.accuracy, 4)},
            "b": asdict(self.b) | {"accuracy": round(self.b.accuracy, 4)},
            "shared": self.shared,
            **ids,
            "difference": {name: round(value, 4) for name, value in asdict(self.difference).items()},
            "p_value": round(self.p_value, 4),
        }


@dataclass(frozen=True, slots=True)
class _Case:
    question: str
    passed: bool
    text: str | None


def compare(first: Mapping[str, Any], second: Mapping[str, Any], names: tuple[str, str]) -> Comparison:
    """Compare two evaluations of the same questions.

    Args:
        first: the JSON document of the one.
        second: the JSON document of the other.
        names: what to call them, such as their paths.

    Raises:
        InputError: one is not such a document, no question is shared, or an id stands for two different questions.
    """
    a, b = _cases(first, names[0]), _cases(second, names[1])
    shared = sorted(a.keys() & b.keys())
    if not shared:
        raise InputError(f"{names[0]} and {names[1]} have no question in common", "compare two runs of the same facts")
    for case in shared:
        if a[case].question != b[case].question:
            raise InputError(
                f"{case!r} asks {a[case].question!r} in {names[0]} but {b[case].question!r} in {names[1]}",
                "compare two runs of the same facts, or give the changed question a new id",
            )
    fixed = tuple(case for case in shared if b[case].passed and not a[case].passed)
    broken = tuple(case for case in shared if a[case].passed and not b[case].passed)
    return Comparison(
        a=_run(first, names[0], a),
        b=_run(second, names[1], b),
        shared=len(shared),
        only_a=tuple(sorted(a.keys() - b.keys())),
        only_b=tuple(sorted(b.keys() - a.keys())),
        fixed=fixed,
        broken=broken,
        changed=tuple(case for case in shared if a[case].passed == b[case].passed and a[case].text != b[case].text),
        difference=_difference(np.array([float(b[case].passed) - float(a[case].passed) for case in shared])),
        p_value=mcnemar(len(fixed), len(broken)),
    )


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


def _difference(gains: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Difference:
    value = float(gains.mean())
    low, high = percentile_interval(resampled_weights(len(gains)) @ gains / len(gains)) or (value, value)
    return Difference(value, low, high)


def _run(document: Mapping[str, Any], name: str, cases: Mapping[str, _Case]) -> Run:
    passed = sum(case.passed for case in cases.values())
    return Run(name, str(document.get("engine", "")), document.get("model"), passed / len(cases))


def _cases(document: Mapping[str, Any], name: str) -> dict[str, _Case]:
    """The results by id."""
    if document.get("schema") != _SCHEMA or not isinstance(document.get("results"), list):
        raise InputError(f"{name} is not the result of an evaluation (schema {_SCHEMA})", _HINT)
    cases: dict[str, _Case] = {}
    for number, result in enumerate(document["results"], 1):
        case = _case(result)
        if case is None:
            raise InputError(f"result {number} of {name} lacks an id, a question, a verdict or an answer", _HINT)
        if result["id"] in cases:
            raise InputError(f"{name} has two results for {result['id']!r}", _HINT)
        cases[result["id"]] = case
    return cases


def _case(result: object) -> _Case | None:
    """What is compared of one result; ``None`` if it is not one."""
    match result:
        case {"id": str(), "fact": {"question": str(question)}, "passed": bool(passed), "answer": {"text": str(text)}}:
            return _Case(question, passed, text)
        case {"id": str(), "fact": {"question": str(question)}, "passed": bool(passed), "answer": None}:
            return _Case(question, passed, None)
    return None
