"""CSV and XLSX to text: each row a sentence that names its columns, each sheet a section.

Knows separators, cell types and number formats as far as they decide what a reader would see (dates, percents,
currencies). Does not know: formulas, whose values are read as the file holds them; charts and pictures.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING

from qa.documents import Extracted, clean_title, join_parts
from qa.documents.archive import Archive, attribute, declared_title, local
from qa.documents.encodings import load_plain
from qa.documents.tables import table_lines
from qa.records import Metadata

if TYPE_CHECKING:
    from lxml.etree import _Element

_SEPARATORS = ",;\t|"
_LOOKED_AT = 50
_ROWS_IN_A_SECTION = 20
_BUILT_IN_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_BUILT_IN_PERCENTS = frozenset([9, 10])
_NOT_A_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|General', re.IGNORECASE)
_CURRENCY = re.compile(r"\[\$([^\]-]+)|([$€£¥])")
_FIRST_DAY, _FIRST_DAY_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - sheets have no time zone
_LAST_SERIAL = 2_958_465
_MOST_COLUMNS = 16_384
_DIGITS = 12


def load_csv(data: bytes) -> Extracted:
    """The rows of a file of separated values."""
    text = load_plain(data).text.removeprefix("\ufeff")
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    rows = list(csv.reader(StringIO(text), delimiter=_separator(text)))
    return join_parts(_numbered(table_lines(rows, named=True)), Metadata())


def _numbered(lines: Sequence[str]) -> Iterator[tuple[str | None, str]]:
    for index, line in enumerate(lines):
        last = min(index + _ROWS_IN_A_SECTION, len(lines))
        yield (f"entries {index + 1} to {last}" if index % _ROWS_IN_A_SECTION == 0 else None), line


def _separator(text: str) -> str:
    """The sign that parts the first lines into the same number of cells, as many as possible."""
    lines = [line for line in text[:100_000].splitlines()[: _LOOKED_AT + 1] if line.strip()][:_LOOKED_AT]

    def evenness(sign: str) -> tuple[float, int]:
        counts = [line.count(sign) for line in lines]
        usual = max(set(counts), key=counts.count) if counts else 0
        return (counts.count(usual) / len(counts) if usual else 0.0), usual

    return max(_SEPARATORS, key=evenness)


def load_xlsx(data: bytes) -> Extracted:
    """The rows of all sheets of a workbook; an empty row ends a table."""
    archive = Archive(data, "xlsx")
    reading = _Workbook(archive, archive.main_part("workbook"))
    parts: list[tuple[str | None, str]] = []
    for name, rows in reading.sheets():
        lines = [line for table in _tables(rows) for line in table_lines(table, named=True)]
        parts += [(f"sheet {name}" if index == 0 else None, line) for index, line in enumerate(lines)]
    left_out = []
    if reading.unknown:
        left_out.append(f"{reading.unknown} cells with formulas whose values are not in the file")
    if drawn := len(archive.names("xl/charts/chart")):
        left_out.append(f"{drawn} chart{'s' if drawn != 1 else ''}")
    if archive.names("xl/comments") or archive.names("xl/threadedComments"):
        left_out.append("comments on cells")
    return join_parts(parts, Metadata(title=clean_title(declared_title(archive))), left_out)


def _tables(rows: Sequence[list[str]]) -> Iterator[list[list[str]]]:
    """The runs of rows between empty ones, without the empty columns on their left."""
    table: list[list[str]] = []
    for row in [*rows, []]:
        if any(row):
            table.append(row)
        elif table:
            left = min(next(index for index, cell in enumerate(line) if cell) for line in table)
            yield [line[left:] for line in table]
            table = []


class _Workbook:
    """What the cells of a workbook refer to; ``unknown`` counts formulas without a value."""

    def __init__(self, archive: Archive, main: str) -> None:
        self.unknown = 0
        self._archive = archive
        self._root = archive.xml(main)
        self._relations = archive.relations(main)
        properties = self._root.find("{*}workbookPr")
        in_1904 = properties is not None and attribute(properties, "date1904") in ("1", "true")
        self._first_day = _FIRST_DAY_1904 if in_1904 else _FIRST_DAY
        self._strings = self._shared("sharedStrings.xml")
        self._formats = self._number_formats()

    def _part(self, name: str) -> str | None:
        return next(
            (part for part in self._relations.values() if part.endswith(f"/{name}") and part in self._archive), None
        )

    def _shared(self, name: str) -> list[str]:
        part = self._part(name)
        return [_string(item) for item in self._archive.xml(part)] if part else []

    def _number_formats(self) -> list[tuple[int, str]]:
        """Id and code of the format of each cell style."""
        part = self._part("styles.xml")
        if part is None:
            return []
        root = self._archive.xml(part)
        codes = {
            attribute(each, "numFmtId"): attribute(each, "formatCode") for each in root.iterfind("{*}numFmts/{*}numFmt")
        }
        ids = [attribute(each, "numFmtId") or "0" for each in root.iterfind("{*}cellXfs/{*}xf")]
        return [(int(each) if each.isdecimal() else 0, codes.get(each, "")) for each in ids]

    def sheets(self) -> Iterator[tuple[str, list[list[str]]]]:
        """Name and rows of each sheet, in the order of the workbook."""
        for sheet in self._root.iterfind("{*}sheets/{*}sheet"):
            part = self._relations.get(attribute(sheet, "id"))
            if part is not None and part in self._archive:
                root = self._archive.xml(part)
                if local(root) == "worksheet":
                    yield attribute(sheet, "name"), self._rows(root)

    def _rows(self, sheet: _Element) -> list[list[str]]:
        rows: list[list[str]] = []
        for row in sheet.iterfind("{*}sheetData/{*}row"):
            number = attribute(row, "r")
            if number.isdecimal() and int(number) > len(rows) + 1 and rows:
                rows.append([])  # rows that are not there are empty
            line: list[str] = []
            for cell in row.iterfind("{*}c"):
                column = _column(attribute(cell, "r"), len(line))
                line += [""] * (column - len(line))
                line.append(self._value(cell))
            rows.append(line)
        return rows

    def _value(self, cell: _Element) -> str:
        kind, held = attribute(cell, "t"), cell.findtext("{*}v")
        if kind == "inlineStr":
            inline = cell.find("{*}is")
            return _string(inline) if inline is not None else ""
        if held is None or held == "":
            self.unknown += cell.find("{*}f") is not None
            return ""
        if kind == "s":
            return self._strings[int(held)] if int(held) < len(self._strings) else ""
        if kind == "b":
            return "yes" if held == "1" else "no"
        style = attribute(cell, "s")
        return held if kind in ("str", "e", "d") else self._number(held, int(style) if style.isdecimal() else 0)

    def _number(self, held: str, style: int) -> str:
        try:
            value = float(held)
        except ValueError:
            return held
        number, code = self._formats[style] if style < len(self._formats) else (0, "")
        if number in _BUILT_IN_DATES or re.search(r"[ymdhs]", _NOT_A_DATE.sub("", code), re.IGNORECASE):
            return self._date(value)
        if number in _BUILT_IN_PERCENTS or "%" in code:
            return f"{_plain(value * 100)} %"
        currency = _CURRENCY.search(code)
        return f"{_plain(value)} {(currency[1] or currency[2]).strip()}" if currency else _plain(value)

    def _date(self, value: float) -> str:
        if not 0 <= value <= _LAST_SERIAL:
            return _plain(value)
        moment = self._first_day + timedelta(seconds=round(value * 86_400))
        if value < 1:
            return moment.strftime("%H:%M")
        return moment.strftime("%Y-%m-%d" if value == int(value) else "%Y-%m-%d %H:%M")


def _string(item: _Element) -> str:
    """The text of a string with or without runs, without how it is pronounced."""
    return "".join(
        part.text or "" for part in item.iter("{*}t") if all(local(above) != "rPh" for above in part.iterancestors())
    )


def _column(reference: str, usual: int) -> int:
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1 if usual < number <= _MOST_COLUMNS else usual


def _plain(value: float) -> str:
    """A number as sheets show it: without the noise of binary fractions."""
    rounded = round(value, _DIGITS)
    return str(int(rounded)) if rounded == int(rounded) else repr(rounded)
