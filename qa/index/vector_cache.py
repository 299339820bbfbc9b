"""Vectors that were computed but not yet published, so that a killed run does not embed the same passages again.

One SQLite file, written in transactions. It is only a cache: if it cannot be read it is deleted and started anew.

Does not know: models, articles, or the index.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from qa.index.generations import remove
from qa.index.stored import VectorRow, pack, unpack
from qa.models.vectors import PassageVectors

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors(
    key TEXT PRIMARY KEY, tokens INTEGER NOT NULL, passage BLOB NOT NULL, sentences BLOB NOT NULL)
"""
_BATCH = 500


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
            connection.execute("INSERT INTO vectors(key, tokens, passage, sentences) SELECT * FROM vectors WHERE 0")
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def get(self, keys: Iterable[str]) -> dict[str, PassageVectors]:
        """The vectors of those keys that are known."""
        found: dict[str, PassageVectors] = {}
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

    def put(self, vectors: Mapping[str, PassageVectors]) -> None:
        """Remember vectors, in one transaction: after this they survive the death of the process."""
        rows = [pack(key, value) for key, value in vectors.items()]
        try:
            self._insert(rows)
        except sqlite3.OperationalError:  # a full disk, for one: not the file's fault
            raise
        except sqlite3.DatabaseError:
            self.discard()
            self._insert(rows)

    def _insert(self, rows: Sequence[VectorRow]) -> None:
        if not rows:
            return
        connection = self._connection
        connection.execute("BEGIN")
        try:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)
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
