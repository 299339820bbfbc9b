"""OpenDocument (ODT, ODS, ODP) to text: paragraphs, notes, formulas, and the rows of tables.

Knows the elements of OpenDocument 1.3 that hold text. Does not know: layout, charts and pictures; page headers, which
are in another part.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from qa.documents import Extracted, clean_title, join_parts
from qa.documents.archive import Archive, attribute, local
from qa.documents.formula import formula_text
from qa.documents.runs import LOWERED, RAISED, Runs
from qa.documents.tables import is_data, table_lines
from qa.records import Metadata

if TYPE_CHECKING:
    from lxml.etree import _Element

Part = tuple[str | None, str]

_NOT_READ = frozenset(["tracked-changes", "forms", "annotation", "sequence-decls", "variable-decls", "note-citation"])
_MOST_REPEATED = 100


def load_opendocument(data: bytes) -> Extracted:
    """The text of a document, sheet or presentation."""
    archive = Archive(data, "odt")
    content = archive.xml("content.xml")
    reading = _Reading(archive, _heights(content))
    body = content.find("{*}body")
    parts = list(reading.parts(body)) if body is not None else []
    comments = sum(1 for _ in content.iter("{*}annotation"))
    left_out = [f"{comments} comment{'s' if comments != 1 else ''} in the margin"] if comments else []
    if reading.gaps:
        kinds = ", ".join(dict.fromkeys(reading.gaps))
        left_out.append(f"{len(reading.gaps)} places inside paragraphs, which are marked there ({kinds})")
    title = (
        archive.xml("meta.xml").findtext(".//{http://purl.org/dc/elements/1.1/}title")
        if "meta.xml" in archive
        else None
    )
    return join_parts(parts, Metadata(title=clean_title(title)), left_out)


def _heights(content: _Element) -> Mapping[str, int]:
    """The styles that raise or lower text."""
    found: dict[str, int] = {}
    for style in content.iter("{*}style"):
        properties = style.find("{*}text-properties")
        position = attribute(properties, "text-position").split() if properties is not None else []
        if position and position[0] not in ("0%", "0"):
            lowered = position[0] == "sub" or position[0].startswith("-")
            found[attribute(style, "name")] = LOWERED if lowered else RAISED
    return found


class _Reading:
    """One document; ``gaps`` names what could not be read inside paragraphs."""

    def __init__(self, archive: Archive, heights: Mapping[str, int]) -> None:
        self.gaps: list[str] = []
        self._archive = archive
        self._heights = heights
        self._slide = self._note = 0
        self._pending: list[_Element] = []
        self._notes: list[str] = []

    def parts(self, element: _Element) -> Iterator[Part]:
        """The paragraphs and rows below an element."""
        for child in element:
            name = local(child)
            if name in ("p", "h"):
                yield from self._paragraph(child, heading=name == "h")
            elif name == "table":
                yield from self._table(child)
            elif name == "page":
                self._slide += 1
                texts = [text for _, text in self.parts(child)]
                yield from ((f"slide {self._slide}" if index == 0 else None, text) for index, text in enumerate(texts))
            elif name not in _NOT_READ:
                yield from self.parts(child)

    def _paragraph(self, paragraph: _Element, *, heading: bool) -> Iterator[Part]:
        text = self._line(paragraph)
        if text.strip():
            yield (text if heading else None), text
        boxes, self._pending = self._pending, []
        for box in boxes:
            yield from self.parts(box)
        notes, self._notes = self._notes, []
        for note in notes:
            self._note += 1
            yield None, f"Note {self._note}: {note}"

    def _line(self, paragraph: _Element) -> str:
        runs = Runs()
        self._read(paragraph, runs, 0)
        text = runs.finish()
        self.gaps += runs.gaps
        return text

    def _read(self, element: _Element, runs: Runs, height: int) -> None:
        runs.add(element.text or "", height)
        for child in element:
            name = local(child)
            if name == "s":
                count = attribute(child, "c")
                runs.add(" " * (min(int(count), _MOST_REPEATED) if count.isdecimal() else 1), height)
            elif name in ("tab", "line-break"):
                runs.add("\t" if name == "tab" else "\n", height)
            elif name == "note":
                body = child.find("{*}note-body")
                said = "" if body is None else " ".join(" ".join(text for _, text in self.parts(body)).split())
                self._notes += [said] if said else []
            elif name == "frame":
                self._frame(child, runs)
            elif name and name not in _NOT_READ:
                self._read(child, runs, self._heights.get(attribute(child, "style-name"), height))
            runs.add(child.tail or "", height)

    def _frame(self, frame: _Element, runs: Runs) -> None:
        box, embedded = frame.find("{*}text-box"), frame.find("{*}object")
        if box is not None:
            self._pending.append(box)
        elif embedded is not None:
            name = posixpath.join(attribute(embedded, "href").removeprefix("./"), "content.xml")
            root = self._archive.xml(name) if name in self._archive else None
            if root is not None and local(root) == "math":
                runs.formula(formula_text(root))
            else:
                runs.gap("object")
        else:
            runs.picture()

    def _table(self, table: _Element) -> Iterator[Part]:
        name = attribute(table, "name") if any(local(above) == "spreadsheet" for above in table.iterancestors()) else ""
        rows: list[list[str]] = []
        lines: list[str] = []
        headers = 0
        for row in [*table.iter("{*}table-row"), None]:
            cells = [] if row is None else self._row(row, rows[-1] if rows else [])
            if any(cells) and row is not None:
                headers += local(row.getparent()) == "table-header-rows"
                rows.append(cells)
            elif rows:  # an empty row ends a table
                data = is_data(rows)
                lines += (
                    table_lines(rows, headers or None, named=bool(name)) if data else [c for r in rows for c in r if c]
                )
                rows, headers = [], 0
        yield from ((f"sheet {name}" if name and index == 0 else None, line) for index, line in enumerate(lines))
        notes, self._notes = self._notes, []
        yield from ((None, f"Note: {note}") for note in notes)

    def _row(self, row: _Element, above: list[str]) -> list[str]:
        cells: list[str] = []
        for cell in row:
            if local(cell) not in ("table-cell", "covered-table-cell"):
                continue
            repeated = attribute(cell, "number-columns-repeated")
            text = " ".join(filter(None, (self._line(p).strip() for p in cell.iterfind("{*}p"))))
            if not text and local(cell) == "covered-table-cell":
                text = cells[-1] if cells else next(iter(above), "")
            cells += [text] * (min(int(repeated), _MOST_REPEATED) if repeated.isdecimal() else 1)
        while cells and not cells[-1]:
            cells.pop()
        return cells
