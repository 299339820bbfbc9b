"""What today's retrieval finds for the development questions, found once and kept in the cache.

Every paragraph of the question files is an article, as in ``benchmarks/quality.py``. Does not know the reader.
"""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from qa import Assistant, Settings
from qa.records import Hit
from training.places import SHARED, cache

LANGUAGES = ("en", "de")
_FOUND = 10
_MIDPOINT, _SLOPE = 1.75, 14.0
"""Of the logistic function that ``qa search`` maps fused scores to 0..1 with."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that was found: the number of its paragraph, its text, and its fused retrieval score."""

    paragraph: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what was found, which paragraph is right, and where in it the answer stands."""

    question: str
    paragraph: int
    answers: tuple[tuple[int, int], ...]
    candidates: tuple[Candidate, ...]


def asked(question_language: str, article_language: str) -> list[Asked]:
    """The questions in one language and what was found in articles of another, or of the same."""
    path = cache() / f"retrieved-{question_language}-{article_language}.json"
    if not path.exists():
        _retrieve()
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [
        Asked(
            row["question"],
            row["paragraph"],
            tuple((start, end) for start, end in row["answers"]),
            tuple(Candidate(**candidate) for candidate in row["candidates"]),
        )
        for row in rows
    ]


def _retrieve() -> None:
    data = {language: _read(language) for language in LANGUAGES}
    for articles in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            texts = [paragraph["context"] for paragraph in data[articles]]
            bot = _index(texts, Path(folder))
            for questions in LANGUAGES:
                found = [
                    Asked(question["question"], number, _places(target), _candidates(bot, question["question"]))
                    for number, (paragraph, own) in enumerate(zip(data[questions], data[articles], strict=True))
                    for question, target in zip(paragraph["qas"], own["qas"], strict=True)
                ]
                path = cache() / f"retrieved-{questions}-{articles}.json"
                path.write_text(json.dumps([asdict(one) for one in found], ensure_ascii=False), encoding="utf-8")
                print(f"retrieved for {len(found)} questions in {questions} on articles in {articles}", flush=True)


def _read(language: str) -> list[dict[str, list[dict[str, str]]]]:
    content = json.loads((SHARED / "data" / f"xquad-dev.{language}.json").read_text(encoding="utf-8"))
    return [paragraph for article in content["data"] for paragraph in article["paragraphs"]]


def _places(question: dict[str, list[dict[str, int]]]) -> tuple[tuple[int, int], ...]:
    return tuple((a["answer_start"], a["answer_start"] + len(a["text"])) for a in question["answers"])


def _index(texts: list[str], folder: Path) -> Assistant:
    (folder / "articles").mkdir()
    for number, text in enumerate(texts):
        (folder / "articles" / f"{number}.txt").write_text(text, encoding="utf-8", newline="")
    bot = Assistant(Settings.model_validate({"index_dir": folder / "index", "split": {"max_characters": 4000}}))
    bot.index([str(folder / "articles")])
    return bot


def _candidates(bot: Assistant, question: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(int(Path(hit.source).stem), hit.text, _fused(hit)) for hit in bot.search(question, k=_FOUND))


def _fused(hit: Hit) -> float:
    score = min(max(hit.score, 1e-9), 1 - 1e-9)
    return _MIDPOINT - math.log(1 / score - 1) / _SLOPE
