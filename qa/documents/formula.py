"""Formulas of MathML (web pages, books) and OMML (Word) on one line: "E = m c^2", "(a + b)/2".

Knows the elements that put things above, below or beside each other; of everything else it gives the characters. Does
not know what a formula means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

_SPACED = frozenset("=<>≤≥≈≠+−×·÷→±")
_NOT_SHOWN = frozenset(
    ["annotation", "annotation-xml", "rPr", "ctrlPr", "sSupPr", "sSubPr", "sSubSupPr", "fPr", "radPr", "dPr", "naryPr"]
)


def formula_text(element: _Element) -> str:
    """A formula, on one line."""
    return " ".join(_text(element).split())


def _name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _text(element: _Element) -> str:
    if not isinstance(element.tag, str):
        return ""
    name = _name(element)
    children = [child for child in element if isinstance(child.tag, str) and _name(child) not in _NOT_SHOWN]
    if name == "nary":
        sign = next((value for found in element.iter() if _name(found) == "chr" for value in found.values()), "∫")
        return f"{sign}{_joined(children)}"
    if name == "d":
        return f"({_joined(children)})"
    form = _FORMS.get(name)
    if form is not None:
        return form([_text(child).strip() for child in children])
    if name in {"t", "mo", "mi", "mn", "mtext", "ms"} or (not children and element.text and element.text.strip()):
        return _spaced(element.text or "")
    return _joined(children)


def _joined(children: Sequence[_Element]) -> str:
    return "".join(map(_text, children))


def _spaced(text: str) -> str:
    return f" {text.strip()} " if text.strip() in _SPACED else text


def _whole(part: str) -> str:
    """A part in brackets, unless it is one number, name or bracket anyway."""
    return part if part.replace(".", "").replace(",", "").replace("-", "").isalnum() else f"({part})"


def _over(parts: list[str]) -> str:
    return "/".join(map(_whole, parts)) if len(parts) > 1 else "".join(parts)


def _above(parts: list[str]) -> str:
    return f"{parts[0]}^{_whole(parts[1])}" if len(parts) > 1 else "".join(parts)


def _below(parts: list[str]) -> str:
    return f"{parts[0]}_{_whole(parts[1])}" if len(parts) > 1 else "".join(parts)


def _both(parts: list[str]) -> str:
    return f"{_below(parts[:2])}^{_whole(parts[2])}" if len(parts) > 2 else _below(parts)  # noqa: PLR2004


def _root(parts: list[str]) -> str:
    return f"√{_whole(' '.join(filter(None, parts)))}"


_FORMS: dict[str, Callable[[list[str]], str]] = {
    **dict.fromkeys(["mfrac", "f"], _over),
    **dict.fromkeys(["msup", "sSup", "mover"], _above),
    **dict.fromkeys(["msub", "sSub", "munder"], _below),
    **dict.fromkeys(["msubsup", "sSubSup", "munderover"], _both),
    **dict.fromkeys(["msqrt", "mroot", "rad"], _root),
}
