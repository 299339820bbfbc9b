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

from qa.text.language import function_words
from qa.text.words import fold


class AnswerKind(StrEnum):
    """The kind of thing that would answer a question."""

    PERSON = "person"
    TIME = "time"
    QUANTITY = "quantity"
    PLACE = "place"


class ArticleFact(StrEnum):
    """A question about an article itself rather than about what it reports."""

    PUBLISHED = "published"
    TITLE = "title"
    OUTLET = "outlet"


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


def article_fact(question: str) -> ArticleFact | None:
    """Whether a question is about the article itself, such as its date or headline."""
    folded = fold(question)
    patterns = _article_patterns()
    if patterns["name"].search(folded):
        outlet = patterns["outlet"].search(folded) or patterns["published"].search(folded)
        if outlet and patterns["who"].match(folded):
            return ArticleFact.OUTLET
        if patterns["published"].search(folded):
            return ArticleFact.PUBLISHED
        if patterns["title"].search(folded):
            return ArticleFact.TITLE
    if patterns["published_phrase"].search(folded):
        return ArticleFact.PUBLISHED
    return ArticleFact.TITLE if patterns["title_phrase"].search(folded) else None


def topic(question: str, language: str) -> str:
    """What a question about an article says the article is about: its content words but for those for articles.

    Args:
        question: one for which ``article_fact`` is not ``None``.
        language: ISO 639-1; its function words are left out.
    """
    function = {fold(word) for word in function_words(language)}
    about_articles = [_article_patterns()[name] for name in ("name", "published", "title", "outlet")]
    folded = ((word, fold(word).strip("?!.,;:\"'“”„«»()")) for word in question.split())
    return " ".join(
        word
        for word, bare in folded
        if bare and bare not in function and not any(pattern.fullmatch(bare) for pattern in about_articles)
    )


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("qa.reading").joinpath("data", "questions.toml").read_text(encoding="utf-8"))


@cache
def _question_pattern(kind: AnswerKind) -> re.Pattern[str]:
    return _any_of(_data()["question_patterns"][kind].split("\n"))


@cache
def _answer_pattern(kind: AnswerKind) -> re.Pattern[str]:
    return _any_of([*_data()["answer_patterns"][kind].split("\n"), *_data()["answer_words"][kind].split()])


@cache
def _article_patterns() -> dict[str, re.Pattern[str]]:
    data = _data()["article"]
    stems = (f"{stem}\\w*" for stem in data["published_stems"].split())
    return {
        "name": _any_of(data["names"].split()),
        "published": _any_of([*data["published"].split(), *stems]),
        "title": _any_of(data["title"].split()),
        "outlet": _any_of(data["outlet"].split()),
        "who": re.compile(rf"\W*(?:\w+ )?{_any_of(data['who'].split()).pattern}"),
        "published_phrase": _any_of(data["published_phrases"].split("\n")),
        "title_phrase": _any_of(data["title_phrases"].split("\n")),
    }


def _any_of(alternatives: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(pattern for pattern in alternatives if pattern)})(?!\w)")
