"""Asks every fact's question, compares the answer with the fact, and counts.

Knows what makes an answer right, a citation right, and a passage the right one; and two answerers to compare with: one
that always refuses, and one that always shows the first passage. The result is one JSON document (``eval/README.md``
describes it), from which all reports are made. Whatever fails to run is wrong, never absent.

Does not know how answers come about, how scores are averaged (``qa.evaluation.metrics``), or what is enough
(``qa.evaluation.gate``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np

from qa.errors import QAError
from qa.evaluation.facts import Fact
from qa.evaluation.matching import holds
from qa.evaluation.metrics import CaseScore, by_language, by_tag, reliability_of, scores
from qa.index.stored import StoredArticle
from qa.progress import Progress, no_progress
from qa.records import Answer, AnswerSentence, Citation, Hit
from qa.text.language import detect

_DEPTH = 10
"""How many retrieved passages are looked at."""
_CONTEXT = 200
"""Code points shown on each side of a quote."""


class Assistant(Protocol):
    """What is evaluated; ``qa.assistant.Assistant`` is one."""

    def ask(self, question: str, engine: str | None = None) -> Answer:
        """Answer a question."""
        ...

    def search(self, query: str, k: int = 10) -> list[Hit]:
        """The best passages."""
        ...

    def article(self, source: str) -> tuple[StoredArticle, str]:
        """An indexed article and its text."""
        ...


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One question asked.

    Attributes:
        fact: what was asked and what is right.
        answer: what came back; ``None`` if nothing did.
        error: why nothing came back.
        failures: what is wrong with the answer, each a whole sentence; nothing if it passed.
        score: what the scores are made of.
        milliseconds: from question to answer.
        texts: the texts of the cited articles, by source.
    """

    fact: Fact
    answer: Answer | None
    error: str | None
    failures: tuple[str, ...]
    score: CaseScore
    milliseconds: float
    texts: Mapping[str, str]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.failures

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON document."""
        return {
            "id": self.fact.id,
            "fact": self.fact.to_dict(),
            "passed": self.passed,
            "failures": list(self.failures),
            "error": self.error,
            "answer": None if self.answer is None else self.answer.to_dict(),
            "retrieved_rank": self.score.retrieved_rank,
            "milliseconds": round(self.milliseconds, 1),
            "contexts": [
                _context(citation, self.texts)
                for citation in (() if self.answer is None else self.answer.citations)
                if citation.source in self.texts
            ],
        }


def evaluate(
    assistant: Assistant, facts: Sequence[Fact], engine: str | None = None, progress: Progress = no_progress
) -> list[CaseResult]:
    """Ask every question and look at the answer.

    Args:
        assistant: with an index.
        facts: one or more.
        engine: as for ``ask``.
        progress: told how far it is.

    Raises:
        QAError: not even a first question can be asked, for example because there is no index.
    """
    _warm_up(assistant, facts[0].question, engine)
    results = []
    for number, fact in enumerate(facts):
        progress("questions", number, len(facts))
        results.append(_result(assistant, fact, engine))
    progress("questions", len(facts), len(facts))
    return results


def _warm_up(assistant: Assistant, question: str, engine: str | None) -> None:
    """Ask once, so that no case pays for opening index and models. What breaks here breaks again in its case."""
    try:
        assistant.ask(question, engine)
    except QAError:
        raise
    except Exception:  # noqa: BLE001
        return


def baselines(assistant: Assistant, facts: Sequence[Fact]) -> dict[str, list[CaseScore]]:
    """The same questions answered by refusing them all, and by showing the first passage that is found."""
    found = {fact.id: _searched(assistant, fact.question) for fact in facts}
    return {
        "always_refuse": [_judged(assistant, fact, _refused(fact.question), found[fact.id])[1] for fact in facts],
        "first_passage": [
            _judged(assistant, fact, _first_passage(assistant, fact.question, found[fact.id]), found[fact.id])[1]
            for fact in facts
        ],
    }


def _searched(assistant: Assistant, question: str) -> list[Hit]:
    try:
        return assistant.search(question, k=_DEPTH)
    except Exception:  # noqa: BLE001  a question that cannot be searched has no passages
        return []


def document(
    facts_name: str,
    engine: str,
    results: Sequence[CaseResult],
    compared: Mapping[str, Sequence[CaseScore]],
) -> dict[str, Any]:
    """The JSON document of a run, without the gate's verdict.

    Args:
        facts_name: the file they are from.
        engine: that was asked for; the answers say which one it was.
        results: one or more.
        compared: the scores of each baseline's cases.
    """
    cases = [result.score for result in results]
    answers = [result.answer for result in results if result.answer is not None]
    times = np.array([result.milliseconds for result in results])
    return {
        "schema": 1,
        "facts": facts_name,
        "engine": max((answer.engine for answer in answers), default=engine, key=lambda name: name != "quote"),
        "model": next((answer.model for answer in answers if answer.model is not None), None),
        "fingerprint": next((answer.fingerprint for answer in answers), ""),
        "version": version("article-qa"),
        "summary": {
            "cases": len(results),
            "passed": sum(result.passed for result in results),
            "errors": sum(result.error is not None for result in results),
            "scores": _dicts(scores(cases)),
            "by_language": {code: _dicts(values) for code, values in by_language(cases).items()},
            "by_tag": {tag: _dicts(values) for tag, values in by_tag(cases).items()},
            "baselines": {name: _dicts(scores(theirs)) for name, theirs in compared.items()},
            "reliability": [one.to_dict() for one in reliability_of(cases)],
            "latency_ms": {f"p{q}": round(float(np.percentile(times, q)), 1) for q in (50, 95)},
            "gate": [],
        },
        "results": [result.to_dict() for result in results],
    }


def _dicts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: score.to_dict() for name, score in values.items()}


def _result(assistant: Assistant, fact: Fact, engine: str | None) -> CaseResult:
    started = time.perf_counter()
    answer: Answer | None = None
    try:
        answer = assistant.ask(fact.question, engine)
        milliseconds = 1000 * (time.perf_counter() - started)
        failures, score = _judged(assistant, fact, answer, _searched(assistant, fact.question))
        texts = {citation.source: assistant.article(citation.source)[1] for citation in answer.citations}
    except Exception as error:  # noqa: BLE001  whatever breaks, the answer is wrong and the others are still asked
        milliseconds = 1000 * (time.perf_counter() - started)
        what = error.message if isinstance(error, QAError) else f"{type(error).__name__}: {error}"
        failed = f"No answer came: {what}" if answer is None else f"The answer could not be checked: {what}"
        return CaseResult(fact, answer, what, (failed,), _nothing(fact), milliseconds, {})
    return CaseResult(fact, answer, None, failures, score, milliseconds, texts)


def _judged(assistant: Assistant, fact: Fact, answer: Answer, hits: Sequence[Hit]) -> tuple[tuple[str, ...], CaseScore]:
    """What is wrong with an answer, and what scores are made of."""
    exact = [_is_exact(assistant, citation) for citation in answer.citations]
    failures = (*_failures(fact, answer), *(["A quote is not exactly what its source says."] if not all(exact) else []))
    groups = fact.expect or (((fact.quote,),) if fact.quote else ())
    judged = answer.citations if fact.answerable and groups else ()
    allowed = [citation for citation in judged if _is_allowed(fact, citation.source)]
    score = replace(
        _nothing(fact),
        answered=answer.status == "answered",
        passed=not failures,
        confidence=answer.confidence,
        citations=len(judged),
        right_citations=sum(any(_cites(citation, group) for group in groups) for citation in allowed),
        found=sum(any(_cites(citation, group) for citation in allowed) for group in groups),
        quotes=len(exact),
        exact_quotes=sum(exact),
        independent_right=None
        if fact.independent_sources is None
        else answer.independent_sources == fact.independent_sources,
        retrieved_rank=_rank(fact, hits) if _retrieval_counts(fact) else None,
        answer_characters=len(answer.text) if answer.status == "answered" else None,
        disagreement_found=_shows_disagreement(fact, answer) if fact.disagreement else None,
        unexpected_disagreement=bool(answer.disagreements) and not fact.disagreement,
    )
    return failures, score


def _nothing(fact: Fact) -> CaseScore:
    """The score of a case that gave no answer at all: neither a refusal, nor sure of the right thing."""
    return CaseScore(
        id=fact.id,
        language=fact.language or detect(fact.question),
        tags=fact.tags,
        answerable=fact.answerable,
        answered=True,
        passed=False,
        confidence=0.0 if fact.answerable else 1.0,
        citations=0,
        right_citations=0,
        wanted=(len(fact.expect) or int(fact.quote is not None)) if fact.answerable else 0,
        found=0,
        quotes=0,
        exact_quotes=0,
        independent_right=None if fact.independent_sources is None else False,
        retrieved_rank=None,
        retrieval_counts=_retrieval_counts(fact),
        answer_characters=None,
        disagreement_found=False if fact.disagreement else None,
        unexpected_disagreement=False,
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


def _is_exact(assistant: Assistant, citation: Citation) -> bool:
    """Whether a quote is what its source says there: the file itself, read anew, or the text made from it."""
    article, text = assistant.article(citation.source)
    if article.verbatim:
        with open(article.path, encoding="utf-8", newline="") as file:  # noqa: PTH123  newlines are left alone
            text = file.read()
    return text[citation.start : citation.end] == citation.quote


def _retrieval_counts(fact: Fact) -> bool:
    return fact.answerable and bool(fact.sources) and bool(fact.expect or fact.quote)


def _rank(fact: Fact, hits: Sequence[Hit]) -> int | None:
    """The rank, from 1, of the first passage from an allowed source that has something of the answer."""
    variants = (fact.quote,) if fact.quote else tuple(variant for group in fact.expect for variant in group)
    for rank, hit in enumerate(hits, 1):
        if _is_allowed(fact, hit.source) and any(holds(hit.text, variant) for variant in variants):
            return rank
    return None


def _context(citation: Citation, texts: Mapping[str, str]) -> dict[str, Any]:
    text = texts[citation.source]
    return {
        "number": citation.number,
        "before": text[max(0, citation.start - _CONTEXT) : citation.start],
        "after": text[citation.end : citation.end + _CONTEXT],
    }


def _refused(question: str) -> Answer:
    return Answer(question, detect(question), "refused", "", (), (), 0, (), 0.0, "always refuse", "")


def _first_passage(assistant: Assistant, question: str, hits: Sequence[Hit]) -> Answer:
    """The whole first passage as an answer, as sure as its score."""
    if not hits:
        return _refused(question)
    hit = hits[0]
    meta = assistant.article(hit.source)[0].metadata
    citation = Citation(1, hit.source, meta.title, meta.published, meta.language, hit.start, hit.end, hit.text)
    sentence = AnswerSentence(hit.text, (1,), 1.0, supported=True)
    return replace(
        _refused(question),
        status="answered",
        text=hit.text,
        sentences=(sentence,),
        citations=(citation,),
        independent_sources=1,
        confidence=hit.score,
    )
