"""What makes an answer right, a citation right, and a passage the right one: one fact, one answer, one ``Case``.

Knows how words of a fact are looked for: case, compatibility forms and white space do not count; a variant that begins
with a letter or digit must begin a word, one that ends with a digit must end its number. So "Kazakh" is in
"Kazakhstan", but "15" is neither in "2015" nor in "15,000". Whatever fails to run is wrong, never absent.

Does not know who answers, or what is counted over cases (``qa.evaluation.metrics``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from qa.evaluation.facts import Fact
from qa.records import Answer, Citation, Hit
from qa.text.language import detect

_NO_WORD_BEFORE = r"(?<!\w)(?<!\d[.,])"
_NO_NUMBER_AFTER = r"(?!\w)(?![.,]\d)"
_CONTEXT = 200
"""Code points shown on each side of a quote."""

Exactly = Callable[[Citation], bool]
"""Whether a quote is what its source says at that place."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question that was asked, and what metrics are made of.

    Attributes:
        fact: what was asked and what is right.
        answer: what came back; ``None`` if nothing did.
        error: why nothing came back, or why it could not be judged.
        failures: what is wrong, each a whole sentence; nothing if it passed.
        milliseconds: from question to answer.
        hits: the passages that a search for the question found.
        citations: citations that were judged: those of answers to facts that say what a citation must hold.
        right_citations: those of them from the right source with the right words.
        found: of ``groups``, those that right citations hold.
        exact_quotes: quotes that are exactly what their source says.
        texts: the texts of the cited articles, by source.
    """

    fact: Fact
    answer: Answer | None = None
    error: str | None = None
    failures: tuple[str, ...] = ()
    milliseconds: float = 0.0
    hits: tuple[Hit, ...] = ()
    citations: int = 0
    right_citations: int = 0
    found: int = 0
    exact_quotes: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.failures

    @property
    def judged(self) -> Answer | None:
        """The answer, if it could be judged."""
        return None if self.error else self.answer

    @property
    def refused(self) -> bool:
        """Whether it was refused; a crash is no refusal."""
        return self.judged is not None and self.judged.status == "refused"

    @property
    def confidence(self) -> float:
        """That the articles answer the question, from 0 to 1; where no answer came, as wrong as can be."""
        return float(not self.fact.answerable) if self.judged is None else self.judged.confidence

    @property
    def language(self) -> str:
        """Of the question."""
        return self.fact.language or detect(self.fact.question)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Of each of these, citations should hold a variant."""
        return self.fact.expect or (((self.fact.quote,),) if self.fact.quote else ())

    @property
    def retrieval_counts(self) -> bool:
        """Whether the fact says which passages are right."""
        return self.fact.answerable and bool(self.fact.sources) and bool(self.groups)

    @property
    def retrieved_rank(self) -> int | None:
        """The rank, from 1, of the first passage from an allowed source that has something of the answer."""
        if self.error or not self.retrieval_counts:
            return None
        variants = (self.fact.quote,) if self.fact.quote else sum(self.groups, ())
        for rank, hit in enumerate(self.hits, 1):
            if _is_allowed(self.fact, hit.source) and any(holds(hit.text, variant) for variant in variants):
                return rank
        return None

    @property
    def shows_disagreement(self) -> bool:
        """Whether there is any disagreement, or where the fact expects one, whether it is that one."""
        if self.judged is None or not self.fact.disagreement:
            return self.judged is not None and bool(self.judged.disagreements)
        return _shows_disagreement(self.fact, self.judged)

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON document."""
        return {
            "id": self.fact.id,
            "fact": self.fact.to_dict(),
            "passed": self.passed,
            "failures": list(self.failures),
            "error": self.error,
            "answer": None if self.answer is None else self.answer.to_dict(),
            "retrieved_rank": self.retrieved_rank,
            "milliseconds": round(self.milliseconds, 1),
            "contexts": [
                _context(citation, self.texts[citation.source])
                for citation in (() if self.answer is None else self.answer.citations)
                if citation.source in self.texts
            ],
        }


def judge(fact: Fact, answer: Answer, is_exact: Exactly) -> Case:
    """What is wrong with an answer, and what metrics are made of."""
    exact = [is_exact(citation) for citation in answer.citations]
    failures = [*_failures(fact, answer), *(() if all(exact) else ("A quote is not exactly what its source says.",))]
    groups = Case(fact).groups
    judged = answer.citations if fact.answerable and groups else ()
    allowed = [citation for citation in judged if _is_allowed(fact, citation.source)]
    return Case(
        fact,
        answer,
        failures=tuple(failures),
        citations=len(judged),
        right_citations=sum(any(_cites(citation, group) for group in groups) for citation in allowed),
        found=sum(any(_cites(citation, group) for citation in allowed) for group in groups),
        exact_quotes=sum(exact),
    )


def _failures(fact: Fact, answer: Answer) -> Iterator[str]:
    """Why an answer does not pass, but for quotes that are not exact."""
    if fact.answerable and answer.status == "refused":
        yield f"The articles say, but it refused (confidence {answer.confidence:.2f})."
    elif fact.answerable:
        yield from _wrong_words(fact, answer)
        yield from _wrong_evidence(fact, answer)
    elif answer.status == "answered":
        yield "The articles do not say, but it answered."


def _wrong_words(fact: Fact, answer: Answer) -> Iterator[str]:
    for group in fact.expect:
        if not any(holds(answer.text, variant) for variant in group):
            yield f"The answer has none of: {', '.join(group)}."
    for words in fact.forbid:
        if holds(answer.text, words):
            yield f"The answer has {words!r}, which must not be there."


def _wrong_evidence(fact: Fact, answer: Answer) -> Iterator[str]:
    for citation in answer.citations:
        if not _is_allowed(fact, citation.source):
            yield f"[{citation.number}] cites {citation.source}, which is not among the fact's sources."
    if fact.quote and not any(_cites(citation, (fact.quote,)) for citation in answer.citations):
        yield f"No quote has {fact.quote!r}."
    if fact.independent_sources not in {None, answer.independent_sources}:
        yield f"It counts {answer.independent_sources} independent sources, not {fact.independent_sources}."
    if fact.disagreement and not _shows_disagreement(fact, answer):
        yield f"It shows no disagreement between {' and '.join(group[0] for group in fact.disagreement)}."


def _is_allowed(fact: Fact, source: str) -> bool:
    name = source.rsplit("/", 1)[-1]
    return not fact.sources or name.startswith(tuple(fact.sources))


def _cites(citation: Citation, variants: Sequence[str]) -> bool:
    """Whether a quote, or what a copy has in its place, holds one of the variants."""
    quotes = (citation.quote, *(copy.quote for copy in citation.also_in))
    return any(holds(quote, variant) for quote in quotes for variant in variants)


def _shows_disagreement(fact: Fact, answer: Answer) -> bool:
    """Whether one disagreement has a value for each of the fact's groups."""
    return any(
        all(
            any(holds(claim.value, variant) for claim in disagreement.claims for variant in group)
            for group in fact.disagreement
        )
        for disagreement in answer.disagreements
    )


def _context(citation: Citation, text: str) -> dict[str, Any]:
    return {
        "number": citation.number,
        "before": text[max(0, citation.start - _CONTEXT) : citation.start],
        "after": text[citation.end : citation.end + _CONTEXT],
    }


def holds(text: str, wanted: str) -> bool:
    """Whether ``wanted``, which is not blank, is in ``text``."""
    return _pattern(wanted).search(_folded(text)) is not None


@lru_cache(maxsize=4096)
def _pattern(wanted: str) -> re.Pattern[str]:
    folded = _folded(wanted)
    before = _NO_WORD_BEFORE if folded[:1].isdigit() else r"(?<!\w)" if folded[:1].isalpha() else ""
    after = _NO_NUMBER_AFTER if folded[-1:].isdigit() else ""
    return re.compile(before + re.escape(folded) + after)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
