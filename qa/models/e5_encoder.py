"""Runs multilingual-e5-small over texts: tokens in, the vectors of the text, its tokens or its words out.

Knows prompts, positions, and how a long text is cut. Does not know how a layer is computed (``e5_onnx`` and
``e5_numpy`` do, from the same weights), or what the vectors are for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.models.e5_weights import Weights
from qa.models.late_interaction import describe
from qa.models.vectors import unit
from qa.records import Span

PASSAGE_PROMPT, QUESTION_PROMPT = "passage:", "query:"
MIDDLE_LAYER = 8
"""The layer whose states align words best between languages (Jalili Sabet et al. 2020, SimAlign, arXiv 2004.08728)."""

Matrix = NDArray[np.float32]


class Tokenizes(Protocol):
    """Something that cuts a text into tokens."""

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The tokens' numbers, and where in the text each stands."""
        ...


class Layers(Protocol):
    """The layers of the encoder; threads may share them."""

    def middle(self, embedded: Matrix) -> Matrix:
        """The states of ``MIDDLE_LAYER``, shape (tokens, hidden), of embedded tokens, same shape."""
        ...

    def both(self, embedded: Matrix) -> tuple[Matrix, Matrix]:
        """Those, and the states of the last layer."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class EncodedText:
    """A text as the encoder sees it.

    Attributes:
        vector: the mean of the last states of all tokens, the prompt's too, shape (hidden,).
        length: how many tokens these are.
        tokens: a vector of length 1 for each token of the text itself, shape (n, 128); see ``late_interaction``.
        numbers: which tokens they are.
    """

    vector: Matrix
    length: int
    tokens: Matrix
    numbers: NDArray[np.int64]


class Encoder:
    """The encoder with its tokenizer and a prompt, ready to run. Threads may share one."""

    def __init__(self, weights: Weights, layers: Layers, tokenizer: Tokenizes, prompt: str) -> None:
        self._weights = weights
        self._layers = layers
        self._tokenizer = tokenizer
        self._before = [weights.vocabulary.beginning, *tokenizer.encode(prompt)[0]]
        self._after = [weights.vocabulary.end]
        shape = weights.shape
        self._positions = weights.tensor("emb.pos", shape.positions, shape.hidden)
        self._positions += weights.tensor("emb.type", shape.token_types, shape.hidden)[0]
        self._room = shape.positions - len(self._before) - len(self._after)

    def encode(self, text: str) -> EncodedText:
        """All that one pass over prompt and text gives.

        A text that does not fit into one pass is cut into equal parts, each run with the prompt; nothing is left out.
        """
        numbers = np.array(self._tokenizer.encode(text)[0], dtype=np.int64)
        passes = list(self._passes(numbers))
        everything = np.concatenate([last for _, last in passes])
        tokens = [describe(self._own(middle), self._own(last)) for middle, last in passes]
        return EncodedText(everything.mean(axis=0), len(everything), np.concatenate(tokens), numbers)

    def token_states(self, text: str) -> tuple[Matrix, Matrix]:
        """The states of a text's own tokens in the middle and in the last layer, each of shape (n, hidden)."""
        passes = self._passes(np.array(self._tokenizer.encode(text)[0], dtype=np.int64))
        middle, last = zip(*passes, strict=True)
        return np.concatenate([self._own(states) for states in middle]), np.concatenate(
            [self._own(states) for states in last]
        )

    def _passes(self, numbers: NDArray[np.int64]) -> Iterator[tuple[Matrix, Matrix]]:
        for part in np.array_split(numbers, max(1, -(-len(numbers) // self._room))):
            yield self._layers.both(self._embedded(part))

    def _own(self, states: Matrix) -> Matrix:
        """The states without those of prompt and special tokens."""
        return states[len(self._before) : len(states) - len(self._after)]

    def encode_words(self, text: str, words: Sequence[Span]) -> Matrix:
        """A vector for each word in its context, by which it can be compared with words of other texts and languages.

        Args:
            text: a sentence or two; what does not fit into one pass is left out.
            words: where the words stand in it.

        Returns:
            Shape ``(len(words), hidden)``, each of length 1; zero for a word that was left out.
        """
        all_numbers, places = self._tokenizer.encode(text)
        numbers = np.array(all_numbers[: self._room], dtype=np.int64)
        states = self._own(self._layers.middle(self._embedded(numbers)))
        vectors = np.zeros((len(words), states.shape[1]), dtype=np.float32)
        for row, word in enumerate(words):
            tokens = [
                number
                for number, (start, end) in enumerate(places[: len(numbers)])
                if start < word.end and word.start < end
            ]
            if tokens:
                vectors[row] = states[tokens].mean(axis=0)
        return unit(vectors)

    def _embedded(self, numbers: NDArray[np.int64]) -> Matrix:
        tokens = np.array([*self._before, *numbers, *self._after])
        embedded: Matrix = self._weights.word_vectors(tokens) + self._positions[: len(tokens)]
        return embedded
