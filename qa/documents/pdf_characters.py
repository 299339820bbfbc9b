"""The characters of a PDF page with their places, as PDFium finds them; the one module that knows pypdfium2.

Whatever is drawn twice to look bold counts once. Does not know: words, lines or columns.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_UPRIGHT = 0.1
"""Radians by which a character may be turned."""
_DRAWN_TWICE = 0.15
"""Two equal characters this close, in parts of their size, are one."""
_HYPHENS = {0x2: "-", 0xFFFE: "-", 0xAD: "-"}
"""What PDFium gives for a hyphen at the end of a line."""
_LIGATURES = range(0xFB00, 0xFB07)
_RIGHT_TO_LEFT = ("R", "AL")
_MOST_RIGHT_TO_LEFT = 0.3
_FEW_CHARACTERS = 50
_LARGE_PICTURE = 0.5


@dataclass(frozen=True, slots=True)
class Character:
    """A character, the left and right of its box, its baseline, and the height of its box, in points from below."""

    text: str
    left: float
    right: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Page:
    """What is on a page.

    Attributes:
        characters: the upright ones that are not spaces, and spaces, in the order of the file.
        plain: the text in PDFium's own order, where places say little: right to left, or turned.
        is_picture: whether there is hardly any text, and a picture that may hold it.
    """

    characters: tuple[Character, ...]
    plain: str
    is_picture: bool


def read_pages(data: bytes) -> Iterator[Page]:
    """The pages of a PDF that opens without a password."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        for page in document:
            yield _read(page)
            page.close()
    finally:
        document.close()


def _read(page: Any) -> Page:  # noqa: ANN401 - of pypdfium2
    from pypdfium2 import raw

    text_page = page.get_textpage()
    try:
        characters: list[Character] = []
        turned: list[str] = []
        right_to_left = visible = 0
        angle = getattr(raw, "FPDFText_GetCharAngle")  # noqa: B009 - some builds have none
        for index in range(text_page.count_chars()):
            code = raw.FPDFText_GetUnicode(text_page, index)
            text = _HYPHENS.get(code) or chr(code)
            if text.isspace() or code == 0:
                if raw.FPDFText_IsGenerated(text_page, index) == 1 or not characters:
                    continue
                text = " "
            visible += text != " "
            right_to_left += unicodedata.bidirectional(text) in _RIGHT_TO_LEFT
            if abs((angle(text_page, index) + 1.5) % 3.14159 - 1.5) > _UPRIGHT:
                turned.append(text)
                continue
            characters.append(_placed(raw, text_page, index, text))
        if visible and right_to_left > _MOST_RIGHT_TO_LEFT * visible:
            return Page((), text_page.get_text_range().replace("\r\n", "\n"), is_picture=False)
        picture = visible < _FEW_CHARACTERS and _has_large_picture(page, raw, any_size=not visible)
        return Page(tuple(_once(characters)), "".join(turned), is_picture=picture)
    finally:
        text_page.close()


def _placed(raw: Any, text_page: Any, index: int, text: str) -> Character:  # noqa: ANN401
    box, x, y = raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetLooseCharBox(text_page, index, box)
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    if ord(text[0]) in _LIGATURES:
        text = unicodedata.normalize("NFKC", text)
    return Character(text, box.left, box.right, y.value, max(box.top - box.bottom, 0.1))


def _once(characters: list[Character]) -> Iterator[Character]:
    """Characters without those that are drawn a second time in the same place."""
    drawn: defaultdict[tuple[str, int], list[Character]] = defaultdict(list)
    for each in characters:
        if each.text != " ":
            row = int(each.baseline / 4)
            near = [other for at in (row - 1, row, row + 1) for other in drawn[each.text, at]]
            close = _DRAWN_TWICE * each.size
            if any(abs(o.left - each.left) < close and abs(o.baseline - each.baseline) < close for o in near):
                continue
            drawn[each.text, row].append(each)
        yield each


def _has_large_picture(page: Any, raw: Any, *, any_size: bool) -> bool:  # noqa: ANN401
    width, height = page.get_size()
    for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = picture.get_bounds()
        if any_size or (right - left) * (top - bottom) >= _LARGE_PICTURE * width * height:
            return True
    return False
