"""Characters with places to text in reading order: lines, columns, rows of tables, paragraphs.

Knows where characters stand, and decides by the white space between them (cuts along gutters, as Nagy and Seth did in
1984). Halves of lines that stand side by side in columns are never joined. Does not know: PDF, fonts, or what a text
says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from qa.documents.pdf_characters import Character
from qa.documents.pdf_lines import Line, Part, page_lines
from qa.documents.tables import is_data, table_lines
from qa.text.sentences import runs_on

_WORD_GAP = 0.16
_FEWEST_COLUMN_LINES = 3
_COLUMN_CHARACTERS = 14
_FILLED_LINES = 0.45
_FILLED = 0.6
_MOST_COLUMNS_TRIED = 40
_GUTTER = 0.5
_PAIR = 2
_CELL_LINES = 1.6
_PARAGRAPH_GAP = 1.45
_SAME_SIZE = 0.15
_BULLETS = ("•", "▪", "●", "◦", "–", "-", "*", "·")


def page_paragraphs(characters: Sequence[Character], fields: Sequence[Part] = ()) -> list[str]:
    """The paragraphs and rows of a page, in reading order; ``fields`` are what is filled in."""
    return list(_read(page_lines(characters, fields)))


# -- lines to columns


def _read(lines: Sequence[Line]) -> Iterator[str]:
    cut = _gutter(lines)
    if cut is None:
        yield from _column(lines)
        return
    first, last, gutter = cut
    if first:
        yield from _read(lines[:first])
    inside = lines[first:last]
    left, right = (list(_read(side)) for side in _sides(inside, gutter))
    if left and right and runs_on(left[-1], right[0]):  # a paragraph that goes on at the top of the next column
        right[0] = f"{left.pop()} {right[0]}"
    yield from left + right
    if last < len(lines):
        yield from _read(lines[last:])


def _gutter(lines: Sequence[Line]) -> tuple[int, int, float] | None:
    """The longest run of lines with white space between two columns of prose: first and last line, and where it is."""
    tried = {round(right.left, 0): right.left - _GUTTER for line in lines for _, right in pairwise(line)}
    best: tuple[int, int, float] | None = None
    most = _FEWEST_COLUMN_LINES - 1
    for gutter in list(tried.values())[:_MOST_COLUMNS_TRIED]:
        for first, last in _runs(lines, gutter):
            left, right = _sides(lines[first:last], gutter)
            both = sum(line[0].right <= gutter <= line[-1].left for line in lines[first:last])
            if both > most and _is_prose(left) and (_is_prose(right) or _gutter(right) is not None):
                best, most = (first, last, gutter), both
    return best


def _runs(lines: Sequence[Line], gutter: float) -> Iterator[tuple[int, int]]:
    """The runs of lines of which none crosses a place."""
    first = 0
    for index, line in enumerate(lines):
        if any(part.left < gutter < part.right for part in line):
            if index > first:
                yield first, index
            first = index + 1
    if first < len(lines):
        yield first, len(lines)


def _sides(lines: Sequence[Line], gutter: float) -> tuple[list[Line], list[Line]]:
    """What stands left and right of a gutter that no part crosses."""
    left = [side for line in lines if (side := [part for part in line if part.right <= gutter])]
    right = [side for line in lines if (side := [part for part in line if part.left >= gutter])]
    return left, right


def _is_prose(lines: Sequence[Line]) -> bool:
    """Whether pieces of lines fill a column as running text does, rather than being the cells of a table."""
    parts = [part for line in lines for part in line]
    if len(parts) < _FEWEST_COLUMN_LINES or sum(len(part.text) for part in parts) < _COLUMN_CHARACTERS * len(parts):
        return False
    width = max(part.right for part in parts) - min(part.left for part in parts)
    filled = sum(part.right - part.left >= _FILLED * width for part in parts)
    return filled >= _FILLED_LINES * len(parts)


# -- a column to paragraphs and rows


def _column(lines: Sequence[Line]) -> Iterator[str]:
    prose: Line = []
    index = 0
    while index < len(lines):
        end, rows = _table(lines, index)
        if rows:
            yield from _paragraphs(prose)
            prose = []
            yield from table_lines(rows)
            index = end
        else:
            prose.append(_whole(lines[index]))
            index += 1
    yield from _paragraphs(prose)


def _table(lines: Sequence[Line], start: int) -> tuple[int, list[list[str]]]:
    """The rows of the table that begins at a line, and the line behind it."""
    end = start
    rows: list[Line] = []
    while end < len(lines) and not any(part.filled for part in lines[end]):
        if len(lines[end]) > 1:
            rows.append(list(lines[end]))
        elif not rows or not _continue_cell(rows[-1], lines[end][0]):
            break
        end += 1
    if len(rows) < _PAIR:
        return start, []
    columns = _columns(rows)
    cells = [[_between(row, *column) for column in columns] for row in rows]
    apart = all(sum(map(bool, row)) == len(line) for row, line in zip(cells, rows, strict=True))
    return (end, cells) if len(columns) >= _PAIR and apart and is_data(cells) else (start, [])


def _continue_cell(row: Line, piece: Part) -> bool:
    """Put a piece by itself that stands under a cell, but not under the first one, into that cell."""
    for index, cell in enumerate(row[1:], start=1):
        if abs(cell.left - piece.left) <= cell.size / 2 and cell.baseline - piece.baseline <= _CELL_LINES * cell.size:
            right = max(cell.right, piece.right)
            row[index] = replace(cell, text=f"{cell.text} {piece.text}", right=right, baseline=piece.baseline)
            return True
    return False


def _between(row: Line, left: float, right: float) -> str:
    return " ".join(part.text for part in row if left <= part.left <= right)


def _columns(rows: Sequence[Line]) -> list[tuple[float, float]]:
    """The stretches from left to right that parts of these rows cover together."""
    columns: list[tuple[float, float]] = []
    for left, right in sorted((part.left, part.right) for row in rows for part in row):
        if columns and left <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _whole(line: Line) -> Part:
    """The parts of a line as one; what is filled in stands behind its label."""
    text = line[0].text
    for before, part in pairwise(line):
        if part.filled and not before.filled and not part.text.startswith("[") and not text.endswith(":"):
            text += ":"
        elif before.filled and (not part.filled or ":" in part.text) and not before.text.startswith("["):
            text += ";"
        text += f" {part.text}"
    return replace(line[0], text=text, right=line[-1].right, filled=any(part.filled for part in line))


def _paragraphs(lines: Sequence[Part]) -> Iterator[str]:
    """Join the lines that were only cut because the next word did not fit."""
    if not lines:
        return
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    steps = [above.baseline - below.baseline for above, below in pairwise(lines)]
    step = median(steps) if steps else 0.0
    text = lines[0].text
    for above, below in pairwise(lines):
        if _goes_on(above, below, (left, right), step):
            text += ("\n" if text.endswith("-") else " ") + below.text
        else:
            yield text
            text = below.text
    yield text


def _goes_on(above: Part, below: Part, column: tuple[float, float], step: float) -> bool:
    """Whether a line was cut because the next word did not fit, or reads in the next one as if it were cut."""
    if abs(above.size - below.size) > _SAME_SIZE * above.size or below.text.startswith(_BULLETS):
        return False
    if above.filled or below.filled:
        return False
    if above.baseline - below.baseline > _PARAGRAPH_GAP * max(min(step, 2 * above.size), above.size):
        return False
    left, right = column
    long = above.right - above.left >= _FILLED * (right - left) or above.text.endswith("-")
    return above.right + _WORD_GAP * above.size + below.first_word > right or (long and runs_on(above.text, below.text))
