"""PPTX to text: the shapes of each slide in order, its tables by rows, and the speaker's notes.

Does not know: where on a slide a shape stands, charts, diagrams and pictures, which are named as left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa.documents import Extracted, clean_title, join_parts
from qa.documents.archive import Archive, attribute, declared_title, local
from qa.documents.formula import formula_text
from qa.documents.runs import LOWERED, RAISED, Runs
from qa.documents.tables import is_data, table_lines
from qa.records import Metadata

if TYPE_CHECKING:
    from lxml.etree import _Element

_NUMBERS = frozenset(["sldNum", "dt", "ftr", "hdr", "sldImg"])
"""Placeholders that repeat on every slide."""


def load_pptx(data: bytes) -> Extracted:
    """The text of a presentation; each slide is a section."""
    archive = Archive(data, "pptx")
    main = archive.main_part("presentation")
    relations = archive.relations(main)
    parts: list[tuple[str | None, str]] = []
    without_text: list[int] = []
    drawings = 0
    references = archive.xml(main).iterfind("{*}sldIdLst/{*}sldId")
    names = [relations.get(_relation(reference), "") for reference in references]
    for number, name in enumerate(names, start=1):
        if name not in archive:
            without_text.append(number)
            continue
        slide = archive.xml(name)
        drawings += sum(frame.find(".//{*}tbl") is None for frame in slide.iter("{*}graphicFrame"))
        texts = [*_texts(slide), *_notes(archive, name)]
        if not texts:
            without_text.append(number)
        parts += [(f"slide {number}" if index == 0 else None, text) for index, text in enumerate(texts)]
    left_out = []
    if without_text:
        left_out.append(f"slides without text: {', '.join(map(str, without_text))}")
    if drawings:
        left_out.append(f"{drawings} chart{'s' if drawings != 1 else ''} or diagram{'s' if drawings != 1 else ''}")
    return join_parts(parts, Metadata(title=clean_title(declared_title(archive))), left_out)


def _relation(reference: _Element) -> str:
    """The id of the relation, not that of the slide, which has no namespace."""
    return next((str(value) for key, value in reference.items() if str(key).endswith("}id")), "")


def _notes(archive: Archive, slide: str) -> Iterator[str]:
    for part in archive.relations(slide).values():
        if "notesSlide" in part and part in archive:
            yield from _texts(archive.xml(part))


def _texts(slide: _Element) -> Iterator[str]:
    for shape in slide.iter("{*}sp", "{*}graphicFrame"):
        holder = shape.find(".//{*}nvPr/{*}ph")
        if holder is not None and attribute(holder, "type") in _NUMBERS:
            continue
        table = shape.find(".//{*}tbl")
        if table is not None:
            yield from _table(table)
        else:
            yield from filter(str.strip, map(_line, shape.iterfind(".//{*}txBody/{*}p")))


def _table(table: _Element) -> Iterator[str]:
    rows: list[list[str]] = []
    for row in table.iterfind("{*}tr"):
        line: list[str] = []
        for cell in row.iterfind("{*}tc"):
            above = rows[-1] if rows else []
            if attribute(cell, "hMerge") in ("1", "true") and line:
                line.append(line[-1])
            elif attribute(cell, "vMerge") in ("1", "true") and len(line) < len(above):
                line.append(above[len(line)])
            else:
                line.append(" ".join(filter(None, (_line(p).strip() for p in cell.iterfind(".//{*}p")))))
        rows.append(line)
    properties = table.find("{*}tblPr")
    first = properties is not None and attribute(properties, "firstRow") in ("1", "true")
    yield from table_lines(rows, 1 if first else None) if is_data(rows) else (c for row in rows for c in row if c)


def _line(paragraph: _Element) -> str:
    runs = Runs()
    for part in paragraph.iter("{*}t", "{*}br", "{*}oMath"):
        if local(part) == "br":
            runs.add("\n")
        elif local(part) == "oMath":
            runs.formula(formula_text(part))
        elif not any(local(above) == "oMath" for above in part.iterancestors()):
            properties = part.getparent().find("{*}rPr")
            moved = attribute(properties, "baseline") if properties is not None else ""
            raised = moved.isdecimal() and int(moved) > 0
            runs.add(part.text or "", RAISED if raised else LOWERED if moved.startswith("-") else 0)
    return runs.finish()
