"""A generation that is being built: every change goes to the catalog at once and to Chroma in batches.

Does not know: when a draft is begun, published or thrown away.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.index.catalog import Catalog
from qa.index.chroma import PassageRecord, VectorStore, drop_transient_graphs
from qa.index.opening import CATALOG, CHROMA
from qa.index.stored import article_id
from qa.models.vectors import PassageVectors
from qa.records import Article, Passage

_BATCH = 1000


class Draft:
    """The open files of an unpublished generation. Methods raise ``sqlite3.Error`` and ``ChromaError``."""

    def __init__(self, folder: Path, *, copied: bool) -> None:
        self.folder = folder
        (folder / CHROMA).mkdir(exist_ok=True)
        self.catalog = Catalog.edit(folder / CATALOG) if copied else Catalog.create(folder / CATALOG)
        try:
            self._store = VectorStore(folder / CHROMA, create=not copied)
        except BaseException:
            self.catalog.close()
            raise
        self._start_batch()

    def _start_batch(self) -> None:
        self._added: set[int] = set()
        self._passages: list[PassageRecord] = []
        self._articles: dict[int, NDArray[np.float32]] = {}
        self._terms: dict[int, Sequence[str]] = {}
        self._removed_passages: list[int] = []
        self._removed_articles: list[int] = []

    @property
    def store(self) -> VectorStore:
        """Chroma, with every change so far."""
        self.flush()
        return self._store

    def add(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Sequence[PassageVectors],
        terms: Sequence[Sequence[str]],
        model: str,
    ) -> None:
        """Add an article that is not there."""
        document = article.document
        ids = self.catalog.add_article(article, passages, vectors, model)
        self._added.add(article_id(document.source))
        self._terms.update(zip(ids, terms, strict=True))
        starts = [section.start for section in document.sections]
        for number, passage, vector in zip(ids, passages, vectors, strict=True):
            text = document.text[passage.start : passage.end]
            metadata = _metadata(article, passage, starts)
            self._passages.append(
                PassageRecord(number, document.source, passage.start, passage.end, text, vector.passage, metadata)
            )
        mean = mean_direction(np.array([vector.passage for vector in vectors], dtype=np.float32))
        if mean is not None:
            self._articles[article_id(document.source)] = mean
        if len(self._passages) >= _BATCH:
            self.flush()

    def remove(self, source: str) -> None:
        """Remove an article."""
        identifier = article_id(source)
        if identifier in self._added:
            self.flush()
        self._removed_passages += self.catalog.delete_article(source)
        self._removed_articles.append(identifier)

    def flush(self) -> None:
        """Pass on what waits: removals first, since an article that changed keeps some of its passages' ids."""
        if self._removed_articles:
            self._store.delete(self._removed_passages, self._removed_articles)
        if self._passages:
            self._store.add_passages(self._passages)
            self._store.add_articles(self._articles)
            self.catalog.add_terms(self._terms)
        self._start_batch()

    def finish(self) -> None:
        """Write everything out and close; the folder is complete then."""
        passages, article_vectors = self.store.counts()
        self.catalog.set_meta({"article_vectors": str(article_vectors), "content_hash": self.catalog.content_hash()})
        self.catalog.save()
        self.close()
        drop_transient_graphs(self.folder / CHROMA, empty=passages == 0)

    def close(self) -> None:
        """Close the files."""
        self.catalog.close()
        self._store.close()


def mean_direction(vectors: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The mean of vectors of shape (n, d), scaled to length 1; ``None`` where there is none."""
    if not vectors.size:
        return None
    mean = vectors.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / np.float32(length) if length > 0 else None


def _metadata(article: Article, passage: Passage, starts: Sequence[int]) -> dict[str, str | int]:
    described = article.metadata
    place = bisect_right(starts, passage.start)
    return {
        "source": article.document.source,
        "start": passage.start,
        "end": passage.end,
        "title": described.title or "",
        "published": described.published or "",
        "published_day": _day_number(described.published),
        "language": described.language or "",
        "outlet": described.outlet or "",
        "locator": article.document.sections[place - 1].locator if place else "",
    }


def _day_number(published: str | None) -> int:
    """The proleptic ordinal of an ISO 8601 date, for range filters in Chroma; -1 where it is not known to the day."""
    try:
        return date.fromisoformat((published or "")[:10]).toordinal()
    except ValueError:
        return -1
