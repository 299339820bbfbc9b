"""PDF to text: pages in reading order, what is filled in, and which pages are only pictures.

pypdf says what the file declares and what its form fields hold; ``pdf_characters`` and ``pdf_layout`` give the text of
a page. LlamaIndex's ``PDFReader`` is not used: it joins the lines of columns that stand side by side. Does not know:
files on disk, size limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from qa.documents import Extracted, LoadError, clean_title, join_parts, language_code
from qa.documents.pdf_characters import read_pages
from qa.documents.pdf_layout import page_paragraphs
from qa.documents.pdf_lines import Part
from qa.records import Metadata

if TYPE_CHECKING:
    from pypdf import PdfReader

_NO_TEXT = "has no text, only pictures of it"
_CUT_WORD = re.compile(r"([^\W\d_]+)-\n([^\W\d_]+)")
_MOST_PARENTS = 20
_FIELD_SIZE = 12.0
_PUSH_BUTTON = 1 << 16


def load_pdf(data: bytes) -> Extracted:
    """The text of a PDF, page after page; each page is a section with its printed number.

    Raises:
        LoadError: the file is encrypted, or has pictures of text only.
    """
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    try:
        reader = PdfReader(BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError:  # a cipher that needs another package
        locked = True
    if locked:
        raise LoadError("is encrypted", "remove the password")
    labels = [label.strip() or str(number) for number, label in enumerate(reader.page_labels, start=1)]
    filled = [_filled_in(page) for page in reader.pages]
    texts: list[str] = []
    pictures: list[str] = []
    for label, page, fields in zip(labels, read_pages(data), filled, strict=False):
        paragraphs = page_paragraphs(page.characters, fields)
        texts.append("\n\n".join(filter(str.strip, [*paragraphs, page.plain])))
        if page.is_picture:
            pictures.append(label)
    if not any(text.strip() for text in texts):
        raise LoadError(_NO_TEXT, "run it through OCR first")
    parts = zip((f"page {label}" for label in labels), _with_whole_words(texts), strict=False)
    return join_parts(parts, _declared(reader), _left_out(pictures))


def _declared(reader: PdfReader) -> Metadata:
    info = reader.metadata
    return Metadata(
        title=clean_title(info.title if info else None),
        language=language_code(str(reader.root_object.get("/Lang", ""))),
    )


def _left_out(pictures: Sequence[str]) -> Iterator[str]:
    if pictures:
        pages = "page" if len(pictures) == 1 else "pages"
        listed = ", ".join(pictures[:-1]) + (" and " if len(pictures) > 1 else "") + pictures[-1]
        verb = "has" if len(pictures) == 1 else "have"
        yield f"{pages} {listed}, which {verb} no text, only pictures of it; OCR makes them readable"


def _with_whole_words(texts: Sequence[str]) -> Iterator[str]:
    """The texts, with words that a line end cuts made whole, if the same file has them whole."""
    known = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", "\n".join(texts).casefold()))

    def mend(found: re.Match[str]) -> str:
        for joined in (found[1] + found[2], f"{found[1]}-{found[2]}"):
            if joined.casefold() in known:
                return joined
        return found[0]

    return (_CUT_WORD.sub(mend, text) for text in texts)


def _filled_in(page: Any) -> list[Part]:  # noqa: ANN401 - a page of pypdf
    """What is written into the fields of a form, and on the page with a typewriter tool."""
    found: list[Part] = []
    for reference in page.get("/Annots") or ():
        annotation = reference.get_object()
        kind, box = annotation.get("/Subtype"), annotation.get("/Rect")
        text = _value(annotation) if kind == "/Widget" else annotation.get("/Contents") if kind == "/FreeText" else None
        if isinstance(text, str) and text.strip() and box is not None and len(box) == 4:  # noqa: PLR2004
            left, bottom, right, top = (float(edge) for edge in box)
            size = max(abs(top - bottom), _FIELD_SIZE)
            place = min(left, right), max(left, right), min(bottom, top), size
            label = (
                "" if text.startswith("[") else str(_inherited(annotation, "/TU") or _inherited(annotation, "/T") or "")
            )
            found.append(Part(" ".join(text.split()), *place, filled=True, label=" ".join(label.split())))
    return found


def _value(widget: Any) -> str | None:  # noqa: ANN401
    """What a field holds: its text, its choices, or whether it is ticked."""
    if _inherited(widget, "/FT") == "/Btn":
        if int(_inherited(widget, "/Ff") or 0) & _PUSH_BUTTON:
            return None
        return "[ ]" if (widget.get("/AS") or "/Off") == "/Off" else "[x]"
    value = _inherited(widget, "/V")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value) if isinstance(value, str) else None


def _inherited(widget: Any, name: str) -> Any:  # noqa: ANN401
    """An entry of a field, which its parents may hold for it."""
    for _ in range(_MOST_PARENTS):
        if name in widget:
            return widget[name]
        parent = widget.get("/Parent")
        if parent is None:
            return None
        widget = parent.get_object()
    return None
