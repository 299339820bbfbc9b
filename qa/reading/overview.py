"""Chooses sentences for questions that want more than one: about a topic, all answers, each source's answer.

What articles say about a topic are the sentences that name it or mean nearly the same, grouped by source, sources in
order of date, copies once. Knows the words of a topic and how sentences are rated. Does not know how questions are
recognised (``qa.reading.questions``) or how a network reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from qa.models.spans import ReadsPairs
from qa.reading.choosing import Candidate, Selection, read, unread
from qa.records import Span
from qa.retrieval.search import Question, RankedPassage
from qa.text.words import content_words, fold, words

PASSAGES = 24
"""How many passages such an answer draws on."""
_SENTENCES = 9
"""Sentences of an overview."""
_MOST_MENTIONS = 20
_OF_A_SOURCE = 2
_OF_THE_ONLY_SOURCE = 4
_SAME_WORD = 80.0
"""Letters in a hundred that two words share to be forms of one name (Kasachstan, Kazakhstan)."""
_NEAR = 0.82
"""Cosine from which a sentence may be about a topic that it only half names; unrelated ones reach about .80."""
_OF_ARTICLE = 0.5
"""Share of a topic's words that an article must have to be the one that is meant."""
_SAME_STATEMENT, _SAME_WORDS = 0.93, 0.98
"""Cosines from which a sentence repeats one of its own source, and one of another: that may have another value."""
_NAMED, _ONLY_ALIKE, _NOT = 0.9, 0.6, 0.15
"""Confidence where a topic is named, where sentences only half name it, and else."""
_LIST_ITEM = 0.0
"""Log odds, against none, from which an answer belongs to a list."""


def about(question: Question, passages: Sequence[RankedPassage]) -> Selection:
    """The most telling sentences on the question's topic, by source, oldest first."""
    candidates = unread(question, passages)
    topic = content_words(question.topic, question.language)
    named = [candidate for candidate in candidates if names(topic, candidate.text)]
    near = [candidate for candidate in candidates if float(candidate.vector @ question.vector) >= _NEAR]
    # Of a topic in several words a sentence in another language may share only the name.
    alike = [one for one in near if any(names([word], one.text) for word in topic)] if len(topic) > 1 else []
    chosen = _by_source(named or alike)
    confidence = _NAMED if named else _ONLY_ALIKE if alike else _NOT
    return Selection(tuple(chosen), confidence, tuple(candidates))


def all_answers(question: Question, passages: Sequence[RankedPassage], reader: ReadsPairs) -> Selection:
    """Every answer that the reader finds, each once, the surest first."""
    candidates = read(question, passages, reader)
    chosen: list[Candidate] = []
    for candidate in candidates:
        if candidate.answer is None or candidate.log_odds < _LIST_ITEM:
            continue
        if not any(_same_answer(candidate, other) for other in chosen):
            chosen.append(candidate)
    return Selection(tuple(chosen[:_SENTENCES]), _confidence(chosen, question, passages), tuple(candidates))


def each_source(question: Question, passages: Sequence[RankedPassage], reader: ReadsPairs) -> Selection:
    """What each independent source answers, oldest first; where none does, what they say about the matter."""
    candidates = read(question, passages, reader)
    best: dict[int, Candidate] = {}
    for candidate in candidates:
        if candidate.log_odds >= _LIST_ITEM:
            best.setdefault(candidate.ranked.article.group, candidate)
    if len(best) < 2:  # noqa: PLR2004  with one source there is nothing to compare
        return about(question, passages)
    chosen = sorted(best.values(), key=_date)[:_SENTENCES]
    return Selection(tuple(chosen), _confidence(chosen, question, passages), tuple(candidates))


def of_article(question: Question, passages: Sequence[RankedPassage]) -> Selection:
    """Whether the first passage's article is the one that a question about an article is about."""
    candidates = unread(question, passages)
    topic = content_words(question.topic, question.language)
    if not topic or not passages:
        return Selection((), _NOT, tuple(candidates))
    text = passages[0].passage.as_read.text
    share = sum(names([word], text) for word in topic) / len(topic)
    return Selection((), _NAMED if share >= _OF_ARTICLE else _NOT, tuple(candidates))


def mentions(question: Question, passages: Sequence[RankedPassage]) -> Selection:
    """Of each independent source the first sentence that names the question's topic; all of them do somewhere."""
    topic = content_words(question.topic, question.language)
    candidates = sorted(unread(question, passages), key=lambda one: (one.ranked.article.source, one.span.start))
    first: dict[int, Candidate] = {}
    for whole in (True, False):  # a name may be spread over two sentences
        for candidate in candidates:
            if not whole or names(topic, candidate.text):
                first.setdefault(candidate.ranked.article.group, candidate)
    chosen = sorted(first.values(), key=_date)
    return Selection(tuple(chosen[:_MOST_MENTIONS]), _NAMED if chosen else _NOT, tuple(candidates))


def names(topic: Iterable[str], text: str) -> bool:
    """Whether a text has every word of a topic, in whatever spelling or form."""
    wanted, there = list(topic), list(dict.fromkeys(words(text)))
    if not wanted or not there:
        return False
    likeness = process.cdist(wanted, there, scorer=fuzz.ratio, dtype=np.float32)
    prefix = np.array([[word[: len(term)] == term and len(term) > 3 for word in there] for term in wanted])  # noqa: PLR2004
    return bool(((likeness >= _SAME_WORD) | prefix).any(axis=1).all())


def _confidence(chosen: Sequence[Candidate], question: Question, passages: Sequence[RankedPassage]) -> float:
    return _NAMED if chosen else min(_NOT, about(question, passages).confidence)


def _by_source(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The best sentences of each source, none that repeats another, the oldest source first, in their order there."""
    groups: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.ranked.article.group, []).append(candidate)
    most = _OF_A_SOURCE if len(groups) > 1 else _OF_THE_ONLY_SOURCE
    chosen: list[Candidate] = []
    for group in groups.values():
        own: list[Candidate] = []
        for candidate in group:
            repeats = _repeats(candidate, own, _SAME_STATEMENT) or _repeats(candidate, chosen, _SAME_WORDS)
            if len(own) < most and not repeats:
                own.append(candidate)
        chosen += own
        if len(chosen) >= _SENTENCES:
            break
    return sorted(chosen[:_SENTENCES], key=lambda one: (*_date(one), one.span.start))


def _repeats(candidate: Candidate, others: Sequence[Candidate], least: float) -> bool:
    return any(float(candidate.vector @ other.vector) >= least for other in others)


def _date(candidate: Candidate) -> tuple[bool, str, str]:
    published = candidate.ranked.article.metadata.published
    return published is None, published or "", candidate.ranked.article.source


def _same_answer(one: Candidate, other: Candidate) -> bool:
    first, second = (" ".join(words(answer_text(each))) for each in (one, other))
    return first in second or second in first or fuzz.ratio(first, second) >= _SAME_WORD


def answer_text(candidate: Candidate) -> str:
    """The words of a sentence that answer; all of it where no few do."""
    span: Span = candidate.answer or candidate.span
    return fold(candidate.text[span.start - candidate.span.start : span.end - candidate.span.start])
