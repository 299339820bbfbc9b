"""Judges support by words: each content word of a claim has a counterpart in the evidence, in much the same order.

Words are compared by their vectors in a middle layer of the bundled encoder, as SimAlign does (Jalili Sabet et al.
2020, arXiv 2004.08728), and by their stems. The mean similarity and the order become a probability by a logistic
regression, fitted on labelled sentences by ``benchmarks/verification.py``; false sentences count nine times as much as
true ones. A natural language inference model can take its place. The guards are asked whatever judges. Does not know
meaning, nor who wrote the claim.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.models.cross_encoders import EntailmentModel
from qa.models.e5 import word_encoder
from qa.models.vectors import embeddable
from qa.reading.guards import missing
from qa.reading.support import SourceSentence, Support
from qa.records import Span
from qa.text.pronouns import leans
from qa.text.words import find_words, folded_function_words, stem

FEATURES = ("mean_alignment", "share_out_of_order", "other_language")
_WEIGHTS = np.array([17.91, -7.07, 3.27])
_BIAS = -16.7
_ALIGNED = 0.62
"""Similarity from which two words are taken for counterparts; of unrelated words one in twenty is more alike."""
_AS_GOOD = 0.02
"""Counterparts that are alike to within this are equally good."""
_SUPPORTED = 0.5
_PROMISING = 4
"""Of how many sentences, best aligned first, the guards are asked too."""
_KEPT_SENTENCES = 2000


@dataclass(frozen=True, slots=True, eq=False)
class _Sentence:
    """A sentence's words: folded stems, which of them are content words or written with a capital, and unit vectors."""

    stems: tuple[str, ...]
    content: NDArray[np.bool_]
    capital: NDArray[np.bool_]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Source sentences that are read together, and how the claim's content words align with them.

    Attributes:
        unit: which of the sources.
        text: of all of them.
        language: ISO 639-1.
        alignment: mean similarity of the words to their counterparts, from -1 to 1.
        out_of_order: of the steps from one counterpart to the next, the share that go back.
    """

    unit: tuple[int, ...]
    text: str
    language: str | None
    alignment: float
    out_of_order: float


class AligningVerifier:
    """Checks claims. Threads may share one."""

    def __init__(self, entailment_model: str = "") -> None:
        """Judge meaning by words or, if one is named, by a natural language inference model."""
        self._analysed: OrderedDict[tuple[str, str | None], _Sentence] = OrderedDict()
        self._entailment = EntailmentModel(entailment_model) if entailment_model else None

    def prepare(self) -> None:
        """Open the encoder in the background, while a model writes."""
        threading.Thread(target=word_encoder, daemon=True).start()

    def check(
        self, claim: str, language: str | None, sources: Sequence[SourceSentence], allowed: Collection[int]
    ) -> Support:
        """Look for the evidence that supports a claim best; see ``qa.reading.support.Verifier``.

        Raises:
            EmbeddingError: words cannot be compared on this machine.
            ConfigError: the entailment model cannot be used.
        """
        best = Support(0.0, supported=False, evidence=())
        for evidence in self.ranked(claim, language, sources, allowed):
            support = self._judge(claim, language, evidence)
            if (support.supported, support.score) > (best.supported, best.score) or not best.evidence:
                best = support
        return best

    def ranked(
        self, claim: str, language: str | None, sources: Sequence[SourceSentence], allowed: Collection[int]
    ) -> list[Evidence]:
        """The most promising evidence first."""
        analysed = self._analyse(claim, language)
        found = [self._evidence(analysed, unit, sources) for unit in _units(sources, set(allowed))]
        return sorted(found, key=lambda one: (-one.alignment, len(one.unit), one.unit))[:_PROMISING]

    def _judge(self, claim: str, language: str | None, evidence: Evidence) -> Support:
        lacking = missing(claim, language, evidence.text, evidence.language)
        if lacking:
            score = 0.0
        elif self._entailment is not None:
            score = self._entailment.probability(evidence.text, claim)
        else:
            score = 1 / (1 + math.exp(-float(features(evidence, language) @ _WEIGHTS + _BIAS)))
        return Support(score, supported=score >= _SUPPORTED, evidence=evidence.unit, missing=lacking)

    def _evidence(self, claim: _Sentence, unit: tuple[int, ...], sources: Sequence[SourceSentence]) -> Evidence:
        sentences = [sources[index] for index in unit]
        tables = [_similarities(claim, self._analyse(one.text, one.language))[claim.content] for one in sentences]
        table = np.concatenate(tables, axis=1)
        if not table.size:
            return Evidence(unit, " ".join(one.text for one in sentences), sentences[0].language, 0.0, 0.0)
        best = table.max(axis=1)
        # The sentence before may only say who or what the second leans on.
        counted = best if len(tables) == 1 else np.where(claim.capital[claim.content], best, tables[1].max(axis=1))
        text = " ".join(one.text for one in sentences)
        return Evidence(unit, text, sentences[0].language, float(counted.mean()), _out_of_order(table, best, counted))

    def _analyse(self, text: str, language: str | None) -> _Sentence:
        key = (text, language)
        found = self._analysed.get(key)
        if found is None:
            found = self._analysed[key] = _analyse(text, language)
            while len(self._analysed) > _KEPT_SENTENCES:
                self._analysed.popitem(last=False)
        return found


def features(evidence: Evidence, language: str | None) -> NDArray[np.float64]:
    """What the probability is made of, in the order of ``FEATURES``, shape (3,)."""
    return np.array([evidence.alignment, evidence.out_of_order, language != evidence.language], dtype=np.float64)


def _analyse(text: str, language: str | None) -> _Sentence:
    words = find_words(text)
    function = folded_function_words(language or "")
    spans = [Span(word.start, word.end) for word in words]
    return _Sentence(
        stems=tuple(stem([word.folded for word in words], language)),
        content=np.array([word.folded not in function for word in words], dtype=np.bool_),
        capital=np.array([text[word.start].isupper() for word in words], dtype=np.bool_),
        vectors=word_encoder().encode_words(embeddable(text), spans) if words else np.zeros((0, 1), dtype=np.float32),
    )


def _similarities(claim: _Sentence, evidence: _Sentence) -> NDArray[np.float32]:
    """How alike each word of the claim (rows) and of the evidence are, from -1 to 1; equal stems are 1."""
    if not (claim.stems and evidence.stems):
        return np.zeros((len(claim.stems), len(evidence.stems)), dtype=np.float32)
    table: NDArray[np.float32] = claim.vectors @ evidence.vectors.T
    table[np.array(claim.stems)[:, None] == np.array(evidence.stems)] = 1.0
    return table


def _out_of_order(table: NDArray[np.float32], best: NDArray[np.float32], counted: NDArray[np.float32]) -> float:
    """How often the next word's counterpart stands before the last one's; of several as good, one that does not."""
    places: list[int] = []
    last = -1
    for row, value, similarity in zip(table, best, counted, strict=True):
        equal = np.flatnonzero(row >= value - _AS_GOOD)
        later = equal[equal > last]
        last = int(later[0] if len(later) else equal[0])
        if similarity >= _ALIGNED:
            places.append(last)
    steps = np.diff(places)
    return float((steps < 0).mean()) if len(steps) else 0.0


def _units(sources: Sequence[SourceSentence], allowed: Collection[int]) -> Iterator[tuple[int, ...]]:
    """Single sentences, and those that lean on the one before together with that."""
    for index in allowed:
        yield (index,)
        sentence = sources[index]
        if index - 1 in allowed and sentence.continues and leans(sentence.text, sentence.language):
            yield (index - 1, index)
