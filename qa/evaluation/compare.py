"""Two evaluations side by side, question by question: what got better, what got worse, and whether that may be chance.

Knows the JSON document of an evaluation. Only questions that both were asked are compared.

Does not know where the documents come from, or how a comparison is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa.errors import InputError
from qa.evaluation.statistics import mcnemar, paired_difference

_SCHEMA = 1
_HINT = "give two files that `qa eval --json` wrote"


@dataclass(frozen=True, slots=True)
class _Case:
    question: str
    passed: bool
    text: str | None


def compare(first: Mapping[str, Any], second: Mapping[str, Any], names: tuple[str, str]) -> dict[str, Any]:
    """Compare two evaluations of the same questions.

    Args:
        first: the JSON document of the one.
        second: the JSON document of the other.
        names: what to call them, such as their paths.

    Returns:
        A JSON document: of each run its ``name``, ``engine``, ``model`` and ``accuracy`` over all of its own questions;
        how many questions are ``shared``; the sorted ids of those ``only_a`` or ``only_b`` was asked, that only the
        second passes (``fixed``), that only the first passes (``broken``), and with the same verdict but another
        answer (``changed``); the ``difference`` in accuracy, second less first, over the shared ones; and the
        ``p_value`` of McNemar's test: how likely so uneven a split into fixed and broken is by chance. Fractions have
        four digits.

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
    fixed = [case for case in shared if b[case].passed and not a[case].passed]
    broken = [case for case in shared if a[case].passed and not b[case].passed]
    difference = paired_difference(np.array([float(b[case].passed) - float(a[case].passed) for case in shared]))
    return {
        "a": _run(first, names[0], a),
        "b": _run(second, names[1], b),
        "shared": len(shared),
        "only_a": sorted(a.keys() - b.keys()),
        "only_b": sorted(b.keys() - a.keys()),
        "fixed": fixed,
        "broken": broken,
        "changed": [case for case in shared if a[case].passed == b[case].passed and a[case].text != b[case].text],
        "difference": {name: round(value, 4) for name, value in zip(("value", "low", "high"), difference, strict=True)},
        "p_value": round(mcnemar(len(fixed), len(broken)), 4),
    }


def _run(document: Mapping[str, Any], name: str, cases: Mapping[str, _Case]) -> dict[str, Any]:
    passed = sum(case.passed for case in cases.values())
    model = document.get("model")
    engine = str(document.get("engine", ""))
    return {"name": name, "engine": engine, "model": model, "accuracy": round(passed / len(cases), 4)}


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
