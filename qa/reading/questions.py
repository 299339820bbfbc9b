"""What form a question has: a plain one, or one that wants several sentences; one question, or two.

Knows such forms in seven languages, by the patterns of ``data/kinds.toml``. It is a small router, not grammar: what it
does not know is a plain question. Does not know how any kind is answered.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from qa.text.words import find_words, fold, fold_in_place

_END = " \t\r\n?!.:;¿¡؟？。"
_AROUND = _END + "\"'“”„«»‘’"
_LEAST_PART = 3
"""Words that a part of a double question has."""


class Kind(StrEnum):
    """A question that wants more than the best sentence."""

    TOPIC = "topic"
    MENTIONS = "mentions"
    LIST = "list"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of question, and what it is about, in the words of the question."""

    kind: Kind
    subject: str


@lru_cache(maxsize=1024)
def form_of(question: str) -> Form | None:
    """The form of a question; ``None`` for a plain one."""
    stripped = question.strip(_END)
    folded = fold_in_place(stripped)
    for kind in (Kind.MENTIONS, Kind.LIST, Kind.COMPARE, Kind.TOPIC):
        for pattern in _patterns(kind):
            found = pattern.fullmatch(folded)
            if found is not None:
                parts = [stripped[slice(*found.span(name))] for name in ("s", "t") if name in found.groupdict()]
                subject = " ".join(part.strip(_AROUND) for part in parts if part)
                return Form(kind, subject) if subject else None
    return None


def questions_in(text: str) -> tuple[str, ...]:
    """The questions that a text asks: one, or the two that stand one after the other or are joined by "and"."""
    pieces = [piece.strip() for piece in re.split(r"(?<=[?？؟])\s+", text.strip()) if piece.strip(_AROUND)]
    if len(pieces) > 1:
        return tuple(pieces) if all(piece.endswith(("?", "？", "؟")) for piece in pieces) else (text,)
    for joined in _joints():
        found = joined.search(fold_in_place(text))
        if found is not None:
            parts = text[: found.start()].strip(" ,;"), text[found.end() :].strip()
            if all(len(find_words(part)) >= _LEAST_PART for part in parts):
                return f"{parts[0].rstrip(_END)}?", parts[1]
    return (text,)


def asks_yes_or_no(question: str, language: str) -> bool:
    """Whether a question is answered by yes or no: it begins with a verb, in languages where that says so."""
    first = fold(question.strip(_AROUND)).split(maxsplit=1)[:1]
    return bool(first) and first[0] in _data()["yes_or_no"].get(language, "").split()


def any_of(alternatives: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of these regular expressions as whole words."""
    return re.compile(rf"\b(?:{'|'.join(pattern for pattern in alternatives if pattern)})(?!\w)")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("qa.reading").joinpath("data", "kinds.toml").read_text(encoding="utf-8"))


@cache
def _patterns(kind: Kind) -> tuple[re.Pattern[str], ...]:
    lines = (line for block in _data()[kind].values() for line in block.splitlines() if line)
    return tuple(re.compile(line) for line in lines)


@cache
def _joints() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(rf"(?<=\s){pattern}") for pattern in _data()["joined"].values())
