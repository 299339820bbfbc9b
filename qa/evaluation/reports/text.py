"""An evaluation, and the comparison of two, as plain text for the terminal.

Knows layout: tables of a hundred columns. Does not know how a case was judged or a difference computed. Text from
answers and articles may hold anything: characters that a terminal would obey are written out.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qa.evaluation.reports import figures
from qa.evaluation.reports.figures import counted, engine_of, label, number
from qa.inert import printable

WIDTH = 100
"""Columns."""
CHANCE = 0.05
"""The p-value from which on a difference is said to be possibly chance: the usual convention."""
_SMALLEST_WRITTEN = 0.001


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def summary_text(document: Mapping[str, Any]) -> str:
    """The document of a run in tables: headline, scores, groups, gate, latency, failing cases.

    Scores stand with their 95 % intervals beside both baselines. No line is longer than a hundred columns.
    """
    summary = document["summary"]
    median, most = (figures.milliseconds(summary["latency_ms"][key]) for key in ("p50", "p95"))
    blocks: list[str | Table | None] = [
        "\n".join(_headline(document)),
        _score_table(summary),
        _group_table("language", summary["by_language"]),
        _group_table("tag", summary["by_tag"]),
        _gate_table(summary["gate"]),
        f"latency: median {median}, 95th percentile {most}    ↓ less is better",
        _failures(document),
    ]
    return "\n\n".join(_rendered(block) for block in blocks if block) + "\n"


def _headline(document: Mapping[str, Any]) -> Iterator[str]:
    summary = document["summary"]
    passed = f"{summary['passed']} of {summary['cases']} facts passed"
    yield f"{passed}, {counted(summary['errors'], 'error')}: {figures.gate_word(document)}"
    made_by = f"engine {_one_line(engine_of(document))}, article-qa {_one_line(document['version'])}"
    yield f"{_one_line(document['facts'])}, {made_by}"


def comparison_text(comparison: Mapping[str, Any]) -> str:
    """Two runs over the same facts: which cases changed, and whether the difference could be chance.

    Args:
        comparison: ``a`` and ``b`` (name, engine, model, accuracy), ``shared`` (a number), the ids ``only_a``,
            ``only_b``, ``fixed``, ``broken`` and ``changed`` (another answer, the same verdict), ``difference``
            (accuracy of b less that of a, with its interval) and ``p_value``.
    """
    blocks: list[str | Table] = [
        "\n".join(
            f"{label}: {_one_line(run['name'])}, engine {_one_line(engine_of(run))}, "
            f"accuracy {number('accuracy', run['accuracy'])}"
            for label, run in (("A", comparison["a"]), ("B", comparison["b"]))
        ),
        _verdict(comparison),
    ]
    for title, names in (
        ("Failed in A, passes in B", comparison["fixed"]),
        ("Passed in A, fails in B", comparison["broken"]),
        ("Another answer, the same outcome", comparison["changed"]),
        ("Only in A", comparison["only_a"]),
        ("Only in B", comparison["only_b"]),
    ):
        if names:
            blocks.append("\n".join([f"{title} ({len(names)}):", *(f"  {_one_line(name)}" for name in names)]))
    return "\n\n".join(_rendered(block) for block in blocks) + "\n"


def _verdict(comparison: Mapping[str, Any]) -> str:
    shared, p_value = comparison["shared"], comparison["p_value"]
    difference = comparison["difference"]
    told = (
        f"Over the {counted(shared, 'shared case')} the accuracy of B is that of A {difference['value']:+.3f} "
        f"(95 % interval {difference['low']:+.3f} to {difference['high']:+.3f})"
    )
    if not comparison["fixed"] and not comparison["broken"]:
        return f"{told}.\nNo case passes in one and fails in the other."
    better = "better" if difference["value"] > 0 else "worse"
    sure = "p < 0.001" if p_value < _SMALLEST_WRITTEN else f"p = {p_value:.3f}"
    if p_value < CHANCE:
        return f"{told}.\nB is {better}, and that is unlikely to be chance ({sure})."
    return f"{told}.\nThe difference could well be chance ({sure}): do not conclude from it."


def _rendered(block: str | Table) -> str:
    written = io.StringIO()
    console = Console(file=written, width=WIDTH, color_system=None, force_terminal=False)
    console.print(block if isinstance(block, Table) else Text(block))
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> Table:
    """A table whose first ``words`` columns are words and whose others are figures, aligned to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for place, title in enumerate(head):
        table.add_column(Text(title), justify="left" if place < words else "right", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _score_table(summary: Mapping[str, Any]) -> Table:
    rows = ([label(name, " ↓"), *figures.score_row(summary, name)] for name in summary["scores"])
    return _table(figures.SCORE_HEAD, rows)


def _group_table(title: str, groups: Mapping[str, Mapping[str, Any]]) -> Table | None:
    rows = [[_one_line(name), *figures.group_row(scores)] for name, scores in groups.items()]
    return _table((title, *figures.GROUP_HEAD), rows) if rows else None


def _gate_table(gate: Sequence[Mapping[str, Any]]) -> Table | None:
    rows = [
        (
            _one_line(label(line["name"])),
            "passed" if line["passed"] else "MISSED",
            number(line["name"], line["value"]),
            figures.bound_of(line),
        )
        for line in gate
    ]
    return _table(("gate", "outcome", "value", "asked for"), rows, words=2) if rows else None


def _failures(document: Mapping[str, Any]) -> str:
    failed = figures.failed_results(document)
    lines = [f"{_one_line(result['id'])}\n    {_one_line(figures.reasons(result)[0])}" for result in failed]
    return "\n".join(["failing cases:", *lines]) if lines else ""
