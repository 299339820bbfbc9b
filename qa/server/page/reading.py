"""The page on which a citation is opened: finds the article, the place, its copies, and one of them to stand beside.

Does not know how any of this looks (``article``), or HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.assistant import Assistant
from qa.errors import InputError
from qa.index.stored import StoredArticle
from qa.records import Citation, CopySpan, Span
from qa.server.page.article import ArticleView, CopyLink, article_link, article_panel
from qa.server.page.markup import Element, element

_CHANGED = "This file was changed or removed after it was indexed. What was indexed is shown; index again."


def reading_panel(
    assistant: Assistant, source: str, marked: Span | None, beside: str | None = None, *, whole: bool = False
) -> tuple[Element, str]:
    """An article with a span marked, beside a copy of it if one is named; and its title.

    Raises:
        InputError: there is no such article, copy or span.
        QAError: the index cannot be read.
    """
    article, text = assistant.article(source)
    if marked is not None and not 0 <= marked.start < marked.end <= len(text):
        raise InputError(
            f"{article.source} has no characters {marked.start} to {marked.end}",
            f"it has {len(text)} characters; it may have been indexed anew since, so ask again",
        )
    citation = assistant.cite(article.source, marked.start, marked.end) if marked is not None else None
    also_in = citation.also_in if citation is not None else ()
    other = _beside(assistant, beside, also_in) if beside is not None else None
    view = _view(article, text, citation)
    panel = article_panel(view, marked, list(_copies(assistant, article, marked)), other, whole=whole)
    if marked is not None and citation is None:
        panel.insert(0, element("p", _CHANGED, class_="changed"))
    return panel, article.metadata.title or article.source


def _view(article: StoredArticle, text: str, citation: Citation | None = None) -> ArticleView:
    metadata = article.metadata
    return ArticleView(
        source=article.source,
        title=metadata.title,
        outlet=metadata.outlet,
        published=metadata.published,
        language=metadata.language,
        text=text,
        junk=article.junk,
        locator=citation.locator if citation is not None else None,
    )


def _copies(assistant: Assistant, article: StoredArticle, marked: Span | None) -> list[CopyLink]:
    """Every article that tells the same story, in the order of their sources."""
    titles = {other.source: other for other in assistant.articles() if other.group == article.group}
    links = []
    for pair in assistant.copies():
        if article.source in {pair.first, pair.second}:
            other = titles.get(pair.second if pair.first == article.source else pair.first)
            if other is not None:
                href = article_link(article.source, marked, other.source)
                metadata = other.metadata
                links.append(CopyLink(other.source, metadata.title, metadata.language, pair.relation, href))
    return links


def _beside(assistant: Assistant, source: str, also_in: Sequence[CopySpan]) -> tuple[ArticleView, Span | None]:
    article, text = assistant.article(source)
    place = next((Span(copy.start, copy.end) for copy in also_in if copy.source == article.source), None)
    return _view(article, text), place
