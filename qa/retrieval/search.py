"""Hybrid retrieval: passages by meaning and by words, their scores fused, copies collapsed.

Knows how the two kinds of evidence become one score. Does not know which sentence answers, or how an answer looks.

The fused score of a passage is the sum of its own similarity to the question, the similarity of its best sentence
(late interaction over sentences rather than tokens, after Khattab and Zaharia's ColBERT, 2020) and its BM25 score,
weighted so that it matters as much as the other two: on the development data the weight is flat between 0.005 and 0.02.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from qa.errors import InputError
from qa.index.duplicates import best_alignment
from qa.index.reader import IndexReader
from qa.index.stored import StoredArticle, StoredPassage
from qa.records import Hit, Span
from qa.text.names import name_matches
from qa.text.words import query_terms

LONGEST_QUESTION = 2000
"""Code points."""
_LOUD_WORDS = 3
"""Words from which capitals are a manner of speaking rather than an abbreviation."""
_BM25_WEIGHT = 0.01
_SCORE_MIDPOINT = 1.75
_SCORE_SLOPE = 14.0
"""Map the fused score to 0..1 for display; unrelated texts reach about 1.6 with this model and answers 1.8 and more."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question, ready to be searched with.

    Attributes:
        text: as it was asked.
        topic: the words to search with: the text and its context, or less where it is about an article itself.
        language: ISO 639-1 code.
        vector: the topic's unit vector, shape (d,).
        context: words of an earlier question that ride along.
        parts: the questions that this one asks, where it asks more than one.
    """

    text: str
    topic: str
    language: str
    vector: NDArray[np.float32]
    context: str = ""
    parts: tuple[Question, ...] = ()

    @property
    def to_read(self) -> str:
        """As the reader is asked it: with what rides along behind it, and capitals in small letters."""
        return quiet(f"{self.text} {self.context}".strip())

    @property
    def in_full(self) -> str:
        """What was asked, with what rode along in brackets."""
        return f"{self.text} ({self.context})" if self.context else self.text


def quiet(text: str) -> str:
    """A text in small letters if it is all in capitals: networks cut names in them into other tokens."""
    loud = text.isupper() and len(text.split()) >= _LOUD_WORDS
    return text[:1] + text[1:].lower() if loud else text


def check_question(text: str) -> None:
    """Raise ``InputError`` if this is nothing that can be asked."""
    if not text.strip():
        raise InputError("the question is empty", "ask something, for example: qa ask 'Who met whom, and when?'")
    if len(text) > LONGEST_QUESTION:
        raise InputError(
            f"the question has {len(text)} characters, more than {LONGEST_QUESTION}", "ask something shorter"
        )


class Filters(TypedDict, total=False):
    """What an answer may draw on, as ``Assistant.ask`` takes it. What is left out does not narrow anything.

    Attributes:
        sources: globs of the only sources to use.
        after: ISO date; only articles published then or later.
        before: ISO date; only articles published then or earlier. An article of unknown date is outside every range.
        k: how many passages.
        context: words of an earlier question that ride along when passages are looked for.
    """

    sources: Sequence[str]
    after: str | None
    before: str | None
    k: int | None
    context: str


def accepting(filters: Filters) -> Callable[[StoredArticle], bool]:
    """Tells whether an article may be used.

    Raises:
        InputError: a date is not one.
    """
    globs, after, before = filters.get("sources"), filters.get("after"), filters.get("before")
    for day in (after, before):
        try:
            date.fromisoformat(day or "2000-01-01")
        except ValueError:
            raise InputError(f"{day!r} is not a date", "give it like 2023-09-17") from None

    def accept(article: StoredArticle) -> bool:
        if globs and not any(name_matches(article.source, glob) for glob in globs):
            return False
        published = article.metadata.published
        if published is None:
            return after is None and before is None
        return (after is None or published >= after) and (before is None or published <= before)

    return accept


@dataclass(frozen=True, slots=True, eq=False)
class RankedPassage:
    """A passage with its evidence.

    Attributes:
        passage: the passage, with sentences and their vectors.
        article: the article it is from.
        similarity: similarity of the passage plus that of its best line, about 1.4 to 1.9.
        bm25: 0 or more.
        line_similarities: cosine of each heading and sentence, shape (headings + sentences,).
    """

    passage: StoredPassage
    article: StoredArticle
    similarity: float
    bm25: float
    line_similarities: NDArray[np.float32]

    @property
    def fused(self) -> float:
        """What passages are ranked by."""
        return self.similarity + _BM25_WEIGHT * self.bm25

    def sentence(self, span: Span) -> str:
        """The text of one of the passage's sentences."""
        return self.passage.text[span.start - self.passage.start : span.end - self.passage.start]

    def to_hit(self) -> Hit:
        """As shown to people and programs, with a score from 0 to 1."""
        score = 1 / (1 + math.exp(_SCORE_SLOPE * (_SCORE_MIDPOINT - self.fused)))
        return Hit(self.passage.source, self.passage.start, self.passage.end, self.passage.text, score)


class Retriever:
    """Searches one index."""

    def __init__(self, reader: IndexReader, candidates: int) -> None:
        """Use ``reader``, taking ``candidates`` passages from each of the two searches."""
        self._reader = reader
        self._candidates = candidates
        self._articles = {article.id: article for article in reader.articles()}
        self._languages = {article.metadata.language for article in self.articles}
        self._versions: dict[int, list[StoredArticle]] = {}
        for article in self.articles:
            self._versions.setdefault(article.group, []).append(article)

    @property
    def articles(self) -> Collection[StoredArticle]:
        """All indexed articles, sorted by source."""
        return self._articles.values()

    def article(self, source: str) -> StoredArticle:
        """An article by its source, which may be shortened as long as it fits only one.

        Raises:
            InputError: no source or more than one fits.
        """
        fitting = [article for article in self.articles if name_matches(article.source, source)]
        chosen = [article for article in fitting if article.source == source] or fitting
        if len(chosen) != 1:
            names = ", ".join(article.source for article in fitting[:5])
            raise InputError(
                f"{len(fitting)} indexed articles fit {source!r}: {names}" if fitting else f"{source!r} is not indexed",
                "`qa sources` lists what is",
            )
        return chosen[0]

    def retrieve(self, question: Question, filters: Filters, k: int) -> list[RankedPassage]:
        """The ``k`` best passages, best first; of copies only one, in the question's language if there is one.

        Raises:
            InputError: ``k`` is less than one, or a date is none.
        """
        if k < 1:
            raise InputError(f"{k} passages cannot be retrieved", "ask for 1 or more")
        accept = accepting(filters)
        narrowed = any(filters.get(name) for name in ("sources", "after", "before"))
        chosen = [item.id for item in self.articles if accept(item)] if narrowed else None
        if chosen == []:
            return []
        terms = query_terms(question.topic, question.language, self._languages)
        count = max(self._candidates, 2 * k)
        by_meaning = self._reader.nearest(question.vector, count, chosen)
        by_words = dict(self._reader.matching(terms, count, chosen)) if terms else {}
        identifiers = {identifier for identifier, _ in by_meaning} | by_words.keys()
        ranked = sorted(
            (
                self._rank(passage, question, by_words.get(identifier, 0.0))
                for identifier, passage in self._reader.passages(identifiers).items()
            ),
            key=lambda item: (-item.fused, item.passage.source, item.passage.start),
        )
        kept = self._without_copies(ranked, question, accept, k)
        return sorted(kept, key=lambda item: (-item.fused, item.passage.source, item.passage.start))

    def mentioning(self, question: Question, filters: Filters) -> list[RankedPassage]:
        """Every passage that has a word of the question's topic, or is near to it, in order of source and place."""
        accept = accepting(filters)
        chosen = [item.id for item in self.articles if accept(item)]
        terms = query_terms(question.topic, question.language, self._languages)
        found = dict(self._reader.matching(terms, self._reader.info.passages, chosen))
        near = [identifier for identifier, _ in self._reader.nearest(question.vector, self._candidates, chosen)]
        passages = self._reader.passages({*found, *near}).items()
        ranked = [self._rank(passage, question, found.get(identifier, 0.0)) for identifier, passage in passages]
        return sorted(ranked, key=lambda item: (item.passage.source, item.passage.start))

    def _rank(self, passage: StoredPassage, question: Question, bm25: float) -> RankedPassage:
        similarities = passage.line_vectors @ question.vector
        lengths = np.array([span.end - span.start for span in passage.lines], dtype=np.float32)
        mean = lengths @ passage.line_vectors
        whole = float(mean @ question.vector / max(float(np.linalg.norm(mean)), 1e-9))
        best = float(similarities.max(initial=-1.0))
        return RankedPassage(passage, self._articles[passage.article_id], whole + best, bm25, similarities)

    def _without_copies(
        self, ranked: Sequence[RankedPassage], question: Question, accept: Callable[[StoredArticle], bool], k: int
    ) -> Iterable[RankedPassage]:
        """Keep the first ``k`` passages, putting the preferred version of an article in the place of its copies."""
        by_id = {item.passage.id: item for item in ranked}
        kept: dict[int, RankedPassage] = {}
        for item in ranked:
            if len(kept) == k:
                break
            preferred = min(
                (version for version in self._versions[item.article.group] if accept(version)),
                key=lambda version: (version.metadata.language != question.language, version.source),
            )
            twin = None if preferred.id == item.article.id else self._passage_saying_the_same(item, preferred)
            if twin is None:
                kept.setdefault(item.passage.id, item)
            elif twin.id not in kept:
                kept[twin.id] = by_id.get(twin.id) or self._rank(twin, question, 0.0)
        return kept.values()

    def _passage_saying_the_same(self, item: RankedPassage, article: StoredArticle) -> StoredPassage | None:
        """The passage of another version that says what this one's best sentence says."""
        similarities = item.line_similarities[len(item.passage.headings) :]
        vector = item.passage.sentence_vectors[int(similarities.argmax())]
        passages = self._reader.passages_of(article.id)
        found = aligned_sentence(vector, passages)
        return next((p for p in passages if found is not None and p.start <= found.start < p.end), None)

    def sentence_vector(self, article: StoredArticle, span: Span) -> NDArray[np.float32] | None:
        """The vector, shape (d,), of the first sentence that a span touches; ``None`` where it is page furniture."""
        for passage in self._reader.passages_of(article.id):
            for sentence, vector in zip(passage.sentences, passage.sentence_vectors, strict=True):
                if sentence.start < span.end and span.start < sentence.end:
                    found: NDArray[np.float32] = vector
                    return found
        return None

    def copies_of(self, article: StoredArticle) -> Iterator[StoredArticle]:
        """The other articles of an article's group, sorted by source."""
        return (other for other in self._versions[article.group] if other.id != article.id)


def aligned_sentence(vector: NDArray[np.float32], passages: Iterable[StoredPassage]) -> Span | None:
    """The sentence of these passages that says what ``vector`` (shape (d,)) says, if one does."""
    found = [best_alignment(vector, passage.sentences, passage.sentence_vectors) for passage in passages]
    return max((match for match in found if match is not None), key=lambda match: match[1], default=(None, 0.0))[0]
