"""Captions, boxes, lists and rows of tables that belong to the article of a web page, though extraction left them out.

Knows where the article is: among the paragraphs that were extracted, and what stands between them. A part is put back
only if nothing says that it is furniture of the page: its element, its class, or that it is mostly links. Does not
know: trafilatura, or what makes a paragraph an article.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
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
_SAID_TWICE = 40
_WORTH_TELLING = 5
_MOST_INSIDE = 0.75
_ENOUGH_MATCHED = 0.5


def with_left_out(tree: HtmlElement, lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The extracted lines of an article with its other parts put back, and what is still left out."""
    found = list(blocks(tree.body)) if tree.body is not None else []
    keys = [_key(text) for _, _, text in found]
    positions = _positions([_key(line) for line in lines], keys)
    matched = [position for position in positions if position is not None]
    if len(matched) < _ENOUGH_MATCHED * len(lines) or not matched:
        return list(lines), []
    region = _around([found[position][0] for position in matched])
    have = _Extracted([_key(line) for line in lines], positions)
    placed: list[tuple[int, int, str]] = []
    at = -1
    for line, position in zip(lines, positions, strict=True):
        at = at if position is None else position
        placed.append((at, 1, line))
    heading: tuple[int, int, str] | None = None
    omitted: list[str] = []
    for index, (element, _, text) in enumerate(found):
        if not _is_inside(element, region) or have.holds(keys[index], index) or _is_furnished(element, region, text):
            continue
        if not _belongs(element, region):
            omitted += [text] if len(text.split()) >= _WORTH_TELLING else []
        elif element.tag in HEADINGS:  # the heading of a box, if a part of the box follows
            heading = (index, 0, text)
        else:
            placed += [heading] if heading is not None else []
            placed.append((index, 0, text))
            heading = None
    return [line for _, _, line in sorted(placed, key=lambda item: item[:2])], omitted


def _key(text: str) -> str:
    return "".join(text.removeprefix("- ").split()).casefold()


class _Extracted:
    """The lines that were extracted, for telling whether a block is among them."""

    def __init__(self, keys: Sequence[str], positions: Sequence[int | None]) -> None:
        self._all = " ".join(keys)
        self._each = frozenset(keys)
        self._placed = [(position, key) for key, position in zip(keys, positions, strict=True) if position is not None]
        self._places = [position for position, _ in self._placed]

    def holds(self, key: str, position: int) -> bool:
        """Whether a block is a line, or in one; a few words must be in one nearby, since they may be said twice."""
        if len(key) > _SAID_TWICE:
            return key in self._all
        at = bisect_left(self._places, position)
        return key in self._each or any(key in near for _, near in self._placed[max(at - 1, 0) : at + 1])


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


def _around(elements: Sequence[HtmlElement]) -> HtmlElement:
    """The innermost element that holds most of these: a headline may stand apart from its article."""
    counts: Counter[HtmlElement] = Counter(above for element in elements for above in element.iterancestors())
    most = [above for above, count in counts.items() if count >= _MOST_INSIDE * len(elements)]
    return max(most, key=lambda above: sum(1 for _ in above.iterancestors()))


def _is_inside(element: HtmlElement, region: HtmlElement) -> bool:
    return element is not region and any(above is region for above in element.iterancestors())


def _path(element: HtmlElement, region: HtmlElement) -> list[HtmlElement]:
    """The element and all around it up to the region."""
    path = [element]
    for above in element.iterancestors():
        if above is region:
            break
        path.append(above)
    return path


def _is_furnished(element: HtmlElement, region: HtmlElement, text: str) -> bool:
    """Whether something says that a block is furniture of the page: an element or class around it, or its links."""
    if any(_is_furniture(above) for above in _path(element, region)):
        return True
    if len(text.split()) < _FEWEST_WORDS and element.tag not in HEADINGS:
        return True
    linked = sum(len(" ".join("".join(link.itertext()).split())) for link in element.iter("a"))
    return linked > _MOST_LINKED * len(text)


def _belongs(element: HtmlElement, region: HtmlElement) -> bool:
    """Whether a block is of a kind that extraction is known to leave out of articles."""
    around = _path(element, region)
    rows = any(above.get(ROWS) for above in around)
    if region.tag in ("body", "html"):  # nobody knows where the article ends: only what cannot be anything else
        return rows or any(above.tag in ("figcaption", "dl") for above in around)
    boxed = any(above.tag in _BOXES or _BOX_CLASS.search(above.get("class") or "") for above in around)
    return rows or boxed or region.tag in ("article", "main")


def _is_furniture(element: HtmlElement) -> bool:
    if element.tag in _FURNITURE_TAGS or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    if _HIDDEN.search(element.get("style") or "") or element.get("role") in ("navigation", "banner", "contentinfo"):
        return True
    return any(_FURNITURE.search(element.get(name) or "") for name in ("class", "id"))
