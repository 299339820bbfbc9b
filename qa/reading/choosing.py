"""Chooses the sentences that answer, and marks the words in them that do.

The reader says how probable it is that the answer is in a sentence; retrieval says how near that is to the question.
Both become one value by three weights, of a conditional logit over all candidate sentences of a question
(``benchmarks/tune_reading.py``, English and German questions on English and German paragraphs). The optimum is flat; of
what is equally good the weights that trust the reader most are taken, because questions that were written beside their
paragraph share more words with it than people's do.
Knows how the evidence for a sentence is weighed. Does not know where passages come from, how a network reads, how
citations are checked, or whether the best sentence answers at all (``qa.reading.confidence``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.models.spans import Reading, ReadsPairs
from qa.reading.confidence import Signs, probability
from qa.records import Span
from qa.retrieval.search import Question, RankedPassage
from qa.text.pronouns import leans

FEATURES = ("reading", "passage", "sentence")
"""Log odds of an answer in the sentence against none, fused score of its passage, its own similarity."""
WEIGHTS = np.array([0.6, 12.0, 24.0])
_CLIPPED = 12.0
"""Log odds beyond this say nothing more."""
_FURTHER_SENTENCE = 0.2
"""Odds, against the best sentence, from which a further one is worth reading."""
_SAME_STATEMENT = 0.95
"""Cosine from which a further sentence only repeats the first."""
_SHORT = 0.3
"""How probable words must be, if the sentence answers, to be called the answer."""
_SHORT_CHARACTERS = 160
_QUESTION_MARKS = ("?", "？", "؟", "\u037e")
_AROUND = frozenset(".,;:!?…\"'“”„«»‹›‘’()[]–—")
_IN_NUMBERS = frozenset(".,:")
_NAME = r"[^\W\d_a-zß-öø-ÿ][\w’'-]*(?: [^\W\d_a-zß-öø-ÿ][\w’'-]*){0,3}"
_ENUMERATION = re.compile(rf"{_NAME}(?:, {_NAME})+,? (?:and|und|et|y|e|en|og|och|&) {_NAME}")


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A sentence that may answer.

    Attributes:
        ranked: its passage.
        line: which heading or sentence of the passage it is.
        span: where it stands in the article.
        value: what the conditional logit makes of it; differences are log odds.
        answer: the words that answer, in the article; ``None`` where no few words do.
        features: in the order of ``FEATURES``, shape (3,).
    """

    ranked: RankedPassage
    line: int
    span: Span
    value: float
    answer: Span | None
    features: NDArray[np.float64]

    @property
    def log_odds(self) -> float:
        """How probable it is, against none, that the answer is here, as the reader sees it."""
        return float(self.features[0])

    @property
    def text(self) -> str:
        """What it says."""
        context = self.ranked.passage.as_read
        inside = context.sentences[self.line]
        return context.text[inside.start : inside.end]

    @property
    def vector(self) -> NDArray[np.float32]:
        """Its unit vector, shape (d,)."""
        vector: NDArray[np.float32] = self.ranked.passage.line_vectors[self.line]
        return vector

    @property
    def place(self) -> tuple[str, int]:
        """What tells it from other sentences."""
        return self.ranked.passage.source, self.span.start


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen of the candidates.

    Attributes:
        sentences: those to quote, best first.
        confidence: the probability that the best one answers.
        candidates: every sentence that was read, best first.
    """

    sentences: tuple[Candidate, ...]
    confidence: float
    candidates: tuple[Candidate, ...] = ()


def choose(question: Question, passages: Sequence[RankedPassage], reader: ReadsPairs, most: int) -> Selection:
    """Choose one to ``most`` sentences. No passages give an empty selection of confidence 0."""
    candidates = read(question, passages, reader)
    if not candidates:
        return Selection((), 0.0)
    best = candidates[0]
    chosen = [best]
    for candidate in candidates[1 : 2 * most]:
        if _worthwhile(candidate, best) and not any(
            float(candidate.vector @ other.vector) >= _SAME_STATEMENT for other in chosen
        ):
            chosen.append(candidate)
    before = sentence_before(best, candidates)
    if before is not None and before not in chosen:
        chosen.insert(1, before)
    confidence = probability(signs_of(question, candidates))
    return Selection(tuple(chosen[:most]), confidence, tuple(candidates))


def _worthwhile(candidate: Candidate, best: Candidate) -> bool:
    """Whether a further sentence is worth reading: about as good as the best, and no headline.

    Where the reader is sure of the best one, it must find an answer in the further one too.
    """
    if candidate.line < len(candidate.ranked.passage.headings) or (best.log_odds >= 0 > candidate.log_odds):
        return False
    return math.exp(candidate.value - best.value) >= _FURTHER_SENTENCE


def signs_of(question: Question, candidates: Sequence[Candidate]) -> Signs:
    """What speaks for the best of these candidates, best first, answering the question."""
    best = candidates[0]
    return Signs(
        reading=best.log_odds,
        similarity=best.ranked.fused,
        other_language=best.ranked.article.metadata.language != question.language,
    )


def read(question: Question, passages: Sequence[RankedPassage], reader: ReadsPairs) -> list[Candidate]:
    """Every sentence of the passages with its evidence, best first; a heading only once."""
    readings = reader.read(question.to_read, [ranked.passage.as_read.text for ranked in passages])
    return _best_first(
        candidate
        for ranked, reading in zip(passages, readings, strict=True)
        for candidate in _candidates(ranked, reading)
    )


def unread(question: Question, passages: Sequence[RankedPassage]) -> list[Candidate]:
    """The same by retrieval alone, where no few words are asked for: the sentences nearest to the question first."""
    found = _best_first(candidate for ranked in passages for candidate in _candidates(ranked, None))
    return sorted(found, key=lambda candidate: -float(candidate.vector @ question.vector))


def _best_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    found: dict[tuple[str, int], Candidate] = {}
    for candidate in candidates:
        known = found.get(candidate.place)
        if known is None or candidate.value > known.value:
            found[candidate.place] = candidate
    return sorted(found.values(), key=lambda candidate: (-candidate.value, *candidate.place))


def _candidates(ranked: RankedPassage, reading: Reading | None) -> list[Candidate]:
    context, lines = ranked.passage.as_read, ranked.passage.lines
    asks = [context.text[part.start : part.end].rstrip().endswith(_QUESTION_MARKS) for part in context.sentences]
    found = []
    for number, (part, span) in enumerate(zip(context.sentences, lines, strict=True)):
        if asks[number] and not all(asks):  # a question is nobody's answer
            continue
        log_odds = 0.0 if reading is None else max(-_CLIPPED, min(_CLIPPED, reading.log_odds(part)))
        features = np.array([log_odds, ranked.fused, float(ranked.line_similarities[number])])
        answer = None if reading is None else _answer(reading, context.text, part, span)
        found.append(Candidate(ranked, number, span, float(features @ WEIGHTS), answer, features))
    return found


def _answer(reading: Reading, text: str, part: Span, span: Span) -> Span | None:
    """The words of a sentence that answer, if the sentence does, as a span of the article."""
    best = reading.best(part)
    if best is None or best.share < _SHORT or best.end - best.start > _SHORT_CHARACTERS:
        return None
    start, end = whole_list(text, *whole_words(text, best.start, best.end, part), part)
    if start == part.start != best.start and "," in text[start : best.start]:
        # The first word of a sentence is written like a name: "Furthermore, Lommel, Genk and Bree …".
        second = text.index(",", start) + 2
        start = max((start, second), key=reading.starts_at)
    return Span(span.start + start - part.start, span.start + end - part.start) if end > start else None


def whole_words(text: str, start: int, end: int, part: Span) -> tuple[int, int]:
    """A span of tokens made to begin and end with a word, and without the marks around it; not beyond ``part``."""
    while part.start < start < len(text) and _joined(text, start):
        start -= 1
    while end < part.end and _joined(text, end):
        end += 1
    while start < end and (text[start].isspace() or text[start] in _AROUND):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in _AROUND):
        end -= 1
    return start, end


def whole_list(text: str, start: int, end: int, part: Span) -> tuple[int, int]:
    """The enumeration of three names or more that a span is one or some of: the reader often marks one of a list."""
    for found in _ENUMERATION.finditer(text, part.start, part.end):
        if found.start() <= start and end <= found.end():
            return found.start(), found.end()
    return start, end


def _joined(text: str, place: int) -> bool:
    """Whether a word or number goes on here: between letters or digits, and at the mark in "31.5" or "9:30"."""
    before, after = text[place - 1], text[place]
    if before.isalnum() and after.isalnum():
        return True
    first = place - 1 if after in _IN_NUMBERS else place - 2
    inside = text[max(first, 0) : first + 3]
    return len(inside) == 3 and inside[0].isdigit() and inside[1] in _IN_NUMBERS and inside[2].isdigit()  # noqa: PLR2004


def sentence_before(candidate: Candidate, candidates: Sequence[Candidate]) -> Candidate | None:
    """The preceding sentence, if the candidate leans on it ("He added …") and so makes no sense alone."""
    if candidate.line <= len(candidate.ranked.passage.headings):
        return None
    if not leans(candidate.text, candidate.ranked.article.metadata.language):
        return None
    before = (candidate.ranked.passage.id, candidate.line - 1)
    return next((other for other in candidates if (other.ranked.passage.id, other.line) == before), None)
