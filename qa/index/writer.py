"""Makes the next generation of an index from the current one: articles put and removed, then one commit.

Nothing is visible before the commit, and leaving without one discards everything but the vectors that were remembered.
Nothing is copied, and neither Chroma nor LlamaIndex is imported, until something changes.

Does not know: how articles are read, cut, embedded or compared.
"""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa.cleaning.repeated import Lines
from qa.errors import IndexMismatchError
from qa.index import generations
from qa.index.catalog import LAYOUT_VERSION, Catalog
from qa.index.chroma import VectorStore
from qa.index.draft import Draft, mean_direction
from qa.index.generations import REBUILD
from qa.index.lock import writer_lock
from qa.index.opening import Published, check_model, damage_reported, open_published, open_store, writing_reported
from qa.index.stored import StoredArticle, StoredPassage, article_id
from qa.index.vector_cache import VectorCache
from qa.models.vectors import PassageVectors
from qa.records import Article, CopyPair, Passage

_LOCK = "lock"
_VECTORS = "vectors.sqlite"


@contextmanager
def open_writer(index_dir: Path, *, model: str, fingerprint: str, rebuild: bool = False) -> Iterator[IndexWriter]:
    """Lock an index, made if absent, for as long as the block runs.

    Args:
        index_dir: the index's folder. Only what an index puts there is ever deleted.
        model: the embedding model's name.
        fingerprint: of all settings that decide what an index of given files contains.
        rebuild: start from nothing, whatever state the folder is in; vectors that can be trusted are still reused.

    Raises:
        IndexLockedError: another process is writing.
        IndexMismatchError: the index was made with another model or other settings, and this is not a rebuild.
        IndexDamagedError: the index cannot be read, and this is not a rebuild.
        InputError: ``index_dir`` is a file.
        QAError: the folder cannot be written.
    """
    generations.require_folder(index_dir)
    with ExitStack() as stack:
        with writing_reported(index_dir):
            index_dir.mkdir(parents=True, exist_ok=True)
            if rebuild and (index_dir / _LOCK).is_dir():
                generations.remove(index_dir / _LOCK)
            stack.enter_context(writer_lock(index_dir / _LOCK))
            generations.collect(index_dir)
        base = open_published(index_dir, rebuild=rebuild)
        writer = IndexWriter(index_dir, base, model=model, fingerprint=fingerprint, rebuild=rebuild)
        stack.callback(writer.close)
        writer.check_base()
        yield writer


class IndexWriter:
    """One run of writing; ``open_writer`` makes it. Whatever fails, what was published before stays as it was.

    Every method that changes something may raise ``QAError`` where the disk is full or cannot be written.
    """

    def __init__(self, index_dir: Path, base: Published | None, *, model: str, fingerprint: str, rebuild: bool) -> None:
        self._index_dir = index_dir
        self._base = base
        self._model = model
        self._fingerprint = fingerprint
        self._rebuild = rebuild
        self._dimensions = 0 if base is None or rebuild else base.info.dimensions
        self._draft: Draft | None = None
        self._base_store: VectorStore | None = None
        self._cache = VectorCache(index_dir / _VECTORS)

    def check_base(self) -> None:
        """Refuse to add to an index that was made otherwise.

        Raises:
            IndexMismatchError: by another model or with other settings, unless it is being rebuilt.
        """
        if self._base is None or self._rebuild:
            return
        check_model(self._base.info, self._model, self._index_dir)
        if self._base.info.fingerprint != self._fingerprint:
            raise IndexMismatchError(f"the index {self._index_dir} was made with other settings", REBUILD)

    # -- what is there

    @property
    def _catalog(self) -> Catalog | None:
        if self._draft is not None:
            return self._draft.catalog
        return None if self._base is None or self._rebuild else self._base.catalog

    def corpus(self) -> tuple[str, ...]:
        """The paths that the published index was made of, also where it is being rebuilt; empty if there is none."""
        return () if self._base is None else self._base.info.corpus

    def root(self) -> Path | None:
        """The folder that those paths are relative to."""
        return None if self._base is None else Path(self._base.info.root)

    def passage_count(self) -> int:
        """How many passages there are as it stands."""
        with damage_reported(self._index_dir):
            return 0 if self._catalog is None else self._catalog.passage_count()

    def known(self) -> dict[str, StoredArticle]:
        """The articles as they stand, by source."""
        with damage_reported(self._index_dir):
            return {} if self._catalog is None else {article.source: article for article in self._catalog.articles()}

    def lines(self) -> dict[str, Lines]:
        """What lines the articles as they stand have, by source."""
        with damage_reported(self._index_dir):
            return {} if self._catalog is None else self._catalog.lines()

    def article_text(self, source: str) -> str:
        """The text of an article that is known."""
        with damage_reported(self._index_dir):
            return "" if self._catalog is None else self._catalog.article_text(article_id(source))

    def passages_of(self, source: str) -> list[StoredPassage]:
        """The passages of an article, in their order."""
        with damage_reported(self._index_dir):
            return [] if self._catalog is None else self._catalog.passages_of(article_id(source))

    def article_vector(self, source: str) -> NDArray[np.float32] | None:
        """The mean of an article's passage vectors, shape (d,), length 1; ``None`` if it has no passage."""
        with damage_reported(self._index_dir):
            return None if self._catalog is None else mean_direction(self._catalog.vectors_in([article_id(source)])[1])

    def nearest_articles(self, source: str, k: int) -> list[tuple[str, float]]:
        """About the ``k`` other articles most like one, as pairs of source and cosine similarity, nearest first."""
        vector, catalog = self.article_vector(source), self._catalog
        if vector is None or catalog is None:
            return []
        with writing_reported(self._index_dir):
            found = self._store().nearest_articles(vector, k + 1)
            named = [(catalog.source_of(number), similarity) for number, similarity in found]
        return [pair for pair in named if pair[0] != source][:k]

    def _store(self) -> VectorStore:
        if self._draft is not None:
            return self._draft.store
        if self._base_store is None and self._base is not None:
            with damage_reported(self._index_dir):
                self._base_store = open_store(self._base.catalog, self._base.folder)
        if self._base_store is None:
            raise LookupError("there are no articles")
        return self._base_store

    def copies(self) -> list[CopyPair]:
        """The pairs of copies as they stand, sorted by source."""
        with damage_reported(self._index_dir):
            return [] if self._catalog is None else self._catalog.copies()

    # -- vectors

    def vectors_for(self, keys: Iterable[str]) -> dict[str, PassageVectors]:
        """Vectors, by ``vector_key``, that need not be computed again: remembered, or in the published generation."""
        wanted = list(keys)
        with writing_reported(self._index_dir):
            found = self._cache.get(wanted)
        missing = [key for key in wanted if key not in found]
        if self._base is not None and missing:
            with damage_reported(self._index_dir):
                found |= self._base.catalog.computed(missing)
        return found

    def remember(self, vectors: Mapping[str, PassageVectors]) -> None:
        """Keep vectors, by ``vector_key``, even if this process is killed before it commits."""
        with writing_reported(self._index_dir):
            self._cache.put(vectors)

    # -- changes

    def put(
        self,
        article: Article,
        passages: Sequence[Passage],
        vectors: Sequence[PassageVectors],
        terms: Sequence[Sequence[str]],
    ) -> None:
        """Add an article, or replace the one from the same source.

        Args:
            article: with its whole text.
            passages: in order, with offsets into it.
            vectors: one for each passage.
            terms: for each passage, the terms under which the lexical search shall find it.

        Raises:
            IndexMismatchError: the vectors have not the index's dimensions.
        """
        for vector in vectors:
            self._check_dimensions(len(vector.passage))
        with writing_reported(self._index_dir):
            draft = self._begin()
            if draft.catalog.article(article.document.source) is not None:
                draft.remove(article.document.source)
            draft.add(article, passages, vectors, terms, self._model)

    def _check_dimensions(self, dimensions: int) -> None:
        self._dimensions = self._dimensions or dimensions
        if dimensions != self._dimensions:
            message = f"the index {self._index_dir} holds vectors of {self._dimensions} numbers, not {dimensions}"
            raise IndexMismatchError(message, REBUILD)

    def remove(self, source: str) -> None:
        """Remove an article and all that was made of it; nothing happens if it is not known."""
        with writing_reported(self._index_dir):
            if self._catalog is not None and self._catalog.article(source) is not None:
                self._begin().remove(source)

    def set_copies(self, pairs: Iterable[CopyPair], groups: Mapping[str, int]) -> None:
        """Say which articles tell one story, in place of what was said before.

        Args:
            pairs: all of them.
            groups: for every source the number of its set of copies. Until it is given one, an article is alone in its.
        """
        wanted = sorted(pairs, key=lambda pair: (pair.first, pair.second))
        known = self.known()
        if wanted != self.copies() or any(known[source].group != group for source, group in groups.items()):
            with writing_reported(self._index_dir):
                self._begin().catalog.set_copies(wanted, groups)

    def commit(self, corpus: Sequence[str], root: str, skipped: Sequence[str] = ()) -> bool:
        """Publish what was done, delete the generations that nobody reads, and go on from what was published.

        Args:
            corpus: the paths that were indexed, as given.
            root: the folder that they are relative to.
            skipped: the files in them whose type cannot be read.

        Returns:
            Whether there is a new generation; there is none if nothing is different.
        """
        carried = None if self._rebuild or self._base is None else self._base.info
        said = (tuple(corpus), root, tuple(skipped))
        if self._draft is None and carried is not None and (carried.corpus, carried.root, carried.skipped) == said:
            self._cache.discard()
            return False
        with writing_reported(self._index_dir):
            draft = self._begin()
            draft.catalog.set_meta(
                {
                    "layout_version": str(LAYOUT_VERSION),
                    "embedding_model": self._model,
                    "dimensions": str(self._dimensions),
                    "index_fingerprint": self._fingerprint,
                    "qa_version": _version(),
                    "corpus": json.dumps(list(corpus), ensure_ascii=False),
                    "root": root,
                    "skipped": json.dumps(list(skipped), ensure_ascii=False),
                    "index_dir": str(self._index_dir.resolve()),
                }
            )
            draft.finish()
            generations.publish(self._index_dir, draft.folder)
            self._draft = None
            self._cache.discard()
        self.close()
        self._base, self._rebuild = open_published(self._index_dir, rebuild=False), False
        return True

    def _begin(self) -> Draft:
        """The draft; made at the first change, from a base whose every byte is what was written."""
        if self._draft is None:
            base = None if self._rebuild else self._base
            if base is not None:
                with damage_reported(self._index_dir):
                    generations.verify(base.folder, contents=True)
                    open_store(base.catalog, base.folder).close()
            folder = generations.begin(self._index_dir, None if base is None else base.folder)
            self._draft = Draft(folder, copied=base is not None)
            if base is not None and (written := base.catalog.meta()["root"]) != base.info.root:
                self._draft.catalog.move(written, base.info.root)
        return self._draft

    def close(self) -> None:
        """Close everything; a draft that was not committed, and generations that nobody reads, are deleted."""
        if self._draft is not None:
            self._draft.close()
            self._draft = None
        if self._base_store is not None:
            self._base_store.close()
            self._base_store = None
        if self._base is not None:
            self._base.catalog.close()
            self._base = None
        self._cache.close()
        generations.collect(self._index_dir)


def _version() -> str:
    try:
        return importlib.metadata.version("article-qa")
    except importlib.metadata.PackageNotFoundError:  # run from a source folder that was never installed
        return "unknown"
