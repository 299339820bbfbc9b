"""The index as whoever asks sees it: one generation, searched by vector and by words, and what it says of itself.

The catalog holds the exact vectors and gives every score; Chroma finds the candidates among many. Chroma must write
where it reads; an index that cannot be written to, as on a read-only disk, is searched exactly instead.

Does not know: how an index is written (``qa.index.writer``), or how articles are read, cut, embedded or compared.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from qa.errors import IndexMismatchError
from qa.index.catalog import Catalog
from qa.index.chroma import ChromaError, VectorStore, is_writable
from qa.index.generations import REBUILD, Claim, claim_current, verify
from qa.index.opening import CATALOG, CHROMA, IndexInfo, check_model, damage_reported, open_store, read_info
from qa.index.stored import StoredArticle, StoredPassage
from qa.records import CopyPair, SourceInfo

_EXACT = 1024
"""Up to this many passages an exact search is as quick as a filtered approximate one."""


class IndexReader:
    """One generation of an index, unchanging for as long as this is open. Threads may share it.

    Every method raises ``IndexDamagedError`` if it meets a file that cannot be what was written.
    """

    def __init__(self, claim: Claim, catalog: Catalog, info: IndexInfo, name: Path) -> None:
        self.info = info
        self._claim = claim
        self._catalog = catalog
        self._name = name
        self._store: VectorStore | None = None
        self._every: tuple[list[int], NDArray[np.float32]] | None = None
        self._opening = threading.Lock()

    def __enter__(self) -> IndexReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the generation go."""
        self._catalog.close()
        if self._store is not None:
            self._store.close()
            self._store = None
        self._claim.release()

    def __del__(self) -> None:
        """Let the generation go when nobody asks any more: a long question may outlive the switch to a newer one."""
        self.close()

    def is_current(self) -> bool:
        """Whether nothing newer was published since this was opened."""
        return self._claim.is_current(self._name)

    def check(self) -> None:
        """Open Chroma now rather than at the first search, and compare what it holds with the catalog."""
        if self._vectors() is None:
            with damage_reported(self._name):
                verify(self._claim.folder, contents=True)

    def _vectors(self) -> VectorStore | None:
        """Chroma, or ``None`` where it cannot be opened because it must write into the folder that it reads from."""
        if not is_writable(self._claim.folder / CHROMA):
            return None
        with self._opening:
            if self._store is None:
                with damage_reported(self._name):
                    self._store = open_store(self._catalog, self._claim.folder)
            return self._store

    def _all_vectors(self) -> tuple[list[int], NDArray[np.float32]]:
        if self._every is None:
            self._every = self._catalog.all_vectors()
        return self._every

    def articles(self) -> list[StoredArticle]:
        """All articles, sorted by source."""
        with damage_reported(self._name):
            return self._catalog.articles()

    def sources(self) -> list[SourceInfo]:
        """What there is to say of each article, sorted by source."""
        articles = self.articles()
        with damage_reported(self._name):
            passages = self._catalog.passage_counts()
        return [
            SourceInfo(
                source=article.source,
                metadata=article.metadata,
                format=article.format,
                characters=article.characters,
                passages=passages.get(article.id, 0),
                junk=sum(junk.end - junk.start for junk in article.junk),
                group=article.group,
                left_out=article.left_out,
            )
            for article in articles
        ]

    def article(self, source: str) -> StoredArticle | None:
        """The article from ``source``, if it is indexed."""
        with damage_reported(self._name):
            return self._catalog.article(source)

    def article_text(self, article_id: int, start: int = 0, end: int | None = None) -> str:
        """``text[start:end]`` of an article, without reading all of a long one."""
        with damage_reported(self._name):
            return self._catalog.article_text(article_id, start, end)

    def passages(self, ids: Iterable[int]) -> dict[int, StoredPassage]:
        """The passages with these ids."""
        with damage_reported(self._name):
            return self._catalog.passages(ids)

    def passages_of(self, article_id: int) -> list[StoredPassage]:
        """The passages of an article, in their order."""
        with damage_reported(self._name):
            return self._catalog.passages_of(article_id)

    def copies(self) -> list[CopyPair]:
        """The pairs of articles that tell one story, sorted by source."""
        with damage_reported(self._name):
            return self._catalog.copies()

    def matching(
        self, terms: Sequence[str], k: int, articles: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """The ``k`` best passages by BM25, as pairs of id and score (positive, unbounded), best first.

        Args:
            terms: as ``IndexWriter.put`` was given them; one of them must occur. Repeats are ignored.
            k: how many at most.
            articles: ids of the only articles to look in.
        """
        with damage_reported(self._name):
            return self._catalog.matching(terms, k, articles)

    def document_frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs, for every term given."""
        with damage_reported(self._name):
            return self._catalog.document_frequencies(terms)

    def similarities(self, vector: NDArray[np.float32], passage_ids: Iterable[int]) -> dict[int, float]:
        """The cosine similarity (-1 to 1) of each of these passages to a vector of shape (d,)."""
        self._check_dimensions(vector)
        with damage_reported(self._name):
            return dict(_scored(vector, *self._catalog.vectors(passage_ids)))

    def nearest(
        self, vector: NDArray[np.float32], k: int, articles: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """The ``k`` passages nearest to a vector, as pairs of id and cosine similarity (-1 to 1), nearest first.

        The similarities are exact to six places. Which passages are found is exact among the few chosen by
        ``articles``, and otherwise as good as Chroma's graph. There are always ``k`` if that many exist. Ties are in
        order of id.

        Args:
            vector: shape (d,); its length does not matter.
            k: how many at most.
            articles: ids of the only articles to look in.

        Raises:
            IndexMismatchError: the vector has not the index's dimensions.
        """
        if k <= 0 or not self.info.passages:
            return []
        self._check_dimensions(vector)
        with damage_reported(self._name):
            candidates, matrix = self._candidates(vector, k, articles)
            return _scored(vector, candidates, matrix)[:k]

    def _candidates(
        self, vector: NDArray[np.float32], k: int, articles: Collection[int] | None
    ) -> tuple[list[int], NDArray[np.float32]]:
        total, store = self.info.passages, self._vectors()
        if articles is None:
            if store is None:
                return self._all_vectors()
            wanted = min(k, total)
            found = [number for number, _ in store.nearest(vector, wanted)]
        else:
            allowed = set(articles)
            available = self._catalog.passage_count(allowed)
            wanted, found = min(k, available), []
            if available > _EXACT and store is not None:
                fetch = min(total, 2 * math.ceil(k * total / available))  # twice what evenly spread passages need
                nearby = [number for number, _ in store.nearest(vector, fetch)]
                article_of = self._catalog.articles_of(nearby)
                found = [number for number in nearby if article_of[number] in allowed][:k]
        if len(found) >= wanted > 0:
            candidates, matrix = self._catalog.vectors(found)
            if len(candidates) != len(found):
                raise ChromaError("it holds passages that the catalog does not know")
            return candidates, matrix
        return self._catalog.vectors_in(articles) if articles is not None else self._catalog.all_vectors()

    def _check_dimensions(self, vector: NDArray[np.float32]) -> None:
        if self.info.passages and vector.shape != (self.info.dimensions,):
            raise IndexMismatchError(
                f"the index {self._name} holds vectors of {self.info.dimensions} numbers, not {vector.shape[-1]}",
                REBUILD,
            )


def open_reader(index_dir: Path, *, model: str) -> IndexReader:
    """Open the current generation of an index.

    Chroma is opened, and checked, at the first search by vector: listing and showing articles stays quick.

    Raises:
        IndexMissingError: there is none.
        IndexMismatchError: it was made with another embedding model.
        IndexDamagedError: it cannot be read.
        InputError: ``index_dir`` is not a folder.
    """
    claim = claim_current(index_dir)
    catalog: Catalog | None = None
    try:
        with damage_reported(index_dir):
            verify(claim.folder, contents=False)
            catalog = Catalog.read(claim.folder / CATALOG)
            info = read_info(catalog, claim.folder)
        check_model(info, model, index_dir)
    except BaseException:
        if catalog is not None:
            catalog.close()
        claim.release()
        raise
    return IndexReader(claim, catalog, info, index_dir)


def _scored(vector: NDArray[np.float32], ids: Sequence[int], matrix: NDArray[np.float32]) -> list[tuple[int, float]]:
    """Cosine similarities, best first, ties in order of id."""
    if not ids:
        return []
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector)
    cosines = (matrix @ vector) / np.maximum(lengths, np.finfo(np.float32).tiny)
    rounded = np.round(cosines.astype(np.float64), 6)  # equal vectors must tie, wherever they stand in the matrix
    return sorted(zip(ids, rounded.tolist(), strict=True), key=lambda pair: (-pair[1], pair[0]))
