"""The characters of one Word paragraph: its runs with their formulas, fields, raised digits, notes and gaps.

Knows the elements inside a paragraph of WordprocessingML. Does not know: tables, notes' texts, the document around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa.documents.archive import attribute, local
from qa.documents.formula import formula_text
from qa.documents.runs import LOWERED, RAISED, Runs

if TYPE_CHECKING:
    from lxml.etree import _Element

_CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\xad"}
_SKIPPED = frozenset(
    ["del", "moveFrom", "pPr", "rPr", "instrText", "delText", "delInstrText", "Fallback", "rt", "sdtPr"]
)
_QUIET_FIELDS = frozenset(
    [
        "XE",
        "TC",
        "TA",
        "RD",
        "ADVANCE",
        "SET",
        "ASK",
        "PRIVATE",
        "NOTEREF",
        "PAGE",
        "NUMPAGES",
        "TOC",
        "INDEX",
        "ADDIN",
        "",
    ]
)
"""Fields that show nothing, or nothing but numbers of pages."""
_SYMBOL_FONTS = re.compile(r"symbol|wingdings|webdings", re.IGNORECASE)
_PRIVATE = range(0xE000, 0xF900)


@dataclass(slots=True)
class Line:
    """What a paragraph says: its text, the notes it refers to, the text boxes in it, and what leaves a gap."""

    text: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[_Element] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Field:
    instruction: str = ""
    shows: bool = False
    shown: bool = False


def line_of(paragraph: _Element) -> Line:
    """Read one paragraph."""
    reading = _Characters()
    reading.read(paragraph)
    return reading.finish()


class _Characters:
    """Follows the elements of a paragraph, and knows which fields are open."""

    def __init__(self) -> None:
        self._line = Line()
        self._runs = Runs()
        self._fields: list[_Field] = []

    def read(self, element: _Element) -> None:
        """Take in all that stands below an element."""
        for child in element:
            name = local(child)
            if name in _SKIPPED:
                if name == "instrText" and self._fields:
                    self._fields[-1].instruction += child.text or ""
            elif name == "r":
                self._run(child)
            elif name in ("oMath", "oMathPara"):
                self._formula(formula_text(child))
            elif name == "fldSimple":
                self._fields.append(_Field(attribute(child, "instr"), shows=True))
                self.read(child)
                self._end_field()
            elif name == "txbxContent":
                self._line.boxes.append(child)
            else:
                self.read(child)

    def _run(self, run: _Element) -> None:
        height = _height(run)
        for part in run:
            name = local(part)
            if name == "t":
                self._add(part.text or "", height)
            elif name in _CHARACTERS:
                self._add(_CHARACTERS[name], 0)
            elif name == "instrText":
                if self._fields:
                    self._fields[-1].instruction += part.text or ""
            elif name not in _SKIPPED:
                self._other(part, name)

    def _other(self, part: _Element, name: str) -> None:
        """A part of a run that is no text."""
        if name in ("footnoteReference", "endnoteReference"):
            self._line.notes.append((name.removesuffix("Reference"), attribute(part, "id")))
        elif name == "sym":
            self._symbol(part)
        elif name == "fldChar":
            self._field_mark(part)
        elif name == "object":
            self._runs.gap("formula or object")
        elif name in ("drawing", "pict"):
            self._picture(part)
        else:
            self.read(part)

    def _hidden(self) -> bool:
        return any(not each.shows for each in self._fields)

    def _add(self, text: str, height: int) -> None:
        if self._hidden():
            return
        if text.strip():
            for each in self._fields:
                each.shown = True
        self._runs.add(text, height)

    def _formula(self, text: str) -> None:
        if not self._hidden():
            self._runs.formula(text)
            for each in self._fields:
                each.shown = True

    def _symbol(self, part: _Element) -> None:
        code = attribute(part, "char")
        number = int(code, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,6}", code) else 0
        if number in _PRIVATE or _SYMBOL_FONTS.search(attribute(part, "font")) or not number:
            self._runs.gap("symbol")  # a letter of a font that is a picture
        else:
            self._add(chr(number), 0)

    def _picture(self, part: _Element) -> None:
        boxes = [
            box
            for box in part.iter("{*}txbxContent")
            if all(local(above) != "Fallback" for above in box.iterancestors())
        ]
        if boxes:
            self._line.boxes += boxes
        else:
            self._runs.picture()

    def _field_mark(self, part: _Element) -> None:
        kind = attribute(part, "fldCharType")
        if kind == "begin":
            box = part.find("{*}ffData/{*}checkBox")
            self._fields.append(_Field())
            if box is not None:
                self._fields[-1].shown = True
                checked = box.find("{*}checked") if box.find("{*}checked") is not None else box.find("{*}default")
                on = checked is not None and attribute(checked, "val") not in ("0", "false")
                self._runs.add("[x] " if on else "[ ] ")
        elif kind == "separate" and self._fields:
            self._fields[-1].shows = True
        elif kind == "end" and self._fields:
            self._end_field()

    def _end_field(self) -> None:
        ended = self._fields.pop()
        command = next(iter(ended.instruction.split()), "").upper()
        if not ended.shown and command not in _QUIET_FIELDS:
            self._runs.gap("formula" if command == "EQ" else "field")

    def finish(self) -> Line:
        """The line, now that all is read."""
        self._line.text = self._runs.finish()
        self._line.gaps = self._runs.gaps
        return self._line


def _height(run: _Element) -> int:
    """``RAISED``, ``LOWERED`` or 0."""
    said = run.find("{*}rPr/{*}vertAlign")
    value = attribute(said, "val") if said is not None else ""
    position = run.find("{*}rPr/{*}position")
    moved = attribute(position, "val") if position is not None else ""
    if value == "superscript" or (moved.isdecimal() and int(moved) > 0):
        return RAISED
    return LOWERED if value == "subscript" or moved.startswith("-") else 0
