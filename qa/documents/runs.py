"""A line of text put together from runs: raised and lowered ones, formulas, pictures, and what cannot be read.

So that a Word file and an RTF file write the same things the same way. What is missing in the middle of a sentence
leaves a mark in brackets. Does not know: where runs come from.
"""

from __future__ import annotations

from qa.documents.raised import lowered, raised

RAISED, LOWERED = 1, -1
_FORMULA_END, _PICTURE = 8, 9
_ENDS = (".", "!", "?", ":", ";")


class Runs:
    """The runs of one paragraph, in order. ``gaps`` names what could not be read."""

    def __init__(self) -> None:
        self.gaps: list[str] = []
        self._pieces: list[tuple[str, int]] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added."""
        return not self._pieces

    def add(self, text: str, height: int = 0) -> None:
        """Add characters, ``RAISED``, ``LOWERED`` or neither."""
        if self._pieces and self._pieces[-1][1] == height:
            self._pieces[-1] = (self._pieces[-1][0] + text, height)
        else:
            self._pieces.append((text, height))

    def formula(self, text: str) -> None:
        """Add a formula; a letter beside it will not be glued to it."""
        before = self._pieces[-1][0][-1:] if self._pieces else ""
        self.add(f" {text}" if before.isalnum() else text)
        self._pieces.append(("", _FORMULA_END))

    def gap(self, what: str) -> None:
        """Something that cannot be read."""
        self.add(f"[{what} not read]")
        self.gaps.append(what)

    def picture(self) -> None:
        """A picture: beside a sentence it is no gap, within one it may be what the sentence is about."""
        self._pieces.append(("", _PICTURE))

    def finish(self) -> str:
        """The line."""
        text = ""
        behind = "".join(piece for piece, _ in self._pieces)
        for piece, height in self._pieces:
            behind = behind[len(piece) :]
            if height == _FORMULA_END:
                text += " " if behind[:1].isalnum() else ""
            elif height == _PICTURE:
                if text.strip() and not text.rstrip().endswith(_ENDS) and behind.strip():
                    text += "[picture]"
                    self.gaps.append("picture")
            elif height == RAISED:
                text += raised(text, piece, behind)
            else:
                text += lowered(text, piece) if height == LOWERED else piece
        return text
