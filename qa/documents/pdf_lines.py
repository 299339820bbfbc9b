"""Characters with places to lines: which stand on one baseline, where words end, and what is filled in.

Raised characters go with the line that they hang over. Does not know: columns, tables or paragraphs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from qa.documents.pdf_characters import Character
from qa.documents.runs import RAISED, Runs

_SAME_LINE = 0.25
_RAISED_AT_MOST = 0.7
_SMALL = 0.85
_WORD_GAP = 0.16
_PART_GAP = 1.0
_LABEL_ABOVE = 1.5


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line between wide gaps.

    ``first_word`` is the width of its first word; ``filled`` says that somebody wrote it into a form, whose
    name for it is ``label``.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    first_word: float = 0.0
    filled: bool = False
    label: str = ""


Line = list[Part]
"""The parts on one baseline, from left to right."""


def page_lines(characters: Sequence[Character], fields: Sequence[Part] = ()) -> list[Line]:
    """The lines of a page, from above; ``fields`` are what is filled in."""
    lines = [line for line in map(_parts, _rows(characters)) if line]
    for filled in sorted(fields, key=lambda part: (-part.baseline, part.left)):
        _fill_in(lines, filled)
    return lines


def _rows(characters: Sequence[Character]) -> list[list[tuple[Character, int]]]:
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
    """Put what is filled in beside the label on its line, or behind the label above it, or behind the form's name."""
    top = filled.baseline + filled.size
    for line in lines:
        baseline, size = line[0].baseline, line[0].size
        if filled.baseline <= baseline + size / 2 and baseline <= top:
            line.append(replace(filled, baseline=baseline, size=size))
            line.sort(key=lambda part: part.left)
            return
    for line in lines:
        for index, part in enumerate(line):
            over = part.left < filled.right and filled.left - part.size <= part.left
            if over and not part.filled and 0 <= part.baseline - top <= _LABEL_ABOVE * part.size and filled.label:
                text = f"{part.text.rstrip(' :')}: {filled.text}"
                line[index] = replace(part, text=text, right=max(part.right, filled.right), filled=True)
                return
    text = f"{filled.label}: {filled.text}" if filled.label else filled.text
    lines.append([replace(filled, text=text)])
    lines.sort(key=lambda line: -line[0].baseline)
