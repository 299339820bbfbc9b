"""Finds what a page says about itself: header fields, date of publishing, outlet, and who wrote it.

Knows: where pages put these, and "Jane Doe is a reporter who ...", in several languages, by word lists. Does not know:
which lines are junk, or the title, which needs the whole head of the page (``layout``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qa.cleaning.dates import find_dates
from qa.cleaning.furniture import SOURCE, date_label, label_of
from qa.cleaning.lines import Unit
from qa.cleaning.phrases import phrases
from qa.records import Metadata
from qa.text.language import function_words

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
_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{2})[.!?](?:\s|$)")
LONG_HEADLINE_WORDS = 11
_MIN_STANDFIRST_WORDS = 5
_MAX_SOURCE_WORDS = 8
_OPENING = 200
_MAX_BIOGRAPHY = 900
_MAX_NAME_WORDS = 6
_MIN_NAME_WORDS = 2
_MAX_WORDS_TO_VERB = 14
_MAX_WORDS_TO_CAREER = 40


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
        kind = phrases().fields.get(name.lower())
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


def says_published(unit: Unit) -> bool:
    """Whether a dateline says itself that its day is that of publishing, or of a change."""
    dates = find_dates(unit.text)
    return bool(dates) and date_label(unit.text[: dates[0].start]) is not None


def is_standfirst(unit: Unit) -> bool:
    """Whether a line under the headline says something of its own, rather than labelling the page."""
    if unit.words < _MIN_STANDFIRST_WORDS or unit.is_markdown_heading:
        return False
    words = {word.lower() for word in unit.text.split()}
    return unit.words >= LONG_HEADLINE_WORDS or any(
        words & function_words(code) for code in ("en", "de", "fr", "es", "it", "pt", "nl")
    )


def is_biography(unit: Unit, article: str) -> bool:
    """Whether a paragraph presents the writer of an article.

    Args:
        unit: the paragraph.
        article: the article without it. A person whom the article itself names is its subject, not its writer.
    """
    if len(unit.text) > _MAX_BIOGRAPHY or not unit.is_sentence or _tells_news(unit):
        return False
    lists = phrases().author
    end = _SENTENCE_END.search(unit.text)
    words = _NAME_WORD.findall(unit.text[: end.start() if end else None])
    lower = [word.lower() for word in words]
    opening = " ".join(lower)
    if not any(opening.startswith(f"{person} ") for person in lists["first_persons"]):
        name = _leading_name(words)
        if name is None or name in article:
            return False
    has_verb = any(word in lists["verbs"] for word in lower[:_MAX_WORDS_TO_VERB])
    return has_verb and any(word in lists["careers"] for word in _parts(lower[:_MAX_WORDS_TO_CAREER]))


def continues_biography(unit: Unit) -> bool:
    """Whether a paragraph may be the second one of a biography: it begins with a pronoun and reports nothing."""
    first = _NAME_WORD.search(unit.text)
    if first is None or len(unit.text) > _MAX_BIOGRAPHY or _tells_news(unit):
        return False
    return first[0].lower() in phrases().author["pronouns"]


def _leading_name(words: list[str]) -> str | None:
    """The surname of the two or more capitalised words that a paragraph begins with."""
    verbs = phrases().author["verbs"]
    names: list[str] = []
    for word in words[:_MAX_NAME_WORDS]:
        if word in verbs or not (word[0].isupper() or word.lower() in phrases().particles):
            break
        names.append(word)
    return names[-1] if len(names) >= _MIN_NAME_WORDS and names[-1][0].isupper() else None


def _tells_news(unit: Unit) -> bool:
    if any(mark in unit.text for mark in '“”„«»"'):
        return True
    return any(word.lower() in phrases().author["never"] for word in _NAME_WORD.findall(unit.text))


def _parts(words: list[str]) -> list[str]:
    """The words, and the parts of those with hyphens or apostrophes ("writer-editor", "l'auteur")."""
    return [*words, *(part for word in words for part in re.split(r"['’.-]", word))]
