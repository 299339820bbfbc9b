"""What a reader should know beside the quotes: other articles that contradict them, and the days that they speak of.

Knows how contradictions become cited disagreements, and which quotes have a date to count from. Does not know how
either is found (``qa.reading.disagreement``, ``qa.answering.relative_dates``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from qa.answering.citing import Citer
from qa.index.reader import IndexReader
from qa.reading.disagreement import Contradiction, Statement, copied_statement, find_disagreements, note, statements_of
from qa.records import Citation, Claim, Disagreement
from qa.retrieval.search import Filters, Question, RankedPassage, Retriever, accepting

if TYPE_CHECKING:
    from qa.answering.relative_dates import RelativeDate


@dataclass(frozen=True, slots=True)
class Disputes:
    """The disagreements that an answer must show.

    Attributes:
        disagreements: each with two claims or more.
        citations: all of the answer's, those of the other sides after its own.
        notes: a sentence for each disagreement, in the asker's language.
    """

    disagreements: tuple[Disagreement, ...]
    citations: tuple[Citation, ...]
    notes: tuple[str, ...]


class DisputeFinder:
    """Looks for what contradicts an answer among the passages that were retrieved with it, and in copies."""

    def __init__(self, reader: IndexReader, retriever: Retriever) -> None:
        self._reader = reader
        self._retriever = retriever

    def find(
        self,
        question: Question,
        ranked: Sequence[RankedPassage],
        filters: Filters,
        citations: Sequence[Citation],
        citer: Citer,
    ) -> Disputes:
        """Look for contradictions.

        Args:
            question: with its vector.
            ranked: the passages that were retrieved.
            filters: which articles may be used.
            citations: those of the answer's sentences.
            citer: makes those of the other sides.
        """
        statements = [statement for item in ranked for statement in statements_of(item.article, item.passage)]
        cited = {(citation.source, citation.start) for citation in citations}
        chosen = [statement for statement in statements if statement.place in cited]
        others = [*statements, *self._in_copies(chosen, filters)]
        all_citations = list(citations)
        found = [
            disagreement
            for contradiction in find_disagreements(question, chosen, others)
            if (disagreement := _cited(contradiction, citer, all_citations)) is not None
        ]
        notes = tuple(
            note([(claim.value, claim.citations) for claim in disagreement.claims], question.language)
            for disagreement in found
        )
        return Disputes(tuple(found), tuple(all_citations), notes)

    def _in_copies(self, chosen: Iterable[Statement], filters: Filters) -> Iterator[Statement]:
        accept = accepting(filters)
        for statement in chosen:
            for copy in self._retriever.copies_of(statement.article):
                if accept(copy):
                    found = copied_statement(statement, copy, self._reader.passages_of(copy.id))
                    if found is not None:
                        yield found


def _cited(contradiction: Contradiction, citer: Citer, citations: list[Citation]) -> Disagreement | None:
    """A contradiction with citations for each side, new ones added; ``None`` if fewer than two sides can be cited."""
    claims: list[Claim] = []
    for side in contradiction.sides:
        numbers = [number for one in side.statements if (number := _number(one, citer, citations)) is not None]
        if numbers:
            claims.append(Claim(" ".join(side.value.split()), tuple(numbers)))
    return Disagreement(tuple(claims)) if len(claims) > 1 else None


def _number(statement: Statement, citer: Citer, citations: list[Citation]) -> int | None:
    for citation in citations:
        if (citation.source, citation.start) == statement.place:
            return citation.number
    made = citer.cite(len(citations) + 1, statement.article, statement.span, statement.vector)
    if made is not None:
        citations.append(made)
    return None if made is None else made.number


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
