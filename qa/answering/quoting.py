"""The reading half of the flow without an LLM: retrieve -> answer by quotation -> cite.

Knows how retrieved passages become an ``Answer``. Does not know how passages are found or sentences chosen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answering import ENGINES
from qa.answering.article_facts import ArticleFact, article_fact, find_article_fact
from qa.answering.citing import Citer
from qa.answering.remarks import DisputeFinder, Disputes, date_notes
from qa.errors import InputError
from qa.index.reader import IndexReader
from qa.phrases import refusal
from qa.reading.answers import Selection, select
from qa.records import Answer, AnswerSentence, Citation
from qa.retrieval.search import Filters, Question, RankedPassage, Retriever
from qa.settings import Settings, fingerprint

UNSUPPORTED_MARK = "[?]"
"""What stands in an answer's text where a sentence that no source supports would have its citations."""


def check_engine(engine: str) -> tuple[str, str]:
    """An engine's name, and the model that is named behind it (``ollama:llama3.2``), or nothing.

    Raises:
        InputError: there is no such answerer.
    """
    name, colon, model = engine.partition(":")
    if name not in ENGINES or (colon and (ENGINES[name].llm != "always" or not model)):
        raise InputError(f"there is no engine {engine!r}", f"use one of: {', '.join(ENGINES)}, ollama:MODEL")
    return name, model


class Clock:
    """Milliseconds of each stage of one answer."""

    def __init__(self, prepared_ms: float) -> None:
        """Begin, with the milliseconds already spent on the question; they count as retrieval."""
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


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to answer a question with: passages, best first, and the sentences that would be quoted."""

    question: Question
    filters: Filters
    ranked: Sequence[RankedPassage]
    selection: Selection
    clock: Clock


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
        self._dispute_finder = DisputeFinder(reader, retriever)
        self._fingerprint = fingerprint([reader.info.content_hash, settings.answer_fingerprint()])

    def find(self, question: Question, filters: Filters, passages: int, prepared_ms: float) -> Found:
        """Retrieve for one question.

        Args:
            question: with its vector.
            filters: which articles may be used.
            passages: how many the answer may draw on.
            prepared_ms: milliseconds spent on this question before, reported as part of retrieval.
        """
        clock = Clock(prepared_ms)
        ranked = self._retriever.retrieve(question, filters, passages)
        clock.lap("retrieve")
        selection = select(question, ranked, self._retriever.term_weights, self._settings.answer.max_sentences)
        return Found(question, filters, ranked, selection, clock)

    def answer(self, found: Found, notes: Sequence[str] = ()) -> Answer:
        """Quote from what was found, or refuse; ``notes`` come before those of the answer itself."""
        found.clock.lap("answer")
        draft = self._draft(found.question, found.ranked, found.selection)
        sentences = tuple(
            AnswerSentence(" ".join(citation.quote.split()), (citation.number,), support=1.0, supported=True)
            for citation in draft.citations
        )
        return self.assemble(
            found, sentences, draft.citations, confidence=draft.confidence, notes=(*notes, *draft.notes)
        )

    def citer(self) -> Citer:
        """What makes the citations of one answer."""
        return Citer(self._reader, self._retriever)

    def assemble(
        self,
        found: Found,
        sentences: tuple[AnswerSentence, ...],
        citations: tuple[Citation, ...],
        *,
        confidence: float,
        notes: Sequence[str] = (),
        engine: str = "quote",
        model: str | None = None,
        written_with: object = None,
    ) -> Answer:
        """The answer made of these sentences; without any, a refusal.

        Args:
            found: what was retrieved.
            sentences: of the answer, in order.
            citations: numbered from 1.
            confidence: from 0 to 1.
            notes: whole sentences for the reader.
            engine: ``quote`` or ``ollama``, whichever LLM that is.
            model: the LLM's name.
            written_with: all else that decided what the LLM wrote, as plain JSON values, for the fingerprint.
        """
        language = found.question.language
        disputes = self._disputes(found, citations)
        found.clock.lap("verify")
        text = " ".join([*(_marked(sentence) for sentence in sentences), *disputes.notes])
        return Answer(
            question=found.question.text,
            language=language,
            status="answered" if sentences else "refused",
            text=text if sentences else refusal(language),
            sentences=sentences,
            citations=disputes.citations,
            disagreements=disputes.disagreements,
            independent_sources=len({self._groups[citation.source] for citation in citations}),
            passages=tuple(item.to_hit() for item in found.ranked),
            confidence=confidence,
            engine=engine,
            model=model,
            fingerprint=fingerprint([self._fingerprint, model, written_with]) if model else self._fingerprint,
            notes=(*notes, *date_notes(disputes.citations, language)),
            timings_ms=found.clock.timings(),
        )

    def _disputes(self, found: Found, citations: tuple[Citation, ...]) -> Disputes:
        """What contradicts the answer; an article's own date or headline is beyond dispute."""
        if not citations or article_fact(found.question.text) is not None:
            return Disputes((), citations, ())
        return self._dispute_finder.find(found.question, found.ranked, found.filters, citations, self.citer())

    def _draft(self, question: Question, ranked: Sequence[RankedPassage], selection: Selection) -> _Draft:
        fact = article_fact(question.text)
        if fact is not None:
            return self._about_article(fact, question, ranked, selection.confidence)
        if selection.confidence < self._settings.answer.threshold:
            return _Draft((), selection.confidence)
        citer = self.citer()
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
        citer = self.citer()
        citation = citer.cite(1, *found, vector=None)
        return _checked([citation] if citation is not None else [], confidence, citer)


def _checked(citations: Sequence[Citation], confidence: float, citer: Citer) -> _Draft:
    """What is left after comparing the quotes with their sources; nothing left is a refusal."""
    return _Draft(tuple(citations), confidence if citations else 0.0, tuple(citer.problems))


def _marked(sentence: AnswerSentence) -> str:
    marks = "".join(f"[{number}]" for number in sentence.citations) if sentence.supported else UNSUPPORTED_MARK
    return f"{sentence.text} {marks}"
