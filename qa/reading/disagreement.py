"""Where articles give different values for the same thing: another number or another date.

Two sentences of different articles are compared if they mean nearly the same as wholes. A value of the one disagrees
with a value of the other if both stand in the same place and exclude each other. Sentences that differ in several such
places, or in what the question itself says, tell of different things. What stands in quotation marks, or is somebody's
opinion, is no claim of the source. Knows statements. Does not know how values are matched and compared
(``qa.reading.disagreement_values``), how a disagreement becomes citations, or disagreements in a name or by a negation.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from qa.index.stored import StoredArticle, StoredPassage
from qa.phrases import prompt_file
from qa.reading.answers import Candidate
from qa.reading.disagreement_values import Comparison, Conflict, Text, Value, compare, conflicts, is_opinion
from qa.reading.questions import AnswerKind, answer_kind
from qa.records import Span
from qa.retrieval.search import Question, aligned_sentence
from qa.text.words import fold

_MOST_COMPARED = 4
"""Sentences that are compared with one of the answer's, those most alike."""
_QUOTED = re.compile(r"[\"“„«»][^\"“”„«»]*[\"“”»«]")
_QUOTED_WORDS = 4
"""Fewer words in quotation marks are a title or a term."""
_WIDE_COMMA = frozenset({"ja", "zh"})
_ARABIC_COMMA = frozenset({"ar", "fa"})

FEATURES = ("likeness", "context", "alone", "question_difference")
_SAME_LANGUAGE = (np.array([4.5, 2.64, 1.19, -13.85]), -6.68)
_OTHER_LANGUAGE = (np.array([57.0, 15.11, 3.01, -5.16]), -54.08)
"""Weights and bias of the log odds that two values in conflict are of the same thing. Fitted by
``benchmarks/disagreement.py`` on half of the articles; pairs that are of different things count twice."""
_LEAST_LIKENESS = 0.90
_LEAST_LIKENESS_ACROSS = 0.86
"""Cosine below which two sentences are not compared: in one language, and across languages. Reading what two sentences
say in particular takes a millisecond or two, and most sentences about one topic reach 0.85."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A sentence of an article.

    Attributes:
        article: where it is from.
        span: where it stands there.
        text: the sentence.
        vector: its unit vector, shape (d,).
    """

    article: StoredArticle
    span: Span
    text: str
    vector: NDArray[np.float32]

    @property
    def language(self) -> str | None:
        """ISO 639-1 code."""
        return self.article.metadata.language

    @property
    def place(self) -> tuple[str, int]:
        """What tells it from other statements."""
        return self.article.source, self.span.start


@dataclass(frozen=True, slots=True)
class Side:
    """One value, as it is written in the first of the statements that give it."""

    value: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Values of the same thing that exclude each other, two or more; first the one of the answer's own sentence."""

    sides: tuple[Side, ...]


def statements_of(article: StoredArticle, passage: StoredPassage) -> Iterator[Statement]:
    """The sentences of a passage, in order."""
    for span, vector in zip(passage.sentences, passage.sentence_vectors, strict=True):
        yield Statement(article, span, passage.text[span.start - passage.start : span.end - passage.start], vector)


def statement_of(candidate: Candidate) -> Statement:
    """A sentence that was chosen for an answer."""
    ranked = candidate.ranked
    return Statement(ranked.article, candidate.span, ranked.sentence(candidate.span), candidate.vector)


def copied_statement(statement: Statement, copy: StoredArticle, passages: Iterable[StoredPassage]) -> Statement | None:
    """What a copy of a statement's article, with these passages, has in its place; it may have another value there."""
    passages = tuple(passages)
    span = aligned_sentence(statement.vector, passages)
    found = (one for passage in passages for one in statements_of(copy, passage) if one.span == span)
    return next(found, None)


def find_disagreements(
    question: Question, chosen: Sequence[Statement], others: Iterable[Statement]
) -> tuple[Contradiction, ...]:
    """Look for statements that contradict those of an answer.

    Args:
        question: with its vector.
        chosen: the sentences of the answer.
        others: all sentences that were retrieved; of copies, only those that say what the answer says need be there.

    Returns:
        One contradiction for each disputed value of the answer, in its order.
    """
    others = tuple(others)
    found: list[Contradiction] = []
    compared: set[frozenset[tuple[str, int]]] = set()
    for statement in chosen:
        disputed: dict[int, list[tuple[Value, Statement]]] = {}
        for other in _alike(question, statement, others):
            pair = frozenset((statement.place, other.place))
            conflict = None if pair in compared else _conflict(question, statement, other)
            compared.add(pair)
            if conflict is not None:
                values = disputed.setdefault(conflict.first.stated.start, [(conflict.first, statement)])
                values.append((conflict.second, other))
        found += [Contradiction(_sides(values)) for _, values in sorted(disputed.items())]
    return tuple(found)


def _alike(question: Question, statement: Statement, others: Sequence[Statement]) -> list[Statement]:
    """Sentences of other articles that may say the same in other words, the most similar first."""
    rated = [
        (float(statement.vector @ other.vector), other)
        for other in others
        if other.article.id != statement.article.id and other.text != statement.text
    ]
    alike = [
        (likeness, other)
        for likeness, other in rated
        if likeness >= least_likeness(statement, other)
        and _odds(question, statement, other, context=1.0, alone=True) > 0
    ]
    return [other for _, other in sorted(alike, key=lambda pair: (-pair[0], pair[1].place))[:_MOST_COMPARED]]


def least_likeness(statement: Statement, other: Statement) -> float:
    """Cosine from which two statements are compared."""
    return _LEAST_LIKENESS if statement.language == other.language else _LEAST_LIKENESS_ACROSS


def _odds(question: Question, statement: Statement, other: Statement, *, context: float, alone: bool) -> float:
    """The log odds that two values with this context are of the same thing."""
    weights, bias = _SAME_LANGUAGE if statement.language == other.language else _OTHER_LANGUAGE
    return float(features(question, statement, other, context=context, alone=alone) @ weights) + bias


def _conflict(question: Question, statement: Statement, other: Statement) -> Conflict | None:
    """The one disagreement of two statements, if there is just one, and it is about what was asked."""
    found = [
        conflict
        for conflict in conflicts_of(statement, other)
        if _odds(question, statement, other, context=conflict.context, alone=conflict.alone) > 0
    ]
    if len({(conflict.first.stated.text, conflict.second.stated.text) for conflict in found}) != 1:
        return None
    return found[0] if concerns(question, statement, other, found[0]) else None


def conflicts_of(statement: Statement, other: Statement) -> tuple[Conflict, ...]:
    """All values in conflict of two statements, whether or not they may be of the same thing."""
    return conflicts(Text(statement.text, statement.language), Text(other.text, other.language))


def features(
    question: Question, statement: Statement, other: Statement, *, context: float, alone: bool
) -> NDArray[np.float64]:
    """The evidence that two values are of the same thing, in the order of ``FEATURES``, shape (4,)."""
    difference = abs(float(question.vector @ (statement.vector - other.vector)))
    return np.array([float(statement.vector @ other.vector), context, alone, difference], dtype=np.float64)


def concerns(question: Question, statement: Statement, other: Statement, conflict: Conflict) -> bool:
    """Whether a conflict is between claims of the sources, and about something that the question leaves open."""
    kind = answer_kind(question.text)
    if kind in (AnswerKind.PERSON, AnswerKind.PLACE) or (kind is AnswerKind.TIME and conflict.first.date is None):
        return False
    if any(_in_question(value, question) for value in (conflict.first, conflict.second)):
        return False
    return not (_is_reported(statement, conflict.first) or _is_reported(other, conflict.second))


def _in_question(value: Value, question: Question) -> bool:
    """Whether the question says it: then the other sentence tells of something else than was asked about."""
    said = re.escape(fold(value.stated.text))
    return re.search(rf"(?<!\w){said}(?!\w)", fold(question.text)) is not None


def _is_reported(statement: Statement, value: Value) -> bool:
    """Whether a value stands in direct speech, or in somebody's opinion."""
    start, end = value.stated.start, value.stated.end
    for quoted in _QUOTED.finditer(statement.text):
        if quoted.start() < start and end < quoted.end() and len(quoted[0].split()) >= _QUOTED_WORDS:
            return True
    return is_opinion(statement.text, statement.language)


def _sides(values: Sequence[tuple[Value, Statement]]) -> tuple[Side, ...]:
    """Put statements of the same value together."""
    groups: list[tuple[Value, list[Statement]]] = []
    for value, statement in values:
        same = next((group for group in groups if compare(group[0], value) is Comparison.AGREE), None)
        if same is None:
            groups.append((value, [statement]))
        else:
            same[1].append(statement)
    return tuple(Side(value.stated.text, tuple(statements)) for value, statements in groups)


def note(values: Sequence[tuple[str, Sequence[int]]], language: str) -> str:
    """The sentence that says that the sources disagree, in English where the language has none.

    Args:
        values: each with the numbers of its citations.
        language: ISO 639-1, of the asker.
    """
    separator = "、" if language in _WIDE_COMMA else "، " if language in _ARABIC_COMMA else ", "
    listed = separator.join(f"{value} {''.join(f'[{number}]' for number in numbers)}" for value, numbers in values)
    return _notes().get(language, _notes()["en"]).format(values=listed)


@cache
def _notes() -> Mapping[str, str]:
    return tomllib.loads(prompt_file("disagreements.toml"))
