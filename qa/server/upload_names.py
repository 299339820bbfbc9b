"""Names of added files: made safe from whatever a browser sends, made different, made fit to be shown.

Does not know files or folders.
"""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator

from qa.inert import acts, printable

_STEM_BYTES = 120
_FORBIDDEN = frozenset('<>:"|?*')
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)
"""What Windows takes for a device, whatever ending follows."""


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
