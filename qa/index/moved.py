"""Where articles are now, if they were moved or copied together with their index.

An index keeps absolute paths, and where it was when it was written. Does not know how it keeps them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def root_now(root: str, made_in: str, index_dir: Path, sources: Iterable[str]) -> str:
    """The folder that sources are relative to.

    Args:
        root: what it was when the index was written.
        made_in: the index's own folder at that time, without links.
        index_dir: the index's own folder now, without links.
        sources: some of the articles. If none of them lies as it did relative to the index, the index was moved alone.
    """
    if made_in == str(index_dir):
        return root
    beside = os.path.normpath(index_dir / os.path.relpath(root, made_in))
    relative = (source for source in sources if not Path(source).is_absolute())
    return beside if any(Path(beside, source).is_file() for source in relative) else root


def rebased(path: str, before: str, now: str) -> str:
    """An article's path as it is now, if it lies in the folder that was called ``before``."""
    inside = path.startswith(f"{before.rstrip('/')}/")
    return os.path.join(now, path[len(before.rstrip("/")) + 1 :]) if inside else path  # noqa: PTH118 - text to text
