"""What a real model's answers are worth after checking, on questions in SQuAD's format.

    .venv/bin/python benchmarks/written_answers.py [--questions 120] [--data ../shared/data]

Starts a real Ollama server with the small model of the tests, which is far too small to answer well: what it makes up
shows what gets through. Questions are English and German, on articles in English and German. Printed, and written to
``results/written-answers.json``:

- of the sentences shown as supported, how many have every number and every capitalised word in the quoted sentences:
  looked up letter by letter where claim and source share a language, otherwise numbers by ``qa/reading/guards.py``;
- citation recall and precision, defined as by Gao et al. 2023 (ALCE, arXiv 2305.14627): recall is the share of
  sentences that their citations support together; precision the share of citations that support by themselves, or
  without which the rest does not. Support is told by this program's verifier, and again by exact containment: every
  word of the sentence stands in the cited text. Once for the passages that the model cited, once for the sentences
  shown. (What is shown as supported is so by the verifier by definition; there the other two figures tell more.)
- how often the model's answer stood, was replaced by a quotation, or was a refusal, and how often the answer is right.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from machine import describe
from qa import Assistant, Settings
from qa.answering.model_text import read_sentences
from qa.models import make_reader
from qa.reading.guards import missing
from qa.reading.support import SourceSentence, Verifier, make_verifier
from qa.records import Answer
from qa.text.language import detect
from qa.text.words import fold, stem, words
from quality import Case, Language, make_index, read

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
_CAPITALISED = re.compile(r"(?<!^)(?<![.!?:\"“„»]\s)\b[A-ZÄÖÜ][\w’'-]+|\d[\d.,]*\d|\d")

Cited = tuple[str, str, list[tuple[str, str | None]]]
"""A sentence, its language, and the texts that it cites with their languages."""
Judge = Callable[[str, str, Sequence[tuple[str, str | None]]], bool]


def contained(claim: str, language: str, texts: Sequence[tuple[str, str | None]]) -> bool:
    """Whether every word of the claim stands in the texts."""
    there = {stemmed for text, of in texts for stemmed in stem(words(text), of)}
    return bool(texts) and set(stem(words(claim), language)) <= there


def verified(verifier: Verifier) -> Judge:
    """The program's own verifier, over all that is cited."""

    def judge(claim: str, language: str, texts: Sequence[tuple[str, str | None]]) -> bool:
        sources = [
            SourceSentence(sentence, of, continues=number > 0)
            for text, of in texts
            for number, sentence in enumerate(re.split(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ„\"“])", text))
        ]
        return bool(sources) and verifier.check(claim, language, sources, range(len(sources))).supported

    return judge


def recall_and_precision(sentences: Sequence[Cited], judge: Judge) -> dict[str, float]:
    """ALCE's citation recall and precision over sentences with their language and cited texts."""
    recall: list[bool] = []
    precision: list[bool] = []
    for claim, language, cited in sentences:
        whole = judge(claim, language, cited)
        recall.append(whole)
        for number in range(len(cited)):
            alone = judge(claim, language, [cited[number]])
            rest = [text for other, text in enumerate(cited) if other != number]
            precision.append(whole and (alone or not judge(claim, language, rest)))
    return {
        "recall": round(float(np.mean(recall)), 4) if recall else 0.0,
        "precision": round(float(np.mean(precision)), 4) if precision else 0.0,
        "sentences": len(recall),
        "citations": len(precision),
    }


def particulars_outside(answer: Answer) -> list[str]:
    """Numbers and names of sentences shown as supported that the quoted sentences do not have."""
    outside = []
    for sentence in answer.sentences:
        cited = [citation for citation in answer.citations if citation.number in sentence.citations]
        if not sentence.supported or answer.engine == "quote":
            continue
        text = " ".join(citation.quote for citation in cited)
        language = detect(sentence.text, answer.language)  # asked in one language, the model may answer in another
        if {citation.language for citation in cited} == {language}:
            there = set(stem([fold(word) for word in re.findall(r"[\w.,’'-]+", text)], language))
            there |= (
                {word.strip(".,") for word in there}
                | set(re.findall(r"[0-9]+", text))
                | set(stem(words(text), language))
            )
            outside += [
                f"{found} | {sentence.text} | {text}"
                for found in _CAPITALISED.findall(sentence.text)
                if not set(stem(words(found), language)) <= there
            ]
        else:
            lacking = missing(sentence.text, language, text, cited[0].language)
            outside += [f"{one} | {sentence.text} | {text}" for one in lacking]
    return outside


def ask(bot: Assistant, question: str) -> tuple[str, Answer]:
    """What the model wrote, and the checked answer."""
    draft = ""
    for event in bot.stream(question, "ollama"):
        if isinstance(event, Answer):
            return (draft, event)
        draft += event
    raise RuntimeError("no answer came")


def record(answer: Answer) -> dict[str, Any]:
    """What is kept of an answer: what the model wrote and where it points, but none of the data's own text."""
    return {
        "engine": answer.engine,
        "status": answer.status,
        "sentences": [
            {"text": s.text, "support": round(s.support, 3), "supported": s.supported, "citations": s.citations}
            for s in answer.sentences
            if answer.engine == "ollama"
        ],
        "citations": [
            {"source": "/".join(Path(c.source).parts[-2:]), "start": c.start, "end": c.end} for c in answer.citations
        ],
        "notes": answer.notes,
        "seconds": round(answer.timings_ms["total"] / 1000, 2),
    }


def choose(asked: Language, told: Language, count: int) -> list[tuple[Case, Case]]:
    """Questions of one language with the places of their answers in another."""
    pairs = list(zip(asked.cases, told.cases, strict=True))
    return random.Random(17).sample(pairs, count)


def main() -> None:
    sys.path.insert(0, str(ROOT / "tests"))
    from ollama_model import MODEL, running_ollama  # the tests' own server and model

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=120)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--answers", type=Path, help="write every answer here, as JSON lines; may copy the data's text")
    options = parser.parse_args()
    languages = {code: read(options.data / f"xquad-dev.{code}.json") for code in ("en", "de")}
    parts = {("en", "en"): 0.4, ("de", "de"): 0.3, ("de", "en"): 0.15, ("en", "de"): 0.15}
    answers: list[dict[str, Any]] = []
    verifier = make_verifier(make_reader(Settings()), trusted=False)
    shown: list[Cited] = []
    as_written: list[Cited] = []
    outside: list[str] = []
    with running_ollama() as server, tempfile.TemporaryDirectory() as folder:
        indexes = {code: make_index(language, Path(folder) / code) for code, language in languages.items()}
        for (asked, told), share in parts.items():
            index = indexes[told].settings.index_dir
            settings = Settings.model_validate(
                {
                    "index_dir": index,
                    "ollama_host": server.host,
                    "llm": {"model": MODEL, "passages": 3, "max_tokens": 160},
                }
            )
            with Assistant(settings) as bot:
                for question, place in choose(languages[asked], languages[told], round(share * options.questions)):
                    draft, answer = ask(bot, question.question)
                    outside += particulars_outside(answer)
                    gold = [languages[told].paragraphs[place.source][start:end] for start, end in place.answers]
                    right = any(fold(text) in fold(answer.text) for text in gold)
                    answers.append({"asked": asked, "told": told, "right": right, **record(answer)})
                    print(f"{asked}-{told} {'right' if right else 'wrong'} {answer.engine} {answer.text[:110]}")
                    as_written += [
                        (s.text, answer.language, [(answer.passages[n - 1].text, told) for n in s.cited])
                        for s in read_sentences(draft, settings.llm.passages, answer.language)
                    ]
                    if answer.engine == "ollama":
                        shown += [
                            (
                                sentence.text,
                                answer.language,
                                [(c.quote, c.language) for c in answer.citations if c.number in sentence.citations],
                            )
                            for sentence in answer.sentences
                        ]
    written = [a for a in answers if a["engine"] == "ollama" and a["status"] == "answered"]
    supported = sum(s["supported"] for a in written for s in a["sentences"])
    replaced = Counter(next(iter(a["notes"]), "")[:60] for a in answers if a["engine"] == "quote")
    summary = {
        "questions": len(answers),
        "written": len(written),
        "refused": sum(a["status"] == "refused" for a in answers),
        "quoted_instead": dict(replaced),
        "sentences": sum(len(a["sentences"]) for a in written),
        "shown_as_supported": supported,
        "with_a_particular_outside_the_quotes": len(outside),
        "right": {
            "-".join(pair): round(float(np.mean([a["right"] for a in answers if (a["asked"], a["told"]) == pair])), 3)
            for pair in parts
        },
        "citations_as_written_by_verifier": recall_and_precision(as_written, verified(verifier)),
        "citations_as_written_by_containment": recall_and_precision(as_written, contained),
        "citations_as_shown_by_verifier": recall_and_precision(shown, verified(verifier)),
        "citations_as_shown_by_containment": recall_and_precision(shown, contained),
        "median_seconds": round(float(np.median([a["seconds"] for a in answers])), 1),
    }  # fmt: skip
    print(json.dumps(summary, indent=1, ensure_ascii=False))
    for line in outside:
        print("outside:", line)
    report = {"machine": describe(ROOT), **summary}
    (RESULTS / "written-answers.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if options.answers is not None:
        lines = "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
        options.answers.write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
