"""Vectors that were computed but not yet published, so that a killed run does not embed the same passages again.

One SQLite file, written in transactions. It is only a cache: if it cannot be read it is deleted and started anew.

Does not know: models, articles, or the index; a vector's key says all that its value depends on.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.index.generations import remove
from qa.models.vectors import TokenVectors
from qa.records import Passage

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors(
    key TEXT PRIMARY KEY, tokens INTEGER NOT NULL, passage BLOB NOT NULL, sentences BLOB NOT NULL,
    token_vectors BLOB NOT NULL)
"""
_BATCH = 500
Row = tuple[str, int, bytes, bytes, bytes]


class PassageVectorsLike(Protocol):
    """What an embedder gives for one passage: see ``CachedVectors``."""

    @property
    def passage(self) -> NDArray[np.float32]:
        """The passage's vector, shape (d,)."""

    @property
    def sentences(self) -> NDArray[np.float32]:
        """Its sentences' vectors, shape (n, d)."""

    @property
    def tokens(self) -> int:
        """Its length in the model's tokens."""

    @property
    def token_vectors(self) -> TokenVectors | None:
        """Its tokens' vectors, if the model gives them."""


@dataclass(frozen=True, slots=True, eq=False)
class CachedVectors:
    """The vector of a passage, shape (d,), those of its sentences, shape (n, d), and its length in the model's tokens.

    The sentences' vectors are kept in half precision: reading back what was stored gives the stored value exactly.
    """

    passage: NDArray[np.float32]
    sentences: NDArray[np.float32]
    tokens: int
    token_vectors: TokenVectors | None = None


def vector_key(model: str, text: str, passage: Passage) -> str:
    """What a passage's vectors depend on, hashed: the model, the passage's own text and where its sentences lie in it.

    Args:
        model: the embedding model's name.
        text: the text of the whole article.
        passage: the passage, with offsets into ``text``.
    """
    spans = ",".join(f"{s.start - passage.start}:{s.end - passage.start}" for s in passage.sentences)
    content = "\0".join((model, spans, text[passage.start : passage.end]))
    return hashlib.sha256(content.encode()).hexdigest()


def pack(key: str, vectors: PassageVectorsLike) -> Row:
    """One row: little-endian float32 for the passage, float16 for its sentences, bytes for the tokens of each."""
    passage = np.ascontiguousarray(vectors.passage, dtype="<f4").tobytes()
    sentences = np.ascontiguousarray(vectors.sentences, dtype="<f2").tobytes()
    tokens = vectors.token_vectors
    packed = b"" if tokens is None else np.array(tokens.counts, dtype="<u4").tobytes() + tokens.packed.tobytes()
    return key, vectors.tokens, passage, sentences, packed


def unpack(row: Row) -> CachedVectors:
    """The inverse of ``pack``, from the columns (key, tokens, passage, sentences, token_vectors).

    Raises:
        ValueError: the sizes do not fit.
    """
    _, tokens, passage_bytes, sentence_bytes, token_bytes = row
    passage = np.frombuffer(passage_bytes, dtype="<f4").astype(np.float32)
    sentences = np.frombuffer(sentence_bytes, dtype="<f2").astype(np.float32).reshape(-1, len(passage))
    return CachedVectors(passage, sentences, tokens, _token_vectors(token_bytes, len(sentences)))


def _token_vectors(packed: bytes, sentences: int) -> TokenVectors | None:
    if not packed:
        return None
    counts = tuple(np.frombuffer(packed, dtype="<u4", count=sentences).tolist())
    rows = np.frombuffer(packed, dtype=np.uint8, offset=4 * sentences)
    return TokenVectors(rows.reshape(sum(counts), -1) if counts and sum(counts) else rows.reshape(0, 1), counts)


class VectorCache:
    """A persistent mapping from ``vector_key`` to vectors; the file is made at first use.

    Only the holder of the writer lock may have one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: sqlite3.Connection | None = None

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            try:
                self._open = self._connect()
            except sqlite3.DatabaseError:
                self.discard()
                self._open = self._connect()
        return self._open

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            connection.execute(_SCHEMA)
            connection.execute("SELECT key, tokens, passage, sentences, token_vectors FROM vectors LIMIT 1").fetchone()
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def get(self, keys: Iterable[str]) -> dict[str, CachedVectors]:
        """The vectors of those keys that are known."""
        found: dict[str, CachedVectors] = {}
        wanted = list(keys) if self._path.exists() else []
        try:
            for start in range(0, len(wanted), _BATCH):
                batch = wanted[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                rows = self._connection.execute(f"SELECT * FROM vectors WHERE key IN ({marks})", batch)  # noqa: S608
                found.update((row[0], unpack(row)) for row in rows)
        except (sqlite3.DatabaseError, ValueError):
            self.discard()
            return {}
        return found

    def put(self, vectors: Mapping[str, PassageVectorsLike]) -> None:
        """Remember vectors, in one transaction: after this they survive the death of the process."""
        rows = [pack(key, value) for key, value in vectors.items()]
        try:
            self._insert(rows)
        except sqlite3.OperationalError:  # a full disk, for one: not the file's fault
            raise
        except sqlite3.DatabaseError:
            self.discard()
            self._insert(rows)

    def _insert(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        connection = self._connection
        connection.execute("BEGIN")
        try:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?, ?)", rows)
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.rollback()
            raise

    def close(self) -> None:
        """Close the file and keep it."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def discard(self) -> None:
        """Close the file and delete it: what it held is in the index now, or cannot be read."""
        self.close()
        remove(self._path)
        remove(self._path.with_name(f"{self._path.name}-journal"))
