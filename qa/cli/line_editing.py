"""Lines from a person at a terminal, edited and remembered, or from a pipe.

The only module that knows the standard library's ``readline``. Does not know what the lines say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_REMEMBERED_LINES = 1000


@contextlib.contextmanager
def line_editing(history_file: Path | None) -> Iterator[None]:
    """Let ``input`` edit lines, where Python can, and recall those of the last times.

    A history file that cannot be read or written is left alone; a new one is its owner's only.
    """
    try:
        import readline
    except ImportError:
        yield
        return
    readline.set_history_length(_REMEMBERED_LINES)
    if history_file is not None:
        with contextlib.suppress(OSError):
            readline.read_history_file(history_file)
    try:
        yield
    finally:
        if history_file is not None:
            with contextlib.suppress(OSError):
                history_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                readline.write_history_file(history_file)
        readline.clear_history()


def prompt(text: str, *, coloured: bool) -> str:
    """A prompt for ``input``; its colours stand between the marks that tell line editing what takes no room."""
    return f"\x01\x1b[1;36m\x02{text}\x01\x1b[0m\x02" if coloured else text


def piped_lines(stream: TextIO) -> Iterator[str]:
    """The lines of a file or pipe, whatever bytes are in them."""
    raw = getattr(stream, "buffer", None)
    for line in raw if raw is not None else stream:
        yield line.decode("utf-8", "replace") if isinstance(line, bytes) else valid(line)


def valid(line: str) -> str:
    """The line without lone surrogates, which cannot be encoded."""
    return line.encode("utf-8", "replace").decode("utf-8")
