"""The answerer that needs no LLM: picks the sentences that answer, and says how likely they do.

Knows how the evidence for a sentence is weighed. Does not know where passages come from, how citations are checked, or
how an answer is shown.

The weights are those of a conditional logit over all candidate sentences of a question, fitted on the development data
(English and German questions on English and German paragraphs); ``benchmarks/tune_quoting.py`` fits and cross-validates
it. Whether the best sentence answers at all is for ``qa.reading.confidence`` to say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from qa.models.late_interaction import token_matches
from qa.reading.confidence import confidence_features, probability
from qa.reading.questions import answer_kind, has_kind
from qa.records import Span
from qa.retrieval.search import Question, RankedPassage
from qa.text.words import content_words, stem, terms

FEATURES = (
    "sentence_similarity",
    "passage_similarity",
    "sentence_coverage",
    "passage_coverage",
    "has_kind",
    "lacks_kind",
    "below_best_of_passage",
    "coverage_by_sentence_before",
    "token_match",
    "token_match_by_sentence_before",
)
_WEIGHTS = np.array([49.54, 19.24, -0.5658, 4.995, 0.8779, -1.364, -40.41, 0.8723, 24.42, 5.526])
_WEIGHTS_WITHOUT_TOKENS = np.array([75.52, 26.83, 3.877, 4.332, 0.9557, -1.484, -34.84, 3.327, 0.0, 0.0])
"""For embedding models that give no vectors of tokens."""

_FURTHER_SENTENCE = 0.3
"""Odds, against the best sentence, from which a further one is worth reading. On the development data this gives 1.3
sentences an answer and adds 8 points of answers found; 0.15 gives 1.5 and adds 11."""
_SAME_STATEMENT = 0.95
"""Cosine from which a further sentence only repeats the first."""
_FUZZY_FLOOR = 0.6
"""Letters that two words must share to count as forms of one name (Kasachstan, Kazakhstan)."""

_PERSONAL_PRONOUNS = {
    "de": frozenset({"er", "sie", "ihm", "ihnen"}),
    "en": frozenset({"he", "she", "they"}),
    "es": frozenset({"él", "ella", "ellos", "ellas"}),
    "fr": frozenset({"il", "elle", "ils", "elles"}),
    "it": frozenset({"egli", "lui", "lei", "loro"}),
    "nl": frozenset({"hij", "zij"}),
    "pt": frozenset({"ele", "ela", "eles", "elas"}),
}
"""A sentence that begins with one of these says nothing without the sentence before."""

TermWeights = Callable[[Iterable[str]], Mapping[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A sentence that may answer.

    Attributes:
        ranked: its passage.
        position: which sentence of the passage it is.
        value: what the conditional logit makes of it; differences are log odds.
        features: in the order of ``FEATURES``, shape (10,).
    """

    ranked: RankedPassage
    position: int
    value: float
    features: NDArray[np.float64]

    @property
    def span(self) -> Span:
        """Where it stands in the article."""
        return self.ranked.passage.sentences[self.position]

    @property
    def vector(self) -> NDArray[np.float32]:
        """Its unit vector, shape (d,)."""
        vector: NDArray[np.float32] = self.ranked.passage.sentence_vectors[self.position]
        return vector


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen sentences, best first, and the probability that the best one answers.

    ``relevance`` has for each passage, in the order given, the log odds of its best sentence against the best of all: 0
    for the passage of the best one, and less for the others.
    """

    sentences: tuple[Candidate, ...]
    confidence: float
    relevance: tuple[float, ...] = ()


def select(
    question: Question, passages: Sequence[RankedPassage], term_weights: TermWeights, max_sentences: int
) -> Selection:
    """Choose one to ``max_sentences`` sentences. No passages give an empty selection of confidence 0."""
    candidates = sorted(
        score_sentences(question, passages, term_weights),
        key=lambda candidate: (-candidate.value, candidate.ranked.passage.source, candidate.span.start),
    )
    if not candidates:
        return Selection((), 0.0)
    best = candidates[0]
    chosen = [best]
    for candidate in candidates[1 : 2 * max_sentences]:
        worthwhile = math.exp(candidate.value - best.value) >= _FURTHER_SENTENCE
        if worthwhile and not any(float(candidate.vector @ other.vector) >= _SAME_STATEMENT for other in chosen):
            chosen.append(candidate)
    context = _sentence_before(best, candidates)
    if context is not None and context not in chosen:
        chosen.insert(1, context)
    values: dict[int, float] = {}
    for candidate in reversed(candidates):
        values[candidate.ranked.passage.id] = candidate.value - best.value
    relevance = tuple(values.get(ranked.passage.id, -math.inf) for ranked in passages)
    return Selection(tuple(chosen[:max_sentences]), _confidence(best, question, passages), relevance)


def score_sentences(
    question: Question, passages: Sequence[RankedPassage], term_weights: TermWeights
) -> list[Candidate]:
    """Every sentence of the passages with its evidence, in no particular order."""
    kind = answer_kind(question.text) if question.topic.startswith(question.text) else None
    content = content_words(question.topic, question.language)
    matchers: dict[str | None, _TermMatcher] = {}
    candidates: list[Candidate] = []
    weights = _WEIGHTS if compares_tokens(question, passages) else _WEIGHTS_WITHOUT_TOKENS
    for ranked in passages:
        language = ranked.article.metadata.language
        if language not in matchers:
            matchers[language] = _TermMatcher(stem(content, language), term_weights)
        texts = [ranked.sentence(span) for span in ranked.passage.sentences]
        matches = matchers[language].match([terms(text, language) for text in texts])
        coverage = matches @ matchers[language].weights
        passage_coverage = float(matches.max(axis=0, initial=0.0) @ matchers[language].weights)
        added_coverage = _added_by_sentence_before(matches) @ matchers[language].weights
        token_match, added_token_match = _token_evidence(question, ranked)
        best = float(ranked.sentence_similarities.max(initial=-1.0))
        for position, text in enumerate(texts):
            similarity = float(ranked.sentence_similarities[position])
            found = kind is not None and has_kind(text, kind, question.text)
            features = np.array(
                [
                    similarity,
                    ranked.similarity,
                    coverage[position],
                    passage_coverage,
                    found,
                    kind is not None and not found,
                    similarity - best,
                    added_coverage[position],
                    token_match[position],
                    added_token_match[position],
                ],
                dtype=np.float64,
            )
            candidates.append(Candidate(ranked, position, float(features @ weights), features))
    return candidates


def _added_by_sentence_before(matches: NDArray[Any]) -> NDArray[Any]:
    """By how much each match (rows are sentences) would be better if a sentence could use the one before it as well."""
    before = np.vstack([matches[:1], matches[:-1]])
    added: NDArray[Any] = np.maximum(before - matches, 0)
    return added


def _token_evidence(question: Question, ranked: RankedPassage) -> tuple[NDArray[Any], NDArray[Any]]:
    """How well each sentence matches the question's tokens, and what the one before adds; 0 without token vectors."""
    tokens = ranked.passage.token_vectors
    if question.tokens is None or tokens is None:
        nothing = np.zeros(len(ranked.passage.sentences))
        return nothing, nothing
    matches: NDArray[Any] = token_matches(question.tokens, tokens)
    return matches @ question.tokens.weights, _added_by_sentence_before(matches) @ question.tokens.weights


class _TermMatcher:
    """How much of a question's content words a sentence has, allowing for spelling and inflection."""

    def __init__(self, question_terms: Sequence[str], term_weights: TermWeights) -> None:
        self._terms = list(dict.fromkeys(question_terms))
        by_term = term_weights(self._terms)
        weights = np.array([by_term[term] for term in self._terms], dtype=np.float64)
        self.weights: NDArray[np.float64] = weights / weights.sum() if weights.sum() else weights

    def match(self, sentences: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        """How well each question term (columns) is matched in each sentence (rows), from 0 to 1."""
        matches = np.zeros((len(sentences), len(self._terms)))
        for row, sentence in enumerate(sentences):
            if sentence and self._terms:
                ratio = process.cdist(self._terms, sentence, scorer=fuzz.ratio, dtype=np.float32).max(axis=1) / 100
                matches[row] = np.clip((ratio - _FUZZY_FLOOR) / (1 - _FUZZY_FLOOR), 0, 1)
        return matches


def _sentence_before(candidate: Candidate, candidates: Sequence[Candidate]) -> Candidate | None:
    """The preceding sentence, if the candidate leans on it ("He added …") and so makes no sense alone."""
    first_word = candidate.ranked.sentence(candidate.span).partition(" ")[0].casefold()
    pronouns = _PERSONAL_PRONOUNS.get(candidate.ranked.article.metadata.language or "", frozenset())
    if candidate.position == 0 or first_word not in pronouns:
        return None
    before = (candidate.ranked.passage.id, candidate.position - 1)
    return next((other for other in candidates if (other.ranked.passage.id, other.position) == before), None)


def compares_tokens(question: Question, passages: Sequence[RankedPassage]) -> bool:
    """Whether question and passages have vectors of their tokens."""
    return question.tokens is not None and all(ranked.passage.token_vectors is not None for ranked in passages)


def _confidence(best: Candidate, question: Question, passages: Sequence[RankedPassage]) -> float:
    return probability(
        evidence_of(best, question),
        same_language=best.ranked.article.metadata.language == question.language,
        with_tokens=compares_tokens(question, passages),
    )


def evidence_of(best: Candidate, question: Question) -> NDArray[np.float64]:
    """What speaks for the best sentence answering the question, shape (4,); see ``qa.reading.confidence``."""
    coverage = float(best.features[FEATURES.index("passage_coverage")])
    return confidence_features(question.text, best.ranked.passage.text, best.value, coverage)
