"""The examples that the reader learns from, as read from ``../shared/train`` (its README describes the files).

Knows the two files and which sets may ship. Does not know tokens, or what is made from the examples.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from training.places import data_folder

Split = Literal["train", "dev"]
LABELS = ("e", "n", "c", "1", "0")
"""Entailed, neutral, contradicted; and, of sets that only say yes or no, entailed and not. A label is its index."""

NOT_FREE = frozenset({"qam-de", "xnli-de"})
"""Sets whose licence forbids commercial use: what ships has learned nothing from them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a paragraph; the answer is ``context[start:end]``, or both are ``None`` where it has none."""

    text: str
    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and the questions about it. ``language`` is "en-fi" for English questions on Finnish text."""

    name: str
    language: str
    split: Split
    context: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim (``hypothesis``), what it is judged by (``premise``), and one of ``LABELS``."""

    name: str
    language: str
    split: Split
    premise: str
    hypothesis: str
    label: str


def paragraphs(split: Split) -> Iterator[Paragraph]:
    """The paragraphs of one split, in the order of the file: those of one article stand together."""
    for row in _rows(data_folder() / "reader.jsonl.gz"):
        if row["split"] == split and row["set"] not in NOT_FREE:
            questions = tuple(Question(text, start, end) for text, start, end in row["qas"])
            yield Paragraph(row["set"], row["lang"], split, row["context"], questions)


def pairs(split: Split) -> Iterator[Pair]:
    """The pairs of one split. Those of XNLI German are for measuring only and only in "dev"."""
    for row in _rows(data_folder() / "support.jsonl.gz"):
        if row["split"] == split and (split == "dev" or row["set"] not in NOT_FREE):
            yield Pair(row["set"], row["lang"], split, row["premise"], row["hypothesis"], row["label"])


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
