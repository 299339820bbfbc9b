"""The SQLite side of an index: articles, passages, exact vectors, full-text search, copies, and what made them.

Everything but the approximate nearest-neighbour search is answered from here. Ids are hashes of content, so an index
has the same ids whatever the order and number of runs that built it.

Does not know: Chroma, embedding models, languages (terms come ready-made), or where the file lives.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.cleaning.repeated import Lines, lines_of
from qa.index import stored
from qa.index.stored import StoredArticle, StoredPassage, article_id
from qa.models.vectors import PassageVectors
from qa.records import Article, CopyPair, Passage

LAYOUT_VERSION = 3

_STRICT_SINCE = (3, 37)
_ARTICLE_COLUMNS = (
    "id, source, path, format, verbatim, sha256, title, published, outlet, language, junk, sections, left_out,"
    " characters, copy_group"
)
_TEXT_PIECE = 1 << 16
_CHOSEN_ARTICLES = "article_id IN (SELECT value FROM json_each(?))"

# The tokenizer "ascii" splits at, or folds, only ASCII characters other than a-z and 0-9. Moved to a private-use area
# they count as letters, so that every term is indexed exactly as it was given.
_AS_LETTERS = {code: 0xE000 + code for code in range(128) if not (chr(code).isdigit() or chr(code).islower())}


class Catalog:
    """One catalog file. ``create`` and ``edit`` give a writable one inside a transaction, ``read`` an immutable one.

    Every method may raise ``sqlite3.Error``, and on a corrupt file ``ValueError``, ``TypeError`` or ``LookupError``.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._moved = ("", "")

    @classmethod
    def read(cls, path: Path) -> Catalog:
        """Open a published catalog; threads may share it."""
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        return cls(sqlite3.connect(address, uri=True, check_same_thread=False))

    @classmethod
    def create(cls, path: Path) -> Catalog:
        """Make an empty catalog."""
        connection = sqlite3.connect(path, isolation_level=None)
        connection.executescript(_schema())
        return cls.edit(path, connection)

    @classmethod
    def edit(cls, path: Path, connection: sqlite3.Connection | None = None) -> Catalog:
        """Open a draft's catalog for writing; nobody else sees the draft, so the journal need not survive a crash."""
        connection = connection or sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        return cls(connection)

    def close(self) -> None:
        """Close the file; what was not saved is lost."""
        self._connection.close()

    def save(self) -> None:
        """End the transaction and keep what it did."""
        self._connection.execute("COMMIT")

    # -- what made it

    def meta(self) -> dict[str, str]:
        """The catalog's description of itself."""
        return dict(self._connection.execute("SELECT key, value FROM meta"))

    def set_meta(self, values: Mapping[str, str]) -> None:
        """Add to or change the description."""
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())

    def content_hash(self) -> str:
        """A SHA-256 over every article's digest: equal for equal contents, whatever the history."""
        rows = self._connection.execute("SELECT source, digest FROM articles ORDER BY source")
        return hashlib.sha256(json.dumps(list(rows)).encode()).hexdigest()

    # -- articles

    def say_moved(self, before: str, now: str) -> None:
        """From here on, articles in the folder ``before`` are said to be in the folder ``now``."""
        self._moved = (before, now)

    def move(self, before: str, now: str) -> None:
        """Write down that the articles in the folder ``before`` are in the folder ``now``."""
        self._connection.create_function("rebased", 3, stored.rebased, deterministic=True)
        self._connection.execute("UPDATE articles SET path = rebased(path, ?, ?)", (before, now))

    def some_sources(self, count: int) -> list[str]:
        """The first ``count`` sources."""
        return [
            row[0] for row in self._connection.execute("SELECT source FROM articles ORDER BY source LIMIT ?", (count,))
        ]

    def articles(self) -> list[StoredArticle]:
        """All articles, sorted by source."""
        rows = self._connection.execute(f"SELECT {_ARTICLE_COLUMNS} FROM articles ORDER BY source")  # noqa: S608
        return [self._stored(row) for row in rows]

    def lines(self) -> dict[str, Lines]:
        """What lines each article has, by source."""
        rows = self._connection.execute("SELECT source, lines FROM articles ORDER BY source")
        return {source: Lines.unpack(packed) for source, packed in rows}

    def article(self, source: str) -> StoredArticle | None:
        """The article from ``source``, if it is indexed."""
        query = f"SELECT {_ARTICLE_COLUMNS} FROM articles WHERE source = ?"  # noqa: S608
        row = self._connection.execute(query, (source,)).fetchone()
        return None if row is None else self._stored(row)

    def _stored(self, row: Sequence[Any]) -> StoredArticle:
        article = stored.stored_article(row)
        before, now = self._moved
        return article if before == now else replace(article, path=stored.rebased(article.path, before, now))

    def source_of(self, identifier: int) -> str:
        """The source of an article, by its id."""
        row = self._connection.execute("SELECT source FROM articles WHERE id = ?", (identifier,)).fetchone()
        return str(row[0])

    def article_count(self) -> int:
        """How many articles there are."""
        return int(self._connection.execute("SELECT count(*) FROM articles").fetchone()[0])

    def article_text(self, identifier: int, start: int = 0, end: int | None = None) -> str:
        """``text[start:end]`` of an article (not negative); reads no more of a long one than it must."""
        first = start - start % _TEXT_PIECE
        bound = end if end is not None else 1 << 62
        rows = self._connection.execute(
            "SELECT text FROM texts WHERE article_id = ? AND start >= ? AND start < ? ORDER BY start",
            (identifier, first, bound),
        )
        return "".join(text for (text,) in rows)[start - first : None if end is None else max(end - first, 0)]

    def add_article(
        self, article: Article, passages: Sequence[Passage], vectors: Sequence[PassageVectors], model: str
    ) -> list[int]:
        """Add an article whose source is not in the catalog, and its passages; ``add_terms`` is separate.

        Returns:
            The passages' ids, in their order.
        """
        document = article.document
        identifier, text = article_id(document.source), document.text
        self._connection.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(identifier, *stored.article_row(article), lines_of(text).pack()),
                *(len(text), identifier, stored.article_digest(article, passages)),
            ),
        )
        pieces = ((identifier, at, text[at : at + _TEXT_PIECE]) for at in range(0, len(text), _TEXT_PIECE))
        self._connection.executemany("INSERT INTO texts VALUES (?, ?, ?)", pieces)
        ids = [stored.passage_id(document.source, p.start, p.end, text[p.start : p.end]) for p in passages]
        self._connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(number, identifier, p.start, p.end, text[p.start : p.end]),
                    *(stored.spans_json(p.sentences), stored.headings_json(text, p)),
                )
                for number, p in zip(ids, passages, strict=True)
            ),
        )
        self._connection.executemany(
            "INSERT INTO vectors VALUES (?, ?, ?, ?, ?)",
            (
                (number, *stored.pack(stored.vector_key(model, stored.passage_text(text, passage)), vector))
                for number, passage, vector in zip(ids, passages, vectors, strict=True)
            ),
        )
        return ids

    def delete_article(self, source: str) -> list[int]:
        """Delete an article and all that hangs on it, and return the ids its passages had."""
        identifier = article_id(source)
        rows = self._connection.execute("SELECT id FROM passages WHERE article_id = ?", (identifier,)).fetchall()
        self._connection.executemany("DELETE FROM passage_terms WHERE rowid = ?", rows)
        self._connection.executemany("DELETE FROM vectors WHERE passage_id = ?", rows)
        self._connection.execute("DELETE FROM passages WHERE article_id = ?", (identifier,))
        self._connection.execute("DELETE FROM texts WHERE article_id = ?", (identifier,))
        self._connection.execute("DELETE FROM copies WHERE first = ? OR second = ?", (source, source))
        self._connection.execute("DELETE FROM articles WHERE id = ?", (identifier,))
        return [number for (number,) in rows]

    # -- passages

    def passage_count(self, articles: Collection[int] | None = None) -> int:
        """How many passages there are, or how many of them are of some articles."""
        if articles is None:
            return int(self._connection.execute("SELECT count(*) FROM passages").fetchone()[0])
        query = f"SELECT count(*) FROM passages WHERE {_CHOSEN_ARTICLES}"  # noqa: S608
        return int(self._connection.execute(query, (_json_list(articles),)).fetchone()[0])

    def passage_counts(self) -> dict[int, int]:
        """How many passages each article has that has any, by its id."""
        return dict(self._connection.execute("SELECT article_id, count(*) FROM passages GROUP BY article_id"))

    def passages(self, ids: Iterable[int]) -> dict[int, StoredPassage]:
        """The passages with these ids; ids that do not exist are left out."""
        rows = self._passage_rows("p.id IN (SELECT value FROM json_each(?))", _json_list(ids))
        return {passage.id: passage for passage in rows}

    def passages_of(self, identifier: int) -> list[StoredPassage]:
        """The passages of an article, in their order."""
        return list(self._passage_rows("p.article_id = ?", identifier))

    def _passage_rows(self, condition: str, value: object) -> Iterator[StoredPassage]:
        rows = self._connection.execute(
            "SELECT p.id, p.article_id, a.source, p.start, p.stop, p.text, p.sentences, p.headings,"  # noqa: S608
            " v.key, v.tokens, v.passage, v.sentences FROM passages p"
            " JOIN articles a ON a.id = p.article_id JOIN vectors v ON v.passage_id = p.id"
            f" WHERE {condition} ORDER BY p.start",
            (value,),
        )
        return map(stored.stored_passage, rows)

    def articles_of(self, ids: Iterable[int]) -> dict[int, int]:
        """From passage id to article id."""
        query = "SELECT id, article_id FROM passages WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._connection.execute(query, (_json_list(ids),)))

    # -- search

    def add_terms(self, terms: Mapping[int, Sequence[str]]) -> None:
        """Make passages findable by terms. Large batches are cheaper: FTS5 wants ascending ids."""
        rows = ((number, " ".join(_literal(term) for term in terms[number])) for number in sorted(terms))
        self._connection.executemany("INSERT INTO passage_terms(rowid, terms) VALUES (?, ?)", rows)

    def matching(self, terms: Iterable[str], k: int, articles: Collection[int] | None) -> list[tuple[int, float]]:
        """The ``k`` best passages that hold at least one of the terms, by BM25 (k1 = 1.2, b = 0.75), best first.

        Returns:
            Pairs of passage id and score; scores are positive and have no upper bound. Ties are in order of id.
        """
        wanted = [f'"{_literal(term)}"' for term in dict.fromkeys(terms) if term]
        if not wanted or k <= 0:
            return []
        query = "SELECT rowid, -bm25(passage_terms) AS score FROM passage_terms WHERE passage_terms MATCH ?"
        values: list[object] = [" OR ".join(wanted)]
        if articles is not None:  # the plus keeps SQLite from running the full-text query once for each passage
            query += f" AND +rowid IN (SELECT id FROM passages WHERE {_CHOSEN_ARTICLES})"  # noqa: S608
            values.append(_json_list(articles))
        rows = self._connection.execute(f"{query} ORDER BY score DESC, rowid LIMIT ?", (*values, k))
        return [(number, float(score)) for number, score in rows]

    def document_frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs."""
        query = "SELECT count(*) FROM passage_terms WHERE passage_terms MATCH ?"
        counts = (
            (term, self._connection.execute(query, (f'"{_literal(term)}"',)).fetchone()[0]) for term in set(terms)
        )
        return dict(counts)

    def vectors(self, ids: Iterable[int]) -> tuple[list[int], NDArray[np.float32]]:
        """The exact vectors of passages: the ids that exist, and a matrix with one row for each."""
        return self._matrix("passage_id IN (SELECT value FROM json_each(?))", _json_list(ids))

    def vectors_in(self, articles: Collection[int]) -> tuple[list[int], NDArray[np.float32]]:
        """As ``vectors``, for all passages of some articles."""
        condition = f"passage_id IN (SELECT id FROM passages WHERE {_CHOSEN_ARTICLES})"  # noqa: S608
        return self._matrix(condition, _json_list(articles))

    def all_vectors(self) -> tuple[list[int], NDArray[np.float32]]:
        """As ``vectors``, for all passages."""
        return self._matrix("?", "1")

    def _matrix(self, condition: str, value: str) -> tuple[list[int], NDArray[np.float32]]:
        query = f"SELECT passage_id, passage FROM vectors WHERE {condition} ORDER BY passage_id"  # noqa: S608
        rows = self._connection.execute(query, (value,)).fetchall()
        flat = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").astype(np.float32)
        return [row[0] for row in rows], flat.reshape(len(rows), -1) if rows else flat.reshape(0, 0)

    def computed(self, keys: Iterable[str]) -> dict[str, PassageVectors]:
        """Vectors by ``vector_key``: what need not be embedded again."""
        rows = self._connection.execute(
            "SELECT key, tokens, passage, sentences FROM vectors WHERE key IN (SELECT value FROM json_each(?))",
            (_json_list(keys),),
        )
        return {row[0]: stored.unpack(row) for row in rows}

    # -- copies

    def copies(self) -> list[CopyPair]:
        """The pairs of articles that tell one story, sorted by source."""
        rows = self._connection.execute("SELECT first, second, relation, certainty, why FROM copies ORDER BY 1, 2")
        return [CopyPair(*row) for row in rows]

    def set_copies(self, pairs: Iterable[CopyPair], groups: Mapping[str, int]) -> None:
        """Replace all pairs, and number the groups (by source; articles not named keep theirs)."""
        self._connection.execute("DELETE FROM copies")
        self._connection.executemany(
            "INSERT INTO copies VALUES (?, ?, ?, ?, ?)",
            [(pair.first, pair.second, pair.relation, pair.certainty, pair.why) for pair in pairs],
        )
        rows = [(group, source) for source, group in groups.items()]
        self._connection.executemany("UPDATE articles SET copy_group = ? WHERE source = ?", rows)


def _schema() -> str:
    text = (resources.files("qa.index") / "data" / "catalog.sql").read_text(encoding="utf-8")
    return text if sqlite3.sqlite_version_info >= _STRICT_SINCE else text.replace(" STRICT;", ";")


def _literal(term: str) -> str:
    return term.translate(_AS_LETTERS)


def _json_list(values: Iterable[object]) -> str:
    return json.dumps(list(values))
