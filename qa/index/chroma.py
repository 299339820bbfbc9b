"""The only module that knows Chroma: two collections in one folder.

``passages`` is written through LlamaIndex's ``ChromaVectorStore``, so that any LlamaIndex application can open it;
``articles`` holds one vector for each article. Ids are 64-bit numbers outside, sixteen hexadecimal digits inside.
Chroma and LlamaIndex are imported on first use; reading needs only Chroma.

Chroma does not check the files of its nearest-neighbour graphs: a damaged one gives wrong neighbours in silence, or
ends the process with a segmentation fault. Whoever opens a folder here must have compared them with what was written.

Does not know: articles, SQL, generations.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

PASSAGES = "passages"
"""The collection to open with ``ChromaVectorStore``."""
ARTICLES = "articles"

_DATABASE = "chroma.sqlite3"
_BATCH = 1000
_HNSW = {
    "space": "cosine",
    "max_neighbors": 32,  # with the search width below, 99.5 % of the true 50 nearest among 30,000
    "ef_construction": 128,
    "ef_search": 256,
    "sync_threshold": 2,  # the least there is: what is not in a saved graph, every reader must add again for itself
}


class ChromaError(Exception):
    """Chroma failed; the message is its own, shortened to a line."""


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A passage as LlamaIndex will see it. Metadata values are strings and integers, never ``None``."""

    id: int
    source: str
    start: int
    end: int
    text: str
    vector: NDArray[np.float32]
    metadata: Mapping[str, str | int]


def make_client(folder: Path) -> ClientAPI:
    """Open the folder as an embedded Chroma.

    This is the one place that decides where Chroma runs: for a server, return ``chromadb.HttpClient`` here (and give
    each generation a Chroma database of its own).
    """
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient

    settings = chromadb.Settings(_env_file=None, anonymized_telemetry=False)
    try:
        return chromadb.PersistentClient(str(folder), settings=settings)
    except BaseException:
        # Chroma remembers a system that failed to start and would hand it out again for the same path.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)  # noqa: SLF001
        raise


def is_writable(folder: Path) -> bool:
    """Whether Chroma can open a folder: SQLite writes to the database and beside it, even where nothing is changed."""
    return (os.access(folder, os.W_OK) and os.access(folder / _DATABASE, os.W_OK)) or not (folder / _DATABASE).exists()


class VectorStore:
    """The open collections of one folder. Every method raises ``ChromaError`` if Chroma fails."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        if not create and not (folder / _DATABASE).is_file():  # Chroma would make an empty one
            raise ChromaError(f"{_DATABASE} is missing")
        with _chroma_errors():
            self._client = make_client(folder)
            try:
                self._passages = self._collection(PASSAGES, create=create)
                self._articles = self._collection(ARTICLES, create=create)
                self.counts()  # a missing table shows only now
            except BaseException:
                self._client.close()
                raise

    def _collection(self, name: str, *, create: bool) -> Any:  # noqa: ANN401 - a chromadb Collection
        if create:
            return self._client.create_collection(name, configuration={"hnsw": _HNSW}, embedding_function=None)
        return self._client.get_collection(name, embedding_function=None)

    def close(self) -> None:
        """Release Chroma's files and threads, unless another store of this process still uses them."""
        with _chroma_errors():
            self._client.close()

    def counts(self) -> tuple[int, int]:
        """How many passages and how many article vectors there are."""
        with _chroma_errors():
            return self._passages.count(), self._articles.count()

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """About the ``k`` passages nearest to the vector, as pairs of id and cosine similarity, nearest first."""
        return self._query(self._passages, vector, k)

    def nearest_articles(self, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
        """As ``nearest``, for articles."""
        return self._query(self._articles, vector, k)

    def _query(self, collection: Any, vector: NDArray[np.float32], k: int) -> list[tuple[int, float]]:  # noqa: ANN401
        with _chroma_errors():
            found = collection.query(query_embeddings=[vector], n_results=k, include=["distances"])
            pairs = zip(found["ids"][0], found["distances"][0], strict=True)
            return [(int(name, 16), 1.0 - distance) for name, distance in pairs]

    def add_passages(self, passages: Sequence[PassageRecord]) -> None:
        """Add passages with new ids."""
        from llama_index.core import schema
        from llama_index.vector_stores.chroma import ChromaVectorStore

        store = ChromaVectorStore(chroma_collection=self._passages)
        for start in range(0, len(passages), _BATCH):
            nodes = [
                schema.TextNode(
                    id_=_name(passage.id),
                    text=passage.text,
                    metadata=dict(passage.metadata),
                    embedding=passage.vector.tolist(),
                    start_char_idx=passage.start,
                    end_char_idx=passage.end,
                    relationships={schema.NodeRelationship.SOURCE: schema.RelatedNodeInfo(node_id=passage.source)},
                )
                for passage in passages[start : start + _BATCH]
            ]
            with _chroma_errors():
                store.add(nodes)

    def add_articles(self, vectors: Mapping[int, NDArray[np.float32]]) -> None:
        """Add article vectors with new ids."""
        for batch in _batches(vectors):
            with _chroma_errors():
                self._articles.add(ids=[_name(i) for i in batch], embeddings=[vectors[i] for i in batch])

    def delete(self, passages: Iterable[int], articles: Iterable[int]) -> None:
        """Delete by id; ids that do not exist are ignored."""
        for collection, ids in ((self._passages, passages), (self._articles, articles)):
            for batch in _batches(ids):
                with _chroma_errors():
                    collection.delete(ids=[_name(number) for number in batch])


def drop_transient_graphs(folder: Path, *, empty: bool) -> None:
    """Delete the graph files that Chroma makes afresh whenever it opens the folder, so that they cannot be sealed.

    Those are the graphs that were never saved, as with fewer vectors than ``sync_threshold``, and saved ones that all
    vectors have left.

    Args:
        folder: as of a closed ``VectorStore``.
        empty: whether there is no vector at all.
    """
    for graph in folder.iterdir():
        if graph.is_dir() and (empty or not (graph / "index_metadata.pickle").is_file()):
            shutil.rmtree(graph)


def _name(number: int) -> str:
    return f"{number:016x}"


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    everything = list(ids)
    for start in range(0, len(everything), _BATCH):
        yield everything[start : start + _BATCH]


@contextmanager
def _chroma_errors() -> Iterator[None]:
    """Turn whatever Chroma raises into ``ChromaError``; a Rust panic is not even an ``Exception``."""
    try:
        yield
    except Exception as error:
        raise ChromaError(_one_line(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ChromaError(_one_line(error)) from error


def _one_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
