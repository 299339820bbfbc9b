"""HTML and SVG built as a tree, so that no text in it can become markup.

Knows how an element is made and written. Escaping is the serializer's work and nobody has to remember it: there is no
way to put in a piece of finished markup. Does not know what is shown.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from qa.inert import legal

Element = ET.Element

_ON_LINES_OF_THEIR_OWN = re.compile(
    "body|div|details|figure|footer|form|h[1-6]|head|header|li|main|meta|p|section|summary|script|style|svg|table|tbody|"
    "thead|title|tr|ul|blockquote"
)


def element(name: str, /, *content: str | Element | None, **attributes: str | float | None) -> Element:
    """One element with its content in order.

    Args:
        name: of the element.
        content: texts and elements; ``None`` is left out.
        attributes: ``class_`` is ``class`` and ``aria_label`` is ``aria-label``; ``None`` is left out, numbers are
            rounded to two places.
    """
    made = Element(name)
    for attribute, value in attributes.items():
        if value is not None:
            written = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
            made.set(attribute.rstrip("_").replace("_", "-"), legal(written))
    for part in content:
        add(made, part)
    return made


def add(parent: Element, part: str | Element | None) -> None:
    """Put a text or an element behind what an element holds already."""
    if isinstance(part, str):
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + legal(part)
        else:
            parent.text = (parent.text or "") + legal(part)
    elif part is not None:
        if _ON_LINES_OF_THEIR_OWN.fullmatch(part.tag):
            part.tail = "\n"
        parent.append(part)


def html_text(root: Element) -> str:
    """The tree as an HTML document."""
    return "<!DOCTYPE html>\n" + ET.tostring(root, encoding="unicode", method="html") + "\n"


def html_part(root: Element) -> str:
    """The element as HTML, its text as it is."""
    return ET.tostring(root, encoding="unicode", method="html")


def html_fragment(root: Element) -> str:
    """The element as HTML on one line, to be put into a page."""
    return " ".join(ET.tostring(root, encoding="unicode", method="html").splitlines())
