"""How the figures of an evaluation are written, the same in every report.

Knows the registry of metrics, the names of the baselines, and the parts of the document that ``qa eval --json`` prints.
Does not know how a metric is computed, nor what a report looks like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa.evaluation.metrics import METRICS

NOTHING = "–"
"""Stands for a score that had nothing to count."""
BASELINES: Mapping[str, str] = {"always_refuse": "always refuse", "first_passage": "first passage"}
GROUP_SCORES: Mapping[str, str] = {
    "answer_accuracy": "answers",
    "refusal_recall": "refusals",
    "citation_precision": "citations",
    "mrr": "MRR",
}
"""The metrics that tables by language and by tag show beside accuracy, and their short names there."""


def label(name: str, lower: str = "") -> str:
    """What a metric is called, with ``lower`` behind it where less is better; anything else is shown as it is."""
    if name not in METRICS:
        return name.replace("_", " ")
    return METRICS[name].label + lower * METRICS[name].lower_is_better


def meaning(name: str) -> str:
    """What a metric counts, and whether less of it is better."""
    return "" if name not in METRICS else METRICS[name].means + " (lower is better)" * METRICS[name].lower_is_better


def number(name: str, value: float | None) -> str:
    """The value of a metric, of all cases or of a group (``tag.far.accuracy``), or a dash."""
    known = METRICS.get(name.rpartition(".")[2])
    return NOTHING if value is None else f"{value:.{known.places if known else 3}f}"


def value_of(scores: Mapping[str, Any], name: str) -> str:
    """A score out of a set of scores that need not have it."""
    return number(name, scores.get(name, {}).get("value"))


def interval_of(scores: Mapping[str, Any], name: str) -> str:
    """The 95 % interval of a score, or a dash."""
    score = scores.get(name, {})
    low, high = score.get("low"), score.get("high")
    return NOTHING if low is None or high is None else f"{number(name, low)}–{number(name, high)}"


SCORE_HEAD = ("score", "value", "95 % interval", "counted", *BASELINES.values())


def score_row(summary: Mapping[str, Any], name: str) -> list[str]:
    """A metric as tables show it, under ``SCORE_HEAD`` but for its name."""
    scores, baselines = summary["scores"], summary["baselines"]
    compared = (value_of(baselines.get(baseline, {}), name) for baseline in BASELINES)
    return [value_of(scores, name), interval_of(scores, name), str(scores[name]["count"]), *compared]


GROUP_HEAD = ("cases", "accuracy", "95 % interval", *GROUP_SCORES.values())


def group_row(scores: Mapping[str, Any]) -> list[str]:
    """The scores of a language or tag as tables show them, under ``GROUP_HEAD``."""
    accuracy = [str(scores["accuracy"]["count"]), value_of(scores, "accuracy"), interval_of(scores, "accuracy")]
    return [*accuracy, *(value_of(scores, name) for name in GROUP_SCORES)]


def milliseconds(value: float | None) -> str:
    """A time, or a dash."""
    return NOTHING if value is None else f"{value:.1f} ms"


def counted(count: int, noun: str) -> str:
    """A number with its noun: "1 error", "2 errors"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def bound_of(line: Mapping[str, Any]) -> str:
    """What a line of the gate asks for: "at least 0.800"."""
    words, value = ("at most", line["maximum"]) if "maximum" in line else ("at least", line["minimum"])
    written = number(line["name"], value)
    return f"{words} {written if float(written) == value else value}"


def gate_passed(document: Mapping[str, Any]) -> bool:
    """Whether every threshold was met; true where there is none."""
    return all(line["passed"] for line in document["summary"]["gate"])


def gate_word(document: Mapping[str, Any]) -> str:
    """The outcome of the gate in a few words."""
    gate = document["summary"]["gate"]
    if not gate:
        return "no thresholds set"
    missed = sum(not line["passed"] for line in gate)
    thresholds = counted(len(gate), "threshold")
    return f"gate missed ({missed} of {thresholds})" if missed else f"gate passed ({thresholds})"


def failed_results(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The cases that did not pass, in the order of the facts."""
    return [result for result in document["results"] if not result["passed"]]


def tags_of(document: Mapping[str, Any]) -> list[str]:
    """All tags of the facts, in alphabetical order."""
    return sorted({tag for result in document["results"] for tag in result["fact"]["tags"]})


def reasons(result: Mapping[str, Any]) -> list[str]:
    """Why a case failed, in whole sentences; for one that did not pass never empty."""
    told = [str(failure) for failure in result["failures"]]
    error = result["error"]
    if error and not any(error in sentence for sentence in told):
        told.insert(0, f"It could not be run: {error}")
    return told or ([] if result["passed"] else ["It failed for no stated reason."])


def expected(fact: Mapping[str, Any]) -> list[str]:
    """What a fact asks of the answer, in words."""
    told = [] if fact["answerable"] else ["a refusal: the articles do not say"]
    told += ["in the answer: " + " or ".join(group) for group in fact["expect"]]
    if fact["forbid"]:
        told.append("not in the answer: " + ", ".join(fact["forbid"]))
    if fact["sources"]:
        told.append("cited from: " + ", ".join(fact["sources"]))
    if fact["quote"]:
        told.append(f"in a quote: “{fact['quote']}”")
    if fact.get("independent_sources") is not None:
        told.append(counted(fact["independent_sources"], "independent source"))
    if fact.get("disagreement"):
        told.append("a disagreement: " + " against ".join(" or ".join(group) for group in fact["disagreement"]))
    return told or ["an answer"]


def engine_of(run: Mapping[str, Any]) -> str:
    """Who answered: the engine, and the model where there was one."""
    return f"{run['engine']} ({run['model']})" if run["model"] else str(run["engine"])
