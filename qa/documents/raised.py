"""Raised digits: tells a power from the mark of a note, so that neither is glued to the number before it.

``10`` with a raised 7 is written ``10^7``, ``km`` with a raised 2 ``km²``, and the mark of a note is left out of
the words. Knows what stands before and behind the raised characters, and whether they are a link. Does not know: any
format, or where the note itself stands. Where nothing tells which of the two it is, it is taken for a note.
"""

from __future__ import annotations

import re

SUPERSCRIPTS = str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")

_NUMBER_BEFORE = re.compile(r"(?<![\w.,])([0-9][0-9.,\u00a0\u202f']*)$")
_WORD_BEFORE = re.compile(r"[^\W\d_]+$")
_DIGITS = re.compile(r"[+−-]?[0-9]{1,3}")
_POWER = re.compile(r"[+−-]?[0-9]{1,3}|[a-z]|[0-9]?[a-z][+−-][0-9]")
_CHARGE = re.compile(r"[0-9]?[+−-]")
_LETTERS = re.compile(r"[^\W\d_]{2,4}\.?|[oaºª°]")
_MARKS_ONLY = re.compile(r"[\[(]?[*†‡§¶#]+[\])]?|[\[(](?:[0-9]{1,3}|[a-z])[\])]|[0-9]{1,3}(?:\s?[,;–-]\s?[0-9]{1,3})+")
_TIMES = re.compile(r"(?:[×⋅·*]|\bx)\s?10$")
_MATHS = re.compile(r"[=+×⋅·/^√<>≤≥≈]\s?[^\W_]{0,6}$")
_MATHS_BEHIND = re.compile(r"\s?[=×⋅·/^≈]|\s[+−<>]\s")
_FORMULA = re.compile(r"[(\[][^()\[\]\s]{1,20}(?:\s?[+−×/*-]\s?[^()\[\]\s]{1,20})+[)\]]$")
_CURRENCY_BEFORE = re.compile(r"[$€£¥]\s?[0-9][0-9.,]*$")
_CURRENCY_BEHIND = re.compile(r"\s?(?:[$€£¥]|EUR|USD|CHF|kr)")
_DEGREES = re.compile(r"\s?[CFK]\b")
_BASES = {"10", "2"}
_YEAR = re.compile(r"[12][0-9]{3}")
_UNITS = frozenset(
    ["m", "km", "cm", "mm", "dm", "nm", "hm", "s", "h", "g", "kg", "ft", "in", "yd", "mi", "px", "l", "cc"]
)
_VOWELS = re.compile(r"[aeiouyäöüáéíóú]", re.IGNORECASE)
_EXPONENTS = "kntxyz"
_LONGEST_BEFORE = 60
_LONGEST_FORMULA_NAME = 2


def raised(before: str, content: str, behind: str = "", *, linked: bool = False) -> str:
    """What to write for raised characters.

    Args:
        before: the text of the line up to them.
        content: what is raised.
        behind: the text after them.
        linked: whether they are a link or are said to be a note.

    Returns:
        The characters, in a form that cannot be taken for a part of the number or word before; "" for a note's mark.
    """
    mark = content.strip()
    before = before[-_LONGEST_BEFORE:]
    if not mark:
        return content
    if linked and not (_DIGITS.fullmatch(mark) and _is_ten(before)):
        return "" if _is_mark(mark) else f" {mark}" if before[-1:].isalnum() else mark
    if _MARKS_ONLY.fullmatch(mark):
        return ""
    if mark[0].isdigit() and behind[:1] in ("/", "⁄"):  # the upper half of a fraction
        return f" {mark}" if before[-1:].isdigit() else mark
    return _after_number(before, mark, behind) if before[-1:].isdigit() else _after_other(before, mark)


def _is_mark(mark: str) -> bool:
    return len(mark) == 1 or _DIGITS.fullmatch(mark) is not None or _MARKS_ONLY.fullmatch(mark) is not None


def _is_ten(before: str) -> bool:
    """Whether this is the power of ten of scientific notation."""
    return _TIMES.search(before) is not None


def _after_number(before: str, mark: str, behind: str) -> str:
    if mark in ("o", "0", "º") and _DEGREES.match(behind):
        return "°"
    if not _DIGITS.fullmatch(mark):
        if _LETTERS.fullmatch(mark):  # 19th, 1er, 2ª
            return mark
        return f"^{mark}" if _POWER.fullmatch(mark) else ""
    cents = len(mark) == 2 and (_CURRENCY_BEFORE.search(before) or _CURRENCY_BEHIND.match(behind))  # noqa: PLR2004
    if cents:
        return f".{mark}"
    return f"^{mark}" if _is_base(before, mark, behind) else ""


def _is_base(before: str, mark: str, behind: str) -> bool:
    """Whether the number before is raised to a power, rather than followed by the mark of a note."""
    number = _NUMBER_BEFORE.search(before)
    if number is None:  # a number within a word, as a chemist or an engineer writes
        return False
    if mark[0] in "+−-" or number[1] in _BASES or _is_ten(before):
        return True
    rest = before[: number.start()]
    in_formula = _MATHS.search(rest) is not None or _MATHS_BEHIND.match(behind) is not None
    return in_formula and not _YEAR.fullmatch(number[1])


def _after_other(before: str, mark: str) -> str:
    word = _WORD_BEFORE.search(before)
    if word is None:
        opens = not before or before[-1:].isspace() or before[-1:] in "([{"
        if opens or _FORMULA.search(before):  # ¹⁴C, or (a + b)²
            return mark.translate(SUPERSCRIPTS)
        return "" if _is_mark(mark) else mark
    if _CHARGE.fullmatch(mark):
        return mark.translate(SUPERSCRIPTS)
    if _DIGITS.fullmatch(mark):
        name = word[0]
        short = len(name) <= _LONGEST_FORMULA_NAME and not (len(name) > 1 and _VOWELS.search(name))
        return mark.translate(SUPERSCRIPTS) if name.lower() in _UNITS or short else ""
    if len(mark) == 1 and len(word[0]) > _LONGEST_FORMULA_NAME:
        return ""
    return f"^{mark}" if len(word[0]) == 1 and mark in _EXPONENTS else mark


def lowered(before: str, content: str) -> str:
    """What to write for lowered characters: H2O stays together, 10 to the base 2 does not become 102."""
    return f"_{content.strip()}" if before[-1:].isdigit() and content.strip()[:1].isdigit() else content
