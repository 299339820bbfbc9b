"""Finds relative dates in a quote ("next week", "on Tuesday", "vor drei Tagen") and says which days they mean.

They are counted from the day of publication. A wrong date is worse than none, so these are left alone: words that count
from another day ("the next day", "that week"), direct speech, parts of a full date, and a weekday or a number of days
whose sentence does not show whether it looks back or ahead. Knows what decides between readings; the words are in
``qa.answering.relative_dates_words``, with the calendar. Does not know today's date.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

from qa.answering.relative_dates_words import (
    Phrase,
    Range,
    RelativeDateWords,
    earlier_in,
    later_in,
    relative_date_words,
    same_week,
    unit_range,
    weekday_after,
    weekday_before,
)
from qa.phrases import prompt_file
from qa.text.dates import find_dates
from qa.text.numbers import find_numbers

if TYPE_CHECKING:
    from babel import Locale

_OFFSETS = {
    "two_before": -2,
    "before": -1,
    "this": 0,
    "surely_this": 0,
    "after": 1,
    "two_after": 2,
    "last": -1,
    "next": 1,
}
_MOST_UNITS = 100
"""More than that many days, weeks or years are seldom counted from the article."""
_FRIDAY = 4
_WORDS_BEFORE = 30
"""Longer than any words that change what follows them."""
_BESIDE_A_DATE = 6
"""How many characters may stand between a weekday and the date that it belongs to: ", the "."""
_BESIDE_A_WEEKDAY = 12
"""How many characters may stand between two weekdays that make one range ("from Friday until Monday")."""
_SENTENCE_END = re.compile(r"[.!?…]+[\s\"”’»)]|\n")
_DIRECT_SPEECH = re.compile(
    r"“[^”]*(?:”|$)|„[^“”]*(?:[“”]|$)|«[^»]*(?:»|$)|»[^«]*(?:«|$)|\"[^\"]*(?:\"|$)|(?<!\w)‘[^’]*’(?!\w)|^[^“„«»\"]*(?:”|“(?!\w))"
)


class _Tense(Enum):
    PAST = "past"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class RelativeDate:
    """A relative date, ``text[start:end]`` (Unicode code points), and the days it means, ``first`` to ``last``."""

    text: str
    start: int
    end: int
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class _Found:
    phrase: Phrase
    match: re.Match[str]

    @property
    def span(self) -> tuple[int, int]:
        return self.match.span()


def relative_dates(text: str, language: str | None, published: dt.date) -> tuple[RelativeDate, ...]:
    """The relative dates of a text that mean certain days, in order and without overlaps.

    Args:
        text: a quote, one or more sentences.
        language: of the quote, ISO 639-1; nothing is found without one, or in one that has no words.
        published: the full date of the article.
    """
    words = relative_date_words(language)
    found = _not_overlapping(text, words) if words is not None else []
    if words is None or not found:
        return ()
    spoken = [match.span() for match in _DIRECT_SPEECH.finditer(text)]
    resolved: list[RelativeDate] = []
    for item in found:
        start, end = item.span
        # A speaker counts from the day of speaking, which may be long before the article and is seldom stated.
        if any(first < end and start < last for first, last in spoken) or _belongs_to_more(text, item, found, words):
            continue
        try:
            days = _days(item, _Context(text, language, published, words))
        except (ValueError, OverflowError):  # before the year 1, or after 9999
            continue
        if days is not None:
            resolved.append(RelativeDate(text[start:end], start, end, *days))
    return tuple(item for item in resolved if not _is_dated(item, text, language))


def _not_overlapping(text: str, words: RelativeDateWords) -> list[_Found]:
    """All phrases in order; of those that overlap, the longest."""
    everything = [_Found(phrase, match) for phrase in words.phrases for match in phrase.pattern.finditer(text)]
    kept: list[_Found] = []
    for item in sorted(everything, key=lambda item: item.span[0] - item.span[1]):
        start, end = item.span
        if all(end <= other.span[0] or other.span[1] <= start for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.span)


def _belongs_to_more(text: str, item: _Found, found: list[_Found], words: RelativeDateWords) -> bool:
    """Whether the words around give a phrase another meaning ("the last week", "Friday of last week")."""
    start, end = item.span
    before = words.not_before.finditer(text, max(0, start - _WORDS_BEFORE), end)
    if any(match.end() == start for match in before) or words.not_after.match(text, end):
        return True
    if item.phrase.unit != "weekday":
        return False
    for other in found:
        gap = max(other.span[0] - end, start - other.span[1])
        if other is not item and other.phrase.unit in ("weekday", "week") and gap <= _BESIDE_A_WEEKDAY:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Context:
    text: str
    language: str | None
    published: dt.date
    words: RelativeDateWords

    def tense(self, span: tuple[int, int]) -> _Tense | None:
        """Whether the clause around a span looks back or ahead; the sentence, if the clause has no sign of either."""
        start, end = _around(self.text, span, _SENTENCE_END)
        narrow = _around(self.text, span, self.words.clause_end, start, end)
        behind = min(narrow[1] + 1, end)  # "On Tuesday, the ministers met": the verb comes in the next clause
        following = self.words.clause_end.search(self.text, behind, end)
        for first, last in (narrow, (narrow[0], following.start() if following else end), (start, end)):
            # The phrase's own words ("since Monday") count as signs too.
            is_past = self.words.past.search(self.text, first, last) is not None
            is_future = self.words.future.search(self.text, first, last) is not None
            if is_past or is_future:
                return None if is_past and is_future else _Tense.PAST if is_past else _Tense.FUTURE
        return None


def _around(
    text: str, span: tuple[int, int], end_mark: re.Pattern[str], low: int = 0, high: int | None = None
) -> tuple[int, int]:
    """The part of ``text[low:high]`` around a span, up to the nearest marks on both sides."""
    high = len(text) if high is None else high
    before = [match.end() for match in end_mark.finditer(text, low, span[0])]
    after = end_mark.search(text, span[1], high)
    return (before[-1] if before else low), (after.start() if after else high)


def _days(item: _Found, context: _Context) -> Range | None:
    unit, which = item.phrase.unit, item.phrase.which
    published = context.published
    if unit == "weekday":
        day = _weekday(item, context)
        return (day, day) if day is not None else None
    if unit == "counted":
        return _counted(item, context)
    if unit == "weekend":
        return _weekend(which, published)
    if which in ("earlier", "later"):
        return (earlier_in if which == "earlier" else later_in)(unit, published)
    # "Today" often means "nowadays": a statement in the present tense is not of that day.
    if (unit, which) == ("day", "this") and context.tense(item.span) is None:
        return None
    return unit_range(unit, published, _OFFSETS[which])


def _weekday(item: _Found, context: _Context) -> dt.date | None:
    weekday = next(number for number in range(7) if item.match[f"day{number}"])
    published = context.published
    before, after = weekday_before(weekday, published), weekday_after(weekday, published)
    which = item.phrase.which
    if which == "last":
        return before
    if which == "coming":
        return after
    if which == "next":
        # "Next Friday" on a Monday is this week's to some and next week's to others, in all these languages.
        return None if same_week(after, published) else after
    if weekday == published.weekday():
        return published  # newspapers name the day itself; a week before or after takes "last" or "next"
    tense = context.tense(item.span)
    return {_Tense.PAST: before, _Tense.FUTURE: after, None: None}[tense]


def _weekend(which: str, published: dt.date) -> Range | None:
    # From Monday to Friday "next weekend" may be the one ahead or the one after, and "this weekend" early in the week
    # the one just over.
    if which == "next" and published.weekday() <= _FRIDAY:
        return None
    if which == "this" and published.weekday() < _FRIDAY:
        return None
    offset = 0 if which == "coming" and published.weekday() <= _FRIDAY else _OFFSETS.get(which, 1)
    return unit_range("weekend", published, offset)


def _counted(item: _Found, context: _Context) -> Range | None:
    unit = next(name for name in ("day", "week", "month", "year") if item.match[name])
    number = _number(item.match["n"], context)
    before = context.text[: item.match.start("n")].split()[-1:]
    if before and (_number(before[0], context) is not None or find_numbers(before[0], context.language)):
        return None  # the end of a longer number
    if number is None or not 0 < number <= _MOST_UNITS:
        return None
    tense = context.tense(item.span)
    if item.phrase.which == "ahead":
        # "In three days" is also how long something took.
        return unit_range(unit, context.published, number) if tense is _Tense.FUTURE else None
    if tense is _Tense.FUTURE or (context.words.ambiguous_ago and tense is not _Tense.PAST):
        return None
    # "Two months ago" is no more exact than its unit.
    return unit_range(unit, context.published, -number)


def _number(written: str, context: _Context) -> int | None:
    if written.isdecimal():
        return int(written)
    known = context.words.numbers.get(written.lower())
    if known is not None:
        return known
    read = find_numbers(written, context.language)
    if len(read) != 1 or read[0].text != written or read[0].ordinal or read[0].amount.denominator != 1:
        return None
    return int(read[0].amount)


def _is_dated(item: RelativeDate, text: str, language: str | None) -> bool:
    """Whether a full or partial date stands on or beside a phrase, so that it is the date that counts."""
    for date in find_dates(text, language):
        gap = max(date.start - item.end, item.start - date.end)
        between = text[min(item.end, date.end) : max(item.start, date.start)]
        if (date.day or date.either) and gap <= _BESIDE_A_DATE and not _SENTENCE_END.search(between):
            return True
    # A number right behind a weekday is a day of the month more often than not, "Tuesday (19)".
    return item.first == item.last and re.match(r"[\s,(]{0,3}\d", text[item.end :]) is not None


# -- the sentence beside the quote


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
