"""Question -> retrieve -> read: what there is to answer a question with.

Knows which form of question wants which passages and which choice among their sentences; two questions in one are found
for one by one. Does not know how passages are found or read, or how an answer looks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.answering.article_facts import article_fact, topic
from qa.models.spans import ReadsPairs
from qa.models.vectors import Embedder
from qa.reading import overview
from qa.reading.choosing import Candidate, Selection, choose
from qa.reading.disagreement import Side, find_disagreement
from qa.reading.questions import Form, Kind, form_of, questions_in
from qa.retrieval.search import Filters, Question, RankedPassage, Retriever, accepting, check_question, quiet
from qa.settings import Settings
from qa.text.language import detect
from qa.text.words import content_words

_LEANING = 0.7
"""What the second of two questions in one needs of the confidence that one by itself needs: it shares fewer words."""


class Clock:
    """Milliseconds of each stage of one answer."""

    def __init__(self, prepared_ms: float) -> None:
        """Begin, with the milliseconds already spent on the question; they count as retrieval."""
        self._last = time.perf_counter()
        self._laps: dict[str, float] = {"retrieve": prepared_ms, "read": 0.0, "write": 0.0, "check": 0.0}

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self._laps[stage] += 1000 * (now - self._last)
        self._last = now

    def timings(self) -> dict[str, float]:
        """Each stage and the total."""
        return {**self._laps, "total": sum(self._laps.values())}


@dataclass(frozen=True, slots=True)
class Mentions:
    """How many articles mention what was asked about, and of how many."""

    articles: int
    of: int


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to answer a question with: passages, best first, and the sentences that would be quoted.

    Attributes:
        question: as it is searched with.
        ranked: the passages.
        selection: what was chosen of their sentences.
        clock: what it took.
        sides: what independent sources answer differently, the newest first; the first side is what is quoted first.
        form: of the question, if it is not a plain one.
        unanswered: of two questions in one, the one that nothing answers.
        mentions: where that was asked.
    """

    question: Question
    ranked: Sequence[RankedPassage]
    selection: Selection
    clock: Clock
    sides: tuple[Side, ...] = ()
    form: Form | None = None
    unanswered: tuple[str, ...] = ()
    mentions: Mentions | None = None

    @property
    def is_plain(self) -> bool:
        """Whether one answer is asked for, which sources may dispute and a few words may give."""
        return self.form is None and not self.question.parts and article_fact(self.question.text) is None


def prepare(texts: Sequence[str], context: str, embedder: Embedder) -> list[Question]:
    """Questions with language, topic and vector, ready to be searched with; ``context`` as ``Filters`` says.

    Raises:
        InputError: one of them is empty or too long.
    """
    for text in texts:
        check_question(text)
    whole = _embedded([(text, context) for text in texts], embedder)
    return [_with_parts(question, embedder) for question in whole]


def _with_parts(question: Question, embedder: Embedder) -> Question:
    """Two questions in one, each by itself; what the first is about rides along with the second."""
    first, *others = questions_in(question.text)
    if not others:
        return question
    about = " ".join(content_words(first, question.language))
    parts = [(first, question.context), *((part, f"{about} {question.context}".strip()) for part in others)]
    return replace(question, parts=tuple(_embedded(parts, embedder)))


def _embedded(asked: Sequence[tuple[str, str]], embedder: Embedder) -> list[Question]:
    languages = [detect(text) for text, _ in asked]
    topics = [
        _topic(text, language) + (f" {context}" if context else "")
        for (text, context), language in zip(asked, languages, strict=True)
    ]
    vectors = embedder.embed_questions(topics)
    return [
        Question(text, about, language, vector, context)
        for (text, context), about, language, vector in zip(asked, topics, languages, vectors, strict=True)
    ]


def _topic(text: str, language: str) -> str:
    """The words to search with: those of a plain question, of others what they are about; not in capitals."""
    form = form_of(text)
    about = topic(text, language) if article_fact(text) else form.subject if form else ""
    return quiet(about or text)


class Finder:
    """Finds in one open index what answers a question."""

    def __init__(self, retriever: Retriever, reader: ReadsPairs, settings: Settings) -> None:
        self._retriever = retriever
        self._reader = reader
        self._settings = settings

    def find(self, question: Question, filters: Filters, passages: int, prepared_ms: float) -> Found:
        """Retrieve for one question, and read what was found.

        Args:
            question: with its vector.
            filters: which articles may be used.
            passages: how many a plain answer may draw on.
            prepared_ms: milliseconds spent on this question before, reported as part of retrieval.
        """
        clock = Clock(prepared_ms)
        if question.parts:
            return self._both(question, filters, passages, clock)
        form = form_of(question.text)
        if form is not None and form.kind is Kind.MENTIONS:
            return self._mentions(question, filters, clock, form)
        ranked = self._retriever.retrieve(question, filters, passages if form is None else overview.PASSAGES)
        clock.lap("retrieve")
        selection = self._select(question, ranked, form)
        sides: tuple[Side, ...] = ()
        if form is None and selection.sentences:
            sides = find_disagreement(question, selection.sentences[0], selection.candidates, self._reader)
            selection = _newest_first(selection, sides)
        clock.lap("read")
        return Found(question, ranked, selection, clock, sides, form)

    def _select(self, question: Question, ranked: Sequence[RankedPassage], form: Form | None) -> Selection:
        if article_fact(question.text):
            return overview.of_article(question, ranked)
        if form is None:
            return choose(question, ranked, self._reader, self._settings.answer.max_sentences)
        if form.kind is Kind.LIST:
            return overview.all_answers(question, ranked, self._reader)
        if form.kind is Kind.COMPARE:
            return overview.each_source(question, ranked, self._reader)
        return overview.about(question, ranked)

    def _both(self, question: Question, filters: Filters, passages: int, clock: Clock) -> Found:
        """Each of the questions in one by itself, the best sentence of each."""
        found = [self.find(part, filters, passages, 0.0) for part in question.parts]
        clock.lap("read")
        threshold = self._settings.answer.threshold
        needed = [threshold * (_LEANING if part.context else 1.0) for part in question.parts]
        answered = [one for one, least in zip(found, needed, strict=True) if one.selection.confidence >= least]
        candidates = tuple(candidate for one in found for candidate in one.selection.candidates)
        first = {one.place: one for each in answered for one in each.selection.sentences[:1]}
        sure = max((one.selection.confidence for one in answered), default=0.0)
        unsure = max(one.selection.confidence for one in found)
        ranked = {item.passage.id: item for one in found for item in one.ranked}
        return Found(
            question,
            tuple(ranked.values()),
            Selection(tuple(first.values()), sure if answered else unsure, candidates),
            clock,
            unanswered=tuple(one.question.text for one in found if one not in answered) if answered else (),
        )

    def _mentions(self, question: Question, filters: Filters, clock: Clock, form: Form) -> Found:
        """Every article of the whole index that names what was asked about."""
        named = [
            item
            for item in self._retriever.mentioning(question, filters)
            if overview.names(content_words(question.topic, question.language), item.passage.as_read.text)
        ]
        clock.lap("retrieve")
        accept = accepting(filters)
        mentions = Mentions(len({item.article.id for item in named}), sum(map(accept, self._retriever.articles)))
        selection = overview.mentions(question, named)
        clock.lap("read")
        return Found(question, named, selection, clock, form=form, mentions=mentions)


def _newest_first(selection: Selection, sides: Sequence[Side]) -> Selection:
    """Where dated sources differ, the sentence of the newest one first."""
    first = selection.sentences[0]
    newest = sides[0].candidates[0] if sides else first
    if not _published(first) or _published(newest) <= _published(first):
        return selection
    others = [one for one in selection.sentences if one.place != newest.place]
    return replace(selection, sentences=(newest, *others)[: max(len(selection.sentences), 1)])


def _published(candidate: Candidate) -> str:
    return candidate.ranked.article.metadata.published or ""
