"""EPUB to text: the chapters of a book, in reading order.

LlamaIndex's ``EpubReader`` is not used: it runs all chapters together in the order of packing, wraps lines and adds
Markdown, so that no quotation would match the book. Does not know: files on disk, web pages.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from qa.documents import Extracted, LoadError, clean_title, join_parts, language_code
from qa.documents.archive import Archive
from qa.documents.encodings import decode_markup
from qa.documents.markup import HEADINGS, blocks, parse_html, write_out
from qa.records import Metadata

if TYPE_CHECKING:
    from lxml.etree import _Element

_SELF_CLOSED = re.compile(r"<(?!(?:area|br|col|hr|img|input|link|meta|wbr)\b)([a-z][\w:-]*)([^<>]*)/>", re.IGNORECASE)
"""In XHTML ``<title/>`` is complete; to an HTML parser everything after it would be the title."""


def load_epub(data: bytes) -> Extracted:
    """The chapters of a book in reading order; each is a section named by its heading, or "chapter N"."""
    archive = Archive(data, "epub")
    package_name = archive.xml("META-INF/container.xml").find(".//{*}rootfile").get("full-path")
    package = archive.xml(package_name)
    declared = Metadata(
        title=clean_title(package.findtext(".//{http://purl.org/dc/elements/1.1/}title")),
        outlet=clean_title(package.findtext(".//{http://purl.org/dc/elements/1.1/}publisher")),
        language=language_code(package.findtext(".//{http://purl.org/dc/elements/1.1/}language")),
    )
    parts: list[tuple[str | None, str]] = []
    missing: list[str] = []
    pictures: list[str] = []
    encrypted = _encrypted_members(archive)
    for name in _spine(package, posixpath.dirname(package_name)):
        if name in encrypted:
            raise LoadError("is encrypted by its seller", "use a copy without copy protection")
        page = _page(archive, name)
        if page is None:
            missing.append(posixpath.basename(name))
            continue
        heading, paragraphs, drawn = _chapter(page)
        if paragraphs:
            chapter = heading or f"chapter {sum(locator is not None for locator, _ in parts) + 1}"
            parts.append((chapter, paragraphs[0]))
            parts.extend((None, paragraph) for paragraph in paragraphs[1:])
        elif drawn and "cover" not in name.lower():
            pictures.append(posixpath.basename(name))
    left_out = [f"pages that are missing from the file or damaged: {', '.join(missing)}"] if missing else []
    if pictures:
        left_out.append(f"pages that are pictures: {', '.join(pictures)}")
    if missing and not parts:
        raise LoadError(f"is damaged: it has no {missing[0]}", "get the file again")
    return join_parts(parts, declared, left_out)


def _page(archive: Archive, name: str) -> bytes | None:
    """A page of the book, if it is there and whole."""
    try:
        return archive.read(name) if name in archive else None
    except (zipfile.BadZipFile, zlib.error):
        return None


def _spine(package: _Element, folder: str) -> Iterator[str]:
    """The names of the chapters' members, in reading order, without the table of contents."""
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None:
            yield str(reference.get("idref"))  # a page that is said to be there, but not where
        elif "nav" not in item.get("properties", "").split():
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href"))))


def _encrypted_members(archive: Archive) -> set[str]:
    if "META-INF/encryption.xml" not in archive:
        return set()
    references = archive.xml("META-INF/encryption.xml").iterfind(".//{*}CipherReference")
    return {unquote(reference.get("URI", "")) for reference in references}


def _chapter(data: bytes) -> tuple[str | None, list[str], bool]:
    """The first heading of a chapter, its paragraphs, and whether it has pictures."""
    tree = parse_html(_SELF_CLOSED.sub(r"<\1\2></\1>", decode_markup(data)))
    if tree is None:
        return None, [], False
    drawn = next(tree.iter("img", "svg", "image"), None) is not None
    write_out(tree)
    found = list(blocks(tree.body))
    heading = next((text for element, ended, text in found if ended and element.tag in HEADINGS), None)
    return heading, [text for _, _, text in found], drawn
