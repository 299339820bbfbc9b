"""What the catalog keeps of an article and of a passage, and how each becomes a row and back.

Does not know: SQL, or files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.models.vectors import TokenVectors
from qa.records import Article, Junk, Metadata, Passage, Section, Span


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An indexed article without its text; ``characters`` is the text's length in code points."""

    id: int
    source: str
    path: str
    format: str
    verbatim: bool
    sha256: str
    metadata: Metadata
    junk: tuple[Junk, ...]
    sections: tuple[Section, ...]
    group: int
    characters: int


@dataclass(frozen=True, slots=True, eq=False)
class StoredPassage:
    """An indexed passage. Offsets, those of ``sentences`` too, are into the article; ``sentence_vectors`` is (n, d).

    ``token_vectors`` is ``None`` where the embedding model gives none.
    """

    id: int
    article_id: int
    source: str
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    sentence_vectors: NDArray[np.float32]
    token_vectors: TokenVectors | None = None


def article_id(source: str) -> int:
    """The id of the article from ``source``: 63 bits of a hash, so that no history can change it."""
    return _hash63("article", source)


def passage_id(source: str, start: int, end: int, text: str) -> int:
    """The id of a passage: 63 bits of a hash of where it is and what it says."""
    return _hash63("passage", source, str(start), str(end), text)


def _hash63(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big") >> 1


def article_row(article: Article) -> tuple[Any, ...]:
    """Source, path, format, verbatim, sha256, title, published, outlet, language, junk, sections as SQLite values."""
    document, metadata = article.document, article.metadata
    return (
        *(document.source, document.path, document.format, int(document.verbatim), document.sha256),
        *(metadata.title, metadata.published, metadata.outlet, metadata.language),
        json.dumps([(junk.start, junk.end, junk.rule) for junk in article.junk], ensure_ascii=False),
        json.dumps([(section.start, section.locator) for section in document.sections], ensure_ascii=False),
    )


def stored_article(row: Sequence[Any]) -> StoredArticle:
    """From the columns: id, those of ``article_row``, characters, copy group."""
    identifier, source, path, form, verbatim, sha256, *described, junk, sections, characters, group = row
    title, published, outlet, language = described
    return StoredArticle(
        id=identifier,
        source=source,
        path=path,
        format=form,
        verbatim=bool(verbatim),
        sha256=sha256,
        metadata=Metadata(title=title, published=published, outlet=outlet, language=language),
        junk=tuple(Junk(*item) for item in json.loads(junk)),
        sections=tuple(Section(*item) for item in json.loads(sections)),
        group=group,
        characters=characters,
    )


def spans_json(spans: Sequence[Span]) -> str:
    """Spans as JSON: a list of pairs."""
    return json.dumps([(span.start, span.end) for span in spans])


def spans_from_json(text: str) -> tuple[Span, ...]:
    """The inverse of ``spans_json``."""
    return tuple(Span(start, end) for start, end in json.loads(text))


def article_digest(article: Article, passages: Sequence[Passage]) -> str:
    """A SHA-256 of everything the index says about an article, save where its folder lies and what it is a copy of."""
    source, _path, *rest = article_row(article)
    text = hashlib.sha256(article.document.text.encode()).hexdigest()
    spans = [(passage.start, passage.end, spans_json(passage.sentences)) for passage in passages]
    return hashlib.sha256(json.dumps([source, *rest, text, spans]).encode()).hexdigest()
