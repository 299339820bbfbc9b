"""Builds small files of every format that the tests of loading need."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
STYLES = (
    f'<w:styles xmlns:w="{WORD}"><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Standard"><w:name w:val="Normal"/></w:style></w:styles>'
)


def make_zip(members: Mapping[str, str | bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def make_pdf(pages: Sequence[Sequence[str]], title: str = "", language: str = "", **save: object) -> bytes:
    """A PDF with the lines of each page; ``save`` goes to reportlab's canvas (``encrypt=...``)."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    canvas = Canvas(buffer, lang=language or None, **save)
    canvas.setTitle(title)
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(72, 750 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def paragraph(content: str, style: str = "") -> str:
    """A Word paragraph of one run. ``content`` is the text, or markup if it begins with ``<``."""
    run = content if content.startswith("<") else f"<w:r><w:t>{escape(content)}</w:t></w:r>"
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{run}</w:p>"


def make_docx(body: str, title: str = "", prolog: str = "", more: Mapping[str, str | bytes] | None = None) -> bytes:
    return make_zip(
        {
            "_rels/.rels": f'<x><Relationship Type="{RELATION}" Target="word/document.xml"/></x>',
            "word/document.xml": f'{prolog}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": STYLES,
            "docProps/core.xml": f'<c xmlns:d="{DUBLIN_CORE}"><d:title>{escape(title)}</d:title></c>',
            **(more or {}),
        }
    )


def make_epub(chapters: Mapping[str, str], more: Mapping[str, str | bytes] | None = None) -> bytes:
    """An EPUB that packs its chapters in the opposite order to that in which they are read."""
    items = "".join(f'<item id="{name}" href="{name}.xhtml"/>' for name in reversed(chapters))
    spine = "".join(f'<itemref idref="{name}"/>' for name in ["nav", *chapters])
    return make_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfile full-path="OEBPS/book.opf"/></container>',
            "OEBPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf" xmlns:d="{DUBLIN_CORE}">'
            "<metadata><d:title>The Book</d:title><d:language>en-GB</d:language><d:publisher>The Press</d:publisher>"
            f'</metadata><manifest><item id="nav" href="nav.xhtml" properties="nav"/>{items}</manifest>'
            f"<spine>{spine}</spine></package>",
            "OEBPS/nav.xhtml": "<html><body><h1>Contents</h1></body></html>",
            **{f"OEBPS/{name}.xhtml": content for name, content in reversed(chapters.items())},
            **(more or {}),
        }
    )


def make_page(body: str, head: str = "") -> str:
    return f'<!DOCTYPE html><html lang="en-US"><head>{head}</head><body>{body}</body></html>'
