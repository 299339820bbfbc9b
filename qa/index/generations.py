"""Immutable generations of a folder: built aside, published by one atomic rename, deleted when nobody reads them.

``INDEX/current`` is a relative symbolic link to ``generations/000003``. A writer builds ``000004`` from a copy and
moves the link, so that a process killed at any moment leaves what was published whole. Each published generation holds
``seal.json``, the checksums of its files. A reader keeps a shared lock on the seal for as long as it reads; the writer
deletes only what it can lock exclusively.

Does not know: what a generation holds, except that SQLite files must be copied by SQLite. Everything here that writes
must run under the writer lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import sqlite3
import zlib
from contextlib import closing, suppress
from pathlib import Path

from qa.errors import IndexDamagedError, IndexMissingError, InputError, QAError

REBUILD = "make it anew with: qa index --rebuild"

_CURRENT = "current"
_FOLDER = "generations"
_SEAL = "seal.json"
_NUMBER = re.compile(r"[0-9]{6,}")
_ATTEMPTS = 100


class Claim:
    """A generation that will not be deleted until ``release``; ``folder`` is its real path."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self.folder = folder
        self._descriptor = descriptor

    def is_current(self, index_dir: Path) -> bool:
        """Whether a reader who came now would claim this same generation."""
        try:
            folder = current(index_dir)
            return folder is not None and os.path.samestat(os.fstat(self._descriptor), (folder / _SEAL).stat())
        except (OSError, QAError):
            return False

    def release(self) -> None:
        """Let the generation go; doing it twice does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def require_folder(index_dir: Path) -> None:
    """Refuse a path where something other than a folder is.

    Raises:
        InputError: there is.
    """
    if os.path.lexists(index_dir) and not index_dir.is_dir():
        raise InputError(f"{index_dir} is a file, not an index folder", "give another folder with --index")


def current(index_dir: Path) -> Path | None:
    """The published generation's real path, or ``None`` where nothing was ever published.

    Raises:
        InputError: ``index_dir`` is not a folder.
        IndexDamagedError: the link leads nowhere, or to something that is not a generation.
    """
    require_folder(index_dir)
    link = index_dir / _CURRENT
    if not os.path.lexists(link):
        return None
    target = link.readlink() if link.is_symlink() else Path()
    folder = index_dir.resolve() / _FOLDER / target.name
    if target.parts[:-1] != (_FOLDER,) or not _NUMBER.fullmatch(target.name) or not folder.is_dir():
        raise IndexDamagedError(f"the index {index_dir} is damaged: {link} does not lead to a generation", REBUILD)
    return folder


def index_of(folder: Path) -> Path:
    """The index's folder, of one of its generations' folders."""
    return folder.parent.parent


def claim_current(index_dir: Path) -> Claim:
    """Claim the published generation for reading.

    Raises:
        IndexMissingError: nothing was ever published.
        IndexDamagedError, InputError: as ``current``.
    """
    failure: Exception | None = None
    for _ in range(_ATTEMPTS):  # a writer may publish and delete between our looking and our claiming
        try:
            folder = current(index_dir)
            if folder is None:
                raise IndexMissingError(f"there is no index in {index_dir}", "make one with: qa index PATH")
            descriptor = os.open(folder / _SEAL, os.O_RDONLY)
        except (FileNotFoundError, IndexDamagedError) as error:
            failure = error
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if os.fstat(descriptor).st_nlink > 0:
                return Claim(folder, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
    raise IndexDamagedError(f"the index {index_dir} is damaged: {failure}", REBUILD) from failure


def begin(index_dir: Path, base: Path | None) -> Path:
    """Make the next generation's folder, a copy of ``base`` or empty, and return its real path."""
    generations = index_dir.resolve() / _FOLDER
    if not generations.is_dir():
        remove(generations)
    generations.mkdir(exist_ok=True)
    numbers = [int(entry.name) for entry in generations.iterdir() if _NUMBER.fullmatch(entry.name)]
    folder = generations / f"{max(numbers, default=0) + 1:06d}"
    if base is None:
        folder.mkdir()
    else:
        journals = shutil.ignore_patterns(_SEAL, "*-journal", "*-wal", "*-shm")
        shutil.copytree(base, folder, copy_function=_copy, ignore=journals)
    return folder


def _copy(source: str, target: str) -> None:
    """Copy a file; a database through SQLite, since Chroma writes to its own even while it only reads."""
    if not source.endswith((".sqlite", ".sqlite3")):
        shutil.copyfile(source, target)
        return
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def publish(index_dir: Path, folder: Path) -> None:
    """Seal ``folder`` and make it the current generation, durably and in one step."""
    sealed = {path.relative_to(folder).as_posix(): _checksum(path) for path in sorted(folder.rglob("*"))}
    (folder / _SEAL).write_text(json.dumps({name: check for name, check in sealed.items() if check}), encoding="utf-8")
    for parent, _, names in os.walk(folder):
        for path in (parent, *(os.path.join(parent, name) for name in names)):  # noqa: PTH118 - as os.walk gives them
            _sync(path)
    _sync(folder.parent)
    link, fresh = index_dir / _CURRENT, index_dir / f"{_CURRENT}.new"
    remove(fresh)
    fresh.symlink_to(Path(_FOLDER) / folder.name)
    if not link.is_symlink():
        remove(link)
    fresh.replace(link)
    _sync(index_dir)


def _sync(path: str | Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def verify(folder: Path, under: str = "", *, contents: bool) -> None:
    """Compare the files of a published generation with its seal.

    Args:
        folder: the generation.
        under: only those whose relative path begins so.
        contents: whether to read them (about a second for each gigabyte) or only look at their sizes.

    Raises:
        ValueError: one is not what was written.
        OSError: one is missing or cannot be read.
    """
    seal: dict[str, list[int]] = json.loads((folder / _SEAL).read_text(encoding="utf-8"))
    for name, check in seal.items():
        path = folder / name
        if name.startswith(under) and (path.stat().st_size != check[0] or (contents and _checksum(path) != check)):
            raise ValueError(f"{name} was changed")


def _checksum(path: Path) -> list[int] | None:
    """Size and CRC-32 of a file; ``None`` for a folder and for Chroma's database, which changes while it is read."""
    if path.suffix == ".sqlite3" or not path.is_file():
        return None
    size, check = 0, 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            size, check = size + len(block), zlib.crc32(block, check)
    return [size, check]


def collect(index_dir: Path) -> None:
    """Delete every generation that is neither current nor being read, such as what a killed writer left."""
    try:
        kept = current(index_dir)
    except IndexDamagedError:
        return  # nobody can say what may go; a rebuild publishes a sound link first
    generations = index_dir.resolve() / _FOLDER
    for folder in generations.iterdir() if generations.is_dir() else ():
        if folder != kept and _NUMBER.fullmatch(folder.name):
            _remove_unless_read(folder)


def _remove_unless_read(folder: Path) -> None:
    try:
        descriptor = os.open(folder / _SEAL, os.O_RDONLY)
    except OSError:  # a leftover from before it could be read, or half deleted
        remove(folder)
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / _SEAL).unlink(missing_ok=True)  # first, so that a reader who waits for the lock sees it gone
        remove(folder)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Delete a file, a link or a folder with all it holds; no complaint if it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError):
            path.unlink()
