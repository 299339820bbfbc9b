"""DOCX to text: paragraphs, tables, notes and formulas, in the order in which a reader meets them.

LlamaIndex's ``DocxReader`` is not used: it loses the headings that citations point to and puts page headers into the
text. What cannot be read in the middle of a sentence leaves a visible mark, so that no sentence reads as whole that is
not. Does not know: zip archives, how a row becomes a sentence, or what a raised digit means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qa.documents import Extracted, clean_title, join_parts
from qa.documents.archive import Archive, attribute, declared_title, local
from qa.documents.tables import is_data, table_lines
from qa.documents.word_runs import Line, line_of
from qa.records import Metadata

if TYPE_CHECKING:
    from lxml.etree import _Element

Part = tuple[str | None, str]

_ENTERED = frozenset(
    ["sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "body", "AlternateContent", "Choice", "document"]
)
_FEWEST_WORDS = 3


def load_docx(data: bytes) -> Extracted:
    """The paragraphs of a Word document, separated by empty lines; its headings begin sections.

    Text that a tracked change has removed or moved away is left out; page headers and comments too, and that is said.
    """
    archive = Archive(data, "docx")
    main = archive.main_part("Word document")
    reading = _Reading(archive, _heading_styles(archive))
    parts = [*reading.parts(archive.xml(main)), *reading.notes_never_referred_to()]
    return join_parts(parts, Metadata(title=clean_title(declared_title(archive))), _left_out(archive, reading))


def _heading_styles(archive: Archive) -> frozenset[str]:
    """The ids of styles that are headings: ids are translated ("berschrift1"), the names of built-in ones are not."""
    if "word/styles.xml" not in archive:
        return frozenset()
    styles = ((style, style.find("{*}name")) for style in archive.xml("word/styles.xml").iterfind("{*}style"))
    return frozenset(
        attribute(style, "styleId")
        for style, name in styles
        if name is not None and attribute(name, "val").lower().startswith(("heading", "title"))
    )


class _Reading:
    """One document: its notes, and which of them were met."""

    def __init__(self, archive: Archive, heading_styles: frozenset[str]) -> None:
        self._headings = heading_styles
        self._notes = {
            **_notes(archive, "word/footnotes.xml", "footnote"),
            **_notes(archive, "word/endnotes.xml", "endnote"),
        }
        self._numbers: dict[tuple[str, str], int] = {}
        self.gaps: list[str] = []

    def parts(self, element: _Element) -> Iterator[Part]:
        """The paragraphs and rows below an element, with the headings among them."""
        for child in element:
            name = local(child)
            if name == "p":
                yield from self._paragraph(child)
            elif name == "tbl":
                yield from self._table(child)
            elif name in _ENTERED:
                yield from self.parts(child)

    def notes_never_referred_to(self) -> Iterator[Part]:
        """The notes that no paragraph points to."""
        for key in [key for key in self._notes if key not in self._numbers]:
            yield from self._note(key)

    def _paragraph(self, paragraph: _Element) -> Iterator[Part]:
        line = self._line(paragraph)
        if line.text.strip():
            style = paragraph.find("{*}pPr/{*}pStyle")
            heading = style is not None and attribute(style, "val") in self._headings
            yield (line.text if heading else None), line.text
        for key in line.notes:
            if key not in self._numbers:
                yield from self._note(key)
        for box in line.boxes:
            yield from self.parts(box)

    def _line(self, paragraph: _Element) -> Line:
        line = line_of(paragraph)
        self.gaps += line.gaps
        return line

    def _note(self, key: tuple[str, str]) -> Iterator[Part]:
        note = self._notes.get(key)
        if note is None:
            return
        number = self._numbers[key] = len(self._numbers) + 1
        text = " ".join(text.strip() for _, text in self.parts(note)).strip()
        if text:
            yield None, f"Note {number}: {text}"

    def _table(self, table: _Element) -> Iterator[Part]:
        rows = list(_rows(table, "tr"))
        cells = [list(_rows(row, "tc")) for row in rows]
        notes: list[tuple[str, str]] = []
        texts = [[self._cell(cell, notes) for cell in row] for row in cells]
        nested = any(local(inner) == "tbl" for row in cells for cell in row for inner in cell)
        if nested or not is_data(texts):
            for cell in (cell for row in cells for cell in row):
                yield from self.parts(cell)
            return
        said = [row.find("{*}trPr/{*}tblHeader") is not None for row in rows]
        if not any(said) and len(rows) > 1 and _is_bold(rows[0]) and not _is_bold(rows[1]):
            said[0] = True
        headers = next((index for index, is_header in enumerate(said) if not is_header), len(said))
        yield from ((None, line) for line in table_lines(_grid(cells, texts), headers or None))
        for key in notes:
            if key not in self._numbers:
                yield from self._note(key)

    def _cell(self, cell: _Element, notes: list[tuple[str, str]]) -> str:
        lines = [self._line(paragraph) for paragraph in cell.iter("{*}p")]
        notes += [key for line in lines for key in line.notes]
        return " ".join(line.text.strip() for line in lines if line.text.strip())


def _rows(element: _Element, wanted: str) -> Iterator[_Element]:
    """The rows of a table or cells of a row, through the elements that may stand around them."""
    for child in element:
        if local(child) == wanted:
            yield child
        elif local(child) in _ENTERED:
            yield from _rows(child, wanted)


def _is_bold(row: _Element) -> bool:
    """Whether all text of a row is set in bold, as the names of columns are."""
    runs = [run for run in row.iter("{*}r") if (run.findtext("{*}t") or "").strip()]
    marks = [run.find("{*}rPr/{*}b") for run in runs]
    return bool(runs) and all(mark is not None and attribute(mark, "val") not in ("0", "false") for mark in marks)


def _grid(cells: Sequence[Sequence[_Element]], texts: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows with each cell in every column and row that it reaches over."""
    grid: list[list[str]] = []
    for row, row_texts in zip(cells, texts, strict=True):
        line: list[str] = []
        for cell, text in zip(row, row_texts, strict=True):
            merged, span = cell.find("{*}tcPr/{*}vMerge"), cell.find("{*}tcPr/{*}gridSpan")
            goes_on = merged is not None and attribute(merged, "val") != "restart"
            above = grid[-1] if grid else []
            shown = above[len(line)] if goes_on and len(line) < len(above) else text
            width = attribute(span, "val") if span is not None else "1"
            line += [shown] * (min(int(width), 100) if width.isdecimal() else 1)
        grid.append(line)
    return grid


def _notes(archive: Archive, part: str, kind: str) -> Mapping[tuple[str, str], _Element]:
    """The notes of a part by kind and id, without the lines that part them from the page."""
    if part not in archive:
        return {}
    return {
        (kind, attribute(note, "id")): note
        for note in archive.xml(part).iterfind(f"{{*}}{kind}")
        if attribute(note, "type") in ("", "normal")
    }


def _left_out(archive: Archive, reading: _Reading) -> Iterator[str]:
    if reading.gaps:
        kinds = ", ".join(dict.fromkeys(reading.gaps))
        yield f"{len(reading.gaps)} places inside paragraphs, which are marked there ({kinds})"
    furniture = [*archive.names("word/header"), *archive.names("word/footer")]
    texts = (" ".join("".join(p.itertext("{*}t")) for p in archive.xml(name).iter("{*}p")) for name in furniture)
    if any(len(text.split()) >= _FEWEST_WORDS for text in texts):
        yield "the page headers and footers"
    if "word/comments.xml" in archive and (comments := len(archive.xml("word/comments.xml"))):
        yield f"{comments} comment{'s' if comments != 1 else ''} in the margin"
