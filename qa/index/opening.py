"""Opens a published generation, and says in words for people what is wrong with one that cannot be used.

Knows what an index says of itself, and where its articles are now if they were moved or copied together with it. Does
not know: searching, or writing.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qa.errors import IndexDamagedError, IndexMismatchError, QAError
from qa.index.catalog import LAYOUT_VERSION, Catalog
from qa.index.chroma import ChromaError, VectorStore
from qa.index.generations import REBUILD, current, index_of, verify

CATALOG = "catalog.sqlite"
CHROMA = "chroma"
_LOOKED_FOR = 20
"""Articles by which a moved folder is recognised."""


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index is. ``chroma_path`` is the real folder of this generation; ``.qa/current/chroma`` leads there.

    ``skipped`` are the files in the folders of the corpus whose type cannot be read.
    """

    layout: int
    model: str
    dimensions: int
    fingerprint: str
    content_hash: str
    qa_version: str
    passages: int
    articles: int
    corpus: tuple[str, ...]
    root: str
    chroma_path: Path
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """A published generation."""

    folder: Path
    catalog: Catalog
    info: IndexInfo


def open_published(index_dir: Path, *, rebuild: bool) -> Published | None:
    """The current generation, if there is one; where it is to be rebuilt, only if it is sound, every byte compared.

    Raises:
        IndexDamagedError: it cannot be read, and is not to be rebuilt.
    """
    catalog: Catalog | None = None
    try:
        with damage_reported(index_dir):
            folder = current(index_dir)
            if folder is None:
                return None
            verify(folder, CATALOG if rebuild else "", contents=rebuild)
            catalog = Catalog.read(folder / CATALOG)
            return Published(folder, catalog, read_info(catalog, folder))
    except IndexDamagedError:
        if catalog is not None:
            catalog.close()
        if not rebuild:
            raise
        return None


def read_info(catalog: Catalog, folder: Path) -> IndexInfo:
    """What a catalog says of itself; if its articles were moved, it says from now on where they are.

    Raises:
        ValueError: it is of another layout.
    """
    meta = catalog.meta()
    layout = int(meta["layout_version"])
    if layout != LAYOUT_VERSION:
        raise ValueError(f"its layout is {layout}, and this program reads {LAYOUT_VERSION}")
    return IndexInfo(
        layout=layout,
        model=meta["embedding_model"],
        dimensions=int(meta["dimensions"]),
        fingerprint=meta["index_fingerprint"],
        content_hash=meta["content_hash"],
        qa_version=meta["qa_version"],
        passages=catalog.passage_count(),
        articles=catalog.article_count(),
        corpus=tuple(json.loads(meta["corpus"])),
        root=_find_root(catalog, meta, folder),
        chroma_path=folder / CHROMA,
        skipped=tuple(json.loads(meta.get("skipped", "[]"))),
    )


def _find_root(catalog: Catalog, meta: Mapping[str, str], folder: Path) -> str:
    """The folder that sources are relative to, and tell the catalog if that was moved together with the index."""
    written, index_dir = meta["root"], index_of(folder)
    now = _root_now(written, meta.get("index_dir", str(index_dir)), index_dir, catalog.some_sources(_LOOKED_FOR))
    if now != written:
        catalog.say_moved(written, now)
    return now


def _root_now(root: str, made_in: str, index_dir: Path, sources: Iterable[str]) -> str:
    """The folder that sources are relative to.

    Args:
        root: what it was when the index was written.
        made_in: the index's own folder at that time, without links.
        index_dir: the index's own folder now, without links.
        sources: some of the articles. If none of them lies as it did relative to the index, the index was moved alone.
    """
    if made_in == str(index_dir):
        return root
    beside = os.path.normpath(index_dir / os.path.relpath(root, made_in))
    relative = (source for source in sources if not Path(source).is_absolute())
    return beside if any(Path(beside, source).is_file() for source in relative) else root


def check_model(info: IndexInfo, model: str, name: Path) -> None:
    """Refuse to mix vectors of two models.

    Raises:
        IndexMismatchError: the index was made with another one.
    """
    if info.model != model:
        message = f"the index {name} was made with the embedding model {info.model}, not {model}"
        raise IndexMismatchError(message, f"{REBUILD}, or set embedding.model to {info.model}")


def open_store(catalog: Catalog, folder: Path) -> VectorStore:
    """Open a published generation's Chroma after checking that its files are those that were written.

    Raises:
        OSError, ValueError, ChromaError: they are not, or Chroma cannot open them, or holds another number of vectors.
    """
    verify(folder, f"{CHROMA}/", contents=True)
    expected = catalog.passage_count(), int(catalog.meta()["article_vectors"])
    store = VectorStore(folder / CHROMA)
    if (counts := store.counts()) != expected:
        store.close()
        raise ChromaError(f"Chroma holds {counts} passages and articles, not {expected}")
    return store


@contextmanager
def damage_reported(name: Path) -> Iterator[None]:
    """Turn the errors that a corrupt file causes into one for people.

    Raises:
        IndexDamagedError: instead of them.
    """
    try:
        yield
    except (sqlite3.Error, ChromaError, OSError, ValueError, TypeError, LookupError) as error:
        raise IndexDamagedError(f"the index {name} is damaged: {error}", REBUILD) from error


@contextmanager
def writing_reported(index_dir: Path) -> Iterator[None]:
    """Turn what a full or read-only disk causes into an error for people.

    Raises:
        IndexDamagedError: a database is corrupt.
        QAError: anything else could not be written.
    """
    try:
        yield
    except (OSError, ChromaError, sqlite3.OperationalError) as error:
        raise QAError(
            f"the index {index_dir} could not be written: {error}",
            "see that there is space and permission to write there; what was indexed before is untouched",
        ) from error
    except sqlite3.DatabaseError as error:
        raise IndexDamagedError(f"the index {index_dir} is damaged: {error}", REBUILD) from error
