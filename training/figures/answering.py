"""Does the reader find the sentence and the words that answer, and does it see that there are none?"""

from __future__ import annotations

import json

import numpy as np

from qa.models.reader import Reader
from qa.models.spans import Reading
from qa.records import Span
from qa.text.sentences import split_sentences
from training.figures.development import dev_paragraphs, dev_questions
from training.figures.scores import Figures, auroc, f1
from training.made import made_paragraphs
from training.places import SHARED
from training.retrieved import Asked, asked

FUSION = 0.05
"""How much of the reader's log odds is added to the fused retrieval score."""
READ = 8
"""How many passages are read."""


def answering(reader: Reader, every: int) -> Figures:
    """Choosing sentences of retrieved passages; and telling that the right paragraph was taken away."""
    figures: Figures = {}
    across: dict[str, list[float]] = {}
    for asking, language in (("en", "en"), ("de", "de"), ("de", "en"), ("en", "de")):
        found = [_answer(reader, one, language) for one in asked(asking, language)[::every]]
        values = {
            "first": float(np.mean([one[0] for one in found])),
            "f1": float(np.mean([one[1] for one in found])),
            "removed": auroc([one[2] for one in found], [one[3] for one in found]),
            "removed, span alone": auroc([one[4] for one in found], [one[5] for one in found]),
        }
        for name, value in values.items():
            figures[f"{name} {asking}-{language}"] = value
            if asking != language:
                across.setdefault(name, []).append(value)
    return figures | {f"{name} across": float(np.mean(values)) for name, values in across.items()}


def _answer(reader: Reader, one: Asked, language: str) -> tuple[bool, float, float, float, float, float]:
    """Whether the first sentence holds an answer, F1 of the short one, confidences with and without the paragraph."""
    candidates = one.candidates[: READ + 1]
    readings = reader.read(one.question, [candidate.text for candidate in candidates])
    scored = [
        (FUSION * reading.log_odds(sentence) + candidate.score, place, sentence)
        for place, (candidate, reading) in enumerate(zip(candidates[:READ], readings, strict=False))
        for sentence in split_sentences(candidate.text, Span(0, len(candidate.text)), language)
    ]
    _, place, sentence = max(scored, key=lambda item: item[0])
    text, here = candidates[place].text, candidates[place].paragraph == one.paragraph
    holds = here and any(sentence.start <= start and end <= sentence.end for start, end in one.answers)
    best = readings[place].best(sentence)
    said = "" if best is None else text[best.start : best.end]
    right = next(c.text for c in one.candidates if c.paragraph == one.paragraph) if _was_found(one) else None
    golden = [right[start:end] for start, end in one.answers] if right else []
    with_it = list(zip(candidates, readings, strict=True))[:READ]
    without = [(c, r) for c, r in zip(candidates, readings, strict=True) if c.paragraph != one.paragraph]
    return (
        holds,
        max((f1(said, answer) for answer in golden), default=0.0),
        max(FUSION * r.margin + c.score for c, r in with_it),
        max(FUSION * r.margin + c.score for c, r in without),
        max(r.margin for _, r in with_it),
        max(r.margin for _, r in without),
    )


def _was_found(one: Asked) -> bool:
    return any(candidate.paragraph == one.paragraph for candidate in one.candidates)


def german_spans(reader: Reader, every: int) -> Figures:
    """German questions on the right German paragraph: F1 of the span, and whether its sentence holds the answer."""
    lines = (SHARED / "data" / "mlqa-dev.de.jsonl").read_text(encoding="utf-8").splitlines()
    scores, holds = [], []
    for row in map(json.loads, lines[::every]):
        question, start = row["question"], row["answers"]["answer_start"][0]
        end = start + len(row["answers"]["text"][0])
        reading = reader.read(question, [row["context"]])[0]
        best = reading.best()
        scores.append(0.0 if best is None else f1(row["context"][best.start : best.end], row["context"][start:end]))
        chosen = _best_sentence(reading, row["context"], "de")
        holds.append(chosen.start <= start and end <= chosen.end)
    return {"mlqa f1": float(np.mean(scores)), "mlqa sentence": float(np.mean(holds))}


def _best_sentence(reading: Reading, text: str, language: str) -> Span:
    return max(split_sentences(text, Span(0, len(text)), language), key=reading.log_odds)


def unanswerable(reader: Reader, every: int) -> Figures:
    """Questions that their paragraph answers against questions that it only seems to answer."""
    margins: dict[bool, list[float]] = {True: [], False: []}
    for question, context, answerable in dev_questions()[:: 4 * every]:
        margins[answerable].append(reader.read(question, [context])[0].margin)
    return {"unanswerable": auroc(margins[True], margins[False])}


def lists(reader: Reader, every: int) -> Figures:
    """F1 of short answers where the right one names three things or more."""
    scores = []
    for paragraph in made_paragraphs("dev", dev_paragraphs()):
        if paragraph.name == "made-lists":
            for question in paragraph.questions:
                best = reader.read(question.text, [paragraph.context])[0].best()
                found = "" if best is None else paragraph.context[best.start : best.end]
                scores.append(f1(found, paragraph.context[question.start : question.end]))
    return {"lists": float(np.mean(scores[::every]))}
