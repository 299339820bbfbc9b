"""Marks what is not the article: junk spans with the rule that says so. Finds title, date, outlet and language.

Knows: how rules become spans and metadata. Does not know: the rules themselves (``layout``, ``furniture``,
``masthead``), or which lines many articles share (``repeated``). Never rewrites a character.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from qa.cleaning import layout
from qa.cleaning.furniture import SOURCE, field_of
from qa.cleaning.layout import Layout
from qa.cleaning.lines import Unit, units_of
from qa.cleaning.masthead import agency_of, copyright_holder, date_in_opening, front_matter, published_in, source_of
from qa.cleaning.repeated import line_hash, lines_of, shared_lines, short_lines
from qa.records import Article, Document, Junk, Metadata, Span
from qa.text.language import detect

TITLE: Final = layout.TITLE
"""Rule of the headline. It is no sentence of the article, but it can be quoted when a question asks for it."""
DATELINE: Final = layout.DATELINE
"""Rule of the line that says when the article was published."""
HEADING: Final = layout.HEADING
"""Rule of a heading inside the article."""
PAGE_DATE: Final = layout.PAGE_DATE
"""Rule of a date above the headline: of the page or the crawl, not of the article."""
REPEATED: Final = layout.REPEATED
"""Rule of a line that many articles share."""

_FRONT_MATTER: Final = "front-matter"

_WITH_HEADINGS = frozenset(["html", "docx", "odt"])
"""Formats that say what a heading is; any other short line in them is a caption, a label or an item."""
_LEAST_LEFT = 1 / 3
_OPENING_PARAGRAPHS = 2
_LANGUAGE_SAMPLE = 4000
_LANGUAGE_UNITS = 60
_HEADING_MARKS = " \t\r\n#*_="
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b"))


def clean(document: Document, furniture: Collection[str] = frozenset()) -> Article:
    """Mark the junk of one document and find its metadata.

    Args:
        document: as it was read.
        furniture: lines, in lower case and with single spaces, that are known to be junk; ``mark_repeated`` finds them.

    Returns:
        The article, its text unchanged. ``junk`` is sorted, without overlaps, and never blank. The headline and the
        dateline are among it, under the rules ``TITLE`` and ``DATELINE``.
    """
    header = front_matter(document.text)
    declared = document.declared.title or header.fields.title
    headings = {section.start for section in document.sections} if document.format in _WITH_HEADINGS else None
    page = Layout(units_of(document.text, header.end), furniture, declared, headings)
    title = _title(page, document.declared.title, header.fields.title)
    spans = [
        Junk(unit.start, unit.end, rule) for unit, rule in zip(page.units, page.rules, strict=True) if rule is not None
    ]
    kept = page.kept()
    if not kept:  # a headline and nothing else: then the headline is what the article says
        spans = [span for span in spans if span.rule != TITLE]
        kept = page.marked(TITLE)
    if header.end:
        start = 1 if document.text.startswith("\ufeff") else 0
        spans.insert(0, Junk(start, header.end, _FRONT_MATTER))
    metadata = Metadata(
        title=title,
        published=document.declared.published or header.fields.published or _published(page),
        outlet=document.declared.outlet or header.fields.outlet or _outlet(page),
        language=document.declared.language or _language(kept, document.text),
    )
    return Article(document, tuple(spans), metadata)


def mark_repeated(articles: Sequence[Article], furniture: frozenset[int] | None = None) -> list[Article]:
    """Clean articles again, now that the lines they share are known.

    Args:
        articles: as ``clean`` returned them.
        furniture: what ``repeated.shared_lines`` says of the whole corpus; ``None`` if these articles are all of it.

    Returns:
        The same articles in the same order; those with repeated lines have more junk.
    """
    if furniture is None:
        furniture = shared_lines([lines_of(article.document.text) for article in articles])
    if not furniture:
        return list(articles)
    keys = [
        frozenset(key for key in short_lines(article.document.text) if line_hash(key) in furniture)
        for article in articles
    ]
    return [_without(article, own) if own else article for article, own in zip(articles, keys, strict=True)]


def _without(article: Article, furniture: frozenset[str]) -> Article:
    """The article with these lines marked, unless little would be left of it."""
    marked = clean(article.document, furniture)
    before, after = (sum(span.end - span.start for span in kept_spans(each)) for each in (article, marked))
    return marked if after >= _LEAST_LEFT * before else article


def kept_spans(article: Article) -> list[Span]:
    """What is left of an article between its junk, in order, without pieces of nothing but white space."""
    text = article.document.text
    edges = [0, *(edge for junk in article.junk for edge in (junk.start, junk.end)), len(text)]
    pieces = zip(edges[::2], edges[1::2], strict=True)
    return [Span(start, end) for start, end in pieces if text[start:end].translate(_INVISIBLE).strip()]


def headings_above(article: Article, place: int) -> tuple[Span, ...]:
    """What a passage that begins at ``place`` stands under: the headline, and the last heading before it.

    The spans are of the words alone, without the marks of Markdown or the name of a field.
    """
    above = [junk for junk in article.junk if junk.end <= place]
    headline = next((junk for junk in above if junk.rule == TITLE), None)
    heading = next((junk for junk in reversed(above) if junk.rule == HEADING), None)
    return tuple(_heading_words(article, junk) for junk in (headline, heading) if junk is not None)


def _heading_words(article: Article, junk: Junk) -> Span:
    text, title = article.document.text, article.metadata.title
    place = text.find(title, junk.start, junk.end) if title else -1
    if title and place >= 0:
        return Span(place, place + len(title))
    line = text[junk.start : junk.end]
    bare = line.strip(_HEADING_MARKS)
    start = junk.start + line.find(bare)
    return Span(start, start + len(bare))


def _title(page: Layout, declared: str | None, in_header: str | None) -> str | None:
    """The headline as the text gives it; else as the file declares it."""
    for unit in page.marked(TITLE):
        field = field_of(unit)
        return field[1] if field is not None and field[0] == "title" else unit.heading
    return declared or in_header


def _published(page: Layout) -> str | None:
    dated = published_in(page.marked(DATELINE))
    if dated is not None:
        return dated
    openings = (date_in_opening(unit) for unit in _opening(page))
    return next((date for date in openings if date is not None), None)


def _outlet(page: Layout) -> str | None:
    for unit in reversed(page.marked(SOURCE)):
        field = field_of(unit)
        outlet = source_of(unit) or (field[1] if field is not None else None)
        if outlet:
            return outlet
    opening = _opening(page)
    agencies = [agency for unit in opening if (agency := agency_of(unit))]
    # Above the article the sign of copyright stands before photographers.
    below = opening[-1].end if opening else 0
    holders = [holder for unit in page.marked("legal") if unit.start >= below and (holder := copyright_holder(unit))]
    return next(iter([*agencies, *holders]), None)


def _opening(page: Layout) -> list[Unit]:
    return [unit for unit in page.kept() if unit.is_sentence][:_OPENING_PARAGRAPHS]


def _language(kept: Sequence[Unit], text: str) -> str | None:
    sample = "\n".join(unit.text[:_LANGUAGE_SAMPLE] for unit in kept[:_LANGUAGE_UNITS]) or text
    return detect(sample) if any(character.isalpha() for character in sample[:_LANGUAGE_SAMPLE]) else None
