"""How well the words of a claim align with those of some evidence: a second opinion beside the reader's.

Words are compared by their vectors in a middle layer of the bundled encoder, as SimAlign does (Jalili Sabet et al.
2020, arXiv 2004.08728), and by their stems. Does not know meaning, what is made of the alignment, or who wrote the
claim.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.models.e5 import word_encoder
from qa.models.vectors import embeddable
from qa.records import Span
from qa.text.words import find_words, folded_function_words, stem

_ALIGNED = 0.62
"""Similarity from which two words are taken for counterparts; of unrelated words one in twenty is more alike."""
_AS_GOOD = 0.02
"""Counterparts that are alike to within this are equally good."""
_STRANGER, _HARDLY, _MANY = 0.45, 0.6, 0.3
"""Similarities below which a word has no counterpart, or hardly one, and what share of these is too much: of the tuning
half of the labelled sentences this refuses .02 of the true and .24 of the false ones (held out .05 and .15)."""
_KEPT_SENTENCES = 2000


@dataclass(frozen=True, slots=True, eq=False)
class _Sentence:
    """A sentence's words: folded stems, which of them are content words or written with a capital, and unit vectors."""

    stems: tuple[str, ...]
    content: NDArray[np.bool_]
    capital: NDArray[np.bool_]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a claim's content words align with the sentence that fits it best.

    Attributes:
        similarity: mean of the words to their counterparts, from -1 to 1.
        out_of_order: of the steps from one counterpart to the next, the share that go back.
        has_strangers: a word has no counterpart at all, or a third of the words have hardly one: something was added.
    """

    similarity: float
    out_of_order: float
    has_strangers: bool = False


class Aligner:
    """Aligns claims with evidence. Threads may share one."""

    def __init__(self) -> None:
        self._analysed: OrderedDict[tuple[str, str | None], _Sentence] = OrderedDict()

    def align(
        self, claim: str, language: str | None, units: Sequence[Sequence[str]], evidence_language: str | None
    ) -> Alignment:
        """The best alignment of a claim with any of these units, each one sentence, or one with the one it leans on.

        Raises:
            EmbeddingError: words cannot be compared on this machine.
        """
        analysed = self._analyse(claim, language)
        found = (self._align(analysed, unit, evidence_language) for unit in units)
        return max(found, key=lambda one: one.similarity, default=Alignment(0.0, 0.0))

    def _align(self, claim: _Sentence, unit: Sequence[str], language: str | None) -> Alignment:
        tables = [_similarities(claim, self._analyse(text, language))[claim.content] for text in unit]
        table = np.concatenate(tables, axis=1)
        if not table.size:
            return Alignment(0.0, 0.0)
        best = table.max(axis=1)
        # The sentence before may only say who or what the second leans on.
        counted = best if len(tables) == 1 else np.where(claim.capital[claim.content], best, tables[1].max(axis=1))
        strangers = bool(best.min() < _STRANGER or (best < _HARDLY).mean() >= _MANY)
        return Alignment(float(counted.mean()), _out_of_order(table, best, counted), strangers)

    def _analyse(self, text: str, language: str | None) -> _Sentence:
        key = (text, language)
        found = self._analysed.get(key)
        if found is None:
            found = self._analysed[key] = _analyse(text, language)
            while len(self._analysed) > _KEPT_SENTENCES:
                self._analysed.popitem(last=False)
        return found


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
