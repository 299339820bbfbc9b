"""Answers to questions about an article itself: when it was published, what it is called, where it appeared.

Such lines are junk to every other question, so they are found by the rule that marked them. Does not know how an
article is found for a question.
"""

from __future__ import annotations

from qa.cleaning import DATELINE, TITLE
from qa.cleaning.furniture import SOURCE
from qa.index.stored import StoredArticle
from qa.reading.questions import ArticleFact
from qa.records import Span
from qa.retrieval.search import Retriever


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
