"""Words by which a sentence says that something is not surely, not wholly or not yet so, from ``data/hedges.toml``.

A claim without any says more than a source that has one. Does not know what they are about.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from qa.text.words import fold


def hedges(text: str, language: str | None) -> list[tuple[int, int]]:
    """Where a text hedges, as spans of it; none in a language that is not known."""
    pattern = _patterns().get(language or "")
    # Folding changes lengths only at ligatures and the German sharp s: close enough to tell what stands nearby.
    # A capital inside the sentence is a name, such as the month of May.
    found = [match.span() for match in pattern.finditer(fold(text))] if pattern else []
    return [(start, end) for start, end in found if start == 0 or not text[start : start + 1].isupper()]


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    tables = tomllib.loads(files("qa.reading").joinpath("data", "hedges.toml").read_text(encoding="utf-8"))
    return {
        language: re.compile(rf"\b(?:{'|'.join(lines.split(chr(10))[:-1])})\b") for language, lines in tables.items()
    }
