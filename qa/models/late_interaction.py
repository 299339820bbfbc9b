"""Compares questions with sentences token by token: each token of the question with the most similar of a sentence.

The method is ColBERT's (Khattab and Zaharia 2020, arXiv 2004.12832) without its training: a token is described by its
states in a middle and in the last layer of the bundled encoder, each less its mean, side by side, projected on their
first principal components. Mean and components come from ``data/token_basis.npy``, which ``benchmarks/token_basis.py``
makes from texts of no question set. A token takes 64 bytes: four bits a number (on the development data as good as
sixteen).

Does not know: the encoder, or what is done with similarities.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from qa.models.vectors import QuestionTokens, TokenVectors, unit

_LEVELS = 7
"""Numbers are rounded to whole ones from -7 to 7, as shares of the largest of their token."""


def describe(middle: NDArray[np.float32], last: NDArray[np.float32]) -> NDArray[np.float32]:
    """Token vectors of length 1, shape (tokens, 128), from the states of two layers, each of shape (tokens, hidden)."""
    mean, components = _basis()
    return unit(centred(np.hstack([middle, last]), mean) @ components)


def centred(states: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """The states of both layers side by side, shape (tokens, 2 * hidden), less their mean, each layer's of length 1."""
    halves = np.hsplit(states - mean, 2)
    return np.hstack([unit(half) for half in halves])


def pack(vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Token vectors, shape (tokens, d), in four bits a number: shape (tokens, d / 2)."""
    largest = np.abs(vectors).max(axis=1, initial=1e-9, keepdims=True)
    levels = (np.rint(vectors / largest * _LEVELS) + _LEVELS).astype(np.uint8)
    packed: NDArray[np.uint8] = levels[:, 0::2] << 4 | levels[:, 1::2]
    return packed


def unpack(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """About what was packed, each row of length 1."""
    vectors = np.empty((len(packed), 2 * packed.shape[1]), dtype=np.float32)
    vectors[:, 0::2] = packed >> 4
    vectors[:, 1::2] = packed & 15
    return unit(vectors - _LEVELS)


def token_matches(question: QuestionTokens, tokens: TokenVectors) -> NDArray[np.float32]:
    """The similarity of each token of the question (columns) to the best one of each sentence (rows), from -1 to 1.

    A sentence without tokens matches nothing: its row is 0.
    """
    matches = np.zeros((len(tokens.counts), len(question.weights)), dtype=np.float32)
    full = [row for row, count in enumerate(tokens.counts) if count]
    if full and len(question.weights):
        similarities = unpack(tokens.packed) @ question.vectors.T
        starts = np.cumsum([0, *tokens.counts[:-1]])[full]
        matches[full] = np.maximum.reduceat(similarities, starts, axis=0)
    return matches


def join(sentences: Sequence[NDArray[np.float32]]) -> TokenVectors:
    """The packed token vectors of sentences, given one matrix for each."""
    packed = [pack(vectors) for vectors in sentences]
    return TokenVectors(np.concatenate(packed) if packed else np.zeros((0, 1), np.uint8), tuple(map(len, packed)))


@cache
def _basis() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    with files("qa.models").joinpath("data", "token_basis.npy").open("rb") as file:
        rows: NDArray[np.float32] = np.load(file, allow_pickle=False).astype(np.float32)
    return rows[0], np.ascontiguousarray(rows[1:].T)
