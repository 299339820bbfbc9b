"""Questions about an article itself: when it was published, what it is called, where it appeared.

Knows such questions in several languages, by the words of ``data/article_questions.toml``, and where an article states
the answer: such lines are junk to every other question, so they are found by the rule that marked them. Does not know
how an article is found for a question.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

from qa.cleaning import DATELINE, TITLE
from qa.cleaning.furniture import SOURCE
from qa.index.stored import StoredArticle
from qa.reading.questions import any_of
from qa.records import Span
from qa.retrieval.search import Retriever
from qa.text.words import fold, folded_function_words


class ArticleFact(StrEnum):
    """A question about an article itself rather than about what it reports."""

    PUBLISHED = "published"
    TITLE = "title"
    OUTLET = "outlet"


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
    function = folded_function_words(language)
    about_articles = [_article_patterns()[name] for name in ("name", "published", "title", "outlet")]
    folded = ((word, fold(word).strip("?!.,;:\"'“”„«»()")) for word in question.split())
    return " ".join(
        word
        for word, bare in folded
        if bare and bare not in function and not any(pattern.fullmatch(bare) for pattern in about_articles)
    )


def find_article_fact(
    fact: ArticleFact, article: StoredArticle, retriever: Retriever
) -> tuple[StoredArticle, Span] | None:
    """Where an article, or else one of its copies, states a fact about itself."""
    for version in (article, *retriever.copies_of(article)):
        span = _statement(fact, version)
        if span is not None:
            return version, span
    return None


def _statement(fact: ArticleFact, article: StoredArticle) -> Span | None:
    known, rule = {
        ArticleFact.PUBLISHED: (article.metadata.published, DATELINE),
        ArticleFact.TITLE: (article.metadata.title, TITLE),
        ArticleFact.OUTLET: (article.metadata.outlet, SOURCE),
    }[fact]
    if known is None:
        return None
    return next((Span(junk.start, junk.end) for junk in article.junk if junk.rule == rule), None)


@cache
def _article_patterns() -> dict[str, re.Pattern[str]]:
    text = files("qa.answering").joinpath("data", "article_questions.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    stems = (f"{stem}\\w*" for stem in data["published_stems"].split())
    return {
        "name": any_of(data["names"].split()),
        "published": any_of([*data["published"].split(), *stems]),
        "title": any_of(data["title"].split()),
        "outlet": any_of(data["outlet"].split()),
        "who": re.compile(rf"\W*(?:\w+ )?{any_of(data['who'].split()).pattern}"),
        "published_phrase": any_of(data["published_phrases"].split("\n")),
        "title_phrase": any_of(data["title_phrases"].split("\n")),
    }
