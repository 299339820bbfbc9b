"""Where independent sources answer one question differently.

The reader reads each source by itself; the answers that it finds are compared. Numbers and dates in any notation
contradict each other where they cannot both be right (``qa.reading.values``); names where neither source supports the
other's answer. Sentences that tell of another occasion than the one that was asked about contradict nobody: they have
another number or date in the place of one of the question, or of one beside the answer. What is somebody's opinion, or
only planned, is no claim of the source. Knows candidates and their answers. Does not know how a disagreement becomes
citations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from qa.models.spans import ReadsPairs
from qa.reading.choosing import Candidate
from qa.reading.values import Comparison, Value, compare, is_opinion, is_plan, values_of
from qa.records import Span
from qa.retrieval.search import Question
from qa.text.words import fold, words

_LEAST_LOG_ODDS = 0.0
"""Against none, from which a source is taken to answer."""
_SURE_LOG_ODDS = 1.5
"""The same for an answer that is no number or date."""
_ALIKE, _ALIKE_ACROSS = 0.86, 0.84
"""Cosine from which two sentences may tell of one thing, within a language and across."""
_ALIKE_NAMES = 0.9
_SAME_NAME = 75.0
"""Letters in a hundred that two spellings of a name share."""
_SUPPORTED = 0.4
_MOST_SOURCES = 5
_QUOTED = re.compile(r"[\"“„«»][^\"“”„«»]*[\"“”»«]")
_QUOTED_WORDS = 4
"""Fewer words in quotation marks are a title or a term."""


@dataclass(frozen=True, slots=True)
class Side:
    """One value, as the first of these candidates gives it."""

    value: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class _Answer:
    """What a source answers.

    Attributes:
        candidate: the sentence.
        question: what was asked.
    """

    candidate: Candidate
    question: Question

    @property
    def language(self) -> str | None:
        return self.candidate.ranked.article.metadata.language

    @cached_property
    def span(self) -> Span:
        """The answering words, in the sentence."""
        whole = self.candidate.span
        answer = self.candidate.answer or whole
        return Span(answer.start - whole.start, answer.end - whole.start)

    @property
    def text(self) -> str:
        return self.candidate.text[self.span.start : self.span.end]

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The numbers and dates of the sentence."""
        return values_of(self.candidate.text, self.language)

    @cached_property
    def own(self) -> tuple[Value, ...]:
        """Those that are the answer."""
        return tuple(v for v in self.values if v.stated.start < self.span.end and self.span.start < v.stated.end)

    @cached_property
    def beside(self) -> tuple[Value, ...]:
        """Those that are not."""
        return tuple(value for value in self.values if value not in self.own)

    @cached_property
    def is_claim(self) -> bool:
        """Whether the source itself says it: not in direct speech, not as somebody's opinion."""
        for quoted in _QUOTED.finditer(self.candidate.text):
            inside = quoted.start() < self.span.start and self.span.end < quoted.end()
            if inside and len(quoted[0].split()) >= _QUOTED_WORDS:
                return False
        return not is_opinion(self.candidate.text, self.language)


def find_disagreement(
    question: Question, chosen: Candidate, candidates: Iterable[Candidate], reader: ReadsPairs
) -> tuple[Side, ...]:
    """The different answers of independent sources, the newest first; empty if they do not differ.

    Args:
        question: with its vector.
        chosen: the sentence that is quoted first.
        candidates: every sentence that was read.
        reader: asked whether a source supports another's answer.
    """
    first = _Answer(chosen, question)
    if chosen.answer is None or chosen.log_odds < _LEAST_LOG_ODDS or not first.is_claim:
        return ()
    sides: list[list[_Answer]] = [[first]]
    differs = False
    for other in _of_other_sources(first, candidates):
        relations = [_relation(side[0], other, reader) for side in sides]
        if Comparison.AGREE in relations:
            sides[relations.index(Comparison.AGREE)].append(other)
        elif relations[0] is Comparison.EXCLUDE:
            sides.append([other])
            differs = True
    if not differs:
        return ()
    found = [Side(side[0].text, tuple(answer.candidate for answer in side)) for side in sides]
    return tuple(sorted(found, key=_published, reverse=True))


def _published(side: Side) -> str:
    return max(candidate.ranked.article.metadata.published or "" for candidate in side.candidates)


def _of_other_sources(first: _Answer, candidates: Iterable[Candidate]) -> Iterator[_Answer]:
    """The surest answer of every other independent source that may tell of the same thing."""
    seen = {first.candidate.ranked.article.group}
    by_reading = sorted(candidates, key=lambda one: -one.log_odds)
    for candidate in by_reading:
        if candidate.log_odds < _LEAST_LOG_ODDS or len(seen) > _MOST_SOURCES:
            return
        group = candidate.ranked.article.group
        if group in seen or candidate.answer is None:
            continue
        other = _Answer(candidate, first.question)
        least = _ALIKE if other.language == first.language else _ALIKE_ACROSS
        if (
            float(candidate.vector @ first.candidate.vector) >= least
            and other.is_claim
            and not _elsewhere(first, other)
        ):
            seen.add(group)
            yield other


def _elsewhere(first: _Answer, other: _Answer) -> bool:
    """Whether the other sentence tells of another occasion, or of a plan where the first tells what came of it."""
    asked = values_of(first.question.text, first.question.language, first_too=True)
    theirs = values_of(other.candidate.text, other.language, first_too=True)
    if _conflict(asked, theirs) or _conflict(first.beside, other.beside):
        return True
    plans = [is_plan(answer.candidate.text, answer.language) for answer in (first, other)]
    return plans[0] != plans[1]


def _conflict(ours: Sequence[Value], theirs: Sequence[Value]) -> bool:
    """Whether one of these values has only values of its sort beside it that exclude it."""
    for value in ours:
        relations = {compare(value, other) for other in theirs if (value.date is None) == (other.date is None)}
        if Comparison.EXCLUDE in relations and Comparison.AGREE not in relations:
            return True
    return False


def _relation(first: _Answer, other: _Answer, reader: ReadsPairs) -> Comparison:
    if first.own and other.own:
        relations = {compare(one, two) for one in first.own for two in other.own}
        if Comparison.AGREE in relations:
            return Comparison.AGREE
        return Comparison.EXCLUDE if Comparison.EXCLUDE in relations else Comparison.UNRELATED
    if first.own or other.own:
        return Comparison.UNRELATED
    return _names(first, other, reader)


def _names(first: _Answer, other: _Answer, reader: ReadsPairs) -> Comparison:
    """Whether two answers in words are one, by their letters, and else by what each source says of the other's."""
    one, two = (" ".join(words(answer.text)) for answer in (first, other))
    if one in two or two in one or fuzz.token_set_ratio(one, two) >= _SAME_NAME:
        return Comparison.AGREE
    alike = float(first.candidate.vector @ other.candidate.vector) >= _ALIKE_NAMES
    sure = min(first.candidate.log_odds, other.candidate.log_odds) >= _SURE_LOG_ODDS
    if not (alike and sure and one and two) or fold(first.text) in fold(first.question.text):
        return Comparison.UNRELATED
    claims = [(f"{first.question.text} {a.text}", b.candidate.text) for a, b in ((first, other), (other, first))]
    supported = max(said.entailed for said in reader.supports(claims))
    return Comparison.UNRELATED if supported >= _SUPPORTED else Comparison.EXCLUDE
