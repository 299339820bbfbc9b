"""The words and phrases of page furniture, of many languages, as ``data/junk_phrases.toml`` lists them.

Read once, when the first page is cleaned. Does not know: what a phrase is taken to mean.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """All lists, in lower case; the attributes of one kind map a phrase to its rule.

    Attributes:
        lines: whole lines.
        labels: what stands before a colon.
        starts: beginnings with their rules, by their first three characters, or by all they have.
        endings: what a line ends with, and its rule.
        sections: headings of lists of links.
        invitation: words of an offer to the reader.
        address: words that address the reader.
        units: what a counter counts.
        fillers: words between a number and its unit.
        dateline: every word of a dateline; ``published`` and ``updated`` are some of them, as are ``bylines``.
        particles: small words inside names ("van", "de") and between them ("and").
        author: the lists about a writer's biography, by what they hold.
        fields: names of header fields, and the kind of each.
    """

    lines: Mapping[str, str]
    labels: Mapping[str, str]
    starts: Mapping[str, list[tuple[str, str]]]
    endings: tuple[tuple[str, str], ...]
    sections: Words
    invitation: Words
    address: Words
    units: Words
    fillers: Words
    dateline: Words
    published: Words
    updated: Words
    bylines: Words
    particles: Words
    author: Mapping[str, Words]
    fields: Mapping[str, str]


@cache
def phrases() -> Phrases:
    """The lists."""
    data = tomllib.loads((resources.files("qa.cleaning") / "data" / "junk_phrases.toml").read_text(encoding="utf-8"))
    starts: dict[str, list[tuple[str, str]]] = {}
    for phrase, rule in _by_line(data["start"]):
        starts.setdefault(phrase[:3], []).append((phrase, rule))
    dateline = {kind: frozenset(words.split()) for kind, words in data["dateline"].items()}
    return Phrases(
        lines=dict(_by_line(data["line"])),
        labels=dict(_by_line(data["label"])),
        starts=starts,
        endings=tuple(_by_line(data["end"])),
        sections=frozenset(_lines(data["section"]["phrases"])),
        invitation=frozenset(data["invitation"]["words"].split()),
        address=frozenset(data["invitation"]["address"].split()),
        units=frozenset(data["counter"]["units"].split()),
        fillers=frozenset(data["counter"]["fillers"].split()),
        dateline=frozenset().union(*dateline.values()),
        published=dateline["published"],
        updated=dateline["updated"],
        bylines=dateline["bylines"],
        particles=dateline["name_particles"],
        author={
            kind: frozenset(_lines(words) if kind in {"headings", "first_persons"} else words.split())
            for kind, words in data["author"].items()
        },
        fields={name: kind for kind, names in data["fields"].items() for name in names.split()},
    )


def _by_line(rules: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of phrase and rule, of a table of rules with a phrase a line."""
    return [(phrase, rule) for rule, lines in rules.items() for phrase in _lines(lines)]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
