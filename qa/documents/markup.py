"""Markup to blocks of text: what the loaders of web pages, books and e-mails share.

What a browser shows by position is written out first: raised digits, formulas, the rows of tables. Knows the elements
of HTML. Does not know which block is the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa.documents.formula import formula_text
from qa.documents.raised import lowered, raised
from qa.documents.tables import is_data, table_lines

if TYPE_CHECKING:
    from lxml.html import HtmlElement

BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt"),
        *("fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"),
        *("legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_WITHOUT_TEXT = frozenset(["nav", "script", "style", "svg", "template", "noscript"])
_NOTE = re.compile(r"noteref|footnote|endnote|fn-?ref|reference|citation", re.IGNORECASE)
_MARK = re.compile(r"[\[(]?(?:[0-9]{1,3}|[a-z]|[*†‡]+)[\])]?")
_RAISED_STYLE = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
_STOPS = (".", "!", "?", "…")
_MOST_SPANNED = 100
ROWS = "data-rows"
"""Attribute of the element in which the rows of a table stand."""


def parse_html(markup: str) -> HtmlElement | None:
    """The ``lxml`` tree of a page, or ``None`` if there is nothing in it. Nothing is fetched, no entity is defined."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser, ensure_head_body=True)
    except etree.ParserError:
        return None


def write_out(tree: HtmlElement) -> None:
    """Put into characters what is said by position: formulas, raised and lowered digits, tables of data."""
    for formula in list(tree.iter("math")):
        _replace(formula, formula_text(formula))
    for element, text in _raised_parts(tree):
        _replace(element, text)
    for table in reversed(list(tree.iter("table"))):
        _write_rows(table)
    for pairs in reversed(list(tree.iter("dl"))):
        _write_pairs(pairs)


def blocks(top: HtmlElement) -> Iterator[tuple[HtmlElement, bool, str]]:
    """The texts between the beginnings and ends of block elements, white space folded as a browser does.

    Yields:
        The innermost block element around the text, whether its end is the end of the text, and the text.
    """
    from lxml import etree

    pieces: list[str] = []
    walker = etree.iterwalk(top, events=("start", "end"))
    around = [top]
    for event, element in walker:
        if element.tag in BLOCKS:
            text = " ".join("".join(pieces).split())
            if text:
                yield around[-1], event == "end", text
            pieces.clear()
            if event == "start":
                around.append(element)
            elif len(around) > 1:
                around.pop()
        if event == "end":
            _add(pieces, (" " if element.tag == "br" else "") + (element.tail or ""))
        elif element.tag in _WITHOUT_TEXT:
            walker.skip_subtree()
        else:
            _add(pieces, element.text or "")
    if text := " ".join("".join(pieces).split()):
        yield top, True, text


def _add(pieces: list[str], text: str) -> None:
    """Add the text of another element; a sentence that begins there is not glued to one that ends before."""
    if text[:1].isupper() and pieces and pieces[-1].endswith(_STOPS):
        pieces.append(" ")
    if text:
        pieces.append(text)


def plain_text(element: HtmlElement) -> str:
    """The text of an element on one line."""
    return " ".join(text for _, _, text in blocks(element))


def _replace(element: HtmlElement, text: str) -> None:
    for child in list(element):
        element.remove(child)
    element.text = text
    element.drop_tag()


def _raised_parts(tree: HtmlElement) -> list[tuple[HtmlElement, str]]:
    """Raised and lowered elements, and what to write in their place."""
    from lxml import etree

    found: list[tuple[HtmlElement, str]] = []
    line = ""
    walker = etree.iterwalk(tree, events=("start", "end"))
    inside: HtmlElement | None = None
    for event, element in walker:
        if element.tag in BLOCKS or element.tag == "br":
            line = ""
        if event == "end":
            inside = None if element is inside else inside
            line += element.tail or "" if inside is None else ""
        elif inside is None and (written := _written(element, line)) is not None:
            found.append((element, written))
            line += written
            inside = element
        elif inside is None:
            line += element.text or ""
    return found


def _written(element: HtmlElement, before: str) -> str | None:
    """What to write for an element, if it is raised or lowered, or the mark of a note that its style raises."""
    content = "".join(element.itertext())
    if element.tag == "sub":
        return lowered(before, content)
    note = _is_note(element)
    if element.tag != "sup" and not _RAISED_STYLE.search(element.get("style") or ""):
        return "" if element.tag == "a" and note and _MARK.fullmatch(content.strip()) else None
    linked = note or any(link.get("href") for link in [*element.iter("a"), *element.iterancestors("a")])
    parent = element.getparent()
    behind = element.tail or (parent.tail if parent is not None and parent.tag not in BLOCKS else "") or ""
    return raised(before, content, behind, linked=linked)


def _is_note(element: HtmlElement) -> bool:
    said = (element.get("role"), element.get("epub:type"), element.get("class") if element.tag in ("a", "sup") else "")
    return any(_NOTE.search(value) for value in said if value)


def _write_rows(table: HtmlElement) -> None:
    """Put the rows of a table of data in its place, a paragraph each; a table that lays out a page stays."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in rows]
    texts = [[plain_text(cell) for cell in row] for row in cells]
    if table.find(".//table") is not None or table.get("role") == "presentation" or not is_data(texts):
        return
    at_top = [_names_columns(row, row_texts) for row, row_texts in zip(cells, texts, strict=True) if row]
    if all(at_top):  # all of it is set in bold
        at_top = [all(cell.tag == "th" for cell in row) for row in cells if row]
    headers = next((index for index, is_header in enumerate(at_top) if not is_header), 0)
    labelled = sum(row[0].tag == "th" for row in cells if row) * 2 > len(at_top)
    lines = table_lines(_grid(cells, texts), headers or (0 if labelled else None), labelled=labelled)
    caption = table.find("caption")
    if caption is not None and (title := plain_text(caption)):
        lines.insert(0, title)
    _put_lines(table, lines)


def _names_columns(row: list[HtmlElement], texts: list[str]) -> bool:
    """Whether a row is the head of a table, or is set like one."""
    if all(cell.tag == "th" for cell in row) or row[0].getparent().getparent().tag == "thead":
        return True
    bold = (
        any(plain_text(part) == text for part in cell.iter("b", "strong"))
        for cell, text in zip(row, texts, strict=True)
    )
    return all(is_bold or not text for is_bold, text in zip(bold, texts, strict=True)) and any(texts)


def _write_pairs(pairs: HtmlElement) -> None:
    """Put "term: description" in the place of a list of definitions, unless it is more than that."""
    rows: list[list[str]] = []
    for item in pairs.iter("dt", "dd"):
        text = plain_text(item)
        if item.tag == "dt" and (not rows or len(rows[-1]) > 1):
            rows.append([text])
        elif rows and item.tag == "dd":
            rows[-1].append(text)
        else:
            return
    if rows and is_data(rows) and pairs.find(".//dl") is None and all(len(row) > 1 for row in rows):
        _put_lines(pairs, table_lines([[row[0], "; ".join(row[1:])] for row in rows], 0))


def _put_lines(element: HtmlElement, lines: list[str]) -> None:
    """Put paragraphs in the place of an element."""
    from lxml.html import Element

    tail = element.tail
    element.clear()
    element.tag, element.tail = "div", tail
    element.set(ROWS, "yes")
    for line in lines:
        paragraph = Element("p")
        paragraph.text = line
        element.append(paragraph)


def _grid(cells: list[list[HtmlElement]], texts: list[list[str]]) -> list[list[str]]:
    """The rows with each cell in every column and row that it reaches over."""
    grid: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    for row, row_texts in zip(cells, texts, strict=True):
        line: list[str] = []
        pending = dict(hanging)
        hanging = {column: (left - 1, text) for column, (left, text) in pending.items() if left > 1}
        for cell, text in zip(row, row_texts, strict=True):
            while len(line) in pending:
                line.append(pending[len(line)][1])
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            for column in range(len(line), len(line) + width):
                line.append(text)
                if height > 1:
                    hanging[column] = (height - 1, text)
        while len(line) in pending:
            line.append(pending[len(line)][1])
        grid.append(line)
    return grid


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name) or "1"
    return min(max(int(value), 1), _MOST_SPANNED) if value.isdecimal() else 1
