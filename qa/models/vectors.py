"""What every embedding model is to the rest of the program: texts in, vectors of length 1 out.

Does not know: any model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.records import Span

_NOT_ENCODABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PassageText:
    """A passage to embed. The ``sentences`` are spans of ``text``, not of the article it is from."""

    text: str
    sentences: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """The vectors of a passage's tokens, as ``qa.models.late_interaction`` packs them, sentence after sentence.

    Attributes:
        packed: one row a token, shape ``(sum(counts), b)``.
        counts: how many tokens each sentence has.
    """

    packed: NDArray[np.uint8]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PassageVectors:
    """The vectors of a passage, shape ``(d,)``, and of its sentences, shape ``(len(sentences), d)``, all of length 1.

    ``tokens`` is how many tokens the passage has for the model, or 0 if the model does not tell; ``token_vectors`` is
    ``None`` where the model gives a vector only for a whole text.
    """

    passage: NDArray[np.float32]
    sentences: NDArray[np.float32]
    tokens: int
    token_vectors: TokenVectors | None = None


@dataclass(frozen=True, slots=True, eq=False)
class QuestionTokens:
    """The vectors of a question's tokens, to be compared with those of passages.

    Attributes:
        vectors: of length 1, shape ``(n, t)``.
        weights: how much each token counts, shape ``(n,)``, together 1.
    """

    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class QuestionVectors:
    """The vector of a question, shape ``(d,)``, length 1, and those of its tokens where the model gives them."""

    whole: NDArray[np.float32]
    tokens: QuestionTokens | None = None


class Embedder(Protocol):
    """An embedding model. Making one is cheap: the model is opened when it is first needed.

    The texts must not be blank (``ValueError``); a model that cannot be loaded or asked raises ``EmbeddingError``.
    """

    @property
    def name(self) -> str:
        """The model as the settings name it; an index remembers it."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of the vectors; asking may open the model."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about how the vectors were made, in whole sentences; usually nothing."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> list[QuestionVectors]:
        """The vectors of questions, in order."""
        ...

    def embed_passages(self, passages: Sequence[PassageText]) -> Iterator[PassageVectors]:
        """Yield the vectors of passages one by one, in the order given, as they become ready."""
        ...


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors (along the last axis) scaled to length 1; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def embeddable(text: str) -> str:
    """The text, as long as before, with what cannot be passed on as UTF-8 or as a C string replaced by spaces.

    Raises:
        ValueError: the text is blank.
    """
    clean = _NOT_ENCODABLE.sub(" ", text)
    if not clean.strip():
        raise ValueError("a blank text has no vector")
    return clean
