"""What an extraction gives, and the extraction of PDF and RTF.

PDF goes through LlamaIndex's ``PDFReader``, which gives pages with the numbers printed on them; RTF does not go through
its ``RTFReader``, which fails on bytes that are not UTF-8. Extracted text is never edited: no words joined, no lines
unwrapped. Does not know: files on disk, size limits, which format a file has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime
from io import BytesIO

from striprtf.striprtf import rtf_to_text

from qa.documents.encodings import LoadError
from qa.records import Metadata, Section

_PARAGRAPH_BREAK = "\n\n"
_LOCATOR_LENGTH = 120
_ISO_DATE = re.compile(r"\s*(\d{4})([-/]?)(\d{2})\2(\d{2})(?!\d)")
_FIELD = re.compile(r"(\\fldinst)\{", re.IGNORECASE)
"""Where striprtf's pattern for links sets in, which takes cubic time; with a space in between it does not."""
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")
_OFFICE_TITLE = re.compile(r"microsoft (?:word|powerpoint) - |.*\.(?:docx?|odt|rtf|pdf|indd|tex)$", re.IGNORECASE)
_EMPTY_TITLES = {"untitled", "anonymous", "(anonymous)", "unknown", "document"}
_NOTHING = Metadata()


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file, where its parts begin in it (code points), and what the file declares about itself."""

    text: str
    sections: tuple[Section, ...] = ()
    declared: Metadata = _NOTHING


def join_parts(parts: Iterable[tuple[str | None, str]], declared: Metadata) -> Extracted:
    """Put parts together with an empty line between them.

    Args:
        parts: locator and text of each; a part without a locator belongs to the section before it.
        declared: taken over as it is.
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
    return Extracted(_PARAGRAPH_BREAK.join(texts), tuple(sections), declared)


def _storable(text: str) -> str:
    """Text that UTF-8 and SQLite can hold: surrogate pairs made one character, lone ones and NUL replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def extract_pdf(data: bytes) -> Extracted:
    """The text of a PDF, page after page, as the file has it; each page is a section with its printed number.

    Raises:
        LoadError: the file is encrypted, or has pictures of text only.
    """
    import llama_index.core  # noqa: F401 - whole, before its parts (tests/test_late_imports.py)
    from llama_index.readers.file import PDFReader
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    try:
        reader = PdfReader(BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError:  # a cipher that needs another package
        locked = True
    if locked:
        raise LoadError("is encrypted", "remove the password")
    pages = PDFReader().load_data("article.pdf", fs=_OneFile(data))
    if not any(page.text.strip() for page in pages):
        raise LoadError("has no text, only pictures of it", "run it through OCR first")
    info = reader.metadata
    declared = Metadata(
        title=clean_title(info.title if info else None),
        language=language_code(str(reader.root_object.get("/Lang", ""))),
    )
    numbered = enumerate(pages, start=1)
    return join_parts(
        ((f"page {page.metadata['page_label'].strip() or number}", page.text) for number, page in numbered), declared
    )


class _OneFile:
    """As much of a file system as ``PDFReader`` asks for, so that it parses the bytes that were hashed."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, _path: str, _mode: str) -> BytesIO:
        return BytesIO(self._data)


def extract_rtf(data: bytes) -> Extracted:
    """The text of an RTF file.

    Raises:
        LoadError: it is not RTF.
    """
    if not data.lstrip().startswith(b"{\\rtf"):
        raise LoadError("is not RTF", "give it the ending of what it is, such as .txt")
    source = _FIELD.sub(r"\1 {", data.decode("cp1252", "replace"))
    return join_parts([(None, rtf_to_text(source, errors="replace"))], _NOTHING)


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
