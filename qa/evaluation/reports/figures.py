"""What the figures of an evaluation are called and how they are written, the same in every report.

Knows the names of the scores, of the baselines and the parts of the document that ``qa eval --json`` prints. Does not
know how a score is computed, nor what a report looks like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NOTHING = "–"
"""Stands for a score that had nothing to count."""


@dataclass(frozen=True, slots=True)
class ScoreKind:
    """One score for readers: a short ``label``, what it ``means``, decimal ``places``, and which way is better."""

    label: str
    means: str
    places: int = 3
    lower_is_better: bool = False


SCORES: Mapping[str, ScoreKind] = {
    "accuracy": ScoreKind("accuracy", "cases passed, of all"),
    "answer_accuracy": ScoreKind("answer accuracy", "cases passed, of the answerable ones"),
    "refusal_precision": ScoreKind("refusal precision", "refusals that were right, of all refusals"),
    "refusal_recall": ScoreKind("refusal recall", "unanswerable questions that were refused"),
    "confidence_auroc": ScoreKind("confidence AUROC", "chance that an answerable question has the higher confidence"),
    "calibration_error": ScoreKind(
        "calibration error", "mean distance of confidence from the share answerable, ten bins", lower_is_better=True
    ),
    "citation_precision": ScoreKind("citation precision", "citations that show what was expected"),
    "citation_recall": ScoreKind("citation recall", "expected things that a citation shows"),
    "quote_exactness": ScoreKind("quote exactness", "quotes that are the source's text, character for character"),
    "independent_sources": ScoreKind("independent sources", "cases whose number of independent sources is right"),
    "hit_at_1": ScoreKind("hit at 1", "searches whose first passage holds the answer"),
    "hit_at_3": ScoreKind("hit at 3", "searches with the answer in the first three passages"),
    "hit_at_10": ScoreKind("hit at 10", "searches with the answer in the first ten passages"),
    "mrr": ScoreKind("MRR", "mean reciprocal rank of the first passage that holds the answer"),
    "answer_characters": ScoreKind("answer characters", "mean length of an answer", places=0, lower_is_better=True),
    "disagreements_expected": ScoreKind("disagreements found", "expected disagreements that were shown"),
    "disagreements_unexpected": ScoreKind(
        "disagreements unexpected", "cases that show a disagreement where none is", places=0, lower_is_better=True
    ),
}

BASELINES: Mapping[str, str] = {"always_refuse": "always refuse", "first_passage": "first passage"}

GROUP_SCORES: Mapping[str, str] = {
    "answer_accuracy": "answers",
    "refusal_recall": "refusals",
    "citation_precision": "citations",
    "mrr": "MRR",
}
"""The scores that tables by language and by tag show beside accuracy, and their short names there."""


def kind(name: str) -> ScoreKind:
    """How a score is written; one that this list does not know is shown under its own name."""
    return SCORES.get(name) or ScoreKind(name.replace("_", " "), "")


def number(name: str, value: float | None) -> str:
    """The value of a score, or a dash."""
    return NOTHING if value is None else f"{value:.{kind(name).places}f}"


def value_of(scores: Mapping[str, Any], name: str) -> str:
    """A score out of a set of scores that need not have it."""
    return number(name, scores.get(name, {}).get("value"))


def interval_of(scores: Mapping[str, Any], name: str) -> str:
    """The 95 % interval of a score, or a dash."""
    score = scores.get(name, {})
    low, high = score.get("low"), score.get("high")
    return NOTHING if low is None or high is None else f"{number(name, low)}–{number(name, high)}"


def counted(count: int, noun: str) -> str:
    """A number with its noun: "1 error", "2 errors"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def bound_of(line: Mapping[str, Any]) -> str:
    """What a line of the gate asks for: "at least 0.800"."""
    if "maximum" in line:
        return f"at most {_bound(line['name'], line['maximum'])}"
    return f"at least {_bound(line['name'], line['minimum'])}"


def _bound(name: str, value: float) -> str:
    written = number(name, value)
    return written if float(written) == value else str(value)


def gate_passed(document: Mapping[str, Any]) -> bool:
    """Whether every threshold was met; true where there is none."""
    return all(line["passed"] for line in document["summary"]["gate"])


def gate_word(document: Mapping[str, Any]) -> str:
    """The outcome of the gate in a few words."""
    gate = document["summary"]["gate"]
    missed = sum(not line["passed"] for line in gate)
    if not gate:
        return "no thresholds set"
    return (
        f"gate missed ({missed} of {counted(len(gate), 'threshold')})"
        if missed
        else f"gate passed ({counted(len(gate), 'threshold')})"
    )


def failed_results(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The cases that did not pass, in the order of the facts."""
    return [result for result in document["results"] if not result["passed"]]


def reasons(result: Mapping[str, Any]) -> list[str]:
    """Why a case failed, in whole sentences; for one that did not pass never empty."""
    told = [str(failure) for failure in result["failures"]]
    error = result["error"]
    if error and not any(error in sentence for sentence in told):
        told.insert(0, f"It could not be run: {error}")
    return told or ([] if result["passed"] else ["It failed for no stated reason."])


def engine_of(run: Mapping[str, Any]) -> str:
    """Who answered: the engine, and the model where there was one."""
    return f"{run['engine']} ({run['model']})" if run["model"] else str(run["engine"])
