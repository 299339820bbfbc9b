"""DOCX, EPUB and RTF to text. The first two are zip archives of XML.

An archive is read in a bounded way, so that a zip bomb costs nothing, and XML never resolves an entity or fetches
anything. LlamaIndex's readers are not used here: ``DocxReader`` loses the headings that citations point to and puts
page headers into the text; ``EpubReader`` runs all chapters together in the order of packing, wraps lines and adds
Markdown, so that no quotation would match the book; ``RTFReader`` fails on bytes that are not UTF-8. Does not know:
files on disk, web pages.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote

from qa.documents import Extracted, LoadError, clean_title, join_parts, language_code
from qa.documents.encodings import decode_markup
from qa.documents.html import parse_html
from qa.records import Metadata

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_MAX_RATIO = 100
_FREE_BYTES = 10_000_000
"""An archive may unpack to this much, or to ``_MAX_RATIO`` times its size if that is more."""
_MAX_READ_BYTES = 50_000_000
"""What may be unpacked of one archive: text, not pictures."""
_STEP_BYTES = 65_536
_MAX_MEMBERS = 20_000

_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "caption", "dd", "div", "dl", "dt", "figcaption"),
        *("figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre"),
        *("section", "table", "td", "th", "tr", "ul"),
    }
)
_WITHOUT_TEXT = frozenset(["nav", "script", "style", "svg", "template"])
_SELF_CLOSED = re.compile(r"<(?!(?:area|br|col|hr|img|input|link|meta|wbr)\b)([a-z][\w:-]*)([^<>]*)/>", re.IGNORECASE)
"""In XHTML ``<title/>`` is complete; to an HTML parser everything after it would be the title."""
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_FIELD = re.compile(r"(\\fldinst)\{", re.IGNORECASE)
"""Where striprtf's pattern for links sets in, which takes cubic time; with a space in between it does not."""


class _Archive:
    """A zip archive whose members are unpacked up to a limit, whatever its directory says."""

    def __init__(self, data: bytes, kind: str) -> None:
        if data.startswith(_COMPOUND_FILE):
            raise LoadError(f"is encrypted, or an old format under the name .{kind}", f"save it as .{kind} again")
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise LoadError(f"is not a complete .{kind} file: {error}", "get the file again") from None
        members = self._zip.infolist()
        declared = sum(member.file_size for member in members)
        if len(members) > _MAX_MEMBERS or declared > max(_FREE_BYTES, _MAX_RATIO * len(data)):
            raise self._bomb()
        self._left = _MAX_READ_BYTES

    @staticmethod
    def _bomb() -> LoadError:
        return LoadError("unpacks to far more than its size (a zip bomb?)", "take it out, or save it without pictures")

    def __contains__(self, name: str) -> bool:
        return name in self._zip.namelist()

    def read(self, name: str) -> bytes:
        """The unpacked member.

        Raises:
            LoadError: it is missing, encrypted, or larger than what is left of the limit.
        """
        try:
            with self._zip.open(name) as member:
                return self._inflated(member)
        except KeyError:
            raise LoadError(f"is damaged: it has no {name}", "get the file again") from None
        except RuntimeError:  # the way zipfile says that a password is needed
            raise LoadError("is encrypted", "remove the password") from None

    def _inflated(self, member: IO[bytes]) -> bytes:
        """Unpack in small steps: in one call, zipfile unpacks as much as is asked for, whatever the directory says."""
        pieces: list[bytes] = []
        while piece := member.read(_STEP_BYTES):
            self._left -= len(piece)
            if self._left < 0:
                raise self._bomb()
            pieces.append(piece)
        return b"".join(pieces)

    def xml(self, name: str) -> _Element:
        """The root element of a member that is XML."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        return etree.fromstring(self.read(name), parser)


def load_docx(data: bytes) -> Extracted:
    """The paragraphs of a Word document, separated by empty lines; its headings begin sections.

    Text that a tracked change has removed or moved away, page headers, footers and notes are left out.
    """
    archive = _Archive(data, "docx")
    document = archive.xml(_main_part(archive))
    names = archive.xml("docProps/core.xml") if "docProps/core.xml" in archive else None
    title = names.findtext("{http://purl.org/dc/elements/1.1/}title") if names is not None else None
    return join_parts(_docx_paragraphs(document, _heading_styles(archive)), Metadata(title=clean_title(title)))


def _main_part(archive: _Archive) -> str:
    for relation in archive.xml("_rels/.rels"):
        if relation.get("Type", "").endswith("/officeDocument"):
            return str(relation.get("Target")).lstrip("/")
    raise LoadError("is not a Word document", "give it the ending of what it is")


def _heading_styles(archive: _Archive) -> frozenset[str]:
    """The ids of styles that are headings: ids are translated ("berschrift1"), the names of built-in ones are not."""
    if "word/styles.xml" not in archive:
        return frozenset()
    root = archive.xml("word/styles.xml")
    styles = ((style, style.find("{*}name")) for style in root.iterfind("{*}style"))
    return frozenset(
        _attribute(style, "styleId")
        for style, name in styles
        if name is not None and _attribute(name, "val").lower().startswith(("heading", "title"))
    )


def _docx_paragraphs(document: _Element, heading_styles: frozenset[str]) -> Iterator[tuple[str | None, str]]:
    word = _namespace(document)
    for paragraph in document.iter(f"{word}p"):
        # The fallback of a text box repeats it for old programs.
        if any(above.tag.endswith("}Fallback") for above in paragraph.iterancestors()):
            continue
        text = "".join(_docx_characters(paragraph, word))
        if text.strip():
            style = paragraph.find(f"{word}pPr/{word}pStyle")
            yield (text if style is not None and _attribute(style, "val") in heading_styles else None), text


def _docx_characters(paragraph: _Element, word: str) -> Iterator[str]:
    characters = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\xad"}
    for run in paragraph.iter(f"{word}r"):
        above = list(run.iterancestors(f"{word}p", f"{word}moveFrom", f"{word}del"))
        if above[0] is not paragraph:
            continue  # removed by a tracked change, or of a text box, whose paragraphs come by themselves
        for part in run:
            name = str(part.tag).rpartition("}")[2]
            yield part.text or "" if name == "t" else characters.get(name, "")


def _namespace(element: _Element) -> str:
    return str(element.tag).partition("}")[0] + "}"


def _attribute(element: _Element, name: str) -> str:
    """An attribute in the element's own namespace."""
    return str(element.get(_namespace(element) + name, ""))


def load_epub(data: bytes) -> Extracted:
    """The chapters of a book in reading order; each is a section named by its heading, or "chapter N"."""
    archive = _Archive(data, "epub")
    package_name = archive.xml("META-INF/container.xml").find(".//{*}rootfile").get("full-path")
    package = archive.xml(package_name)
    declared = Metadata(
        title=clean_title(package.findtext(".//{http://purl.org/dc/elements/1.1/}title")),
        outlet=clean_title(package.findtext(".//{http://purl.org/dc/elements/1.1/}publisher")),
        language=language_code(package.findtext(".//{http://purl.org/dc/elements/1.1/}language")),
    )
    parts: list[tuple[str | None, str]] = []
    encrypted = _encrypted_members(archive)
    for name in _spine(package, posixpath.dirname(package_name)):
        if name in encrypted:
            raise LoadError("is encrypted by its seller", "use a copy without copy protection")
        heading, paragraphs = _chapter(archive.read(name))
        if paragraphs:
            chapter = heading or f"chapter {sum(locator is not None for locator, _ in parts) + 1}"
            parts.append((chapter, paragraphs[0]))
            parts.extend((None, paragraph) for paragraph in paragraphs[1:])
    return join_parts(parts, declared)


def _spine(package: _Element, folder: str) -> Iterator[str]:
    """The names of the chapters' members, in reading order, without the table of contents."""
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and "nav" not in item.get("properties", "").split():
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href"))))


def _encrypted_members(archive: _Archive) -> set[str]:
    if "META-INF/encryption.xml" not in archive:
        return set()
    references = archive.xml("META-INF/encryption.xml").iterfind(".//{*}CipherReference")
    return {unquote(reference.get("URI", "")) for reference in references}


def _chapter(data: bytes) -> tuple[str | None, list[str]]:
    """The first heading of a chapter and its paragraphs, white space folded as a browser does."""
    tree = parse_html(_SELF_CLOSED.sub(r"<\1\2></\1>", decode_markup(data)))
    blocks = [block for block in _blocks(tree) if block[1]] if tree is not None else []
    heading = next((text for tag, text in blocks if tag in _HEADINGS), None)
    return heading, [text for _, text in blocks]


def _blocks(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """The texts between the beginnings and ends of block elements, each with the element that ends there, if any."""
    from lxml import etree

    pieces: list[str] = []
    walker = etree.iterwalk(tree.body, events=("start", "end"))
    for event, element in walker:
        if element.tag in _BLOCKS:
            yield (element.tag if event == "end" else ""), " ".join("".join(pieces).split())
            pieces.clear()
        if event == "end":
            pieces.append((" " if element.tag == "br" else "") + (element.tail or ""))
        elif element.tag in _WITHOUT_TEXT:
            walker.skip_subtree()
        else:
            pieces.append(element.text or "")


def load_rtf(data: bytes) -> Extracted:
    """The text of an RTF file.

    Raises:
        LoadError: it is not RTF.
    """
    from striprtf import striprtf

    if not data.lstrip().startswith(b"{\\rtf"):
        raise LoadError("is not RTF", "give it the ending of what it is, such as .txt")
    source = _FIELD.sub(r"\1 {", data.decode("cp1252", "replace"))
    return join_parts([(None, striprtf.rtf_to_text(source, errors="replace"))], Metadata())
