"""Captions, boxes, lists and rows of tables that belong to the article of a web page, though extraction left them out.

Knows where the article is: among the paragraphs that were extracted, and what stands between them. A part is put back
only if nothing says that it is furniture of the page: its element, its class, or that it is mostly links. Does not
know: trafilatura, or what makes a paragraph an article.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa.documents.markup import HEADINGS, ROWS, blocks

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_FURNITURE_TAGS = frozenset(
    ["nav", "footer", "form", "button", "select", "template", "dialog", "iframe", "menu", "option"]
)
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:related|recommend\w*|share\w*|sharing|social\w*|promo\w*|advert\w*|ads?|sponsor\w*|newsletter\w*"
    r"|subscri\w*|cookie\w*|consent|comments?|menu|nav\w*|breadcrumbs?|footer|teasers?|trending|popular|outbrain|taboola"
    r"|tags?|hidden|login|paywall|pagination|banner|most-?read|more-?on|read-?more|toolbar|widget|skip)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BOXES = frozenset(
    ["aside", "figure", "figcaption", "details", "summary", "dl", "dd", "dt", "blockquote", "li", "address"]
)
_BOX_CLASS = re.compile(r"box|facts?\b|caption|sidebar|aside|note|contact|summary|details|table|list", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MOST_LINKED = 0.5
_FEWEST_WORDS = 2
_ENOUGH_MATCHED = 0.5


def with_left_out(tree: HtmlElement, lines: Sequence[str]) -> list[str]:
    """The extracted lines of an article, and between them the parts of it that were left out."""
    found = list(blocks(tree.body)) if tree.body is not None else []
    keys = [_key(text) for _, _, text in found]
    positions = _positions([_key(line) for line in lines], keys)
    matched = [position for position in positions if position is not None]
    if len(matched) < _ENOUGH_MATCHED * len(lines) or not matched:
        return list(lines)
    region = _common([found[position][0] for position in matched])
    have = " ".join(_key(line) for line in lines)
    placed: list[tuple[int, int, str]] = []
    at = -1
    for line, position in zip(lines, positions, strict=True):
        at = at if position is None else position
        placed.append((at, 1, line))
    pending: tuple[int, str] | None = None
    for index, (element, _, text) in enumerate(found):
        if not _is_inside(element, region) or keys[index] in have or not _belongs(element, region, text):
            continue
        if element.tag in HEADINGS:  # the heading of a box, if a part of the box follows
            pending = (index, text)
            continue
        if pending is not None:
            placed.append((pending[0], 0, pending[1]))
            pending = None
        placed.append((index, 0, text))
    return [line for _, _, line in sorted(placed, key=lambda item: item[:2])]


def _key(text: str) -> str:
    return "".join(text.removeprefix("- ").split()).casefold()


def _positions(lines: Sequence[str], keys: Sequence[str]) -> list[int | None]:
    """Which block each extracted line is (or holds the beginning of), in their common order."""
    where: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        where.setdefault(key, []).append(index)
    positions: list[int | None] = []
    last = -1
    for line in lines:
        candidates = where.get(line) or [index for index, key in enumerate(keys) if key and line.startswith(key)]
        following = [index for index in candidates if index > last]
        positions.append(following[0] if following else None)
        last = following[0] if following else last
    return positions


def _common(elements: Sequence[HtmlElement]) -> HtmlElement:
    """The innermost element that holds all of these."""
    paths = [[*reversed(list(element.iterancestors())), element] for element in elements]
    shared = paths[0]
    for path in paths[1:]:
        length = sum(1 for _ in _while_same(shared, path))
        shared = shared[:length]
    top = shared[-1]
    return top.getparent() if top.tag == "p" and top.getparent() is not None else top


def _while_same(first: Sequence[HtmlElement], second: Sequence[HtmlElement]) -> Iterator[HtmlElement]:
    for one, other in zip(first, second, strict=False):
        if one is not other:
            return
        yield one


def _is_inside(element: HtmlElement, region: HtmlElement) -> bool:
    return element is not region and any(above is region for above in element.iterancestors())


def _belongs(element: HtmlElement, region: HtmlElement, text: str) -> bool:
    """Whether a block is a part of the article that extraction is known to leave out, and is not furniture."""
    around: list[HtmlElement] = [element]
    for above in element.iterancestors():
        if above is region:
            break
        around.append(above)
    if any(_is_furniture(above) for above in around):
        return False
    if len(text.split()) < _FEWEST_WORDS and element.tag not in HEADINGS:
        return False
    linked = sum(len(" ".join("".join(link.itertext()).split())) for link in element.iter("a"))
    if linked > _MOST_LINKED * len(text):
        return False
    rows = any(above.get(ROWS) for above in around)
    boxed = any(above.tag in _BOXES or _BOX_CLASS.search(above.get("class") or "") for above in around)
    if region.tag in ("body", "html"):  # nobody knows where the article ends: only what cannot be anything else
        return rows or any(above.tag in ("figcaption", "dl") for above in around)
    return rows or boxed or region.tag in ("article", "main")


def _is_furniture(element: HtmlElement) -> bool:
    if element.tag in _FURNITURE_TAGS or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if _HIDDEN.search(element.get("style") or "") or element.get("role") in ("navigation", "banner", "contentinfo"):
        return True
    return any(_FURNITURE.search(element.get(name) or "") for name in ("class", "id"))
