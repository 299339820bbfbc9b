"""Names of files as people type them: with or without wildcards, composed or decomposed.

A Mac writes "ü" as "u" and a mark, a keyboard gives one character; both mean the same file. Square brackets are often a
part of a name, so a name is taken literally first, and as a pattern only where it fits nothing so. Does not know: which
files there are.
"""

from __future__ import annotations

import unicodedata
from fnmatch import fnmatchcase

_WILDCARDS = "*?["


def composed(name: str) -> str:
    """A name with each letter and its marks as one character, as far as there is one (Unicode's NFC)."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def name_matches(source: str, pattern: str) -> bool:
    """Whether a pattern means a source.

    It may be the whole source, its file name, a folder, the start of the file name, or a glob of either.
    """
    source, pattern = composed(source), composed(pattern)
    name = source.rsplit("/", 1)[-1]
    if pattern in (source, name) or source.startswith(pattern.rstrip("/") + "/"):
        return True
    if any(character in pattern for character in _WILDCARDS):
        # Brackets beside other wildcards may be meant as they stand: "Report [[]2013]*" need not be written so.
        literal = pattern.replace("[", "[[]")
        return any(fnmatchcase(each, form) for each in (source, name) for form in (pattern, literal))
    return name.startswith(pattern)
