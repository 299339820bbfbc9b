"""Files to documents: finds what the given paths mean, reads each file once, and says in words what cannot be read.

Knows: files, folders, globs, links, and which extractor reads which ending. Plain text is kept verbatim; everything
else is an extraction. Does not know: how any format is parsed, what the texts say, or what the index holds.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import stat
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import TypeVar

from qa.documents.email import extract_email
from qa.documents.encodings import Decoded, LoadError, decode_text
from qa.documents.extract import Extracted, extract_pdf, extract_rtf
from qa.documents.html import extract_html
from qa.documents.office import extract_docx, extract_epub
from qa.documents.walk import Walk, in_words, printable
from qa.records import Document, LoadFailure

__all__ = ["Found", "FoundFile", "LoadError", "file_digest", "find_files", "load_file"]

_PLAIN = {".txt": "txt", ".text": "txt", ".md": "md", ".markdown": "md"}
_EXTRACTED: Mapping[str, tuple[str, Callable[[bytes], Extracted]]] = {
    ".html": ("html", extract_html),
    ".htm": ("html", extract_html),
    ".xhtml": ("html", extract_html),
    ".pdf": ("pdf", extract_pdf),
    ".docx": ("docx", extract_docx),
    ".epub": ("epub", extract_epub),
    ".eml": ("eml", extract_email),
    ".rtf": ("rtf", extract_rtf),
}
SUFFIXES = {*_PLAIN, *_EXTRACTED}
Result = TypeVar("Result", Decoded, Extracted)

_VISIBLE = re.compile(r"[^\s\ufeff]")
_REASON_LENGTH = 200
_NOISY_LOGGERS = ("pypdf", "trafilatura", "htmldate", "charset_normalizer", "llama_index")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to load: ``source`` is its path as the user gave it, with forward slashes; ``path`` is absolute."""

    source: str
    path: Path


@dataclass(frozen=True, slots=True)
class Found:
    """What a list of paths means.

    ``files`` are sorted by source. ``skipped`` are files in folders whose type is not supported; ``missing`` are the
    paths and patterns, as given, that matched nothing.
    """

    files: tuple[FoundFile, ...]
    failures: tuple[LoadFailure, ...]
    skipped: tuple[str, ...]
    missing: tuple[str, ...]


def find_files(paths: Sequence[str], *, root: Path) -> Found:
    """Find the files that paths name: files, folders with all below them, and globs (``**`` for any depth).

    Hidden files and folders are found only when named. Links are followed, each folder is entered once, and a file
    that is reached in several ways is listed once: under its own name rather than a link's, then as first given.

    Args:
        paths: as the user gave them, relative to ``root`` or absolute.
        root: the folder that relative paths start from.
    """
    base = root.absolute()
    walk = Walk(base)
    skipped: set[str] = set()
    missing: list[str] = []
    candidates: list[FoundFile] = []
    for given in paths:
        matches = list(walk.expand(given))
        if not matches:
            missing.append(printable(given))
        for source in (source for match in matches for source in walk.files(match)):
            file = FoundFile(source.as_posix(), base / source)
            if source.suffix.lower() not in SUFFIXES and source != PurePosixPath(given):
                skipped.add(printable(file.source))
            elif objection := _objection(file):
                walk.fail(source, objection)
            else:
                candidates.append(file)
    return Found(
        files=_without_repeats(candidates, base),
        failures=tuple(LoadFailure(source, walk.failures[source]) for source in sorted(walk.failures)),
        skipped=tuple(sorted(skipped)),
        missing=tuple(missing),
    )


def _objection(file: FoundFile) -> str | None:
    """Why a file cannot be loaded, as far as can be told without opening it."""
    if file.path.suffix.lower() not in SUFFIXES:
        return _unsupported(file.path)
    if printable(file.source) != file.source:
        return "has a name that is not valid UTF-8; rename it"
    try:
        mode = file.path.stat().st_mode
    except OSError as error:
        return f"cannot be opened: {in_words(error)}"
    return None if stat.S_ISREG(mode) else "is not a regular file"


def _unsupported(path: Path) -> str:
    kind = f"is of a type ({path.suffix.lower()})" if path.suffix else "has no ending, so is of a type"
    return f"{printable(kind)} that cannot be read; supported are {' '.join(sorted(SUFFIXES))}"


def _without_repeats(candidates: Sequence[FoundFile], base: Path) -> tuple[FoundFile, ...]:
    real_base = base.resolve()

    def detour(file: FoundFile) -> int:
        """0 for a path without any link in it, 1 for a file in a linked folder, 2 for a link."""
        by_its_own_name = str(real_base / file.source) == os.path.realpath(file.path)
        return 0 if by_its_own_name else 1 + file.path.is_symlink()

    chosen: dict[str, FoundFile] = {}
    for file in sorted(candidates, key=detour):
        chosen.setdefault(os.path.realpath(file.path), file)
    return tuple(sorted(chosen.values(), key=lambda file: file.source))


def load_file(found: FoundFile, *, max_bytes: int) -> Document:
    """Read one file, once: ``sha256`` is of the very bytes that were parsed.

    Plain text in UTF-8 is ``verbatim``: offsets into ``text`` are offsets into the file, decoded, its byte order mark
    and line ends included.

    Args:
        found: the file.
        max_bytes: a larger file is refused before it is read.

    Raises:
        LoadError: for whatever reason there is no document; its message says which.
    """
    data = _read(found.path, max_bytes)
    ending = found.path.suffix.lower()
    if ending in _PLAIN:
        kind = _PLAIN[ending]
        decoded = _parsed(decode_text, data, kind)
        verbatim, extracted = decoded.is_utf8, Extracted(decoded.text)
    elif ending in _EXTRACTED:
        kind, extractor = _EXTRACTED[ending]
        verbatim, extracted = False, _parsed(extractor, data, kind)
    else:
        raise LoadError(_unsupported(found.path))
    if not _VISIBLE.search(extracted.text):
        raise LoadError("is empty" if ending in _PLAIN else "has no text in it")
    return Document(
        source=found.source,
        path=str(found.path),
        text=extracted.text,
        format=kind,
        verbatim=verbatim,
        sha256=hashlib.sha256(data).hexdigest(),
        sections=extracted.sections,
        declared=extracted.declared,
    )


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        LoadError: it cannot be read.
    """
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file; a pipe or device is refused without waiting for it to say something."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise LoadError("is not a regular file")
            yield file
    except FileNotFoundError:
        raise LoadError("has disappeared", "index again") from None
    except PermissionError:
        raise LoadError(
            "cannot be read: permission denied", "allow yourself to read it, for example with chmod"
        ) from None
    except OSError as error:
        raise LoadError(f"cannot be read: {in_words(error)}") from None


def _read(path: Path, max_bytes: int) -> bytes:
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        # Read one byte more than allowed: the file may be growing.
        data = file.read(max_bytes + 1) if size <= max_bytes else b""
    if max(size, len(data)) > max_bytes:
        raise LoadError(
            f"is too large: {max(size, len(data)) / 1e6:.1f} MB, and the limit is {max_bytes / 1e6:.1f} MB",
            "split it, or raise max_file_megabytes in qa.toml",
        )
    if not data:
        raise LoadError("is empty")
    return data


def _parsed(parser: Callable[[bytes], Result], data: bytes, kind: str) -> Result:
    """Run a parser on bytes from anywhere. Parsers fail in every way there is, so this is the place to catch it all."""
    try:
        with _silence():
            return parser(data)
    except LoadError:
        raise
    except Exception as error:
        # LlamaIndex's PDFReader tries several times and hides the reason behind the last try.
        attempt = getattr(error, "last_attempt", None)
        cause = (attempt.exception() if attempt else None) or error
        reason = " ".join(f"{type(cause).__name__}: {cause}".split())[:_REASON_LENGTH].rstrip(": ")
        raise LoadError(f"cannot be read as {kind} ({reason})", "open it to see whether it is damaged") from error


@contextmanager
def _silence() -> Iterator[None]:
    """Keep parsers from writing warnings to stderr: what matters is the text or the error."""
    loggers = [logging.getLogger(name) for name in _NOISY_LOGGERS]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
