"""Paths and globs to files, without ever going round in circles.

Knows: folders, links, hidden names, ``*`` and ``**``. Does not know: which files are wanted, or what is in them.
"""

from __future__ import annotations

import fnmatch
import glob
import os
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath


class Walk:
    """Looks into folders, and keeps note of those that cannot be opened."""

    def __init__(self, base: Path) -> None:
        """Paths are taken relative to ``base``. ``failures`` maps a path to what is wrong with it."""
        self._base = base
        self.failures: dict[str, str] = {}

    def fail(self, source: PurePosixPath, reason: str) -> None:
        """Note what is wrong with a path."""
        self.failures[printable(source.as_posix())] = reason

    def expand(self, given: str) -> Iterator[PurePosixPath]:
        """The file or folder of this name, or else those that it matches as a pattern."""
        path = PurePosixPath(given)
        if given and os.path.lexists(self._base / path):
            yield path
        elif glob.has_magic(given):
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
        elif glob.has_magic(part):
            for name in self._names(prefix, hidden=part.startswith(".")):
                if fnmatch.fnmatchcase(name, part):
                    yield from self._matches(prefix / name, rest)
        elif os.path.lexists(self._base / prefix / part):
            yield from self._matches(prefix / part, rest)

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


def printable(path: str) -> str:
    r"""The path with those of its bytes that are not UTF-8 written as ``\xff``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def in_words(error: OSError) -> str:
    """What the operating system says is wrong, without numbers and paths."""
    return (error.strerror or type(error).__name__).lower()
