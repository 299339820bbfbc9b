"""An evaluation as Markdown, for the summary of a CI job.

Knows GitHub's Markdown and which characters mean something in it. Text from answers and articles is written so that
none of them does. Does not know how a case was judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qa.evaluation.reports.figures import (
    BASELINES,
    GROUP_SCORES,
    NOTHING,
    SCORES,
    bound_of,
    counted,
    engine_of,
    failed_results,
    gate_word,
    interval_of,
    kind,
    number,
    reasons,
    value_of,
)
from qa.inert import printable

_MEANS_SOMETHING = re.compile(r"[\\`*_{}\[\]<>#+!|~&$=@\"]|:(?=\S)|(?<=www)\.", re.IGNORECASE)
_NAMES_SOMEBODY = "@#"
_UNSEEN = "&#8203;"
"""A space of no width: GitHub finds mentions and numbers of issues after it has undone every escape."""


def inert_markdown(text: str) -> str:
    """Any text on one line of Markdown, showing as it is: no markup, link, mention or table cell comes of it."""
    return _MEANS_SOMETHING.sub(_reference, " ".join(printable(text).split()))


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    return f"&#{ord(character)};" + (_UNSEEN if character in _NAMES_SOMEBODY else "")


def markdown(document: Mapping[str, Any]) -> str:
    """The document of a run: headline, gate, scores with both baselines, groups, failing cases folded."""
    summary = document["summary"]
    scores = summary["scores"]
    latency = summary["latency_ms"]
    parts = [
        f"# {summary['passed']} of {summary['cases']} facts passed: {gate_word(document)}",
        (
            f"Accuracy {value_of(scores, 'accuracy')} (95 % interval {interval_of(scores, 'accuracy')}), "
            f"{counted(summary['errors'], 'error')}, median {_milliseconds(latency['p50'])}, "
            f"95th percentile {_milliseconds(latency['p95'])}."
        ),
        (
            f"Facts {inert_markdown(document['facts'])}, engine {inert_markdown(engine_of(document))}, "
            f"version {inert_markdown(document['version'])}."
        ),
    ]
    if summary["gate"]:
        parts += ["## Gate", _gate_table(summary["gate"])]
    parts += ["## Scores", _score_table(summary)]
    for name, groups in (("language", summary["by_language"]), ("tag", summary["by_tag"])):
        if groups:
            parts += [f"## By {name}", _group_table(name, groups)]
    failed = failed_results(document)
    if failed:
        parts += ["## Failing cases", *map(_case, failed)]
    return "\n\n".join(parts) + "\n"


def _milliseconds(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1f} ms"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    rule = ["---"] * words + ["--:"] * (len(head) - words)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def _gate_table(gate: Sequence[Mapping[str, Any]]) -> str:
    rows = (
        (
            inert_markdown(kind(line["name"]).label),
            "passed" if line["passed"] else "**missed**",
            number(line["name"], line["value"]),
            bound_of(line),
        )
        for line in gate
    )
    return _table(("score", "outcome", "value", "asked for"), rows, words=2)


def _score_table(summary: Mapping[str, Any]) -> str:
    scores, baselines = summary["scores"], summary["baselines"]
    rows = (
        (
            kind(name).label + (" (lower is better)" if kind(name).lower_is_better else ""),
            value_of(scores, name),
            interval_of(scores, name),
            str(scores[name]["count"]),
            *(value_of(baselines.get(baseline, {}), name) for baseline in BASELINES),
        )
        for name in SCORES
        if name in scores
    )
    return _table(("score", "value", "95 % interval", "counted", *BASELINES.values()), rows)


def _group_table(name: str, groups: Mapping[str, Mapping[str, Any]]) -> str:
    rows = (
        (
            inert_markdown(group),
            str(scores["accuracy"]["count"]),
            value_of(scores, "accuracy"),
            interval_of(scores, "accuracy"),
            *(value_of(scores, score) for score in GROUP_SCORES),
        )
        for group, scores in groups.items()
    )
    head = (name, "cases", "accuracy", "95 % interval", *GROUP_SCORES.values())
    return _table(head, rows)


def _case(result: Mapping[str, Any]) -> str:
    told = reasons(result)
    fact, answer = result["fact"], result["answer"]
    lines = [f"Question: {inert_markdown(fact['question'])}"]
    if answer:
        lines.append(f"Answer ({answer['status']}, confidence {answer['confidence']:.2f}): ")
        lines[-1] += inert_markdown(answer["text"])
    lines += [f"Failed: {inert_markdown(sentence)}" for sentence in told]
    lines += [
        f"Cited [{citation['number']}]: {inert_markdown(citation['source'])} "
        f"{citation['start']}–{citation['end']}: {inert_markdown(citation['quote'])}"
        for citation in (answer["citations"] if answer else ())
    ]
    summary = f"<summary>{inert_markdown(result['id'])}: {inert_markdown(told[0])}</summary>"
    return "\n".join(["<details>", summary, "", *(f"- {line}" for line in lines), "", "</details>"])
