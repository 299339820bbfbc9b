"""Checks a text of somebody's own against the articles: each sentence supported, contradicted, or not said.

Knows how the evidence for a sentence is found. Does not know how a claim is judged, or how a check is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.answering.citing import Citer
from qa.answering.finding import prepare
from qa.answering.quoting import QuotingAnswerer
from qa.errors import InputError
from qa.models.vectors import Embedder
from qa.reading.choosing import Candidate, unread
from qa.reading.support import CONTRADICTED, SourceSentence, Support, Verifier
from qa.records import Check, CheckedSentence, Citation, Span, Verdict
from qa.retrieval.search import LONGEST_QUESTION, Filters, Question, Retriever
from qa.text.language import detect
from qa.text.sentences import split_sentences

LONGEST_TEXT = 50_000
"""Code points."""
_PASSAGES = 6
_NEAREST = 5
"""Sentences that a claim is compared with, each with its neighbours."""


def check_text(text: str) -> None:
    """Raise ``InputError`` if this is no text that can be checked."""
    if not text.strip():
        raise InputError("there is no text to check", "give a text with a sentence or more")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"the text has {len(text)} characters, more than {LONGEST_TEXT}", "check it in parts")


class Checker:
    """Checks texts against one open index."""

    def __init__(self, retriever: Retriever, quoting: QuotingAnswerer, verifier: Verifier, embedder: Embedder) -> None:
        self._retriever = retriever
        self._quoting = quoting
        self._verifier = verifier
        self._embedder = embedder

    def check(self, text: str, filters: Filters) -> Check:
        """Every sentence of a text, with its verdict and the quotes that speak for or against it."""
        language = detect(text)
        spans = [one for one in split_sentences(text, Span(0, len(text)), language) if _is_worth_asking(text, one)]
        claims = [text[span.start : span.end][:LONGEST_QUESTION] for span in spans]
        citer, citations = self._quoting.citer(), list[Citation]()
        sentences = [
            self._sentence(question, span, filters, citer, citations)
            for question, span in zip(prepare(claims, "", self._embedder), spans, strict=True)
        ]
        return Check(tuple(sentences), tuple(citations), language, tuple(citer.problems))

    def _sentence(
        self, question: Question, span: Span, filters: Filters, citer: Citer, citations: list[Citation]
    ) -> CheckedSentence:
        ranked = self._retriever.retrieve(question, filters, _PASSAGES)
        chosen = _with_neighbours(unread(question, ranked))
        sources = [
            SourceSentence(one.text, one.ranked.article.metadata.language, continues=_follows(chosen, number))
            for number, one in enumerate(chosen)
        ]
        support = self._verifier.check(question.text, question.language, sources, range(len(sources)))
        verdict = _verdict(support)
        numbers = [] if verdict == "not said" else [citer.number_of(chosen[i], citations) for i in support.evidence]
        cited = tuple(number for number in numbers if number is not None)
        return CheckedSentence(
            question.text,
            span.start,
            span.end,
            verdict if cited else "not said",
            support.score,
            support.contradiction,
            cited,
        )


def _is_worth_asking(text: str, span: Span) -> bool:
    return any(character.isalnum() for character in text[span.start : span.end])


def _verdict(support: Support) -> Verdict:
    if support.supported:
        return "supported"
    return "contradicted" if support.contradiction >= CONTRADICTED else "not said"


def _with_neighbours(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The nearest sentences, and those directly before and behind them, in the order of passages and lines."""
    by_line = {(one.ranked.passage.id, one.line): one for one in candidates}
    wanted = {
        (one.ranked.passage.id, line)
        for one in candidates[:_NEAREST]
        for line in (one.line - 1, one.line, one.line + 1)
        if (one.ranked.passage.id, line) in by_line
    }
    return [by_line[key] for key in sorted(wanted)]


def _follows(chosen: Sequence[Candidate], number: int) -> bool:
    before = chosen[number - 1] if number else None
    one = chosen[number]
    return before is not None and (before.ranked.passage.id, before.line + 1) == (one.ranked.passage.id, one.line)
