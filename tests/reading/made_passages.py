"""Passages as retrieval gives them, of made-up sentences with made-up vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa.index.stored import Heading, StoredArticle, StoredPassage
from qa.records import Metadata, Span
from qa.retrieval.search import Question, RankedPassage

DIRECTION = np.eye(1, 16, dtype=np.float32)[0]


def ranked(
    texts: Sequence[str],
    similarities: Sequence[float] | None = None,
    *,
    number: int = 1,
    language: str = "en",
    heading: str = "",
    published: str | None = None,
    alike: float = 0.0,
) -> RankedPassage:
    """A passage of these sentences; ``alike`` is the cosine of any two sentences of all passages."""
    headings = (Heading(Span(0, len(heading)), heading),) if heading else ()
    start = len(heading) + 1 if heading else 0
    spans, place = [], start
    for text in texts:
        spans.append(Span(place, place + len(text)))
        place += len(text) + 1
    count = len(headings) + len(texts)
    own = np.eye(count, 16, k=1 + (number - 1) * 5, dtype=np.float32)
    vectors = np.sqrt(alike) * DIRECTION + np.sqrt(1 - alike) * own
    source = f"{number}.txt"
    passage = StoredPassage(
        number, number, source, start, place, " ".join(texts), tuple(spans), headings, vectors.astype(np.float32)
    )
    metadata = Metadata(title=heading or None, published=published, language=language)
    article = StoredArticle(number, source, f"/{source}", "txt", True, "", metadata, (), (), number, place)
    likeness = np.array(similarities or [0.9] * count, dtype=np.float32)
    return RankedPassage(passage, article, 1.8, 5.0, likeness)


def asked(text: str, language: str = "en") -> Question:
    """A question in the direction that all sentences share."""
    return Question(text, text, language, DIRECTION)
