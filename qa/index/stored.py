"""What an index keeps of an article, of a passage and of its vectors, and how each becomes a row and back.

Does not know: SQL, or files; a vector's key says all that its value depends on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.models.vectors import PassageText, PassageVectors
from qa.records import Article, Junk, Metadata, Passage, Section, Span

VectorRow = tuple[str, int, bytes, bytes]
"""Key, tokens, passage, headings and sentences."""


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
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A headline or heading that a passage stands under, and where it stands in the article."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class StoredPassage:
    """An indexed passage. Offsets, those of ``sentences`` too, are into the article.

    ``line_vectors`` has shape (headings + sentences, d): first those of the headings.
    """

    id: int
    article_id: int
    source: str
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    headings: tuple[Heading, ...]
    line_vectors: NDArray[np.float32]

    @property
    def sentence_vectors(self) -> NDArray[np.float32]:
        """Those of the sentences alone, shape (sentences, d)."""
        return self.line_vectors[len(self.headings) :]

    @property
    def lines(self) -> tuple[Span, ...]:
        """Where headings and sentences stand in the article, in the order of their vectors."""
        return (*(heading.span for heading in self.headings), *self.sentences)

    @property
    def as_read(self) -> PassageText:
        """Sentences and headings as the reader gets them; the spans are in the order of ``lines``.

        The headings stand in brackets behind the text: before it, the reader is less sure of what it finds there.
        """
        text, spans = self.text, []
        for number, heading in enumerate(self.headings):
            text += " (" if number == 0 else "; "
            spans.append(Span(len(text), len(text) + len(heading.text)))
            text += heading.text
        spans += [Span(sentence.start - self.start, sentence.end - self.start) for sentence in self.sentences]
        return PassageText(text + ")" * bool(self.headings), tuple(spans))


def article_id(source: str) -> int:
    """The id of the article from ``source``: 63 bits of a hash, so that no history can change it."""
    return _hash63("article", source)


def passage_id(source: str, start: int, end: int, text: str) -> int:
    """The id of a passage: 63 bits of a hash of where it is and what it says."""
    return _hash63("passage", source, str(start), str(end), text)


def _hash63(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8], "big") >> 1


def article_row(article: Article) -> tuple[Any, ...]:
    """Source, path, format, verbatim, sha256, title, published, outlet, language, junk, sections, left_out."""
    document, metadata = article.document, article.metadata
    return (
        *(document.source, document.path, document.format, int(document.verbatim), document.sha256),
        *(metadata.title, metadata.published, metadata.outlet, metadata.language),
        json.dumps([(junk.start, junk.end, junk.rule) for junk in article.junk], ensure_ascii=False),
        json.dumps([(section.start, section.locator) for section in document.sections], ensure_ascii=False),
        json.dumps(document.left_out, ensure_ascii=False),
    )


def stored_article(row: Sequence[Any]) -> StoredArticle:
    """From the columns: id, those of ``article_row``, characters, copy group."""
    identifier, source, path, form, verbatim, sha256, *described, junk, sections, left_out, characters, group = row
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
        left_out=tuple(json.loads(left_out)),
    )


def stored_passage(row: Sequence[Any]) -> StoredPassage:
    """From the columns: id, article's id, source, start, end, text, sentences, headings, those of a ``VectorRow``."""
    number, article, source, start, end, text, spans, lines, *vectors = row
    headings = tuple(Heading(Span(first, last), line) for first, last, line in json.loads(lines))
    found = unpack(tuple(vectors)).sentences
    return StoredPassage(number, article, source, start, end, text, spans_from_json(spans), headings, found)


def headings_json(text: str, passage: Passage) -> str:
    """A passage's headings as JSON: start, end, and words of each."""
    return json.dumps([(h.start, h.end, text[h.start : h.end]) for h in passage.headings], ensure_ascii=False)


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
    spans = [(p.start, p.end, spans_json(p.sentences), spans_json(p.headings)) for p in passages]
    return hashlib.sha256(json.dumps([source, *rest, text, spans]).encode()).hexdigest()


def rebased(path: str, before: str, now: str) -> str:
    """An article's path as it is now, if it lies in the folder that was called ``before``."""
    inside = path.startswith(f"{before.rstrip('/')}/")
    return os.path.join(now, path[len(before.rstrip("/")) + 1 :]) if inside else path  # noqa: PTH118 - text to text


def passage_text(text: str, passage: Passage) -> PassageText:
    """A passage as it is embedded: its headings, a line each, then its sentences.

    Args:
        text: of the whole article.
        passage: with offsets into it.
    """
    lines, spans = "", []
    for heading in passage.headings:
        spans.append(Span(len(lines), len(lines) + heading.end - heading.start))
        lines += text[heading.start : heading.end] + "\n"
    shift = len(lines) - passage.start
    spans += [Span(sentence.start + shift, sentence.end + shift) for sentence in passage.sentences]
    return PassageText(lines + text[passage.start : passage.end], tuple(spans))


def vector_key(model: str, passage: PassageText) -> str:
    """What a passage's vectors depend on, hashed: the model, the text, and where its sentences lie in it."""
    spans = ",".join(f"{span.start}:{span.end}" for span in passage.sentences)
    return hashlib.sha256(f"{model}\0{spans}\0{passage.text}".encode()).hexdigest()


def pack(key: str, vectors: PassageVectors) -> VectorRow:
    """One row: little-endian float32 for the passage, float16 for its headings and sentences.

    Half precision is stored, so that reading back what was stored gives the stored value exactly.
    """
    passage = np.ascontiguousarray(vectors.passage, dtype="<f4").tobytes()
    sentences = np.ascontiguousarray(vectors.sentences, dtype="<f2").tobytes()
    return key, vectors.tokens, passage, sentences


def unpack(row: VectorRow) -> PassageVectors:
    """The inverse of ``pack``, from the columns (key, tokens, passage, sentences).

    Raises:
        ValueError: the sizes do not fit.
    """
    _, tokens, passage_bytes, sentence_bytes = row
    passage = np.frombuffer(passage_bytes, dtype="<f4").astype(np.float32)
    sentences = np.frombuffer(sentence_bytes, dtype="<f2").astype(np.float32).reshape(-1, len(passage))
    return PassageVectors(passage, sentences, tokens)
