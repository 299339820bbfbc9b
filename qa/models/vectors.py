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
class PassageVectors:
    """The vectors of a passage, shape ``(d,)``, and of its sentences, shape ``(len(sentences), d)``, all of length 1.

    ``tokens`` is how many tokens the passage has for the model, or 0 if the model does not tell.
    """

    passage: NDArray[np.float32]
    sentences: NDArray[np.float32]
    tokens: int


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

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of questions, in order, shape ``(len(texts), dimensions)``."""
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
