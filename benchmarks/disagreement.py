"""How often different values for the same thing are found, and how often there are none where some are reported.

    .venv/bin/python benchmarks/disagreement.py ../shared/data/xquad-dev.en.json ../shared/data/xquad-dev.de.json

``disagreement_pairs`` makes pairs of articles, half of which disagree. All articles are in one index. Each question is
asked about the original articles and the one counterpart, through retrieval and quoting; a question that gets no answer
is counted apart, as there is nothing to disagree with. A disagreement is right if its values are the original one and
the one put in its place; any other is wrong. ``qa.reading.disagreement`` was tuned on articles with even numbers. Takes
ten minutes; results go to ``results/disagreement.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from disagreement_pairs import Corpus, Pair, by_kind, pairs
from qa import Assistant, Settings
from qa.answering.finding import Finder, prepare
from qa.index.reader import open_reader
from qa.models import BUNDLED_MODEL, make_embedder, make_reader
from qa.models.spans import ReadsPairs
from qa.reading.choosing import Selection
from qa.reading.disagreement import Side, find_disagreement
from qa.retrieval.search import Filters, Question, Retriever
from qa.text.words import fold

RESULTS = Path(__file__).parent / "results" / "disagreement.json"


@dataclass(frozen=True)
class Asked:
    """A pair, its question, what was chosen of the sentences, and whether that is an answer."""

    pair: Pair
    question: Question
    selection: Selection
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
    finder = Finder(retriever, make_reader(bot.settings), bot.settings)
    originals = [article.source for article in retriever.articles if "/original/" in article.source]
    questions = prepare([pair.question for pair in made], "", make_embedder(bot.settings))
    for pair, question in zip(made, questions, strict=True):
        filters = Filters(sources=(*originals, str(folder / "pair" / f"{pair.name}.txt")))
        selection = finder.find(question, filters, bot.settings.retrieve.passages, 0.0).selection
        yield Asked(pair, question, selection, answered=selection.confidence >= bot.settings.answer.threshold)


def is_right(found: Sequence[Side], pair: Pair) -> bool:
    """Whether a disagreement is the one that was made."""
    return pair.values is not None and all(
        any(fold(value) in fold(side.value) or fold(side.value) in fold(value) for side in found)
        for value in pair.values
        if pair.languages[0] == pair.languages[1] or value == pair.values[1]  # the original is in another language
    )


def disagreement(one: Asked, reader: ReadsPairs) -> tuple[Side, ...]:
    """The different answers, where there is one at all."""
    if not one.answered:
        return ()
    return find_disagreement(one.question, one.selection.sentences[0], one.selection.candidates, reader)


def measure(asked: Sequence[Asked], reader: ReadsPairs) -> dict[str, dict[str, float]]:
    """Figures over all pairs, per half of the articles, and per kind, role and language."""
    counts: dict[str, dict[str, float]] = {}
    for one in asked:
        pair = one.pair
        started = time.perf_counter()
        found = disagreement(one, reader)
        milliseconds = 1000 * (time.perf_counter() - started)
        right = bool(found) and is_right(found, pair)
        wrong = bool(found) and not right
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


def main() -> None:
    """Measure, print the figures, keep them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    corpus = Corpus(arguments.files)
    made = list(pairs(corpus))
    with tempfile.TemporaryDirectory() as folder:
        asked = list(ask_all(corpus, made, Path(folder)))
    figures = measure(asked, make_reader(Settings()))
    for name, row in figures.items():
        print(f"{name:50} {row}")
    RESULTS.write_text(json.dumps({"pairs": by_kind(made), "figures": figures}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
