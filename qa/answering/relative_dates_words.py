"""The words of relative dates of one language, from ``data/relative_dates.toml``, as compiled patterns.

Knows how the file is read. Does not know the calendar, or which of the dates found can be trusted.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_UNITS_OF_PHRASES = ("day", "week", "month", "quarter", "year", "weekend", "weekday", "counted")
_NUMBER = r"(?P<n>\d{1,3}|[^\W\d]+(?:-[^\W\d]+)*)"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A way to name a day or range of days.

    Attributes:
        unit: ``day``, ``week``, ``month``, ``quarter``, ``year``, ``weekend``, ``weekday`` or ``counted``.
        which: the entry in that unit's table (``last``, ``next``, ``ago`` …).
        pattern: its words, with the group ``day0`` … ``day6`` of a weekday (0 for Monday), or ``n`` and a unit's name.
    """

    unit: str
    which: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class RelativeDateWords:
    """One language's patterns, named as in the file, which says what each is for; ``numbers`` maps words to values."""

    phrases: tuple[Phrase, ...]
    not_before: re.Pattern[str]
    not_after: re.Pattern[str]
    clause_end: re.Pattern[str]
    past: re.Pattern[str]
    future: re.Pattern[str]
    numbers: Mapping[str, int]
    ambiguous_ago: bool


@cache
def relative_date_words(language: str | None) -> RelativeDateWords | None:
    """A language's patterns, or ``None`` for one that has none."""
    table = _tables().get(language or "")
    return _compiled(table) if table is not None else None


@cache
def _tables() -> Mapping[str, Any]:
    return tomllib.loads(files("qa.answering").joinpath("data", "relative_dates.toml").read_text(encoding="utf-8"))


def _compiled(table: Mapping[str, Any]) -> RelativeDateWords:
    day = "(?:" + "|".join(f"(?P<day{number}>{names})" for number, names in enumerate(table["days"])) + ")"
    unit = "(?:" + "|".join(f"(?P<{name}>{words})" for name, words in table["units"].items()) + ")"
    return RelativeDateWords(
        phrases=tuple(
            Phrase(name, which, _words(variant.replace("{day}", day).replace("{unit}", unit).replace("{n}", _NUMBER)))
            for name in _UNITS_OF_PHRASES
            for which, words in table[name].items()
            for variant in ([words] if isinstance(words, str) else words)
        ),
        not_before=re.compile(_blanks(rf"(?<!\w)(?:{table['not_before']})[ -]"), re.IGNORECASE),
        not_after=re.compile(_blanks(rf" (?:{table['not_after']})(?!\w)"), re.IGNORECASE),
        clause_end=re.compile(rf"[,;:()«»“”„\"–—]|(?<!\w)(?:{table['clause']})(?!\w)", re.IGNORECASE),
        past=_words(table["past"]),
        future=_words(table["future"]),
        numbers={
            word: number for number, forms in enumerate(table.get("numbers", ()), start=1) for word in forms.split("|")
        },
        ambiguous_ago=table.get("ambiguous_ago", False),
    )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(_blanks(rf"(?<![\w-])(?:{pattern})(?![\w-])"), re.IGNORECASE)


def _blanks(pattern: str) -> str:
    """The pattern with every blank standing for any white space; one character, as look-behinds need."""
    return pattern.replace(" ", r"\s")
