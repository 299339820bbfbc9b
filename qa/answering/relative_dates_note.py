"""The sentence beside a quote that says which days its relative date means, in the asker's language.

Knows ``prompts/relative_dates.toml``, and that CLDR, read by Babel, writes dates. Does not know how they are found.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from qa.answering.relative_dates import RelativeDate
from qa.phrases import prompt_file

if TYPE_CHECKING:
    from babel import Locale


def note(resolved: RelativeDate, published: dt.date, numbers: Iterable[int], language: str) -> str:
    """One sentence that says which days a relative date in one or more quotes means.

    Args:
        resolved: what was found in the quote.
        published: the date of the article that it was counted from.
        numbers: of the citations whose quotes have it, as in ``[1][2]``.
        language: the asker's, ISO 639-1; the sentence is in English where the language has none.
    """
    sentences = _notes()
    language = language if language in sentences else "en"
    return sentences[language].format(
        words=" ".join(resolved.text.split()),
        citations="".join(f"[{number}]" for number in numbers),
        days=_written(resolved.first, resolved.last, language),
        published=_written(published, published, language),
    )


def _written(first: dt.date, last: dt.date, language: str) -> str:
    """A day or a range as CLDR writes it, the month in full."""
    from babel import Locale, dates

    # British English, since its order of day and month is what most of the world's newspapers have.
    locale = Locale.parse("en_GB" if language == "en" else language)
    if first == last:
        return dates.format_date(first, "long", locale=locale)
    patterns: Mapping[str, list[str]] = locale.interval_formats["yMMMd"]
    pattern = patterns["y" if first.year != last.year else "M" if first.month != last.month else "d"]
    return "".join(_parts((first, last), pattern, locale))


def _parts(days: tuple[dt.date, dt.date], pattern: list[str], locale: Locale) -> Iterator[str]:
    from babel import dates

    for day, part in zip(days, pattern, strict=True):
        yield dates.format_date(day, re.sub(r"(?<!M)MMM(?!M)", "MMMM", part), locale=locale)


@cache
def _notes() -> dict[str, str]:
    return tomllib.loads(prompt_file("relative_dates.toml"))
