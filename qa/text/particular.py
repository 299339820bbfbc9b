"""One thing that a sentence says in particular, and the tables of general language by which such things are found.

Knows the four kinds, and how ``data/particulars.toml`` is read. Does not know how any kind is found or compared.
"""

from __future__ import annotations

import tomllib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from qa.text.words import fold


class ParticularKind(StrEnum):
    """What a particular is."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"


@dataclass(frozen=True, slots=True)
class Particular:
    """A number, date, name or negation, and where it stands.

    Attributes:
        kind: which of them.
        text: as written, ``sentence[start:end]``.
        start: offset in Unicode code points into its sentence.
        end: offset behind its last character.
        value: the same for whatever says the same, in any language; its type depends on the kind.
        certain: whether it surely is one; a capitalised German noun, for example, need not be a name.
    """

    kind: ParticularKind
    text: str
    start: int
    end: int
    value: Hashable
    certain: bool = True


@cache
def tables() -> Mapping[str, Any]:
    """The tables of general language."""
    return tomllib.loads((resources.files("qa.text") / "data" / "particulars.toml").read_text(encoding="utf-8"))


@cache
def word_set(section: str, key: str) -> frozenset[str]:
    """The words of one entry, folded; empty where there is none."""
    return frozenset(fold(word) for word in tables()[section].get(key, "").split())
