"""The text that an RTF file comes to: paragraphs, rows of tables, and notes behind what they belong to.

Does not know: control words, groups or code pages, which are ``qa.documents.rtf``'s.
"""

from __future__ import annotations

from qa.documents.runs import Runs
from qa.documents.tables import is_data, table_lines


class RichText:
    """Takes in characters through ``runs``, and the ends of paragraphs, cells, rows and notes.

    ``gaps`` names what could not be read.
    """

    def __init__(self) -> None:
        self.gaps: list[str] = []
        self.runs = Runs()
        self._around_note: list[Runs] = []
        self._notes: list[str] = []
        self._note_count = 0
        self._in_table = False
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._headers = 0
        self._out: list[str] = []

    def in_table(self, *, inside: bool) -> None:
        """Whether the paragraph is a part of a cell."""
        self._in_table = inside

    def header_row(self) -> None:
        """The row that begins names the columns."""
        self._headers += len(self._rows) == self._headers

    def begin_note(self) -> None:
        """What follows is a note, until its end."""
        self._around_note.append(self.runs)
        self.runs = Runs()

    def end_note(self) -> None:
        """Go on with what the note stands in."""
        note = " ".join(self._finished().split())
        self.runs = self._around_note.pop()
        self._notes += [note] if note else []

    def _finished(self) -> str:
        text = self.runs.finish()
        self.gaps += self.runs.gaps
        self.runs = Runs()
        return text

    def end_paragraph(self) -> None:
        """End a paragraph; in a cell or a note, it is only a space."""
        if self._in_table or self._around_note:
            self.runs.add(" ")
        elif not self.runs.is_empty:
            text = self._finished().strip()
            self._end_table()
            self._out += [text] if text else []
            self._end_notes()

    def end_cell(self) -> None:
        """End a cell."""
        if not self._around_note:
            self._cells.append(" ".join(self._finished().split()))

    def end_row(self) -> None:
        """End a row."""
        if self._cells:
            self._rows.append(self._cells)
        self._cells = []

    def _end_table(self) -> None:
        rows, self._rows = self._rows, []
        if rows:
            cells = [cell for row in rows for cell in row if cell]
            self._out += table_lines(rows, self._headers or None) if is_data(rows) else cells
            self._end_notes()
        self._headers = 0

    def _end_notes(self) -> None:
        for note in self._notes:
            self._note_count += 1
            self._out.append(f"Note {self._note_count}: {note}")
        self._notes.clear()

    def finish(self) -> list[str]:
        """All paragraphs."""
        self._in_table, self._around_note = False, []
        self.end_row()
        self.end_paragraph()
        self._end_table()
        self._end_notes()
        return self._out
