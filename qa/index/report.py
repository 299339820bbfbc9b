"""What indexing has to say about files and parts of files that were not read, in sentences for a person.

Does not know: why something was not read, which the loaders say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from qa.records import LeftOut

_NAMED = 10
"""Files that are named; the rest is counted, and all are in the JSON."""
_TOLD = 20


def notes_on(skipped: Sequence[str], left_out: Sequence[LeftOut]) -> Iterator[str]:
    """The notes of a report: files whose type cannot be read, then what was left out of those that were."""
    if skipped:
        yield skipped_note(skipped)
    for item in left_out[:_TOLD]:
        yield f"{item.source}: left out: {item.what}"
    if len(left_out) > _TOLD:
        yield f"{len(left_out) - _TOLD} more parts of files were left out; `qa sources` lists them"


def skipped_note(skipped: Sequence[str]) -> str:
    """How many files were skipped, of which types, and which."""
    types = Counter(PurePosixPath(name).suffix.lower() or "without an ending" for name in skipped)
    kinds = ", ".join(f"{count} {kind}" if count > 1 else kind for kind, count in sorted(types.items()))
    names = ", ".join(skipped[:_NAMED]) + (f" and {len(skipped) - _NAMED} more" if len(skipped) > _NAMED else "")
    count = "1 file" if len(skipped) == 1 else f"{len(skipped)} files"
    return f"skipped {count} of types that cannot be read ({kinds}): {names}"
