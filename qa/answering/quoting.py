"""Quotes from what was found, or refuses; and puts every answer together, whoever made it.

Below ``answer.threshold`` an answer by quotation is a refusal. Does not know how passages are found, read, or sentences
chosen (``finding``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from qa.answering.article_facts import ArticleFact, article_fact, find_article_fact
from qa.answering.citing import Citer
from qa.answering.finding import Found
from qa.answering.remarks import age_notes, cite_sides, date_notes
from qa.index.reader import IndexReader
from qa.models.spans import ReadsPairs
from qa.phrases import mentions, refusal
from qa.reading.choosing import Candidate, Selection
from qa.reading.questions import asks_yes_or_no
from qa.records import Answer, AnswerSentence, Citation, Related, Short
from qa.retrieval.search import Question, RankedPassage, Retriever
from qa.settings import Settings, fingerprint

_RELATED = 3
"""Sentences about the matter that a refusal shows."""
UNSUPPORTED_MARK = "[?]"
"""What stands in an answer's text where a sentence that no source supports would have its citations."""


@dataclass(frozen=True, slots=True)
class _Quoted:
    """What an answerer came up with: citations to quote, how sure it is, and what the person should know."""

    citations: tuple[Citation, ...]
    confidence: float
    notes: tuple[str, ...] = ()
    short: Short | None = None


class QuotingAnswerer:
    """Answers from one open index by quotation, or refuses."""

    def __init__(self, index: IndexReader, retriever: Retriever, reader: ReadsPairs, settings: Settings) -> None:
        """Use an index that stays open as long as this is used."""
        self._index = index
        self._settings = settings
        self._retriever = retriever
        self._groups = {article.source: article.group for article in self._retriever.articles}
        self._reader = reader

    def stream(self, found: Found, /) -> Iterator[str | Answer]:
        """The text in one piece, then the answer."""
        answer = self.answer(found)
        yield answer.text
        yield answer

    def answer(self, found: Found, notes: Sequence[str] = (), draft: str | None = None) -> Answer:
        """Quote from what was found, or refuse; ``notes`` come before those of the answer itself.

        ``draft`` is what a model wrote that nothing supports.
        """
        quoted = self._quote(found)
        sentences = tuple(
            AnswerSentence(" ".join(citation.quote.split()), (citation.number,), support=1.0, supported=True)
            for citation in quoted.citations
        )
        if sentences and found.mentions is not None:
            counted = mentions(found.mentions.articles, found.mentions.of, found.question.language)
            numbers = tuple(citation.number for citation in quoted.citations)
            sentences = (AnswerSentence(counted, numbers, support=1.0, supported=True), *sentences)
        return self.assemble(
            found,
            sentences,
            quoted.citations,
            confidence=quoted.confidence,
            short=quoted.short,
            notes=(*notes, *quoted.notes, *(f"the sources do not say: {part}" for part in found.unanswered)),
            draft=draft,
        )

    def citer(self) -> Citer:
        """What makes the citations of one answer."""
        return Citer(self._index, self._retriever)

    def assemble(
        self,
        found: Found,
        sentences: tuple[AnswerSentence, ...],
        citations: tuple[Citation, ...],
        *,
        confidence: float,
        short: Short | None = None,
        notes: Sequence[str] = (),
        engine: str = "quote",
        model: str | None = None,
        draft: str | None = None,
        written_with: object = None,
    ) -> Answer:
        """The answer made of these sentences; without any, a refusal.

        Args:
            found: what was retrieved.
            sentences: of the answer, in order.
            citations: numbered from 1.
            confidence: from 0 to 1.
            short: the answer in a few words of one of the quotes.
            notes: whole sentences for the person who asked.
            engine: ``quote`` or ``ollama``, whichever LLM that is.
            model: the LLM's name.
            draft: what it wrote, before the check.
            written_with: all else that decided what the LLM wrote, as plain JSON values, for the fingerprint.
        """
        language = found.question.language
        sides = found.sides if sentences else ()
        disputes = cite_sides(sides, citations, self.citer(), language)
        found.clock.lap("check")
        text = " ".join([*(_marked(sentence) for sentence in sentences), *disputes.notes])
        return Answer(
            question=found.question.text,
            language=language,
            status="answered" if sentences else "refused",
            text=text if sentences else refusal(language),
            sentences=sentences,
            citations=disputes.citations,
            short=short,
            disagreements=disputes.disagreements,
            related=() if sentences else related(found.selection, found.question),
            independent_sources=len({self._groups[citation.source] for citation in citations}),
            passages=tuple(item.to_hit() for item in found.ranked),
            confidence=confidence,
            engine=engine,
            model=model,
            draft=draft,
            fingerprint=fingerprint([self._fingerprint, model, written_with]) if model else self._fingerprint,
            notes=(*notes, *age_notes(disputes), *date_notes(disputes.citations, language)),
            timings_ms=found.clock.timings(),
        )

    @cached_property
    def _fingerprint(self) -> str:
        """Changes when another answer may come: computed at the first one, since it opens the reader."""
        settings = self._settings.answer_fingerprint()
        return fingerprint([self._index.info.content_hash, settings, self._reader.fingerprint])

    def _quote(self, found: Found) -> _Quoted:
        selection = found.selection
        fact = article_fact(found.question.text)
        if fact is not None:
            return self._about_article(fact, found.question, found.ranked, selection.confidence)
        if selection.confidence < self._settings.answer.threshold:
            return _Quoted((), selection.confidence)
        citer = self.citer()
        citations: list[Citation] = []
        for candidate in selection.sentences:
            citation = citer.cite_answer(len(citations) + 1, candidate)
            if citation is not None:
                citations.append(citation)
        quoted = _checked(citations, selection.confidence, citer)
        yes_or_no = asks_yes_or_no(found.question.text, found.question.language)
        return replace(quoted, short=short_answer(citations)) if found.is_plain and not yes_or_no else quoted

    def _about_article(
        self, fact: ArticleFact, question: Question, ranked: Sequence[RankedPassage], confidence: float
    ) -> _Quoted:
        """Answer a question about an article itself: the one that the question is about, or the only one there is."""
        groups = {item.article.group for item in ranked}
        if question.topic == question.text and len(groups) == 1:
            confidence = 1.0
        threshold = self._settings.answer.threshold
        if confidence < threshold:
            note = ("name what the article is about, or choose it with --source",) if len(groups) > 1 else ()
            return _Quoted((), confidence, note)
        found = find_article_fact(fact, ranked[0].article, self._retriever)
        if found is None:
            return _Quoted((), confidence * threshold, (f"{ranked[0].article.source} does not say this of itself",))
        citer = self.citer()
        citation = citer.cite(1, *found, vector=None)
        return _checked([citation] if citation is not None else [], confidence, citer)


def _checked(citations: Sequence[Citation], confidence: float, citer: Citer) -> _Quoted:
    """What is left after comparing the quotes with their sources; nothing left is a refusal."""
    return _Quoted(tuple(citations), confidence if citations else 0.0, tuple(citer.problems))


def short_answer(citations: Sequence[Citation]) -> Short | None:
    """The answering words of the best quote; ``None`` where it has none."""
    for citation in citations[:1]:
        for span in citation.answers:
            return Short(citation.quote[span.start - citation.start : span.end - citation.start], citation.number)
    return None


def related(selection: Selection, question: Question) -> tuple[Related, ...]:
    """The sentences nearest to the question, of different articles where there are some, for whoever gets no answer."""
    nearest = sorted(selection.candidates, key=lambda one: -float(one.vector @ question.vector))
    first_of_group: dict[int, Candidate] = {}
    for candidate in nearest:
        first_of_group.setdefault(candidate.ranked.article.group, candidate)
    chosen = list(first_of_group.values())
    chosen += [one for one in nearest if one not in chosen]
    return tuple(
        Related(one.ranked.article.source, one.span.start, one.span.end, one.text) for one in chosen[:_RELATED]
    )


def _marked(sentence: AnswerSentence) -> str:
    marks = "".join(f"[{number}]" for number in sentence.citations) if sentence.supported else UNSUPPORTED_MARK
    return f"{sentence.text} {marks}"
