"""Citations: exact quotations, checked against the source before anyone sees them.

Knows how a span becomes a citation with its copies and its place in the original. Does not know why it was chosen.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.index.reader import IndexReader
from qa.index.stored import StoredArticle
from qa.reading.choosing import Candidate
from qa.records import Citation, CopySpan, Relation, Span
from qa.retrieval.search import Retriever, aligned_sentence

_log = logging.getLogger(__name__)


class Citer:
    """Makes the citations of one answer. ``problems`` collects, for the notes, why a citation was dropped."""

    def __init__(self, index: IndexReader, retriever: Retriever) -> None:
        self._index = index
        self._retriever = retriever
        self._relations: dict[frozenset[str], Relation] | None = None
        self._texts: dict[str, str | None] = {}
        self.problems: list[str] = []

    def cite(
        self, number: int, article: StoredArticle, span: Span, vector: NDArray[np.float32] | None
    ) -> Citation | None:
        """Quote a span of an article.

        Args:
            number: the citation's number in the answer.
            article: where it is from.
            span: what to quote.
            vector: the unit vector of the quoted sentence, by which copies of it are found; ``None`` to name none.

        Returns:
            The citation, or ``None`` if the source no longer has these characters there; ``problems`` then says so.
        """
        quote = self._checked_quote(article, span)
        if quote is None:
            return None
        return Citation(
            number=number,
            source=article.source,
            title=article.metadata.title,
            published=article.metadata.published,
            language=article.metadata.language,
            start=span.start,
            end=span.end,
            quote=quote,
            locator=_locator(article, span),
            also_in=() if vector is None else self._copies(article, quote, vector),
        )

    def cite_answer(self, number: int, candidate: Candidate) -> Citation | None:
        """Quote a sentence that was chosen, with the words in it that answer; as ``cite``."""
        citation = self.cite(number, candidate.ranked.article, candidate.span, candidate.vector)
        if citation is None or candidate.answer is None:
            return citation
        return replace(citation, answers=(candidate.answer,))

    def number_of(self, candidate: Candidate, citations: list[Citation]) -> int | None:
        """The number under which an answer quotes a sentence, which is quoted now if it was not yet.

        Args:
            candidate: the sentence.
            citations: the answer's, in order; a new one is appended.

        Returns:
            The number, or ``None`` if the sentence no longer stands in its source.
        """
        for citation in citations:
            if (citation.source, citation.start) == candidate.place:
                return citation.number
        made = self.cite_answer(len(citations) + 1, candidate)
        if made is None:
            return None
        citations.append(made)
        return made.number

    def _checked_quote(self, article: StoredArticle, span: Span) -> str | None:
        """The indexed characters, provided that the source still has them there."""
        quote = self._index.article_text(article.id, span.start, span.end)
        if not article.verbatim:
            return quote or None
        text = self._text_on_disk(article)
        if text is not None and quote and text[span.start : span.end] == quote:
            return quote
        problem = f"{article.source} was changed or removed after it was indexed; run `qa index`"
        if problem not in self.problems:
            self.problems.append(problem)
        _log.warning("dropped a citation of %s at %d:%d: the file differs", article.source, span.start, span.end)
        return None

    def _text_on_disk(self, article: StoredArticle) -> str | None:
        if article.path not in self._texts:
            try:
                self._texts[article.path] = Path(article.path).read_bytes().decode("utf-8")
            except (OSError, UnicodeDecodeError):
                self._texts[article.path] = None
        return self._texts[article.path]

    def _copies(self, article: StoredArticle, quote: str, vector: NDArray[np.float32]) -> tuple[CopySpan, ...]:
        copies: list[CopySpan] = []
        for other in self._retriever.copies_of(article):
            span = self._same_words(other, quote) or aligned_sentence(vector, self._index.passages_of(other.id))
            words = self._checked_quote(other, span) if span is not None else None
            if span is not None and words is not None:
                relation = self._relation(article, other)
                copies.append(CopySpan(other.source, other.metadata.language, relation, span.start, span.end, words))
        return tuple(copies)

    def _same_words(self, other: StoredArticle, quote: str) -> Span | None:
        for passage in self._index.passages_of(other.id):
            place = passage.text.find(quote)
            if place >= 0:
                return Span(passage.start + place, passage.start + place + len(quote))
        return None

    def _relation(self, article: StoredArticle, other: StoredArticle) -> Relation:
        """How two articles of one group are related; at second hand, by their languages."""
        if self._relations is None:
            self._relations = {frozenset((pair.first, pair.second)): pair.relation for pair in self._index.copies()}
        known = self._relations.get(frozenset((article.source, other.source)))
        if known is not None:
            return known
        return "near-duplicate" if article.metadata.language == other.metadata.language else "translation"


def _locator(article: StoredArticle, span: Span) -> str | None:
    """The last section that begins at or before the span, such as "page 3"."""
    before = [section.locator for section in article.sections if section.start <= span.start]
    return before[-1] if before else None
