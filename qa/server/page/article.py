"""An article as HTML with one quotation marked, and beside it, if wanted, a copy or translation, marked likewise.

All text is from strangers; the tree escapes it, and whatever stands in a line with other words is isolated (``<bdi>``,
``dir="auto"``), so that its direction characters act on nothing else. Does not know HTTP or Gradio.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import quote

from qa.assistant import Assistant
from qa.errors import InputError
from qa.index.stored import StoredArticle
from qa.records import Citation, CopySpan, Junk, Relation, Span
from qa.server.page.markup import Element, add, element, html_text
from qa.text.locale_names import english_name

_LONGEST_SHOWN = 60_000
_SHOWN_EACH_SIDE = 30_000
"""Code points before and after the mark of a text that is longer than that."""
_WIDENED_AT_MOST = 5_000
"""How far the end of a paragraph may be, or a text without blank lines would be shown whole after all."""
_CHANGED = "This file was changed or removed after it was indexed. What was indexed is shown; index again."
_LINE_END = re.compile(r"[\r\n]++")
_PARAGRAPH_END = re.compile(r"(?>\r\n?|\n)(?:[^\S\r\n]*+(?>\r\n?|\n))++")


@dataclass(frozen=True, slots=True)
class ArticleView:
    """What a reader is shown of an article.

    ``source`` is its path, ``published`` an ISO 8601 date, ``language`` a code, ``locator`` the place of the quotation
    in the original ("page 3"). Spans count code points of ``text``; ``junk`` may be in any order and overlap.
    """

    source: str
    title: str | None
    outlet: str | None
    published: str | None
    language: str | None
    text: str
    junk: tuple[Span | Junk, ...]
    locator: str | None


@dataclass(frozen=True, slots=True)
class CopyLink:
    """Another article that tells the same, and the address at which both are shown."""

    source: str
    title: str | None
    language: str | None
    relation: Relation
    href: str


def article_link(source: str, span: Span | None, other: str | None = None) -> str:
    """The address, without a host, at which an article is read.

    Args:
        source: the article's path.
        span: what to mark, in code points; ``None`` for nothing.
        other: the path of the copy to show beside it.
    """
    at = f"&at={span.start}:{span.end}" if span is not None else ""
    beside = f"&beside={_encoded(other)}" if other is not None else ""
    return f"/read?source={_encoded(source)}{at}{beside}"


def article_panel(
    view: ArticleView,
    marked: Span | None,
    copies: Sequence[CopyLink],
    beside: tuple[ArticleView, Span | None] | None,
    *,
    whole: bool = False,
) -> Element:
    """An article with its quotation marked; write it with ``html_text``, which keeps the line breaks of the text.

    Args:
        view: the article.
        marked: the quotation, in code points; what lies outside of the text is not marked.
        copies: of the article, to link to.
        beside: a copy to show in a second column, and its sentence.
        whole: show a text of any length, not only what stands around the mark.

    Returns:
        An ``<article>``; the first mark has the id ``quote``, that of the second column ``quote-beside``.
    """
    link = f"{article_link(view.source, marked, beside[0].source if beside else None)}&whole=1"
    first = (_header(view), _copies(copies), *_body(view, marked, "quote", link, whole=whole))
    if beside is None:
        return element("article", *first, class_="source")
    other, other_marked = beside
    second = (_header(other), *_body(other, other_marked, "quote-beside", link, whole=whole))
    columns = element("div", element("section", *first), element("section", *second), class_="side-by-side")
    return element("article", columns, class_="source")


def article_page(panel: Element, title: str) -> str:
    """A whole HTML document around a panel; with the fragment ``#quote`` the browser itself scrolls to the mark."""
    return _page(panel, title)


def not_found_page(message: str, hint: str) -> str:
    """A whole HTML document that says why there is no article to show, and what to do next."""
    said = element(
        "section",
        element("h2", message, dir="auto"),
        element("p", hint, dir="auto") if hint else None,
        class_="missing",
    )
    return _page(said, "Not found")


def _page(content: Element, title: str) -> str:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("link", rel="stylesheet", href="/look/web.css"),
    )
    header = element(
        "header", element("a", "Back to the chat", href="/"), element("h1", "Source"), class_="page-header"
    )
    body = element("body", header, element("main", content), class_="reading")
    return html_text(element("html", head, body, lang="en"))


def _header(view: ArticleView) -> Element:
    published = element("time", view.published, datetime=view.published) if view.published else "undated"
    facts = [
        element("bdi", view.outlet) if view.outlet else None,
        published,
        _language(view.language),
        element("code", element("bdi", view.source)),
        element("bdi", view.locator) if view.locator else None,
    ]
    line = element("p", class_="facts")
    for number, fact in enumerate(fact for fact in facts if fact is not None):
        add(line, " · " if number else None)
        add(line, fact)
    title = element("h2", view.title, dir="auto", lang=view.language) if view.title else element("h2", "(no headline)")
    return element("header", title, line)


def _copies(copies: Sequence[CopyLink]) -> Element | None:
    if not copies:
        return None
    line = element("p", "Also in: ", class_="copies")
    for number, copy in enumerate(copies):
        language = (", ", _language(copy.language)) if copy.language else ()
        name = element("bdi", copy.title or copy.source)
        add(line, " · " if number else None)
        add(line, element("a", copy.relation, *language, ": ", name, class_="copy-link", href=copy.href))
    return line


def _language(code: str | None) -> Element | None:
    """Its name in English; the code itself where CLDR has no name for it."""
    if not code:
        return None
    name = english_name(code)
    return element("bdi", code if name == english_name("") else name)


def _body(view: ArticleView, marked: Span | None, identifier: str, link: str, *, whole: bool) -> Iterator[Element]:
    """The text, or what stands around the mark, with a note at either end that is cut off."""
    marked = _inside(marked, len(view.text))
    shown = Span(0, len(view.text)) if whole else _window(view.text, marked)
    href = f"{link}#{identifier}" if marked is not None else link
    if shown.start:
        yield _cut_note(shown.start, "before", href)
    yield _shown_text(view, shown, marked, identifier)
    if shown.end < len(view.text):
        yield _cut_note(len(view.text) - shown.end, "after", href)


def _inside(span: Span | None, length: int) -> Span | None:
    if span is None:
        return None
    start, end = max(0, span.start), min(length, span.end)
    return Span(start, end) if start < end else None


def _window(text: str, marked: Span | None) -> Span:
    """The part of the text to show, from the end of one paragraph to that of another where one is near."""
    if len(text) <= _LONGEST_SHOWN:
        return Span(0, len(text))
    middle = marked or Span(0, 0)
    start = max(0, middle.start - _SHOWN_EACH_SIDE)
    end = min(len(text), middle.end + _SHOWN_EACH_SIDE)
    farthest = max(0, start - _WIDENED_AT_MOST), min(len(text), end + _WIDENED_AT_MOST)
    ends_before = [found.end() for found in _PARAGRAPH_END.finditer(text, farthest[0], start)]
    end_after = _PARAGRAPH_END.search(text, end, farthest[1])
    # A text that ends within reach is shown to its end, rather than cut for a few lines.
    start = 0 if farthest[0] == 0 else (ends_before[-1] if ends_before else start)
    end = len(text) if farthest[1] == len(text) else (end_after.end() if end_after else end)
    return Span(start, end)


def _cut_note(count: int, where: str, href: str) -> Element:
    said = f"{count:,} {'character' if count == 1 else 'characters'} {where} this are not shown. "
    return element("p", said, element("a", "Show the whole article", href=href), class_="cut")


def _shown_text(view: ArticleView, shown: Span, marked: Span | None, identifier: str) -> Element:
    """The paragraphs, whose text is together exactly what is shown: blank lines are at the end of the one before.

    Exactly but for characters that XML has no place for (``qa.inert.legal``) and, once a browser has read the
    page, for CR LF, which HTML makes LF. Paragraphs are for ``white-space: pre-wrap`` without a margin.
    """
    text, body = view.text, element("div", class_="article-text")
    paragraphs = {shown.start, *(found.end() for found in _PARAGRAPH_END.finditer(text, shown.start, shown.end))}
    quoted = marked or Span(-1, -1)
    lines = {found.end() for found in _LINE_END.finditer(text, max(0, quoted.start), max(0, quoted.end))}
    junk = _merged(view.junk)
    junk_edges = {edge for span in junk for edge in (span.start, span.end) if not quoted.start < edge < quoted.end}
    edges = paragraphs | lines | junk_edges | {quoted.start, quoted.end, shown.end}
    starts = [span.start for span in junk]
    for start, end in pairwise(sorted(edge for edge in edges if shown.start <= edge <= shown.end)):
        if start in paragraphs:
            # Not by ``add``, which would put a line break of its own behind it.
            body.append(element("p", dir="auto", lang=view.language))
        piece: str | Element = text[start:end]
        if quoted.start <= start < quoted.end:
            name, focus = (identifier, -1) if start == quoted.start else (None, None)
            piece = element("mark", piece, class_="quote", id=name, tabindex=focus)
        elif (before := bisect_right(starts, start)) and start < junk[before - 1].end:
            piece = element("span", piece, class_="junk", title="page furniture, never quoted")
        add(body[-1], piece)
    return body


def _merged(spans: Sequence[Span | Junk]) -> list[Span]:
    """The same characters as spans in order that do not touch."""
    merged: list[Span] = []
    for span in sorted((span for span in spans if span.start < span.end), key=lambda span: span.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(Span(span.start, span.end))
    return merged


def _encoded(source: str) -> str:
    return quote(source, safe="", errors="replace")


# -- looked up


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
    panel = article_panel(view, marked, _copies_of(assistant, article, marked), other, whole=whole)
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


def _copies_of(assistant: Assistant, article: StoredArticle, marked: Span | None) -> list[CopyLink]:
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
