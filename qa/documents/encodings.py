"""Bytes to text: which encoding a file is in, or why that cannot be said.

Knows: UTF-8, byte order marks, the legacy encodings that articles are found in, and what a binary file looks like.
Refuses to guess: a wrong guess would put letters into a quotation that no source ever had. Does not know: files,
formats, markup beyond the place where a page names its encoding.
"""

from __future__ import annotations

import codecs
import re

from qa.documents import Extracted, LoadError
from qa.text.language import detect

_SAVE_AS_UTF8 = "save it as UTF-8"
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Longer marks first: that of UTF-32 begins with that of UTF-16."""

_LEGACY = [
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("iso8859_2", "koi8_r", "mac_roman", "cp850", "cp852", "cp866"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_WESTERN = "cp1252"
_WESTERN_LANGUAGES = frozenset(
    {"ca", "da", "de", "en", "es", "fi", "fr", "is", "it", "nb", "nl", "nn", "no", "pt", "sv"}
)
_ASCII_SHARE = 0.8
_NOT_WESTERN = re.compile(
    "[\u0192\u02c6\u02dc\u0160\u0161\u017d\u017e\u0178\xa4\xa6\xa8\xaf\xb8]"  # accents in Mac Roman and ISO-8859-15
    r"|[a-zß-ÿ][À-ÖØ-ÞŒ]"  # a capital in the middle of a word
    r"|\b[ÐÑÞ]\b"  # dashes in Mac Roman
    r"|[^\W\d_][\u2020\u2021\u2030\u2039\xa1-\xb1\xb4-\xbf\xd7\xf7][^\W\d_]"  # a sign in the middle of a word
    r"|[^\W\d_][\u201a\u201e\xa1\xbf]"  # a sign that opens something, at the end of one
)
"""What windows-1252 makes of letters in other encodings, and hardly ever means."""
_MESS_LIMIT = 0.03
_SAME_MESS = 0.01
_SAMPLE_BYTES = 200_000

_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b") + b"\x7f"
_CONTROL_SHARE = 0.02
_HIGH_BYTES = bytes(range(128, 256))
_DECLARED = re.compile(rb"""<(?:meta\b[^>]*?charset|\?xml\b[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_DECLARED_WITHIN = 4096


def load_plain(data: bytes) -> Extracted:
    """The text of a plain text file.

    A byte order mark of UTF-8 stays in the text as U+FEFF, as ``bytes.decode("utf-8")`` leaves it.

    Raises:
        LoadError: the bytes look binary, are UTF-8 only in part, or could be in several encodings.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            try:
                return Extracted(data.decode(encoding))
            except UnicodeDecodeError as error:
                raise LoadError(f"is damaged {encoding.upper()} text at byte {error.start}", _SAVE_AS_UTF8) from None
    _refuse_binary(data)
    try:
        return Extracted(data.decode("utf-8"), verbatim=True)
    except UnicodeDecodeError as error:
        if _is_mostly_utf8(data):
            raise LoadError(
                f"is UTF-8 except for some bytes, the first of them at byte {error.start} (0x{data[error.start]:02x})",
                "correct the character there and save the file as UTF-8",
            ) from None
        return Extracted(_decode_legacy(data, error.start))


def decode_markup(data: bytes) -> str:
    """Decode HTML or XHTML: by its byte order mark, as UTF-8, as the page declares, or as found out, in this order.

    UTF-8 goes before the declaration because text in another encoding hardly ever passes for it, while servers often
    declare ISO-8859-1 for pages in UTF-8. Damaged characters become U+FFFD where the encoding is known.

    Raises:
        LoadError: the encoding is neither declared nor clear, or the bytes look binary.
    """
    if data.startswith(tuple(_MARKS)):
        return load_plain(data).text
    _refuse_binary(data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _DECLARED.search(data, 0, _DECLARED_WITHIN)
    if declared:
        try:
            return data.decode(_web_name(declared[1].decode("ascii", "replace")), errors="replace")
        except (LookupError, UnicodeError):
            pass  # an encoding that does not exist: as if none were declared
    return data.decode("utf-8", errors="replace") if _is_mostly_utf8(data) else load_plain(data).text


def _web_name(label: str) -> str:
    """What browsers take a declared encoding for: ISO-8859-1 and ASCII mean windows-1252 (WHATWG Encoding, 4.2)."""
    name = codecs.lookup(label).name
    return _WESTERN if name in {"iso8859-1", "ascii"} else name


def _refuse_binary(data: bytes) -> None:
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if b"\0" in data or controls > _CONTROL_SHARE * len(data):
        raise LoadError("looks binary, not like text", "check what it is; text must be in UTF-8 to be read")


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether bytes that are not valid UTF-8 hold at least as many valid characters beyond ASCII as bad bytes."""
    lenient = data.decode("utf-8", errors="replace")
    beyond_ascii = len(lenient) - len(data.translate(None, _HIGH_BYTES))
    bad = lenient.count("\ufffd") - data.count("\ufffd".encode())
    return beyond_ascii - bad >= bad


def _decode_legacy(data: bytes, first_high: int) -> str:
    """Decode with the only legacy encoding that fits.

    charset-normalizer measures how messy each decoding looks and how much like a language. Decodings that are equally
    clean but differ in letters (windows-1250 and windows-1257, for Polish) leave the choice open, so none is made.
    """
    from charset_normalizer import from_bytes

    sample = _sample(data, first_high)
    if _is_western(sample):
        return _decode_as(_WESTERN, data)
    matches = list(from_bytes(sample, cp_isolation=_LEGACY))
    if not matches or matches[0].chaos > _MESS_LIMIT:
        raise LoadError("is not UTF-8, and its encoding cannot be told", _SAVE_AS_UTF8)
    best = matches[0]
    rivals = [
        match
        for match in matches[1:]
        if match.chaos <= best.chaos + _SAME_MESS and match.coherence > best.coherence / 2 and str(match) != str(best)
    ]
    if rivals:
        names = " or ".join(match.encoding for match in [best, *rivals])
        raise LoadError(f"is not UTF-8; it could be {names}", _SAVE_AS_UTF8)
    return _decode_as(best.encoding, data)


def _decode_as(encoding: str, data: bytes) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise LoadError(f"looks like {encoding}, but byte {error.start} is not", _SAVE_AS_UTF8) from None


def _is_western(sample: bytes) -> bool:
    """Whether this is windows-1252, by far the most common legacy encoding of the languages that it was made for.

    charset-normalizer cannot tell: a few accents in a long text look as clean in half a dozen encodings. But the ASCII
    in the text shows its language, and letters of another encoding end up in places where no word has them.
    """
    try:
        text = sample.decode(_WESTERN)
    except UnicodeDecodeError:
        return False
    mostly_ascii = len(sample.translate(None, _HIGH_BYTES)) > _ASCII_SHARE * len(sample)
    if not mostly_ascii or _NOT_WESTERN.search(text):
        return False
    return detect(sample.decode("ascii", errors="replace"), default="") in _WESTERN_LANGUAGES


def _sample(data: bytes, first_high: int) -> bytes:
    """The part of the text around its first byte beyond ASCII, cut at white space so that no character is split."""
    start = max(data.rfind(b"\n", 0, first_high), data.rfind(b" ", 0, first_high)) + 1
    end = start + _SAMPLE_BYTES
    if end >= len(data):
        return data[start:]
    cut = max(data.rfind(b"\n", start, end), data.rfind(b" ", start, end))
    return data[start : cut if cut > start else end]
