"""How often different values for the same thing are found, and how often there are none where some are reported.

    .venv/bin/python benchmarks/disagreement.py ../shared/data/xquad-dev.en.json ../shared/data/xquad-dev.de.json

``disagreement_pairs`` makes pairs of articles, half of which disagree. All articles are in one index. Each question is
asked about the original articles and the one counterpart, through retrieval and quoting; a question that gets no answer
is counted apart, as there is nothing to disagree with. A disagreement is right if its values are the original one and
the one put in its place; any other is wrong. ``--fit`` prints the weights of ``qa.reading.disagreement``, fitted on the
articles with even numbers, instead of measuring. Results go to ``results/disagreement.json``. Takes about four minutes.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from disagreement_pairs import Corpus, Pair, by_kind, pairs
from qa import Assistant, Settings
from qa.answering.quoting import QuotingAnswerer
from qa.index.reader import open_reader
from qa.models import BUNDLED_MODEL
from qa.reading.disagreement import (
    FEATURES,
    Contradiction,
    Statement,
    concerns,
    conflicts_of,
    features,
    find_disagreements,
    least_likeness,
    statement_of,
    statements_of,
)
from qa.reading.disagreement_values import Value
from qa.retrieval.search import Filters, Question, Retriever
from qa.text.words import fold

RESULTS = Path(__file__).parent / "results" / "disagreement.json"
FALSE_WEIGHT = 2.0
RIDGE = 0.5
NEWTON_STEPS = 60


@dataclass(frozen=True)
class Asked:
    """A pair, its question, the sentences that answer it, if it was answered, and all that were retrieved."""

    pair: Pair
    question: Question
    chosen: tuple[Statement, ...]
    others: tuple[Statement, ...]
    answered: bool


def ask_all(corpus: Corpus, made: Sequence[Pair], folder: Path) -> Iterator[Asked]:
    """Index all articles, and ask each pair's question about its two articles and all the other originals."""
    for group in ("original", "pair"):
        (folder / group).mkdir()
    for number, text in enumerate(corpus.originals(corpus.languages[0])):
        (folder / "original" / f"{number:03}.txt").write_text(text, encoding="utf-8", newline="")
    for pair in made:
        (folder / "pair" / f"{pair.name}.txt").write_text(pair.text, encoding="utf-8", newline="")
    bot = Assistant(Settings.model_validate({"index_dir": folder / "index"}))
    bot.index([str(folder / "original"), str(folder / "pair")])
    reader = open_reader(bot.settings.index_dir, model=BUNDLED_MODEL)
    retriever = Retriever(reader, bot.settings.retrieve.candidates)
    answerer = QuotingAnswerer(reader, retriever, bot.settings)
    originals = [article.source for article in retriever.articles if "/original/" in article.source]
    for pair, question in zip(made, bot.prepare([pair.question for pair in made]), strict=True):
        filters = Filters(sources=(*originals, str(folder / "pair" / f"{pair.name}.txt")))
        found = answerer.find(question, filters, bot.settings.retrieve.passages, 0.0)
        yield Asked(
            pair,
            question,
            tuple(statement_of(candidate) for candidate in found.selection.sentences),
            tuple(statement for ranked in found.ranked for statement in statements_of(ranked.article, ranked.passage)),
            answered=found.selection.confidence >= bot.settings.answer.threshold,
        )


def is_right(found: Contradiction, pair: Pair) -> bool:
    """Whether a disagreement is the one that was made."""
    return pair.values is not None and all(
        any(fold(value) in fold(side.value) or fold(side.value) in fold(value) for side in found.sides)
        for value in pair.values
        if pair.languages[0] == pair.languages[1] or value == pair.values[1]  # the original is in another language
    )


def measure(asked: Sequence[Asked]) -> dict[str, dict[str, float]]:
    """Figures over all pairs, per half of the articles, and per kind, role and language."""
    counts: dict[str, dict[str, float]] = {}
    for one in asked:
        pair = one.pair
        started = time.perf_counter()
        found = find_disagreements(one.question, one.chosen, one.others) if one.answered else ()
        milliseconds = 1000 * (time.perf_counter() - started)
        right = any(is_right(disagreement, pair) for disagreement in found)
        wrong = sum(not is_right(disagreement, pair) for disagreement in found)
        half = ("fitted on", "held out")[pair.article % 2]
        language = "same language" if pair.languages[0] == pair.languages[1] else "other language"
        what = pair.kind if pair.values else f"none: {pair.role}"
        for key in ("all", half, f"{half}, {language}", f"{half}, {what}, {language}"):
            row = counts.setdefault(
                key, {"pairs": 0, "disagreeing": 0, "disagreeing_answered": 0, "found": 0, "wrong": 0, "ms": 0}
            )
            row["pairs"] += 1
            row["disagreeing"] += pair.values is not None
            row["disagreeing_answered"] += pair.values is not None and one.answered
            row["found"] += right
            row["wrong"] += wrong
            row["ms"] += milliseconds
    for row in counts.values():
        row["ms"] = round(row["ms"] / row["pairs"], 2)
        if row["found"] + row["wrong"]:
            row["precision"] = round(row["found"] / (row["found"] + row["wrong"]), 4)
        if row["disagreeing"]:
            row["recall"] = round(row["found"] / row["disagreeing"], 4)
        if row["disagreeing_answered"]:
            row["recall_answered"] = round(row["found"] / row["disagreeing_answered"], 4)
    return dict(sorted(counts.items()))


def _is_made(pair: Pair, statement: Statement, value: Value) -> bool:
    """Whether a value is the one that was put in the place of the original."""
    if pair.values is None or Path(statement.article.source).parent.name != "pair":
        return False
    written, made = fold(value.stated.text), fold(pair.values[1])
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", two) for one, two in ((written, made), (made, written)))


def fit(asked: Sequence[Asked], *, same_language: bool) -> NDArray[np.float64]:
    """Weights and bias of a logistic regression, by Newton's method, on the articles with even numbers."""
    rows, labels = [], []
    for one in asked:
        if one.pair.article % 2 or not one.answered:
            continue
        for statement in one.chosen:
            for other in one.others:
                if other.article.id == statement.article.id or other.text == statement.text:
                    continue
                if (statement.language == other.language) is not same_language:
                    continue
                for conflict in conflicts_of(statement, other):
                    evidence = features(one.question, statement, other, context=conflict.context, alone=conflict.alone)
                    if evidence[0] < least_likeness(statement, other) or not concerns(
                        one.question, statement, other, conflict
                    ):
                        continue
                    label = _is_made(one.pair, statement, conflict.first) or _is_made(one.pair, other, conflict.second)
                    rows.append([*evidence, 1.0])
                    labels.append(float(label))
    table, truth = np.array(rows), np.array(labels)
    means = np.append(table[:, :-1].mean(axis=0), 0.0)
    scale = np.append(table[:, :-1].std(axis=0), 1.0)
    table = (table - means) / scale
    importance = np.where(truth > 0, 1.0, FALSE_WEIGHT)
    penalty = np.diag([RIDGE] * len(FEATURES) + [0.0])
    weights = np.zeros(len(FEATURES) + 1)
    for _ in range(NEWTON_STEPS):
        likely = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        gradient = table.T @ (importance * (truth - likely)) - penalty @ weights
        curvature = (table * (importance * likely * (1 - likely))[:, None]).T @ table + penalty
        weights += np.linalg.solve(curvature, gradient)
    weights /= scale
    weights[-1] -= means[:-1] @ weights[:-1]
    return weights


def main() -> None:
    """Measure, print the figures, keep them; or fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--fit", action="store_true", help="print fitted weights instead of measuring")
    arguments = parser.parse_args()
    corpus = Corpus(arguments.files)
    made = list(pairs(corpus))
    with tempfile.TemporaryDirectory() as folder:
        asked = list(ask_all(corpus, made, Path(folder)))
    if arguments.fit:
        for same_language in (True, False):
            print(
                "same language" if same_language else "other language",
                FEATURES,
                fit(asked, same_language=same_language),
            )
        return
    figures = measure(asked)
    for name, row in figures.items():
        print(f"{name:50} {row}")
    RESULTS.write_text(json.dumps({"pairs": by_kind(made), "figures": figures}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
