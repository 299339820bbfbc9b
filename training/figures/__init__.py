"""Figures of a reader, on development data. Adding one: a function ``(reader, every) -> Figures``, and a line here."""

from __future__ import annotations

from collections.abc import Callable

from qa.models.reader import Reader
from training.figures import answering, judging
from training.figures.scores import Figures
from training.figures.speed import speed

FIGURES: dict[str, Callable[[Reader, int], Figures]] = {
    "answering": answering.answering,
    "german_spans": answering.german_spans,
    "unanswerable": answering.unanswerable,
    "lists": answering.lists,
    "labelled": judging.labelled,
    "german_entailment": judging.german_entailment,
    "exchanged": judging.exchanged,
    "speed": speed,
}
"""What is measured, by name; each takes a reader and how many examples to step over (1: none)."""
