"""The comparison: the same work by both programs, taking turns, in fresh processes; medians and their ratios."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import corpus
from measure import Run
from programs import Workplace, printed

QUESTION = "Which leaders will Biden meet in New York?"

Job = Callable[[int], Run]


@dataclass
class Row:
    """One measurement of both programs. ``target`` is how many times better ours is meant to be."""

    name: str
    unit: str
    target: float | None
    ours: list[float] = field(default_factory=list)
    starter: list[float] = field(default_factory=list)

    @property
    def factor(self) -> float:
        """How many times better ours is; all values are times or sizes, of which less is better."""
        return statistics.median(self.starter) / statistics.median(self.ours)


def measure(place: Workplace, paragraphs: Mapping[str, list[str]], rounds: int, size: int) -> dict[str, Any]:
    """Prepare both programs, let them take turns at every task, and return all that was measured."""
    say(
        "preparing: model, corpus, chunk size; one run of everything, so that bytecode and disk cache are warm for both"
    )
    place.write_starter_model()
    large = place.folder / "articles"
    corpus.write_corpus(large, dict(paragraphs), size)
    counts = printed(place.starter("count-tokens", place.model, large))
    passages = printed(place.qa("index", large, "--index", place.folder / "first", "--json"))["passages"]
    chunk_size = str(printed(place.starter("calibrate", large, str(passages)))["chunk_size"])

    def ours_index(folder: Path, name: str) -> Job:
        return lambda turn: place.qa("index", folder, "--index", place.folder / f"{name}-{turn}", "--json")

    def starter_index(folder: Path, name: str) -> Job:
        return lambda turn: place.starter("index", place.model, folder, place.folder / f"{name}-{turn}", chunk_size)

    def ours_ask(_: int) -> Run:
        return place.qa("ask", QUESTION, "--engine", "quote", "--json", "--index", place.folder / "seeds-ours-0")

    def starter_ask(_: int) -> Run:
        return place.starter("ask", place.model, place.folder / "seeds-starter-0", QUESTION)

    jobs: list[tuple[str, Job, Job]] = [
        ("seeds", ours_index(place.seeds, "seeds-ours"), starter_index(place.seeds, "seeds-starter")),
        ("ask", ours_ask, starter_ask),
        ("large", ours_index(large, "large-ours"), starter_index(large, "large-starter")),
        (
            "warm",
            lambda _: place.ours("warm", place.folder / "large-ours-1", place.questions),
            lambda _: place.starter("warm", place.model, place.folder / "large-starter-1", place.questions),
        ),
    ]
    runs: dict[str, list[tuple[Run, Run]]] = {}
    for name, ours, starter in jobs:
        if name in ("seeds", "ask"):
            say(f"{name}: warming up")
            ours(0), starter(0)
        runs[name] = []
        for turn in range(1, rounds + 1):
            say(f"{name}: round {turn} of {rounds}")
            runs[name].append((ours(turn), starter(turn)))
    rows = [
        row("Cold question from the shell, five seeds", "s", 8, runs["ask"], seconds),
        row("… its peak memory", "MB", 6, runs["ask"], megabytes),
        row("Warm question in the process (p50)", "ms", 3, runs["warm"], median_milliseconds),
        row("… peak memory of the process", "MB", None, runs["warm"], megabytes),
        row(f"Indexing {counts['bytes'] / 1e6:.1f} MB", "s", 4, runs["large"], seconds),
        row("… its peak memory", "MB", None, runs["large"], megabytes),
        row("Indexing the five seeds from nothing", "s", 4, runs["seeds"], seconds),
        row("… its peak memory", "MB", None, runs["seeds"], megabytes),
    ]
    return {
        "rounds": rounds,
        "tokens": counts["tokens"],
        "bytes": counts["bytes"],
        "passages": {"ours": passages, "starter": printed(runs["large"][0][1])["passages"]},
        "starter_chunk_size": int(chunk_size),
        "rows": [{**asdict(item), "factor": item.factor} for item in rows],
    }


def row(
    name: str, unit: str, target: float | None, runs: Sequence[tuple[Run, Run]], value: Callable[[Run], float]
) -> Row:
    ours, starter = zip(*runs, strict=True)
    return Row(name, unit, target, [value(run) for run in ours], [value(run) for run in starter])


def seconds(run: Run) -> float:
    return run.seconds


def megabytes(run: Run) -> float:
    return run.peak_bytes / 1e6


def median_milliseconds(run: Run) -> float:
    milliseconds: float = printed(run)["median_seconds"] * 1000
    return milliseconds


def to_markdown(result: Mapping[str, Any]) -> str:
    """The rows as a table, and what one needs to know to read it."""
    lines = [
        "| median (lowest to highest) | article-qa | starter | times better | target | |",
        "|---|---|---|---|---|---|",
    ]
    for item in result["rows"]:
        target = item["target"]
        verdict = "" if target is None else "met" if item["factor"] >= target else "**missed**"
        cells = [
            item["name"],
            summary(item["ours"], item["unit"]),
            summary(item["starter"], item["unit"]),
            f"{item['factor']:.1f}",
            "" if target is None else f"{target}",
            verdict,
        ]
        lines.append("| " + " | ".join(cells) + " |")
    indexing = next(item for item in result["rows"] if item["name"].startswith("Indexing") and item["unit"] == "s")
    speeds = [result["tokens"] / statistics.median(indexing[program]) for program in ("ours", "starter")]
    passages = result["passages"]
    explanation = (
        f"{result['rounds']} rounds, taking turns. The larger corpus has {result['tokens']:,} tokens: {speeds[0]:,.0f} "
        f"tokens/s against {speeds[1]:,.0f}, start-up and everything else included. It was cut into "
        f"{passages['ours']:,} passages by article-qa and {passages['starter']:,} by the starter (chunk size "
        f"{result['starter_chunk_size']})."
    )
    return "\n".join([*lines, "", explanation])


def summary(values: Sequence[float], unit: str) -> str:
    digits = 0 if unit == "MB" else 1 if unit == "ms" else 2
    low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
    return f"{middle} {unit} ({low} to {high})"


def say(message: str) -> None:
    print(f"bench: {message}", file=sys.stderr, flush=True)
