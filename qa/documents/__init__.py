"""Files to documents: which files the given paths mean, their text, and what they declare about themselves.

A module for each format, each with a ``Loader``: bytes in, ``Extracted`` out. ``LOADERS`` says which one reads which
ending; an installed package adds one by an entry point of the group ``article_qa.loaders`` (``docs/extending.md``).
Extracted text is never edited: no words joined, no lines unwrapped. Does not know what of a text is the article, or
what becomes of it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from qa.errors import QAError
from qa.records import Metadata, Section

_PARAGRAPH_BREAK = "\n\n"
_LOCATOR_LENGTH = 120
_ISO_DATE = re.compile(r"\s*(\d{4})([-/]?)(\d{2})\2(\d{2})(?!\d)")
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")
_OFFICE_TITLE = re.compile(r"microsoft (?:word|powerpoint) - |.*\.(?:docx?|odt|rtf|pdf|indd|tex)$", re.IGNORECASE)
_EMPTY_TITLES = {"untitled", "anonymous", "(anonymous)", "unknown", "document"}
_NOTHING = Metadata()


class LoadError(QAError):
    """A file cannot be turned into a document. The message continues the sentence "the file …".

    ``reason`` is message and hint in one line, for a report of failures.
    """

    @property
    def reason(self) -> str:
        """What is wrong and how to mend it, in one line."""
        return "; ".join(filter(None, [self.message, self.hint]))


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file, where its parts begin in it (code points), and what the file declares about itself.

    ``verbatim`` says that the text is the very bytes decoded as UTF-8, so that offsets into it are offsets into the
    file. ``left_out`` says what is in the file but not in the text, each in words that continue "left out: …".
    """

    text: str
    sections: tuple[Section, ...] = ()
    declared: Metadata = _NOTHING
    verbatim: bool = False
    left_out: tuple[str, ...] = ()


class Loader(Protocol):
    """Reads one format."""

    def __call__(self, data: bytes, /) -> Extracted:
        """The text of a file, given its bytes.

        Raises:
            LoadError: there is none, in words for the person whose file it is. Anything else that is raised counts as
                a damaged file.
        """
        ...


def _lazy(where: str) -> Loader:
    """The loader at ``module:function``, imported with the first file of its format."""

    def load(data: bytes, /) -> Extracted:
        module, _, name = where.partition(":")
        extracted: Extracted = getattr(importlib.import_module(module), name)(data)
        return extracted

    return load


LOADERS: dict[str, Loader] = {
    ending: _lazy(f"qa.documents.{where}")
    for where, endings in {
        "encodings:load_plain": ".txt .text .md .markdown",
        "html:load_html": ".html .htm .xhtml",
        "pdf:load_pdf": ".pdf",
        "word:load_docx": ".docx .docm",
        "epub:load_epub": ".epub",
        "rtf:load_rtf": ".rtf",
        "spreadsheets:load_csv": ".csv .tsv",
        "spreadsheets:load_xlsx": ".xlsx .xlsm",
        "slides:load_pptx": ".pptx",
        "opendocument:load_opendocument": ".odt .ods .odp",
        "email:load_email": ".eml",
    }.items()
    for ending in endings.split()
}
"""By the ending of a file's name, in lower case."""
_FORMATS = {
    ".text": "txt",
    ".markdown": "md",
    ".htm": "html",
    ".xhtml": "html",
    ".docm": "docx",
    ".xlsm": "xlsx",
    ".tsv": "csv",
}


def format_of(ending: str) -> str:
    """What a format is called where its files have several endings."""
    return _FORMATS.get(ending, ending.removeprefix("."))


def _installed(points: Iterable[EntryPoint]) -> dict[str, Loader]:
    """The loaders that other packages bring, by ending; none takes the place of one that is here."""
    endings = ((f".{point.name.removeprefix('.').lower()}", point.value) for point in points)
    return {ending: _lazy(where) for ending, where in endings if ending not in LOADERS}


LOADERS |= _installed(entry_points(group="article_qa.loaders"))


def join_parts(parts: Iterable[tuple[str | None, str]], declared: Metadata, left_out: Iterable[str] = ()) -> Extracted:
    """Put parts together with an empty line between them.

    Args:
        parts: locator and text of each; a part without a locator belongs to the section before it.
        declared: taken over as it is.
        left_out: what is not in them; read after the parts, so that whoever makes them may add to it.
    """
    texts: list[str] = []
    sections: list[Section] = []
    start = 0
    for locator, part in parts:
        text = _storable(part)
        if locator and locator.strip():
            sections.append(Section(start, " ".join(locator.split())[:_LOCATOR_LENGTH]))
        texts.append(text)
        start += len(text) + len(_PARAGRAPH_BREAK)
    return Extracted(_PARAGRAPH_BREAK.join(texts), tuple(sections), declared, left_out=tuple(left_out))


def _storable(text: str) -> str:
    """Text that UTF-8 and SQLite can hold: surrogate pairs made one character, lone ones and NUL replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def clean_title(title: str | None) -> str | None:
    """A title on one line, or ``None`` for those that programs put there themselves."""
    line = " ".join((title or "").split())
    return None if not line or line.lower() in _EMPTY_TITLES or _OFFICE_TITLE.match(line) else _storable(line)


def language_code(tag: str | None) -> str | None:
    """The primary part of a language tag, in lower case ("de" for "de-AT"), or ``None`` if it is not one."""
    match = _LANGUAGE.match(tag or "")
    return match[1].lower() if match else None


def iso_date(value: str) -> str | None:
    """The day that a declared date or date-time names, as written there, without conversion between time zones."""
    try:
        if match := _ISO_DATE.match(value):
            return date(int(match[1]), int(match[3]), int(match[4])).isoformat()
        return parsedate_to_datetime(value).date().isoformat()
    except (TypeError, ValueError):
        return None
