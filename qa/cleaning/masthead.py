"""Finds what a page says about itself: header fields, date of publishing, outlet.

Knows: where pages put these. Does not know: which lines are junk, or the title, which needs the whole head of the page
(``layout``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qa.cleaning.dates import find_dates
from qa.cleaning.furniture import SOURCE, date_label, fields_of_name, label_of
from qa.cleaning.lines import Unit
from qa.records import Metadata

_FRONT_MATTER = re.compile(
    r"\ufeff?---[ \t]*\r?\n"
    r"((?:(?!---|\.\.\.).{0,1000}\r?\n){1,60}?)(?:---|\.\.\.)(?=\s|$)"
)
_FIELD = re.compile(r"^([A-Za-z_]{1,30})[ \t]*:[ \t]*(.+?)[ \t]*$", re.MULTILINE)
_AGENCY = re.compile(
    r"[^\W\d_][^()\n]{1,60}?\s?\((?P<outlet>[A-Z][\w./&-]*(?: [\w./&-]+){0,3}|[a-z]{3})\)\s{0,2}(?:[-–—]|--)\s"
)
_PLACE_AND_DATE = re.compile(r"[^\W\d_][^()\n]{1,80}?\s?(?:\([^()\n]{2,40}\)\s?)?(?:--|[-–—])\s")
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:©|\(c\))?\s*(?:(?:19|20)[0-9]{2}(?:\s?[-–]\s?(?:19|20)?[0-9]{2})?)?,?\s*(?:by\s)?"
    r"(?P<outlet>[^\W\d_][^.|,;©\n]{1,60})",
    re.IGNORECASE,
)
_MAX_SOURCE_WORDS = 8
_OPENING = 200


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The header of a Markdown file, which ends at ``end``; an empty one ends at 0."""

    end: int
    fields: Metadata


def front_matter(text: str) -> FrontMatter:
    """The YAML block between two lines of dashes at the start of a text; only its plain one-line fields are read."""
    found = _FRONT_MATTER.match(text)
    if found is None:
        return FrontMatter(0, Metadata())
    values: dict[str, str] = {}
    for name, value in _FIELD.findall(found[1]):
        kind = fields_of_name(name)
        if kind is not None:
            values.setdefault(kind, value.strip("\"' "))
    if not values:
        return FrontMatter(0, Metadata())
    dates = find_dates(values.get("published", ""))
    fields = Metadata(values.get("title") or None, dates[0].iso if dates else None, values.get("outlet") or None)
    return FrontMatter(found.end(), fields)


def published_in(datelines: Iterable[Unit]) -> str | None:
    """The day of publishing that datelines give: one that is not said to be of a change, if there is any."""
    changed: str | None = None
    for line in datelines:
        position = 0
        for date in find_dates(line.text):
            if date_label(line.text[position : date.start]) != "updated":
                return date.iso
            changed = changed or date.iso
            position = date.end
    return changed


def agency_of(paragraph: Unit) -> str | None:
    """The agency that a first paragraph names: "BERLIN, 3 May (dpa) - ..."."""
    found = _AGENCY.match(paragraph.text[:_OPENING])
    return found["outlet"] if found else None


def date_in_opening(paragraph: Unit) -> str | None:
    """The full date between the place and the dash that a press release begins with."""
    found = _PLACE_AND_DATE.match(paragraph.text[:_OPENING])
    dates = find_dates(found[0]) if found else []
    return dates[0].iso if dates else None


def source_of(unit: Unit) -> str | None:
    """The outlet of a line such as "Source: The Gazette"."""
    label = label_of(unit)
    if label is None or label[0] != SOURCE or unit.words > _MAX_SOURCE_WORDS:
        return None
    return label[1] if label[1] and "://" not in label[1] else None


def copyright_holder(unit: Unit) -> str | None:
    """The outlet of a line such as "© 2024 The Gazette. All rights reserved."."""
    found = _COPYRIGHT.match(unit.text.lstrip("* ")) if unit.is_short else None
    return found["outlet"].strip() if found else None
