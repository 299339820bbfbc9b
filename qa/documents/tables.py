"""Tables to lines: each row becomes one sentence that names its columns ("Vehicle: Car; Single: 16 francs.").

So that a row can be found, quoted and understood by itself. Knows which row of a table names the columns, from what the
format says or else from what the cells look like. Does not know: any format. A table whose columns nobody names keeps
its cells, in their order.
"""

from __future__ import annotations

from collections.abc import Sequence

Row = Sequence[str]

_STOPS = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_LONGEST_NAME = 60
_LONG_CELL = 300
_MOST_LONG_CELLS = 0.34
_PAIR = 2


def table_lines(
    rows: Sequence[Row], headers: int | None = None, *, labelled: bool = False, named: bool = False
) -> list[str]:
    """The rows of a table as sentences.

    Args:
        rows: cells in order; a cell that reaches over several columns or rows stands in each of them.
        headers: how many rows at the top name the columns; ``None`` where the format does not say.
        labelled: whether the first column names the rows.
        named: whether the first row of such a table names the columns where nothing speaks against it.
    """
    grid = [[" ".join(cell.split()) for cell in row] for row in rows]
    grid = [row for row in grid if any(row)]
    if not grid:
        return []
    width = max(map(len, grid))
    above: list[str] = []
    while width > 1 and len(grid) > 1 and len(set(filter(None, grid[0]))) == 1:  # a title within the table
        above.append(_stopped(next(filter(None, grid.pop(0)))))
        headers = headers and headers - 1
    count = _guessed_headers(grid, named=named) if headers is None else min(headers, len(grid))
    return above + _lines(grid, count, labelled=labelled)


def _lines(grid: list[list[str]], count: int, *, labelled: bool) -> list[str]:
    width = max(map(len, grid))
    if count and count < len(grid):
        names = [
            _joined_name([row[column] if column < len(row) else "" for row in grid[:count]]) for column in range(width)
        ]
        return [_named(names, row) for row in grid[count:]]
    if count:  # nothing but names
        return [_stopped("; ".join(_distinct(row))) for row in grid]
    if width == _PAIR or labelled:
        return [_pair(row) for row in grid]
    return [_stopped("; ".join(_distinct(row))) for row in grid]


def is_data(rows: Sequence[Row]) -> bool:
    """Whether a table holds data, rather than a page that is laid out as a table."""
    filled = [[cell for cell in row if cell.strip()] for row in rows]
    filled = [row for row in filled if row]
    if len(filled) < 2 and not (filled and len(filled[0]) > _PAIR):  # noqa: PLR2004 - one row is no table
        return bool(filled) and len(filled[0]) == _PAIR and len(filled[0][0]) <= _LONGEST_NAME
    cells = [cell for row in filled for cell in row]
    several = sum(len(row) > 1 for row in filled)
    long = sum(len(cell) > _LONG_CELL for cell in cells)
    return several * 2 >= len(filled) and long <= _MOST_LONG_CELLS * len(cells)


def _guessed_headers(grid: Sequence[Row], *, named: bool) -> int:
    """1 if the first row looks like the names of columns: all filled, short, different, and unlike what stands below.

    Names that are only taken for such would make false sentences of true cells, so something must tell them apart.
    """
    first, rest = grid[0], grid[1:]
    names = [cell for cell in first if cell]
    width = max(map(len, grid))
    if not rest or len(first) < width or len(names) < width - 1 or width < _PAIR:
        return 0
    if len(set(names)) < len(names) or any(len(name) > _LONGEST_NAME for name in names):
        return 0
    if any(_has_digit(first, column) and not _is_year(first[column]) for column in range(width)):
        return 0
    if width == _PAIR:  # "Telephone | 0301" may be a pair of a name and a value as well
        return int(len(rest) > 1 and _differs(first, rest, 1))
    return int(named or any(_differs(first, rest, column) for column in range(width)))


def _differs(first: Row, rest: Sequence[Row], column: int) -> bool:
    """Whether the cells of a column are of a kind that its first one is not: with digits, or of several words."""
    cells = [row[column] for row in rest if column < len(row) and row[column]]
    if not cells:
        return False
    digits = sum(any(map(str.isdigit, cell)) for cell in cells)
    if digits * 2 > len(cells):
        return not _has_digit(first, column) or _is_year(first[column])
    return len(first[column].split()) == 1 and all(len(cell.split()) > 1 for cell in cells) and len(cells) > 1


def _has_digit(row: Row, column: int) -> bool:
    return column < len(row) and any(map(str.isdigit, row[column]))


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdigit()  # noqa: PLR2004


def _joined_name(parts: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(part.rstrip(" :") for part in parts if part))


def _distinct(row: Row) -> list[str]:
    """The cells of a row that are not empty; one that reaches over several columns counts once."""
    cells = [cell for index, cell in enumerate(row) if cell and (index == 0 or cell != row[index - 1])]
    return [cell.rstrip(" ;") for cell in cells]


def _named(names: Sequence[str], row: Row) -> str:
    if len({cell for cell in row if cell}) == 1 and len(row) > _PAIR and sum(map(bool, row)) in {1, len(row)}:
        return _stopped(next(cell for cell in row if cell))  # a heading within the table
    pairs = [f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell]
    return _stopped("; ".join(pairs))


def _pair(row: Row) -> str:
    cells = _distinct(row)
    if len(cells) < _PAIR:
        return _stopped("".join(cells))
    return _stopped(f"{cells[0].rstrip(' :')}: {'; '.join(cells[1:])}")


def _stopped(line: str) -> str:
    return line if line.endswith(_STOPS) else f"{line}."
