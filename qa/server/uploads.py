"""The folder of articles that people add in the browser: which names and how much it takes, and how files get there.

Knows names, limits and files. Does not know who sends them, how, or what is made of them afterwards.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import secrets
import stat
import threading
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qa.documents.files import in_words
from qa.errors import InputError
from qa.inert import acts, printable

_MEGABYTE = 2**20
_REMOVED = ".removed"
_OTHER_FOLDER = "make it a folder that you may read and write, or set another uploads_dir in qa.toml"
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK})
_STEM_BYTES = 120
_FORBIDDEN = frozenset('<>:"|?*')
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)
"""What Windows takes for a device, whatever ending follows."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How many ``files`` at once, how many ``megabytes`` (of 2**20 bytes) each, how many files in the folder."""

    files: int = 20
    megabytes: int = 20
    total_files: int = 2000


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken: ``name`` as it was sent, made harmless, and ``reason``, a phrase: "is empty"."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that was taken: the ``name`` it has in the folder now, and its absolute ``path``."""

    name: str
    path: Path


class _RefusalError(Exception):
    """Why one file is not taken, as a phrase."""


class Uploads:
    """The folder. Threads may share it; other processes may write there too, and nothing of theirs is replaced."""

    def __init__(self, folder: Path, limits: UploadLimits, suffixes: Collection[str]) -> None:
        """Keep files with one of the ``suffixes`` (".txt") in ``folder``, which is made once it is needed."""
        self.folder = folder.absolute()
        self.limits = limits
        self._suffixes = tuple(sorted({suffix.lower() for suffix in suffixes}))
        self._lock = threading.Lock()

    def add(self, files: Sequence[tuple[str, Path]]) -> tuple[list[Accepted], list[Refused]]:
        """Copy files into the folder, each under a safe name that no other file has.

        Args:
            files: the name that the browser gave, which may be anything, and where the bytes lie.

        Returns:
            What was taken and what was not, both in the order given.

        Raises:
            InputError: the folder cannot be made or read, or is not a folder.
        """
        accepted: list[Accepted] = []
        refused: list[Refused] = []
        most = self.limits.files
        with self._lock:
            held = self.names()
            for given, source in files[:most]:
                try:
                    accepted.append(self._add_one(given, source, held))
                except _RefusalError as refusal:
                    refused.append(Refused(shown(given), str(refusal)))
        late = f"only {most} files at once; add it with the next lot"
        return accepted, refused + [Refused(shown(given), late) for given, _ in files[most:]]

    def _add_one(self, given: str, source: Path, held: list[str]) -> Accepted:
        name = safe_name(given)
        if not self._is_article(name):
            raise _RefusalError(f"is not a kind of file that can be read ({', '.join(self._suffixes)})")
        data = self._bytes_within_limit(source)
        for other in held:
            if self._holds(other, data):
                raise _RefusalError(
                    "is there already with the same content" + (f", as {shown(other)}" * (other != name))
                )
        if len(held) >= self.limits.total_files:
            raise _RefusalError(f"does not fit: the folder may hold only {self.limits.total_files} files")
        _make(self.folder)
        try:
            path = self._write(data, name)
        except OSError as error:
            raise _RefusalError(f"cannot be kept: {in_words(error)}") from error
        held.append(path.name)
        return Accepted(path.name, path)

    def _bytes_within_limit(self, source: Path) -> bytes:
        most = self.limits.megabytes * _MEGABYTE
        try:
            data = _read(source, most + 1)
        except OSError as error:
            why = "it is a link" if error.errno == errno.ELOOP else in_words(error)
            raise _RefusalError(f"cannot be read: {why}") from error
        if not data:
            raise _RefusalError("is empty")
        if len(data) > most:
            raise _RefusalError(f"is larger than {self.limits.megabytes} MB")
        return data

    def _holds(self, name: str, data: bytes) -> bool:
        path = self.folder / name
        try:
            return path.lstat().st_size == len(data) and _read(path, len(data)) == data
        except OSError:
            return False  # a file that cannot be compared does not keep another one out

    def _write(self, data: bytes, name: str) -> Path:
        """Hidden until it is complete, so that whoever lists the folder meanwhile does not see half a file."""
        temporary = self.folder / f".adding-{secrets.token_hex(8)}"
        try:
            with open(temporary, "xb", opener=_open_no_link) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            return _move_to_first_free(temporary, (self.folder / variant for variant in variants(name)))
        finally:
            temporary.unlink(missing_ok=True)

    def names(self) -> list[str]:
        """The names of the files in the folder, sorted; none while there is no folder.

        Raises:
            InputError: it cannot be read or is not a folder.
        """
        return sorted(name for name in _files(self.folder) if self._is_article(name))

    def owns(self, path: str | Path) -> bool:
        """Whether an absolute path is one of the files directly in this folder, and not a link to somewhere else."""
        path = Path(path)
        try:
            if not path.is_absolute() or path.parent.resolve() != self.folder.resolve():
                return False
            return self._is_article(path.name) and stat.S_ISREG(path.lstat().st_mode)
        except (OSError, RuntimeError, ValueError):  # also links in a circle, and null characters
            return False

    def remove(self, name: str) -> None:
        """Move a file to the hidden subfolder of removed ones, from where ``restore`` brings it back.

        Raises:
            InputError: there is no file of this name, or it cannot be moved.
        """
        with self._lock:
            if name not in self.names():
                raise InputError(f"no added file is called {shown(name)}", "look at the list again")
            removed = self.folder / _REMOVED
            _make(removed)
            last = max(self._removed(name), default=0)
            self._moved(self.folder / name, (removed / numbered(name, last + more) for more in itertools.count(1)))

    def restore(self, name: str) -> str:
        """Bring back the file of this name that was removed last.

        Returns:
            The name that it has now: another one, if its own was taken meanwhile.

        Raises:
            InputError: there is no such file, it cannot be moved, or the folder is full.
        """
        with self._lock:
            last = max(self._removed(name), default=0)
            if not last:
                raise InputError(f"no removed file is called {shown(name)}", "add it again")
            if len(self.names()) >= self.limits.total_files:
                raise InputError(f"the folder may hold only {self.limits.total_files} files", "remove another first")
            source = self.folder / _REMOVED / numbered(name, last)
            return self._moved(source, (self.folder / variant for variant in variants(name))).name

    def _removed(self, name: str) -> list[int]:
        """The numbers of the removed files that had this name; the highest is the last."""
        files = _files(self.folder / _REMOVED) if self._is_article(name) else []
        return numbers_of(name, files)

    def _moved(self, source: Path, targets: Iterator[Path]) -> Path:
        try:
            return _move_to_first_free(source, targets)
        except OSError as error:
            hint = f"look into {self.folder}"
            raise InputError(f"{shown(source.name)} cannot be moved: {in_words(error)}", hint) from error

    def _is_article(self, name: str) -> bool:
        return not name.startswith(".") and os.path.splitext(name)[1].lower() in self._suffixes  # noqa: PTH122 - no path


def _files(folder: Path) -> list[str]:
    """The names of the regular files in a folder, hidden ones too and links not; none if it does not exist."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be read: {in_words(error)}", _OTHER_FOLDER) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be made: {in_words(error)}", _OTHER_FOLDER) from error


def _open_no_link(path: str, flags: int) -> int:
    """Neither follows a link nor waits for what is in a pipe; a new file is its owner's alone."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)


def _read(path: Path, most_bytes: int) -> bytes:
    with open(path, "rb", opener=_open_no_link) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return file.read(most_bytes)


def _move_to_first_free(source: Path, targets: Iterator[Path]) -> Path:
    for target in targets:
        with suppress(FileExistsError):
            _move(source, target)
            return target
    raise AssertionError("there is always another number")


def _move(source: Path, target: Path) -> None:
    """Move a file to where nothing is, even if others write there at the same time."""
    finish: Callable[[], object] = source.unlink
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        open(target, "xb", opener=_open_no_link).close()  # takes the name
        finish = partial(source.replace, target)
    try:
        finish()
    except OSError:
        target.unlink()
        raise


# -- names: made safe from whatever a browser sends, made different, made fit to be shown


def safe_name(given: str) -> str:
    """The last part of a path as a name that is visible, harmless and valid on every system; "" without an ending."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    kept = "".join(character for character in last if not acts(character) and character not in _FORBIDDEN)
    stem, dot, ending = unicodedata.normalize("NFC", " ".join(kept.split())).rstrip(" .").rpartition(".")
    stem = _cut(stem.strip(" ."), _STEM_BYTES) or "article"
    return f"{_cut(f'_{stem}', _STEM_BYTES) if _DEVICE.match(stem) else stem}.{ending}" if dot else ""


def _cut(text: str, most_bytes: int) -> str:
    return text.encode(errors="ignore")[:most_bytes].decode(errors="ignore").rstrip(" .")


def variants(name: str) -> Iterator[str]:
    """``a.txt``, ``a (2).txt``, ``a (3).txt`` and so on."""
    yield name
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
    for number in itertools.count(2):
        mark = f" ({number})"
        yield f"{_cut(stem, _STEM_BYTES - len(mark))}{mark}{ending}"


def numbered(name: str, number: int) -> str:
    """With the number after the ending, where no file that is listed has one."""
    return name if number == 1 else f"{name}.{number}"


def numbers_of(name: str, files: Iterable[str]) -> list[int]:
    """Which numbers ``numbered`` gave to this name, among ``files``."""
    pattern = re.compile(re.escape(name) + r"(?:\.([2-9]|[1-9][0-9]{1,8}))?")
    return [int(match[1] or 1) for match in map(pattern.fullmatch, files) if match]


def shown(given: str) -> str:
    """A name as it was sent, without its path and with what does not show made visible."""
    parts = [part for part in re.split(r"[/\\]", given) if part]
    return printable(parts[-1], ordinary="") if parts else "a file without a name"
