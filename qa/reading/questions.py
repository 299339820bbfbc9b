"""What kind of answer a question asks for, and whether a sentence has anything of that kind.

Knows question words and number, date and name forms of several languages, from ``data/questions.toml``. It is evidence,
not grammar: where it does not know a language it says ``None`` and nobody loses. Does not know passages or scores.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from qa.text.words import fold


class AnswerKind(StrEnum):
    """The kind of thing that would answer a question."""

    PERSON = "person"
    TIME = "time"
    QUANTITY = "quantity"
    PLACE = "place"


_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![\"“„»'‘])\b[^\W\d_a-zß-öø-ÿ][\w’'-]+")
"""A capitalised word that does not begin a sentence or a quotation."""


@lru_cache(maxsize=1024)
def answer_kind(question: str) -> AnswerKind | None:
    """The kind of answer that a question asks for; the question word that stands first decides."""
    folded = fold(question)
    found = [(match.start(), kind) for kind in AnswerKind if (match := _question_pattern(kind).search(folded))]
    return min(found)[1] if found else None


def has_kind(sentence: str, kind: AnswerKind, question: str) -> bool:
    """Whether a sentence holds something of the asked kind that the question does not already say."""
    folded_question = fold(question)
    if kind in {AnswerKind.PERSON, AnswerKind.PLACE}:
        return any(fold(name) not in folded_question for name in _NAME.findall(sentence))
    return any(match.group() not in folded_question for match in _answer_pattern(kind).finditer(fold(sentence)))


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("qa.reading").joinpath("data", "questions.toml").read_text(encoding="utf-8"))


@cache
def _question_pattern(kind: AnswerKind) -> re.Pattern[str]:
    return any_of(_data()["question_patterns"][kind].split("\n"))


@cache
def _answer_pattern(kind: AnswerKind) -> re.Pattern[str]:
    return any_of([*_data()["answer_patterns"][kind].split("\n"), *_data()["answer_words"][kind].split()])


def any_of(alternatives: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of these regular expressions as whole words."""
    return re.compile(rf"\b(?:{'|'.join(pattern for pattern in alternatives if pattern)})(?!\w)")
