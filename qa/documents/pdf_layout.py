"""Characters with places to text in reading order: lines, columns, rows of tables, paragraphs.

Knows where characters stand, and decides by the white space between them (cuts along gutters, as Nagy and Seth did in
1984). Halves of lines that stand side by side in columns are never joined. Does not know: PDF, fonts, or what a text
says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from qa.documents.pdf_characters import Character
from qa.documents.runs import RAISED, Runs
from qa.documents.tables import is_data, table_lines
from qa.text.sentences import runs_on

_SAME_LINE = 0.25
_RAISED_AT_MOST = 0.7
_SMALL = 0.85
_WORD_GAP = 0.16
_PART_GAP = 1.0
_FEWEST_COLUMN_LINES = 3
_COLUMN_CHARACTERS = 14
_FILLED_LINES = 0.45
_FILLED = 0.6
_MOST_COLUMNS_TRIED = 40
_GUTTER = 0.5
_PAIR = 2
_PARAGRAPH_GAP = 1.45
_SAME_SIZE = 0.15
_BULLETS = ("•", "▪", "●", "◦", "–", "-", "*", "·")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line between wide gaps.

    ``first_word`` is the width of its first word; ``filled`` says that somebody wrote it into a form.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    first_word: float = 0.0
    filled: bool = False


Line = list[Part]
"""The parts on one baseline, from left to right."""


def page_paragraphs(characters: Sequence[Character], fields: Sequence[Part] = ()) -> list[str]:
    """The paragraphs and rows of a page, in reading order; ``fields`` are what is filled in."""
    lines = [line for line in map(_parts, _lines(characters)) if line]
    for filled in fields:
        _fill_in(lines, filled)
    return list(_read(lines))


# -- characters to lines


def _lines(characters: Sequence[Character]) -> list[list[tuple[Character, int]]]:
    """The characters on each baseline, from above, raised ones with the line they belong to."""
    rows: list[list[tuple[Character, int]]] = []
    for each in sorted(characters, key=lambda c: -c.baseline):
        row = rows[-1] if rows else None
        if row is not None and abs(row[0][0].baseline - each.baseline) <= _SAME_LINE * min(each.size, row[0][0].size):
            row.append((each, 0))
        else:
            rows.append([(each, 0)])
    kept: list[list[tuple[Character, int]]] = []
    pending: list[list[tuple[Character, int]]] = []
    for row in rows:
        raised_here = [above for above in pending if _is_raised_over(above, row)]
        row += [(character, RAISED) for above in raised_here for character, _ in above]
        kept += [above for above in pending if above not in raised_here]
        pending = [row]
    return kept + pending


def _is_raised_over(above: Sequence[tuple[Character, int]], row: Sequence[tuple[Character, int]]) -> bool:
    """Whether small characters hang at the upper right of characters of the next line, rather than being a line."""
    size = max(character.size for character, _ in row)
    height = above[0][0].baseline - row[0][0].baseline
    if height > _RAISED_AT_MOST * size or any(character.size > _SMALL * size for character, _ in above):
        return False
    ends = [character.right for character, _ in row]
    starts = [c.left for c, _ in above if c.text != " "]
    return bool(starts) and any(-_SAME_LINE * size <= min(starts) - end <= _SAME_LINE * size for end in ends)


def _parts(row: list[tuple[Character, int]]) -> Line:
    """Cut a line where a wide gap is, and put spaces where a narrow one is."""
    row = sorted(row, key=lambda item: item[0].left)
    letters = [item for item in row if item[0].text != " "]
    if not letters:
        return []
    size = median(character.size for character, _ in letters)
    spaces = [character.left for character, _ in row if character.text == " "]
    gaps = [max(b.left - a.right, 0.0) for (a, _), (b, _) in pairwise(letters)]
    spread = median(gaps) if gaps else 0.0
    narrow = _WORD_GAP * size + (spread if spread > _WORD_GAP * size / 2 else 0.0)
    line: Line = []
    runs, start = Runs(), letters[0][0].left
    first_word = 0.0
    at = 0
    for index, (character, height) in enumerate(letters):
        if index:
            before = letters[index - 1][0]
            while at < len(spaces) and spaces[at] < before.left:
                at += 1
            spaced = at < len(spaces) and spaces[at] < character.left
            gap = character.left - before.right
            if gap > _PART_GAP * size + spread:
                line.append(_part(runs, start, before, size, first_word))
                runs, start, first_word = Runs(), character.left, 0.0
            elif spaced or gap > narrow:
                first_word = first_word or before.right - start
                runs.add(" ")
        runs.add(character.text, height)
    line.append(_part(runs, start, letters[-1][0], size, first_word))
    return line


def _part(runs: Runs, start: float, last: Character, size: float, first_word: float) -> Part:
    text = " ".join(runs.finish().split())
    return Part(text, start, last.right, last.baseline, size, first_word or last.right - start)


def _fill_in(lines: list[Line], filled: Part) -> None:
    """Put what is filled in behind the label on its line, or on a line of its own."""
    for line in lines:
        if filled.baseline <= line[0].baseline + line[0].size / 2 and line[0].baseline <= filled.baseline + filled.size:
            line.append(replace(filled, baseline=line[0].baseline, size=line[0].size))
            line.sort(key=lambda part: part.left)
            return
    lines.append([filled])
    lines.sort(key=lambda line: -line[0].baseline)


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
    yield from _read([side for line in inside if (side := [part for part in line if part.right <= gutter])])
    yield from _read([side for line in inside if (side := [part for part in line if part.left >= gutter])])
    if last < len(lines):
        yield from _read(lines[last:])


def _gutter(lines: Sequence[Line]) -> tuple[int, int, float] | None:
    """The longest run of lines with white space between two columns of prose: first and last line, and where it is."""
    tried = {round(right.left, 0): right.left - _GUTTER for line in lines for _, right in pairwise(line)}
    best: tuple[int, int, float] | None = None
    most = _FEWEST_COLUMN_LINES - 1
    for gutter in list(tried.values())[:_MOST_COLUMNS_TRIED]:
        for first, last in _runs(lines, gutter):
            left = [part for line in lines[first:last] for part in line if part.right <= gutter]
            right = [part for line in lines[first:last] for part in line if part.left >= gutter]
            both = sum(line[0].right <= gutter <= line[-1].left for line in lines[first:last])
            if both > most and _is_prose(left) and _is_prose(right):
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


def _is_prose(parts: Sequence[Part]) -> bool:
    """Whether pieces of lines fill a column as running text does, rather than being the cells of a table."""
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
    while end < len(lines) and len(lines[end]) > 1:
        end += 1
    rows = lines[start:end]
    if len(rows) < _PAIR:
        return start, []
    columns = _columns(rows)
    cells = [[_between(row, *column) for column in columns] for row in rows]
    apart = all(sum(map(bool, row)) == len(line) for row, line in zip(cells, rows, strict=True))
    return (end, cells) if len(columns) >= _PAIR and apart and is_data(cells) else (start, [])


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
    text, filled = " ".join(part.text for part in line), any(part.filled for part in line)
    return replace(line[0], text=text, right=line[-1].right, filled=filled)


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
