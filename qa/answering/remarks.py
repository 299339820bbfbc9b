"""What a person should know beside the quotes: other articles that contradict them, and the days that they speak of.

Knows how contradictions become cited disagreements, and which quotes have a date to count from. Does not know how
either is found (``qa.reading.disagreement``, ``qa.answering.relative_dates``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from qa.answering.citing import Citer
from qa.phrases import sources_disagree
from qa.reading.disagreement import Side
from qa.records import Citation, Claim, Disagreement

if TYPE_CHECKING:
    from qa.answering.relative_dates import RelativeDate


@dataclass(frozen=True, slots=True)
class Disputes:
    """The disagreement that an answer must show, if there is one.

    Attributes:
        disagreements: with two claims or more.
        citations: all of the answer's, those of the other sides after its own.
        notes: the sentence that says so, in the asker's language.
    """

    disagreements: tuple[Disagreement, ...]
    citations: tuple[Citation, ...]
    notes: tuple[str, ...]


def cite_sides(sides: Sequence[Side], citations: Sequence[Citation], citer: Citer, language: str) -> Disputes:
    """Cite what sources answer differently; no disagreement if fewer than two sides can be cited.

    Args:
        sides: the values, with the sentences that give them.
        citations: those of the answer's own sentences.
        citer: makes those of the other sides.
        language: ISO 639-1, of the asker.
    """
    everything = list(citations)
    claims = []
    for side in sides:
        numbers = [n for one in side.candidates if (n := citer.number_of(one, everything)) is not None]
        if numbers:
            claims.append(Claim(" ".join(side.value.split()), tuple(numbers)))
    if len(claims) < 2:  # noqa: PLR2004
        return Disputes((), tuple(citations), ())
    note = sources_disagree([(claim.value, claim.citations) for claim in claims], language)
    return Disputes((Disagreement(tuple(claims)),), tuple(everything), (note,))


def age_notes(disputes: Disputes) -> tuple[str, ...]:
    """For each disagreement of dated sources, which of them are older than the newest."""
    published = {citation.number: _day(citation.published) for citation in disputes.citations}
    notes = []
    for disagreement in disputes.disagreements:
        days = {number: published[number] for claim in disagreement.claims for number in claim.citations}
        newest = max((day for day in days.values() if day is not None), default=None)
        older = [
            (number, day) for number, day in days.items() if day is not None and newest is not None and day < newest
        ]
        notes += [f"[{number}] is older, of {day.isoformat()}" for number, day in older]
    return tuple(notes)


def date_notes(citations: Iterable[Citation], language: str) -> tuple[str, ...]:
    """For each relative date in quotes, which days it means, where the article's date is known to the day.

    Args:
        citations: with quotes and dates of publication.
        language: ISO 639-1, of the asker.
    """
    from qa.answering.relative_dates import note as date_note
    from qa.answering.relative_dates import relative_dates  # words and calendars of four languages

    found: dict[tuple[str, date, date, date], tuple[RelativeDate, list[int]]] = {}
    for citation in citations:
        published = _day(citation.published)
        if published is not None:
            for one in relative_dates(citation.quote, citation.language, published):
                key = (one.text, one.first, one.last, published)
                found.setdefault(key, (one, []))[1].append(citation.number)
    if not found:
        return ()
    return tuple(
        date_note(one, published, dict.fromkeys(numbers), language)
        for (_, _, _, published), (one, numbers) in found.items()
    )


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None
