"""The writing half of the flow: load -> clean -> split -> embed -> index -> relate.

Knows what has to be done again and what can be kept. Does not know how any stage works.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.cleaning.repeated import lines_of, shared_lines
from qa.documents.files import SUFFIXES, Found, FoundFile, LoadError, file_digest, find_files, load_file
from qa.errors import InputError
from qa.index.relate import relate
from qa.index.report import notes_on, skipped_note
from qa.index.stored import StoredArticle, passage_text, vector_key
from qa.index.writer import IndexWriter, open_writer
from qa.models.vectors import Embedder, PassageText, PassageVectors
from qa.progress import Progress
from qa.records import Document, IndexReport, LeftOut, LoadFailure
from qa.settings import Settings
from qa.text.words import terms

if TYPE_CHECKING:
    from qa.index.ingest import PreparedArticle

_REMEMBER_EVERY = 64
"""Passages after which the vectors are kept even if the process is killed."""


@dataclass(frozen=True, slots=True)
class _Changes:
    """What has to be done: files to read, and indexed sources that are gone."""

    files: tuple[FoundFile, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]


def build_index(
    settings: Settings, embedder: Embedder, paths: Sequence[str] | None, *, rebuild: bool, progress: Progress
) -> IndexReport:
    """Make the index match ``paths``; see ``Assistant.index``."""
    started = time.perf_counter()
    writing = open_writer(
        Path(settings.index_dir), model=embedder.name, fingerprint=settings.index_fingerprint(), rebuild=rebuild
    )
    with writing as writer:
        chosen, root = _what_to_index(writer, settings, paths)
        found = find_files(chosen, root=root)
        known = writer.known()
        failures = [*found.failures, *_missing(found, known)]
        changes = _changes(found, known, failures, progress)
        _refuse_if_nothing_is_left(chosen, found, changes, known, failures)

        documents, unreadable = _load(changes.files, settings.max_file_megabytes * 2**20, progress)
        failures += unreadable
        changed = [document.source for document in documents]
        prepared: list[PreparedArticle] = []
        if changed or changes.removed:
            furniture, touched = _furniture(writer, documents, changes)
            again = [_stored_document(writer, known[source]) for source in touched]
            if documents or again:  # otherwise LlamaIndex need not even be imported
                from qa.index.ingest import prepare

                prepared = prepare([*documents, *again], furniture, settings.split.max_characters)
        new = set(changed)
        to_write = [item for item in prepared if _differs(item, known, new)]
        embedded = _put(writer, embedder, to_write, progress)
        for source in changes.removed:
            writer.remove(source)
        relate(writer, [item.article.document.source for item in to_write])
        writer.commit(chosen, str(root), found.skipped)

        done = new.union(changes.removed)
        left_out = tuple(LeftOut(document.source, what) for document in documents for what in document.left_out)
        return IndexReport(
            added=tuple(source for source in changed if source not in known),
            updated=tuple(source for source in changed if source in known),
            removed=changes.removed,
            unchanged=tuple(source for source in known if source not in done),
            failures=tuple(sorted(failures, key=lambda failure: failure.source)),
            passages=writer.passage_count(),
            embedded_passages=embedded,
            seconds=time.perf_counter() - started,
            notes=(*embedder.notes, *notes_on(found.skipped, left_out)),
            left_out=left_out,
            skipped=found.skipped,
        )


def _furniture(
    writer: IndexWriter, documents: Sequence[Document], changes: _Changes
) -> tuple[frozenset[int], list[str]]:
    """The lines that many articles share now, and the unchanged articles for which that makes a difference."""
    before = writer.lines()
    changed = {document.source for document in documents}
    kept = {source: lines for source, lines in before.items() if source not in changed.union(changes.removed)}
    were = shared_lines(list(before.values()))
    are = shared_lines([*(lines_of(document.text) for document in documents), *kept.values()])
    touched = [source for source in changes.unchanged if kept[source].short & were != kept[source].short & are]
    return are, touched


def _what_to_index(writer: IndexWriter, settings: Settings, paths: Sequence[str] | None) -> tuple[list[str], Path]:
    """The paths to index and the folder that they are relative to: those given, those of the last time, the corpus."""
    last, root = writer.corpus(), writer.root()
    if paths is None and last and root is not None:
        return list(last), root
    return list(paths if paths is not None else settings.corpus), Path.cwd()


def _missing(found: Found, known: Mapping[str, StoredArticle]) -> Iterator[LoadFailure]:
    """Named paths that led nowhere; a single article that was indexed and is gone is a removal, not a failure."""
    for name in found.missing:
        if name not in known:
            yield LoadFailure(name, "there is no such file or folder")


def _changes(
    found: Found, known: Mapping[str, StoredArticle], failures: list[LoadFailure], progress: Progress
) -> _Changes:
    """Compare the files with what is indexed. What fails to be read stays indexed as it was."""
    to_read: list[FoundFile] = []
    unchanged: list[str] = []
    for count, file in enumerate(found.files, 1):
        progress("comparing", count, len(found.files))
        stored = known.get(file.source)
        try:
            same = stored is not None and stored.path == str(file.path) and stored.sha256 == file_digest(file.path)
        except LoadError as error:
            failures.append(LoadFailure(file.source, error.reason))
            continue
        if same:
            unchanged.append(file.source)
        else:
            to_read.append(file)
    failing = [failure.source for failure in failures]
    present = {file.source for file in found.files}
    removed = (
        source for source in known if source not in present and not any(_is_under(source, name) for name in failing)
    )
    return _Changes(tuple(to_read), tuple(removed), tuple(unchanged))


def _is_under(source: str, path: str) -> bool:
    """Whether a source is what a path names, or lies in the folder that it names."""
    here = path == "." and not source.startswith("/")
    return here or source == path or source.startswith(f"{path.rstrip('/')}/")


def _refuse_if_nothing_is_left(
    paths: Sequence[str],
    found: Found,
    changes: _Changes,
    known: Mapping[str, StoredArticle],
    failures: Sequence[LoadFailure],
) -> None:
    """An empty or unmounted folder must not wipe an index, nor an unreadable path make an empty one."""
    if found.files or len(changes.removed) < len(known):
        return
    if failures:
        raise InputError(
            f"nothing to index: {failures[0].source}: {failures[0].reason}",
            "give files or folders that exist: qa index PATH",
        )
    skipped = f" ({skipped_note(found.skipped)})" if found.skipped else ""
    raise InputError(
        f"there is no article to index in {', '.join(paths)}{skipped}",
        f"give a folder with files of these types: {' '.join(sorted(SUFFIXES))}; nothing was changed",
    )


def _load(files: Sequence[FoundFile], max_bytes: int, progress: Progress) -> tuple[list[Document], list[LoadFailure]]:
    documents: list[Document] = []
    failures: list[LoadFailure] = []
    for count, file in enumerate(files, 1):
        try:
            documents.append(load_file(file, max_bytes=max_bytes))
        except LoadError as error:
            failures.append(LoadFailure(file.source, error.reason))
        progress("reading", count, len(files))
    return documents, failures


def _stored_document(writer: IndexWriter, article: StoredArticle) -> Document:
    """An unchanged article as it was loaded, to be looked at again for lines that the new ones repeat."""
    return Document(
        source=article.source,
        path=article.path,
        text=writer.article_text(article.source),
        format=article.format,
        verbatim=article.verbatim,
        sha256=article.sha256,
        sections=article.sections,
        declared=article.metadata,
        left_out=article.left_out,
    )


def _differs(item: PreparedArticle, known: Mapping[str, StoredArticle], new: set[str]) -> bool:
    """Whether an article has to be written: it is new or changed, or its junk is no longer what it was."""
    source = item.article.document.source
    return source in new or item.article.junk != known[source].junk


def _put(writer: IndexWriter, embedder: Embedder, prepared: Sequence[PreparedArticle], progress: Progress) -> int:
    """Write articles with their vectors. Returns how many passages had to be embedded for it."""
    cut = [[passage_text(item.article.document.text, passage) for passage in item.passages] for item in prepared]
    texts = {vector_key(embedder.name, passage): passage for passages in cut for passage in passages}
    vectors: dict[str, PassageVectors] = {**writer.vectors_for(texts)}
    missing = {key: text for key, text in texts.items() if key not in vectors}
    vectors |= _embed(writer, embedder, missing, progress)
    for count, (item, passages) in enumerate(zip(prepared, cut, strict=True), 1):
        language = item.article.metadata.language
        writer.put(
            item.article,
            item.passages,
            [vectors[vector_key(embedder.name, passage)] for passage in passages],
            [terms(passage.text, language) for passage in passages],
        )
        progress("writing", count, len(prepared))
    return len(missing)


def _embed(
    writer: IndexWriter, embedder: Embedder, texts: Mapping[str, PassageText], progress: Progress
) -> dict[str, PassageVectors]:
    """The vectors of texts, by key; they are kept as they come, so that a killed run need not repeat them."""
    if not texts:
        return {}
    embedded: dict[str, PassageVectors] = {}
    unsaved: dict[str, PassageVectors] = {}
    for key, vectors in zip(texts, embedder.embed_passages(list(texts.values())), strict=True):
        embedded[key] = unsaved[key] = vectors
        if len(unsaved) == _REMEMBER_EVERY or len(embedded) == len(texts):
            writer.remember(unsaved)
            unsaved = {}
        progress("embedding", len(embedded), len(texts))
    return embedded
