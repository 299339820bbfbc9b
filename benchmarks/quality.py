"""How often retrieval and quoting find the answer, on questions in SQuAD's format, within a language and across.

    .venv/bin/python benchmarks/quality.py ../shared/data/xquad-dev.en.json ../shared/data/xquad-dev.de.json

Every paragraph is an article of its own. For each pair of languages it prints R@1, R@3 and MRR of paragraphs, the share
of questions whose first, first two, and all quoted sentences hold the answer, sentences an answer, and how often the
program answers when it can, when the paragraph is taken away (near) and when the whole article is (far), with the AUROC
of ``confidence``. Results go to ``results/quality.json``. Takes about eight minutes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa import Assistant, Settings
from qa.records import Answer

RESULTS = Path(__file__).parent / "results" / "quality.json"


@dataclass(frozen=True)
class Case:
    """A question, the paragraph that answers it, and where the answers stand in it."""

    question: str
    source: str
    answers: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Language:
    """One file of questions: its paragraphs by source, its cases, and its index."""

    code: str
    paragraphs: dict[str, str]
    cases: tuple[Case, ...]


def read(path: Path) -> Language:
    """Read a file in SQuAD's format; the language is the part of its name before ``.json``."""
    code = path.name.split(".")[-2]
    paragraphs: dict[str, str] = {}
    cases = []
    for number, article in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
        for position, paragraph in enumerate(article["paragraphs"]):
            source = f"{number:03}/{position}.txt"
            paragraphs[source] = paragraph["context"]
            cases += [
                Case(
                    item["question"],
                    source,
                    tuple((a["answer_start"], a["answer_start"] + len(a["text"])) for a in item["answers"]),
                )
                for item in paragraph["qas"]
            ]
    return Language(code, paragraphs, tuple(cases))


def make_index(language: Language, folder: Path) -> Assistant:
    """An assistant over the paragraphs of one language."""
    for source, text in language.paragraphs.items():
        path = folder / "articles" / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    bot = Assistant(Settings.model_validate({"index_dir": folder / "index", "split": {"max_characters": 4000}}))
    bot.index([str(folder / "articles")])
    return bot


def found_in(answer: Answer, case: Case, first: int) -> bool:
    """Whether one of the first citations holds an answer."""
    return any(
        citation.source.endswith(case.source) and citation.start <= start and end <= citation.end
        for citation in answer.citations[:first]
        for start, end in case.answers
    )


def rank_of(bot: Assistant, case: Case) -> int:
    """The rank of the right paragraph, from 1; 11 if it is not among the first ten."""
    hits = bot.search(case.question, k=10)
    return next((rank for rank, hit in enumerate(hits, 1) if hit.source.endswith(case.source)), 11)


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Probability that a positive is above a negative."""
    wins = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return wins / (len(positive) * len(negative))


def without(cases: Sequence[Case], bot: Assistant, *, whole_article: bool) -> Iterator[Answer]:
    """Answers to the questions with their paragraph, or their article, taken away."""
    sources = [source.source for source in bot.sources()]
    for case in cases:
        gone = case.source[:4] if whole_article else case.source
        kept = [source for source in sources if f"articles/{gone}" not in source]
        yield bot.ask(case.question, sources=kept)


def measure(bot: Assistant, asked: Language, documents: Language, every: int) -> dict[str, float]:
    """All figures of one pair of languages."""
    cases = [
        Case(case.question, target.source, target.answers)
        for case, target in zip(asked.cases, documents.cases, strict=True)
    ]
    ranks = [rank_of(bot, case) for case in cases]
    generous = Assistant(
        Settings.model_validate({**bot.settings.model_dump(), "answer": {"threshold": 0, "max_sentences": 3}})
    )
    answers = generous.ask_many([case.question for case in cases])
    confident = [answer.confidence for answer in answers]
    threshold = Settings().answer.threshold
    figures = {
        "questions": len(cases),
        "recall_at_1": sum(rank == 1 for rank in ranks) / len(cases),
        "recall_at_3": sum(rank <= 3 for rank in ranks) / len(cases),
        "mrr": sum(1 / rank for rank in ranks if rank <= 10) / len(cases),
        "first_sentence": sum(found_in(a, c, 1) for a, c in zip(answers, cases, strict=True)) / len(cases),
        "first_two": sum(found_in(a, c, 2) for a, c in zip(answers, cases, strict=True)) / len(cases),
        "any_sentence": sum(found_in(a, c, 3) for a, c in zip(answers, cases, strict=True)) / len(cases),
        "sentences": sum(len(answer.citations) for answer in answers) / len(cases),
        "answered": sum(value >= threshold for value in confident) / len(cases),
    }
    for name, whole_article in (("near", False), ("far", True)):
        values = [answer.confidence for answer in without(cases[::every], bot, whole_article=whole_article)]
        figures[f"answered_{name}"] = sum(value >= threshold for value in values) / len(values)
        figures[f"auroc_{name}"] = area_under_curve(confident, values)
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    """Measure every pair of languages, print a table, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=4, help="use every Nth question for near and far (default 4)")
    arguments = parser.parse_args()
    languages = [read(path) for path in arguments.files]
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for documents in languages:
            bot = make_index(documents, Path(folder) / documents.code)
            for asked in languages:
                pair = f"{documents.code}-{asked.code}"
                results[pair] = measure(bot, asked, documents, arguments.every)
                print(pair, results[pair], flush=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
