"""How indexing and asking grow with the number of passages."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import corpus
from comparison import QUESTION
from programs import Workplace, printed

BYTES_A_PASSAGE = 780
SIZES = [1_000, 10_000]
SYNTHETIC_SIZES = [*SIZES, 100_000]


def measure(place: Workplace, paragraphs: Mapping[str, list[str]], *, synthetic: bool) -> dict[str, Any]:
    """Index corpora of growing size, each once, and ask each index cold and warm."""
    steps = []
    for size in SYNTHETIC_SIZES if synthetic else SIZES:
        print(f"bench: about {size:,} passages", file=sys.stderr, flush=True)
        articles, index = place.folder / f"articles-{size}", place.folder / f"index-{size}"
        written = corpus.write_corpus(articles, dict(paragraphs), size * BYTES_A_PASSAGE)
        if synthetic:
            indexing = place.ours("index-synthetic", index, articles)
        else:
            indexing = place.qa("index", articles, "--index", index, "--json")
        unchanged = place.qa("index", articles, "--index", index, "--json")
        cold = place.qa("ask", QUESTION, "--engine", "quote", "--json", "--index", index)
        warm = place.ours("warm", index, place.questions)
        steps.append(
            {
                "passages": printed(indexing)["passages"],
                "articles": len(list(articles.iterdir())),
                "corpus_bytes": written,
                "index_bytes": folder_size(index),
                "index_seconds": indexing.seconds,
                "index_peak_bytes": indexing.peak_bytes,
                "unchanged_seconds": unchanged.seconds,
                "cold_seconds": cold.seconds,
                "cold_peak_bytes": cold.peak_bytes,
                "warm_median_seconds": printed(warm)["median_seconds"],
                "warm_peak_bytes": warm.peak_bytes,
            }
        )
    return {"synthetic_vectors": synthetic, "steps": steps}


def folder_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def to_markdown(result: Mapping[str, Any]) -> str:
    """One line for each size."""
    lines = [
        "| passages | articles | text | index | indexing | again, unchanged | cold question | warm question (p50) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for step in result["steps"]:
        cells = [
            f"{step['passages']:,}",
            f"{step['articles']:,}",
            f"{step['corpus_bytes'] / 1e6:.1f} MB",
            f"{step['index_bytes'] / 1e6:,.0f} MB",
            f"{step['index_seconds']:.1f} s, {step['index_peak_bytes'] / 1e6:,.0f} MB",
            f"{step['unchanged_seconds']:.1f} s",
            f"{step['cold_seconds']:.2f} s, {step['cold_peak_bytes'] / 1e6:,.0f} MB",
            f"{step['warm_median_seconds'] * 1000:.1f} ms, {step['warm_peak_bytes'] / 1e6:,.0f} MB",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    vectors = "Vectors are random: embedding is not in these times." if result["synthetic_vectors"] else ""
    return "\n".join([*lines, "", f"Memory is each process's peak. {vectors}".rstrip()])
