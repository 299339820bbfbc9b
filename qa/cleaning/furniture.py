"""Recognises page furniture in a single line by what it says: share buttons, credits, links, counters, legal lines.

Knows: what ``phrases`` mean, and a few forms (temperatures, addresses, clock times). Does not know:
where on the page the line stands; that is the business of ``layout``, which believes some rules only at the edges.
"""

from __future__ import annotations

import re
from typing import Final

from qa.cleaning.dates import find_dates, without_dates
from qa.cleaning.lines import Unit
from qa.cleaning.phrases import phrases

NEWSLETTER: Final = "newsletter"
SECTION: Final = "links"
SOURCE: Final = "source"
BYLINE: Final = "byline"

_EDGE_MARKS = " \t\u00a0*_#>|«»\u2039\u203a<>→←↓↑▶►•·–—-[](){}.:…!\"'“”"
_LEADING_MARKS = " \t\u00a0*_#>|→▶►•·–—-["
_COUNT = re.compile(r"\s*[(\[]?\s*[0-9][0-9.,]*\s*k?\s*[)\]]?$", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NUMBER = re.compile(r"[0-9][0-9.,]*k?", re.IGNORECASE)
_SENTENCE_BREAK = re.compile(r"[.!?…]+[\"”»’)]*\s+(?=\S)")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,32}){1,4}|(?:^|\s)@\w{2,30}$")
_PHONE = re.compile(r"[+(]?[0-9][0-9 ()/.-]{6,24}")
_TEMPERATURE = re.compile(r"(?<![\w.,$€£])[-+−]?[0-9]{1,3}(?:[.,][0-9])?\s?(?:°\s?[CF]?|º\s?[CF]?|[CF])(?![\w])")
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|página|pagina)\s+[0-9]{1,4}(?:\s*(?:of|von|sur|de|di|/)\s*[0-9]{1,4})?|-\s?[0-9]{1,4}\s?-",
    re.IGNORECASE,
)
_TRAIL = re.compile(r"\s[>»\u203a|/•·]\s|\s?[»\u203a]\s?")
_MORE_NEWS = re.compile(r"(?:more|latest|all) (?:\S+ ){1,4}(?:news|stories|articles|headlines)", re.IGNORECASE)
_CREDIT_IN_BRACKETS = re.compile(
    r"[(\[][^()\[\]]{0,60}\b(?:(?:photo|foto|image|bild|picture)s?\s?(?:by\b|von\b|par\b|[:/])|getty\b)[^()\[\]]{0,60}[)\]]\.?$",
    re.IGNORECASE,
)
_GLUED = re.compile(r"([A-ZÀ-Þ][a-zß-ÿ]+)[A-ZÀ-Þ][a-zß-ÿ]+[A-ZÀ-Þ]")

_CLOCK_TIME = re.compile(r"[0-9]{1,2}[:.h][0-9]{2}(?![0-9])")

_MAX_LABEL_WORDS = 24
_MIN_STOPPED_WORDS = 3
_LONGEST_START = 60
_MAX_START_WORDS = 32
_MAX_END_WORDS = 40
_MAX_CREDIT_WORDS = 6
_MAX_COUNTER_WORDS = 6
_MAX_WEATHER_WORDS = 4
_MIN_MENU_ENTRIES = 3
_MAX_ENTRY_WORDS = 3
_MAX_BYLINE_WORDS = 12
_MIN_NAME_WORDS = 2
_MAX_DATELINE_WORDS = 8
_MAX_SECTION_WORDS = 8


def rule_anywhere(unit: Unit) -> str | None:
    """The rule that makes a line junk wherever it stands on its own, or ``None``."""
    if not unit.is_short:
        return None
    bare = _bare(unit.text)
    if not bare:
        return "separator"
    if unit.is_list_item:
        return None
    return (
        _line_rule(unit, bare)
        or _section_rule(unit, bare)
        or _labelled(unit)
        or _started(unit)
        or _by_form(unit)
        or (_ends(bare) if unit.words <= _MAX_CREDIT_WORDS and not unit.is_stopped else None)
    )


def rule_at_edge(unit: Unit) -> str | None:
    """The rule that makes a line junk above the first or below the last paragraph, or ``None``."""
    if not unit.is_short:
        return None
    bare = _bare(unit.text)
    edge_rules = {
        "weather": _is_weather(unit),
        "credit": unit.words <= _MAX_END_WORDS and _CREDIT_IN_BRACKETS.search(unit.text) is not None,
        "menu": not unit.is_stopped and _is_trail(unit),
        "contact": unit.words <= _MAX_COUNTER_WORDS and _is_address(unit.text),
    }
    said = (_line_rule(unit, bare) if unit.is_list_item else None) or (
        _ends(bare) if unit.words <= _MAX_END_WORDS else None
    )
    return said or next((rule for rule, holds in edge_rules.items() if holds), None)


def _is_address(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None or _ADDRESS.search(text) is not None


def _is_weather(unit: Unit) -> bool:
    """A temperature with at most a place or a word for the sky: "17.1 C", "Delhi 32°C", "22°C Partly cloudy"."""
    found = _TEMPERATURE.search(unit.text)
    if found is None or unit.is_stopped or unit.words > _MAX_WEATHER_WORDS:
        return False
    before = unit.text[: found.start()].split()
    return not before or (found.end() == len(unit.text) and all(word[0].isupper() for word in before))


def _is_trail(unit: Unit) -> bool:
    """Breadcrumbs or a row of menu entries: "Home > World > Asia"."""
    entries = [entry.strip() for entry in _TRAIL.split(unit.text)]
    if len(entries) > 1 and phrases().lines.get(_bare(entries[0])) == "navigation":
        return True
    return len(entries) >= _MIN_MENU_ENTRIES and all(len(entry.split()) <= _MAX_ENTRY_WORDS for entry in entries)


def addresses_reader(unit: Unit) -> bool:
    """Whether a short line offers the reader a service of the page: "Get more stories like this in your inbox."."""
    if unit.words > _MAX_START_WORDS:
        return False
    words = {word.lower() for word in _WORD.findall(unit.text)}
    about_page = not words.isdisjoint(phrases().invitation) and not words.isdisjoint(phrases().address)
    return about_page and words.isdisjoint(phrases().author["never"])


def is_byline(unit: Unit) -> bool:
    """Whether a line names its writers and nothing else: "By Jane Doe and John Roe, Paris"."""
    words = _WORD.findall(unit.text) if unit.is_short else []
    if not _MIN_NAME_WORDS < len(words) <= _MAX_BYLINE_WORDS or unit.is_stopped or find_dates(unit.text):
        return False
    names = [word for word in words[1:] if word.lower() not in phrases().particles]
    opened = words[0].lower() in phrases().bylines
    return opened and len(names) >= _MIN_NAME_WORDS and all(name[0].isupper() for name in names)


def is_dateline(unit: Unit) -> bool:
    """Whether a line holds a date, and besides it only clock times, words such as "published", and a writer's name."""
    if not unit.is_short or not find_dates(unit.text):
        return False
    words = _WORD.findall(without_dates(unit.text))
    known = phrases().dateline
    strange = [word for word in words if word.lower() not in known and not word.isdigit()]
    labelled = len(words) > len(strange)
    named = len(strange) <= 1 or (labelled and all(word[0].isupper() for word in strange))
    return len(words) <= _MAX_DATELINE_WORDS and named


def date_label(text: str) -> str | None:
    """Whether words before a date say that it is the day of publishing ("published") or of a change ("updated")."""
    words = {word.lower() for word in _WORD.findall(text)}
    if words & phrases().updated:
        return "updated"
    return "published" if words & phrases().published else None


def field_of(unit: Unit) -> tuple[str, str] | None:
    """The kind ("title", "published", "outlet", "other") and value of a header field such as "Title: ..."."""
    name, colon, value = unit.text.partition(":") if unit.is_short else ("", "", "")
    kind = phrases().fields.get(name.strip(" *_-").lower())
    if kind == "published" and not find_dates(value):  # the day of something else, as an invitation has it
        kind = None
    return (kind, value.strip(" \t*_\"'")) if colon and kind else None


def label_of(unit: Unit) -> tuple[str, str] | None:
    """The rule and value of a labelled line such as "Source: The Gazette" or "Foto: Jane Doe"."""
    if not unit.is_short or unit.words > _MAX_LABEL_WORDS:
        return None
    label, colon, value = unit.text.strip(_LEADING_MARKS + "(").partition(":")
    rule = phrases().labels.get(label.strip(" *_\u00a0\u202f").lower())
    return (rule, value.strip(" \t\u00a0*_)].")) if colon and rule else None


def gives_contact(unit: Unit) -> bool:
    """Whether a labelled line gives a name, number or address: "Contact: Jane Doe", "Phone: 4711"."""
    label = label_of(unit)
    return label is not None and bool(label[1])


def opens_menu(unit: Unit) -> bool:
    """Whether a line is menu entries run together, the first of them a link to the start page: "HomeWorldAsia ..."."""
    glued = _GLUED.match(unit.text)
    return glued is not None and phrases().lines.get(glued[1].lower()) == "navigation"


def opens_biography(unit: Unit) -> bool:
    """Whether a line is the heading of a writer's biography."""
    return _bare(unit.text) in phrases().author["headings"]


def _line_rule(unit: Unit, bare: str) -> str | None:
    if unit.is_stopped and unit.words < _MIN_STOPPED_WORDS:  # "Back." may be an answer; "Back" is a button
        return None
    return phrases().lines.get(bare) or phrases().lines.get(_COUNT.sub("", bare))


def _section_rule(unit: Unit, bare: str) -> str | None:
    if unit.words > _MAX_SECTION_WORDS or (unit.is_stopped and not unit.text.endswith(("...", "…"))):
        return None
    opener = (
        bare in phrases().sections
        or _MORE_NEWS.fullmatch(bare)
        or bare.startswith(("more from ", "more on ", "more in ", "mehr aus "))
    )
    return SECTION if opener else None


def _labelled(unit: Unit) -> str | None:
    label = label_of(unit)
    if label is None or label[0] == SOURCE:
        return None
    # "Related: he sold the shop. Then he left." is prose: what stands after a label is one phrase.
    return label[0] if len(_SENTENCE_BREAK.findall(unit.text)) == 0 or unit.words <= _MAX_COUNTER_WORDS else None


def _started(unit: Unit) -> str | None:
    """Furniture by its first words, if every sentence of the line begins so."""
    if unit.words > _MAX_START_WORDS:
        return None
    sentences = _SENTENCE_BREAK.split(unit.text)
    rules = [_start_rule(sentence.strip(_LEADING_MARKS)) for sentence in sentences]
    rule = rules[0]
    if rule in {None, "credits", "legal"}:
        return rule
    if unit.is_stopped and not _invites(unit.text):
        return None
    return rule if rule == "cookies" or all(rules) else None


def _invites(text: str) -> bool:
    """Whether a sentence goes on about the page's own services, and nobody in the news says it."""
    words = [word.lower() for word in _WORD.findall(text)]
    return not phrases().invitation.isdisjoint(words[2:]) and phrases().author["never"].isdisjoint(words)


def _start_rule(sentence: str) -> str | None:
    lower = sentence[:_LONGEST_START].lower()
    candidates: list[tuple[str, str]] = [*phrases().starts.get(lower[:3], []), *phrases().starts.get(lower[:1], [])]
    for phrase, rule in candidates:
        following = lower[len(phrase) : len(phrase) + 1]
        whole_word = not phrase[-1].isalpha() or not (following.isalpha() or following == ",")
        if lower.startswith(phrase) and whole_word and (rule != "credits" or _names_follow(sentence, phrase)):
            return rule
    return None


def _names_follow(sentence: str, phrase: str) -> bool:
    """Whether "Reporting by" goes on with a name; "Reporting by satellite is slow." does not."""
    following = sentence[len(phrase) :].lstrip(" :")
    return not phrase.endswith(" by") or following[:1].isupper()


def _by_form(unit: Unit) -> str | None:
    text = unit.text
    if _PAGE_NUMBER.fullmatch(text):
        return "page-number"
    if _ADDRESS.fullmatch(text):
        return "contact"
    if unit.words > _MAX_COUNTER_WORDS or unit.is_list_item or text.endswith("?"):
        return None
    if any(_is_counter(entry) for entry in _TRAIL.split(text)):
        return "counter"
    # A bare year or number may be part of a list or a table; a clock time or "Updated 3/4/2023" is none of the article.
    rest = [word.lower() for word in _WORD.findall(without_dates(text))]
    if len(_CLOCK_TIME.findall(text)) > 1 and date_label(text) is None:
        return None  # opening hours
    clock = all(word.isdigit() or word in phrases().dateline for word in rest) and any(map(str.isdigit, text))
    return "timestamp" if clock and (not rest or not rest[0].isdigit()) else None


def _is_counter(text: str) -> bool:
    """A number and what it counts: "12 comments", "3 min read", "vor 2 Stunden"."""
    words = [word.lower() for word in _WORD.findall(text)]
    units, fillers = phrases().units, phrases().fillers
    others = [word for word in words if not _NUMBER.fullmatch(word) and word not in fillers]
    return (
        len(others) < len(words)
        and bool(others)
        and _NUMBER.search(text) is not None
        and all(word in units for word in others)
    )


def _ends(bare: str) -> str | None:
    return next((rule for phrase, rule in phrases().endings if bare.endswith(phrase)), None)


def _bare(text: str) -> str:
    return " ".join(text.lower().strip(_EDGE_MARKS).split())
