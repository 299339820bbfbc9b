"""Files to documents: finds what the given paths mean, reads each file once, and says in words what cannot be read.

Knows: files, folders, globs, links, hidden names, and never goes round in circles. Does not know: how any format is
parsed, what the texts say, or what the index holds.
"""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import logging
import os
import re
import stat
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePosixPath

from qa.documents import LOADERS, Extracted, LoadError, format_of
from qa.records import Document, LoadFailure
from qa.text.names import composed

__all__ = ["SUFFIXES", "Found", "FoundFile", "LoadError", "file_digest", "find_files", "in_words", "load_file"]

SUFFIXES = LOADERS.keys()
"""The endings that can be read."""

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
    walk = _Walk(base)
    skipped: set[str] = set()
    missing: list[str] = []
    candidates: list[FoundFile] = []
    for given in paths:
        matches = list(walk.expand(given))
        if not matches:
            missing.append(_printable(given))
        for source in (source for match in matches for source in walk.files(match)):
            file = FoundFile(source.as_posix(), base / source)
            if source.suffix.lower() not in SUFFIXES and source != PurePosixPath(given):
                skipped.add(_printable(file.source))
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
    if _printable(file.source) != file.source:
        return "has a name that is not valid UTF-8; rename it"
    try:
        mode = file.path.stat().st_mode
    except OSError as error:
        return f"cannot be opened: {in_words(error)}"
    return None if stat.S_ISREG(mode) else "is not a regular file"


def _unsupported(path: Path) -> str:
    kind = f"is of a type ({path.suffix.lower()})" if path.suffix else "has no ending, so is of a type"
    return f"{_printable(kind)} that cannot be read; supported are {' '.join(sorted(SUFFIXES))}"


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


class _Walk:
    """Paths and globs to files: looks into folders, and keeps note of those that cannot be opened."""

    def __init__(self, base: Path) -> None:
        """Paths are taken relative to ``base``. ``failures`` maps a path to what is wrong with it."""
        self._base = base
        self.failures: dict[str, str] = {}

    def fail(self, source: PurePosixPath, reason: str) -> None:
        """Note what is wrong with a path."""
        self.failures[_printable(source.as_posix())] = reason

    def expand(self, given: str) -> Iterator[PurePosixPath]:
        """The file or folder of this name, or else those that it matches as a pattern."""
        path = PurePosixPath(given)
        if given and os.path.lexists(self._base / path):
            yield path
        elif glob.has_magic(given) or not given.isascii():
            yield from self._matches(PurePosixPath(), path.parts)

    def _matches(self, prefix: PurePosixPath, pattern: tuple[str, ...]) -> Iterator[PurePosixPath]:
        """As ``glob.glob``, but it ends where links lead in circles."""
        if not pattern:
            yield prefix
            return
        part, rest = pattern[0], pattern[1:]
        if part == "**":
            while rest[:1] == ("**",):
                rest = rest[1:]
            for folder, _ in self._folders(prefix) if rest else [(prefix, ())]:
                yield from self._matches(folder, rest)
        elif not glob.has_magic(part) and os.path.lexists(self._base / prefix / part):
            yield from self._matches(prefix / part, rest)
        else:
            for name in self._names(prefix, hidden=part.startswith(".")):
                if _fits(name, part):
                    yield from self._matches(prefix / name, rest)

    def files(self, source: PurePosixPath) -> Iterator[PurePosixPath]:
        """The file itself, or all files below a folder."""
        if not self._is_folder(source):
            yield source
            return
        for folder, names in self._folders(source):
            yield from (folder / name for name in names if not self._is_folder(folder / name))

    def _folders(self, top: PurePosixPath) -> Iterator[tuple[PurePosixPath, Sequence[str]]]:
        """Every folder from ``top`` down with the names in it; linked ones last, so that real names win."""
        real, linked = deque([top]), deque[PurePosixPath]()
        entered: set[str] = set()
        while real or linked:
            folder = real.popleft() if real else linked.popleft()
            identity = os.path.realpath(self._base / folder)
            if identity in entered:
                continue
            entered.add(identity)
            names = self._names(folder, hidden=False)
            yield folder, names
            for below in (folder / name for name in names):
                if self._is_folder(below):
                    (linked if (self._base / below).is_symlink() else real).append(below)

    def _names(self, folder: PurePosixPath, *, hidden: bool) -> Sequence[str]:
        if not self._is_folder(folder):
            return ()
        try:
            names = os.listdir(self._base / folder)  # noqa: PTH208 - names are what is wanted
        except OSError as error:
            self.fail(folder, f"cannot be opened: {in_words(error)}")
            return ()
        return sorted(name for name in names if hidden or not name.startswith("."))

    def _is_folder(self, source: PurePosixPath) -> bool:
        return os.path.isdir(self._base / source)  # noqa: PTH112 - Path.is_dir raises where a folder is closed


def _fits(name: str, part: str) -> bool:
    """Whether a name fits a part of a path; as a Mac writes it, or as it is typed."""
    name, part = composed(name), composed(part)
    return fnmatch.fnmatchcase(name, part) if glob.has_magic(part) else name == part


def _printable(path: str) -> str:
    r"""The path with those of its bytes that are not UTF-8 written as ``\xff``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def in_words(error: OSError) -> str:
    """What the operating system says is wrong, without numbers and paths."""
    return (error.strerror or type(error).__name__).lower()


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
    if ending not in LOADERS:
        raise LoadError(_unsupported(found.path))
    extracted = _extracted(ending, data)
    if not _VISIBLE.search(extracted.text):
        raise LoadError("is empty" if format_of(ending) in {"txt", "md"} else "has no text in it")
    return Document(
        source=found.source,
        path=str(found.path),
        text=extracted.text,
        format=format_of(ending),
        verbatim=extracted.verbatim,
        sha256=hashlib.sha256(data).hexdigest(),
        sections=extracted.sections,
        declared=extracted.declared,
        left_out=extracted.left_out,
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


def _extracted(ending: str, data: bytes) -> Extracted:
    """Run a loader on bytes from anywhere. They fail in every way there is, so this is the place to catch it all."""
    try:
        with _silence():
            return LOADERS[ending](data)
    except LoadError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:_REASON_LENGTH].rstrip(": ")
        raise LoadError(
            f"cannot be read as {format_of(ending)} ({reason})", "open it to see whether it is damaged"
        ) from error


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
