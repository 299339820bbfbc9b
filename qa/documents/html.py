"""Web pages to text: the article without the page around it, and what the page declares.

Knows lxml and trafilatura (not LlamaIndex's ``HTMLTagReader``, which returns one tag with the menus in it). trafilatura
says where the article is; captions, boxes, lists and tables that stand within it, and that trafilatura leaves out, are
put back in their places. Trusts a date only where the page calls it the date of publication. Does not know: files,
e-mails, what is junk in an article.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa.documents import Extracted, LoadError, clean_title, iso_date, join_parts, language_code
from qa.documents.encodings import decode_markup
from qa.documents.markup import ROWS, parse_html, write_out
from qa.documents.page_parts import with_left_out
from qa.records import Metadata

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_DATE_NAMES = (
    *("article:published_time", "og:published_time", "datepublished", "citation_publication_date"),
    *("dcterms.issued", "dc.date.issued", "parsely-pub-date", "sailthru.date"),
    *("publication_date", "publish_date", "publishdate", "pubdate", "citation_date", "dcterms.date", "dc.date", "date"),
)
"""Names of ``<meta>`` (``name``, ``property`` or ``itemprop``) that mean publication, the most reliable first."""

_SENTENCE_END = re.compile(r"""[.!?…。！？।؟]["'”’»“)\]]*(?:\s|$)""")
_SHOWN = 60
_LONG_ENOUGH = 250
"""Code points. A page with less text than this and no end of a sentence is a menu; some scripts have no such sign."""


def load_html(data: bytes) -> Extracted:
    """The main text of a web page, paragraphs separated by empty lines, sections named by their headings.

    Uses trafilatura (Barbaresi 2021), set to leave out what it is unsure of.

    Raises:
        LoadError: the page has no article text.
    """
    tree = parse_html(decode_markup(data))
    if tree is None:
        raise LoadError("has no text in it")
    declared = _declared(tree)
    write_out(tree)
    text, headings = _main_text(tree)
    if not _SENTENCE_END.search(text) and len(text) < _LONG_ENOUGH:
        raise LoadError("is a page without article text", "save the page of the article itself")
    lines, omitted = with_left_out(tree, [line for line in text.split("\n") if line.strip()])
    parts = ((line if _folded(line) in headings else None, line) for line in lines)
    return join_parts(parts, declared, _told(omitted))


def _told(omitted: Sequence[str]) -> Iterator[str]:
    if omitted:
        count = f"{len(omitted)} paragraphs" if len(omitted) > 1 else "a paragraph"
        yield f"{count} of the page that did not look like the article: {omitted[0][:_SHOWN].strip()} …"


def _main_text(tree: HtmlElement) -> tuple[str, set[str]]:
    """The paragraphs of the article, one a line, and which of them are headings.

    trafilatura gets trees, never strings: a string that is an address it would fetch. It changes what it gets. Where
    the whole page is laid out as a table (as newsletters are), all its paragraphs are taken.
    """
    import trafilatura

    found = trafilatura.bare_extraction(
        copy.deepcopy(tree), favor_precision=True, include_comments=False, include_tables=False
    )
    if found is not None and found.text.strip():
        return found.text, {_folded("".join(head.itertext())) for head in found.body.iter("head")}
    if tree.find(".//table") is None and tree.find(f".//*[@{ROWS}]") is None:
        return "", set()
    return trafilatura.baseline(copy.deepcopy(tree))[1], set()


def _folded(line: str) -> str:
    return " ".join(line.split())


def _declared(tree: HtmlElement) -> Metadata:
    """What the page says of itself: title and outlet as trafilatura reads them, but not its date.

    That date may come from anywhere on the page; here it counts only where it is called the date of publication.
    """
    from trafilatura import metadata

    names = metadata.extract_metadata(tree, date_config={"extensive_search": False})
    dates = (iso_date(value) for value in _declared_dates(tree))
    return Metadata(
        title=clean_title(names.title),
        published=next(filter(None, dates), None),
        outlet=clean_title(names.sitename),
        language=language_code(tree.get("lang") or tree.get("xml:lang")),
    )


def _declared_dates(tree: HtmlElement) -> Iterator[str]:
    named: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("itemprop") or meta.get("name") or "").lower()
        named.setdefault(name, meta.get("content") or "")
    yield from (named[name] for name in _DATE_NAMES if name in named)
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            yield from _article_dates(json.loads(script.text or ""))
        except ValueError:
            continue
    for element in tree.iter("time"):
        if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
            yield element.get("datetime") or ""


def _article_dates(data: object) -> Iterator[str]:
    """``datePublished`` of the articles that JSON-LD describes, at the top or in its graph."""
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            kinds = str(item.get("@type"))
            if re.search(r"Article|Posting|Report", kinds) and isinstance(item.get("datePublished"), str):
                yield item["datePublished"]
            yield from _article_dates(item.get("@graph"))
