"""The reading half of the flow: retrieve -> answer -> cite.

Knows how retrieved passages become an ``Answer``. Does not know how passages are found or sentences chosen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from qa.article_facts import find_article_fact
from qa.cite import Citer
from qa.errors import InputError
from qa.index import IndexReader
from qa.messages import refusal
from qa.questions import ArticleFact, article_fact
from qa.quote import Selection, select
from qa.records import Answer, AnswerSentence, Citation
from qa.retrieve import Filters, Question, RankedPassage, Retriever
from qa.settings import Settings, fingerprint

_ENGINES = ("auto", "quote")


def check_engine(engine: str) -> None:
    """Raise ``InputError`` if there is no such answerer."""
    if engine not in _ENGINES:
        raise InputError(f"there is no engine {engine!r}", f"use one of: {', '.join(_ENGINES)}")


@dataclass(frozen=True, slots=True)
class _Draft:
    """What an answerer came up with: citations to quote, how sure it is, and what the reader should know."""

    citations: tuple[Citation, ...]
    confidence: float
    notes: tuple[str, ...] = ()


class QuotingAnswerer:
    """Answers from one open index by quotation, or refuses."""

    def __init__(self, reader: IndexReader, retriever: Retriever, settings: Settings) -> None:
        """Use an index that stays open as long as this is used."""
        self._reader = reader
        self._settings = settings
        self._retriever = retriever
        self._groups = {article.source: article.group for article in self._retriever.articles}
        self._fingerprint = fingerprint([reader.info.content_hash, settings.answer_fingerprint()])

    def answer(self, question: Question, filters: Filters, passages: int, prepared_ms: float) -> Answer:
        """Answer one question.

        Args:
            question: with its vector.
            filters: which articles may be used.
            passages: how many the answer may draw on.
            prepared_ms: milliseconds spent on this question before, reported as part of retrieval.
        """
        clock = _Clock(prepared_ms)
        ranked = self._retriever.retrieve(question, filters, passages)
        clock.lap("retrieve")
        selection = select(question, ranked, self._retriever.term_weights, self._settings.answer.max_sentences)
        clock.lap("answer")
        draft = self._draft(question, ranked, selection)
        clock.lap("verify")
        sentences = tuple(
            AnswerSentence(" ".join(citation.quote.split()), (citation.number,), support=1.0, supported=True)
            for citation in draft.citations
        )
        return Answer(
            question=question.text,
            language=question.language,
            status="answered" if sentences else "refused",
            text=" ".join(_marked(sentence) for sentence in sentences) or refusal(question.language),
            sentences=sentences,
            citations=draft.citations,
            independent_sources=len({self._groups[citation.source] for citation in draft.citations}),
            passages=tuple(item.to_hit() for item in ranked),
            confidence=draft.confidence,
            engine="quote",
            fingerprint=self._fingerprint,
            notes=draft.notes,
            timings_ms=clock.timings(),
        )

    def _draft(self, question: Question, ranked: Sequence[RankedPassage], selection: Selection) -> _Draft:
        fact = article_fact(question.text)
        if fact is not None:
            return self._about_article(fact, question, ranked, selection.confidence)
        if selection.confidence < self._settings.answer.threshold:
            return _Draft((), selection.confidence)
        citer = Citer(self._reader, self._retriever)
        citations: list[Citation] = []
        for candidate in selection.sentences:
            citation = citer.cite(len(citations) + 1, candidate.ranked.article, candidate.span, candidate.vector)
            if citation is not None:
                citations.append(citation)
        return _checked(citations, selection.confidence, citer)

    def _about_article(
        self, fact: ArticleFact, question: Question, ranked: Sequence[RankedPassage], confidence: float
    ) -> _Draft:
        """Answer a question about an article itself: the one that the question is about, or the only one there is."""
        groups = {item.article.group for item in ranked}
        if question.topic == question.text and len(groups) == 1:
            confidence = 1.0
        threshold = self._settings.answer.threshold
        if confidence < threshold:
            note = ("name what the article is about, or choose it with --source",) if len(groups) > 1 else ()
            return _Draft((), confidence, note)
        found = find_article_fact(fact, ranked[0].article, self._retriever)
        if found is None:
            return _Draft((), confidence * threshold, (f"{ranked[0].article.source} does not say this of itself",))
        citer = Citer(self._reader, self._retriever)
        citation = citer.cite(1, *found, vector=None)
        return _checked([citation] if citation is not None else [], confidence, citer)


def _checked(citations: Sequence[Citation], confidence: float, citer: Citer) -> _Draft:
    """What is left after comparing the quotes with their sources; nothing left is a refusal."""
    return _Draft(tuple(citations), confidence if citations else 0.0, tuple(citer.problems))


def _marked(sentence: AnswerSentence) -> str:
    return sentence.text + " " + "".join(f"[{number}]" for number in sentence.citations)


class _Clock:
    """Milliseconds of each stage."""

    def __init__(self, prepared_ms: float) -> None:
        self._last = time.perf_counter()
        self._laps: dict[str, float] = {"retrieve": prepared_ms}

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self._laps[stage] = self._laps.get(stage, 0.0) + 1000 * (now - self._last)
        self._last = now

    def timings(self) -> dict[str, float]:
        """Each stage and the total."""
        return {**self._laps, "total": sum(self._laps.values())}
