"""Which word of one sentence says what a word of another says, in the same language or across languages.

Words are compared by their vectors in a middle layer of the bundled encoder, as SimAlign does (Jalili Sabet et al.
2020, arXiv 2004.08728), and by their stems. Does not know what follows from words matching.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.models.e5 import word_encoder
from qa.models.vectors import embeddable
from qa.records import Span
from qa.text.language import function_words
from qa.text.words import fold, stem

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_KEPT_SENTENCES = 2000


@dataclass(frozen=True, slots=True, eq=False)
class AnalysedSentence:
    """A sentence's words.

    Attributes:
        text: the sentence.
        language: ISO 639-1, or ``None``.
        words: where they stand in the text.
        stems: one a word.
        content: which of them are not function words, shape (n,).
        vectors: of length 1, shape (n, d).
    """

    text: str
    language: str | None
    words: tuple[Span, ...]
    stems: tuple[str, ...]
    content: NDArray[np.bool_]
    vectors: NDArray[np.float32]


class WordAligner:
    """Analyses sentences, keeps the last ones, and compares their words. Threads may share one."""

    def __init__(self) -> None:
        self._analysed: OrderedDict[tuple[str, str | None], AnalysedSentence] = OrderedDict()

    def analyse(self, text: str, language: str | None) -> AnalysedSentence:
        """The words of a sentence.

        Raises:
            EmbeddingError: the encoder does not work on this machine.
        """
        key = (text, language)
        found = self._analysed.get(key)
        if found is None:
            found = self._analysed[key] = _analyse(text, language)
            while len(self._analysed) > _KEPT_SENTENCES:
                self._analysed.popitem(last=False)
        return found


def similarities(claim: AnalysedSentence, evidence: AnalysedSentence) -> NDArray[np.float32]:
    """How alike each word of ``claim`` (rows) and of ``evidence`` (columns) are, from -1 to 1; equal stems are 1."""
    if not (claim.words and evidence.words):
        return np.zeros((len(claim.words), len(evidence.words)), dtype=np.float32)
    cosines: NDArray[np.float32] = claim.vectors @ evidence.vectors.T
    for row, stem_of_claim in enumerate(claim.stems):
        for column, stem_of_evidence in enumerate(evidence.stems):
            if stem_of_claim == stem_of_evidence:
                cosines[row, column] = 1.0
    return cosines


def _analyse(text: str, language: str | None) -> AnalysedSentence:
    words = tuple(Span(match.start(), match.end()) for match in _WORD.finditer(text))
    folded = [fold(text[word.start : word.end]) for word in words]
    function = {fold(word) for word in function_words(language or "")}
    vectors = word_encoder().encode_words(embeddable(text), words) if words else np.zeros((0, 1), dtype=np.float32)
    return AnalysedSentence(
        text=text,
        language=language,
        words=words,
        stems=tuple(stem(folded, language)),
        content=np.array([word not in function for word in folded], dtype=np.bool_),
        vectors=vectors,
    )
