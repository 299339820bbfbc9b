"""One writer at a time: an advisory lock on a file.

The kernel drops the lock when its holder dies, however it dies, so there is never a stale lock to clean up. What the
file says (process, host, time, command) serves only the message for whoever comes second.

Does not know: what is being written.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from qa.errors import IndexLockedError


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold the lock on ``path`` (made if absent, never deleted) while the block runs.

    Raises:
        IndexLockedError: another process, or another thread of this one, holds it.
        OSError: the file cannot be opened for writing.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _locked(path) from None
        _write(descriptor, json.dumps(_this_process()))
        yield
        _write(descriptor, "")
    finally:
        os.close(descriptor)


def _this_process() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": shlex.join(sys.argv),
    }


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _locked(path: Path) -> IndexLockedError:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        process, host = int(holder["pid"]), str(holder["host"])
        since = _clock(datetime.fromisoformat(holder["started"]))
    except (OSError, ValueError, TypeError, LookupError):  # taken this instant, or written by something else
        return IndexLockedError(f"the index {path.parent} is being written by another process", "wait for it to end")
    return IndexLockedError(
        f"the index {path.parent} is being written by process {process} on {host} since {since}",
        f"wait for it to end, or stop it with: kill {process}",
    )


def _clock(started: datetime) -> str:
    today = datetime.now().astimezone().date()
    return started.strftime("%H:%M" if started.date() == today else "%Y-%m-%d %H:%M")
