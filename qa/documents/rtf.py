"""RTF to text: paragraphs, rows of tables and notes, in the order in which a reader meets them.

Read by the few rules of Rich Text Format 1.9.1, because whatever is unusual in the middle of a file, such as a picture
in binary, silently ends the text for a simpler reader. Does not know: styles, or where anything stands on a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from qa.documents import Extracted, LoadError, clean_title, join_parts
from qa.documents.rtf_text import RichText
from qa.documents.rtf_words import CHARACTERS, CHARSETS, LEFT_OUT, QUIET_FIELDS, READ_THOUGH_STARRED, SIGNS
from qa.documents.runs import LOWERED, RAISED
from qa.records import Metadata

_TOKEN = re.compile(
    r"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_PARAGRAPH_ENDS = frozenset(["par", "sect", "page", "column"])
_MOST_UNICODE = 0x10000
_DEEPEST = 1000


@dataclass(frozen=True, slots=True)
class _State:
    """What holds inside a group: where its text goes, how it is coded, and how it is set."""

    goes_to: str = "text"
    codec: str = "cp1252"
    fallback: int = 1
    height: int = 0
    hidden: bool = False


def load_rtf(data: bytes) -> Extracted:
    """The text of an RTF file.

    Raises:
        LoadError: it is not RTF.
    """
    if not data.lstrip().startswith(b"{\\rtf"):
        raise LoadError("is not RTF", "give it the ending of what it is, such as .txt")
    reading = _Reading()
    reading.read(data.decode("latin-1"))
    parts = [(None, text) for text in reading.text.finish()]
    gaps = reading.text.gaps
    kinds = ", ".join(dict.fromkeys(gaps))
    left_out = [f"{len(gaps)} places inside paragraphs, which are marked there ({kinds})"] if gaps else []
    return join_parts(parts, Metadata(title=clean_title(reading.title)), left_out)


class _Reading:
    """Goes through the tokens of a file once."""

    def __init__(self) -> None:
        self.title = ""
        self._state = _State()
        self._stack: list[tuple[_State, str]] = []
        self._bytes = bytearray()
        self._skip = 0
        self._fonts: dict[int, str] = {}
        self._font = self._default_font = 0
        self._default = "cp1252"
        self.text = RichText()
        self._field: list[tuple[str, int]] = []
        self._added = 0
        self._starred = False

    def read(self, source: str) -> None:
        """Read a whole file, a character for each byte."""
        at = 0
        while found := _TOKEN.match(source, at) or re.compile(".", re.DOTALL).match(source, at):
            at = found.end()
            word, number, coded, sign, brace, text = found.groups() if found.re is _TOKEN else (None,) * 6
            if word == "bin":
                at += max(int(number or 0), 0)
            elif coded or text:
                self._characters(bytes.fromhex(coded) if coded else (text or "").encode("latin-1"))
            elif word or sign or brace:
                self._flush()
                self._control(word, number, sign, brace)
        self._flush()

    def _control(self, word: str | None, number: str | None, sign: str | None, brace: str | None) -> None:
        if brace == "{":
            if len(self._stack) >= _DEEPEST:
                raise LoadError("has groups inside groups without end")
            self._stack.append((self._state, ""))
        elif brace == "}":
            self._close()
        elif word:
            self._word(word, int(number) if number else None)
            self._starred = False
        elif sign == "*":
            self._starred = True
        elif sign in SIGNS:
            if self._skip:
                self._skip -= 1
            else:
                self._add(SIGNS[sign])

    def _characters(self, data: bytes) -> None:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._bytes += data[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._state.codec, "replace")
            self._bytes.clear()
            self._add(text)

    def _add(self, text: str) -> None:
        state = self._state
        if state.goes_to == "title":
            self.title += text
        elif state.goes_to == "field" and self._field:
            self._field[-1] = (self._field[-1][0] + text, self._field[-1][1])
        elif state.goes_to == "text" and not state.hidden:
            self._added += bool(text.strip())
            self.text.runs.add(text, state.height)

    # -- control words

    def _word(self, word: str, number: int | None) -> None:
        if word == "u":
            self._skip = self._state.fallback
            self._add(chr((number or 0) % _MOST_UNICODE))
        elif word in CHARACTERS:
            self._add(CHARACTERS[word])
        elif word in _PARAGRAPH_ENDS:
            self.text.end_paragraph()
        elif word in ("cell", "row"):
            self.text.end_cell() if word == "cell" else self.text.end_row()
        elif word in _SETTINGS:
            _SETTINGS[word](self, number)
        elif word in ("f", "fcharset", "deff", "ansicpg", "mac", "pc", "pca"):
            self._coding(word, number)
        else:
            self._destination(word)

    def _coding(self, word: str, number: int | None) -> None:
        if word == "ansicpg":
            self._default = _known(f"cp{number}")
        elif word in ("mac", "pc", "pca"):
            self._default = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "fcharset":
            if number in CHARSETS:
                self._fonts[self._font] = CHARSETS[number]
            return
        elif word == "deff":
            self._default_font = number or 0
        else:
            self._font = number or 0
        font = self._font if word == "f" else self._default_font
        self._state = replace(self._state, codec=self._fonts.get(font, self._default))

    def _destination(self, word: str) -> None:
        if self._state.goes_to == "nowhere":
            return
        if word == "title":
            self._state = replace(self._state, goes_to="title")
        elif word == "pict":
            if self._state.goes_to == "text":
                self.text.runs.picture()
            self._state = replace(self._state, goes_to="nowhere")
        elif word == "fldinst":
            self._state = replace(self._state, goes_to="field")
        elif word in ("field", "footnote"):
            self._open(word)
        elif word in ("fonttbl", "info") or word in LEFT_OUT or (self._starred and word not in READ_THOUGH_STARRED):
            self._state = replace(self._state, goes_to="table of fonts" if word in ("fonttbl", "info") else "nowhere")

    def _open(self, word: str) -> None:
        """A group at whose end something has to be done."""
        if self._stack:
            self._stack[-1] = (self._stack[-1][0], word)
        if word == "field":
            self._field.append(("", self._added))
        else:
            self.text.begin_note()

    def _close(self) -> None:
        if not self._stack:
            return
        self._state, ended = self._stack.pop()
        if ended == "field" and self._field:
            instruction, added = self._field.pop()
            command = next(iter(instruction.split()), "").upper()
            if added == self._added and command not in QUIET_FIELDS:
                self.text.runs.gap("formula" if command == "EQ" else "field")
        elif ended == "footnote":
            self.text.end_note()

    # -- settings of the state

    def set_height(self, height: int) -> None:
        """Raise or lower what follows in this group."""
        self._state = replace(self._state, height=height)

    def hide(self, *, hidden: bool) -> None:
        """Hide what follows in this group, as deleted text is."""
        self._state = replace(self._state, hidden=hidden)

    def plain(self) -> None:
        """Neither raised nor hidden, in the default font."""
        codec = self._fonts.get(self._default_font, self._default)
        self._state = replace(self._state, height=0, hidden=False, codec=codec)

    def set_fallback(self, count: int) -> None:
        """How many characters stand in for one in Unicode."""
        self._state = replace(self._state, fallback=max(count, 0))


_SETTINGS: dict[str, Callable[[_Reading, int | None], None]] = {
    "super": lambda reading, number: reading.set_height(0 if number == 0 else RAISED),
    "sub": lambda reading, number: reading.set_height(0 if number == 0 else LOWERED),
    "nosupersub": lambda reading, _: reading.set_height(0),
    "up": lambda reading, number: reading.set_height(0 if number == 0 else RAISED),
    "dn": lambda reading, number: reading.set_height(0 if number == 0 else LOWERED),
    "v": lambda reading, number: reading.hide(hidden=number != 0),
    "deleted": lambda reading, number: reading.hide(hidden=number != 0),
    "plain": lambda reading, _: reading.plain(),
    "uc": lambda reading, number: reading.set_fallback(1 if number is None else number),
    "pard": lambda reading, _: reading.text.in_table(inside=False),
    "intbl": lambda reading, _: reading.text.in_table(inside=True),
    "trhdr": lambda reading, _: reading.text.header_row(),
}


def _known(codec: str) -> str:
    try:
        b"".decode(codec)
    except LookupError:
        return "cp1252"
    return codec
