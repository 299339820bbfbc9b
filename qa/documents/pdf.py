"""PDF to text, through LlamaIndex's ``PDFReader``, which gives pages with the numbers printed on them.

Does not know: files on disk, size limits, the layout of a page.
"""

from __future__ import annotations

from io import BytesIO

from qa.documents import Extracted, LoadError, clean_title, join_parts, language_code
from qa.records import Metadata


def load_pdf(data: bytes) -> Extracted:
    """The text of a PDF, page after page, as the file has it; each page is a section with its printed number.

    Raises:
        LoadError: the file is encrypted, or has pictures of text only.
    """
    import llama_index.core  # noqa: F401 - whole, before its parts
    from llama_index.readers.file import PDFReader
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    try:
        reader = PdfReader(BytesIO(data))
        locked = reader.is_encrypted and not reader.decrypt("")
    except DependencyError:  # a cipher that needs another package
        locked = True
    if locked:
        raise LoadError("is encrypted", "remove the password")
    pages = PDFReader().load_data("article.pdf", fs=_OneFile(data))
    if not any(page.text.strip() for page in pages):
        raise LoadError("has no text, only pictures of it", "run it through OCR first")
    info = reader.metadata
    declared = Metadata(
        title=clean_title(info.title if info else None),
        language=language_code(str(reader.root_object.get("/Lang", ""))),
    )
    numbered = enumerate(pages, start=1)
    return join_parts(
        ((f"page {page.metadata['page_label'].strip() or number}", page.text) for number, page in numbered), declared
    )


class _OneFile:
    """As much of a file system as ``PDFReader`` asks for, so that it parses the bytes that were hashed."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self, _path: str, _mode: str) -> BytesIO:
        return BytesIO(self._data)
