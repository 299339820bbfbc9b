"""The values that pass between stages.

Knows: the shape of every value, and nothing else. All of them are frozen; none imports a library type. Every
``start``/``end`` pair counts Unicode code points in the text of one source, half open: ``text[start:end]``.
Does not know: where the values come from, or how they are stored or shown (except ``Answer.to_dict``, the
public JSON).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Relation = Literal["exact", "near-duplicate", "translation"]
Status = Literal["answered", "refused"]
Verdict = Literal["supported", "contradicted", "not said"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an extracted text that a reader can find in the original file.

    ``locator`` says where ("page 3", "Chapter 2"); the section reaches from ``start`` to the next section.
    """

    start: int
    locator: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about an article apart from its text. ``published`` is an ISO 8601 date or ``None``."""

    title: str | None = None
    published: str | None = None
    outlet: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file as it was read.

    ``source`` is the path as the user gave it, with forward slashes; ``path`` is absolute. ``text`` is the file
    itself, decoded, when ``verbatim`` is true, and an extraction of it otherwise. ``sha256`` is of the bytes.
    ``declared`` holds what the file format itself says (HTML meta tags, e-mail headers, PDF properties). ``left_out``
    says what is in the file but not in the text, in words for a person.
    """

    source: str
    path: str
    text: str
    format: str
    verbatim: bool
    sha256: str
    sections: tuple[Section, ...] = ()
    declared: Metadata = Metadata()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """A file that could not be read, and why, in words for the person who has to mend it."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is in a file but was not read, in words for the person whose file it is."""

    source: str
    what: str


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points, ``text[start:end]``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Junk:
    """A span that is page furniture rather than news, and the rule that says so."""

    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Article:
    """A document with its junk marked and its metadata found. The text is the document's, unchanged."""

    document: Document
    junk: tuple[Junk, ...]
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences that is embedded and retrieved together, under ``headings`` that stand before it."""

    start: int
    end: int
    sentences: tuple[Span, ...]
    headings: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage. ``score`` is between 0 and 1; higher is better."""

    source: str
    start: int
    end: int
    text: str
    score: float

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON of ``qa search`` (scores rounded to six places)."""
        return {**asdict(self), "score": round(self.score, 6)}


@dataclass(frozen=True, slots=True)
class CopySpan:
    """The same statement in a copy of the cited article."""

    source: str
    language: str | None
    relation: Relation
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact quotation: ``text_of(source)[start:end] == quote``; ``answers`` are the words in it that answer."""

    number: int
    source: str
    title: str | None
    published: str | None
    language: str | None
    start: int
    end: int
    quote: str
    locator: str | None = None
    answers: tuple[Span, ...] = ()
    also_in: tuple[CopySpan, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON of an answer."""
        return {
            **asdict(self),
            "answers": [asdict(span) for span in self.answers],
            "also_in": [asdict(copy) for copy in self.also_in],
        }


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of the answer. ``support`` is between 0 and 1."""

    text: str
    citations: tuple[int, ...]
    support: float
    supported: bool


@dataclass(frozen=True, slots=True)
class Short:
    """The answer in a few words, which stand in the quote of a citation."""

    text: str
    citation: int


@dataclass(frozen=True, slots=True)
class Related:
    """A sentence about the matter, where none answers: ``text_of(source)[start:end] == text``."""

    source: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One side of a disagreement."""

    value: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Different values for the same thing in independent sources."""

    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question; ``to_dict`` gives the public JSON, schema 1."""

    question: str
    language: str
    status: Status
    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    independent_sources: int
    passages: tuple[Hit, ...]
    confidence: float
    engine: str
    fingerprint: str
    short: Short | None = None
    disagreements: tuple[Disagreement, ...] = ()
    related: tuple[Related, ...] = ()
    model: str | None = None
    draft: str | None = None
    notes: tuple[str, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The public JSON of an answer (numbers rounded so that equal answers print equal bytes)."""
        return {
            "schema": 1,
            "question": self.question,
            "language": self.language,
            "status": self.status,
            "short": None if self.short is None else asdict(self.short),
            "text": self.text,
            "sentences": [
                {**asdict(s), "citations": list(s.citations), "support": round(s.support, 4)} for s in self.sentences
            ],
            "citations": [citation.to_dict() for citation in self.citations],
            "independent_sources": self.independent_sources,
            "disagreements": [
                {"claims": [{"value": c.value, "citations": list(c.citations)} for c in d.claims]}
                for d in self.disagreements
            ],
            "related": [asdict(sentence) for sentence in self.related],
            "passages": [hit.to_dict() for hit in self.passages],
            "confidence": round(self.confidence, 4),
            "engine": self.engine,
            "model": self.model,
            "draft": self.draft,
            "notes": list(self.notes),
            "timings_ms": {name: round(value, 1) for name, value in self.timings_ms.items()},
            "fingerprint": self.fingerprint,
        }


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of somebody's own text, ``text[start:end]`` of it, and what the articles say of it.

    ``support`` and ``contradiction`` are between 0 and 1; ``citations`` are the quotes that support it or, if it is
    contradicted, contradict it.
    """

    text: str
    start: int
    end: int
    verdict: Verdict
    support: float
    contradiction: float
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What the articles say of somebody's own text, sentence by sentence."""

    sentences: tuple[CheckedSentence, ...]
    citations: tuple[Citation, ...]
    language: str
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``qa check``."""
        return {
            "schema": 1,
            "language": self.language,
            "sentences": [
                {
                    **asdict(sentence),
                    "support": round(sentence.support, 4),
                    "contradiction": round(sentence.contradiction, 4),
                    "citations": list(sentence.citations),
                }
                for sentence in self.sentences
            ],
            "citations": [citation.to_dict() for citation in self.citations],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """One indexed article, as ``qa sources`` lists it.

    ``group`` numbers the sets of copies: articles of one group are one independent source.
    """

    source: str
    metadata: Metadata
    format: str
    characters: int
    passages: int
    junk: int
    group: int
    left_out: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON of ``qa sources``."""
        return {
            "source": self.source,
            **asdict(self.metadata),
            "format": self.format,
            "characters": self.characters,
            "passages": self.passages,
            "junk_characters": self.junk,
            "group": self.group,
            "left_out": list(self.left_out),
        }


@dataclass(frozen=True, slots=True)
class CopyPair:
    """Two articles that tell one story, how that is known (``why``), and how sure it is (0 to 1)."""

    first: str
    second: str
    relation: Relation
    certainty: float
    why: str

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON of ``qa sources``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What one run of indexing did. The lists name sources; ``notes`` are whole sentences for a person.

    ``left_out`` says of the files that were read now what in them was not; ``skipped`` are the files in the folders
    whose type cannot be read.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    failures: tuple[LoadFailure, ...]
    passages: int
    embedded_passages: int
    seconds: float
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the index differs from what it was."""
        return bool(self.added or self.updated or self.removed)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``qa index``."""
        lists: Mapping[str, Sequence[str]] = {
            "added": self.added,
            "updated": self.updated,
            "removed": self.removed,
            "unchanged": self.unchanged,
        }
        return {
            **{name: list(sources) for name, sources in lists.items()},
            "failures": [asdict(failure) for failure in self.failures],
            "passages": self.passages,
            "embedded_passages": self.embedded_passages,
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
            "left_out": [asdict(item) for item in self.left_out],
            "skipped": list(self.skipped),
        }
