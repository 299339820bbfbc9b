"""Asks every fact's question, has the answers judged, and makes of it the JSON document from which all reports come.

Knows two answerers to compare with: one that always refuses, and one that always shows the first passage. Does not know
how answers come about, what makes one right (``qa.evaluation.judge``), or what is enough (``qa.evaluation.gate``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np

from qa.errors import QAError
from qa.evaluation.facts import Fact
from qa.evaluation.judge import Case, judge
from qa.evaluation.metrics import by_language, by_tag, reliability_of, scores
from qa.index.stored import StoredArticle
from qa.progress import Progress, no_progress
from qa.records import Answer, AnswerSentence, Citation, Hit
from qa.text.language import detect

_DEPTH = 10
"""How many retrieved passages are looked at."""


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


def evaluate(
    assistant: Assistant, facts: Sequence[Fact], engine: str | None = None, progress: Progress = no_progress
) -> list[Case]:
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
    cases = []
    for number, fact in enumerate(facts):
        progress("questions", number, len(facts))
        case = _case(assistant, fact, lambda question: assistant.ask(question, engine))
        cases.append(replace(case, hits=_searched(assistant, fact.question)))
    progress("questions", len(facts), len(facts))
    return cases


def _warm_up(assistant: Assistant, question: str, engine: str | None) -> None:
    """Ask once, so that no case pays for opening index and models. What breaks here breaks again in its case."""
    try:
        assistant.ask(question, engine)
    except QAError:
        raise
    except Exception:  # noqa: BLE001
        return


def baselines(assistant: Assistant, cases: Sequence[Case]) -> dict[str, list[Case]]:
    """The same questions answered by refusing them all, and by showing the first passage that was found."""
    found: dict[str, list[Case]] = {"always_refuse": [], "first_passage": []}
    for case in cases:
        shown = _case(assistant, case.fact, partial(_first_passage, assistant, case.hits))
        for name, other in (("always_refuse", _case(assistant, case.fact, _refused)), ("first_passage", shown)):
            found[name].append(replace(other, hits=case.hits))
    return found


def document(
    facts_name: str, engine: str, cases: Sequence[Case], compared: Mapping[str, Sequence[Case]]
) -> dict[str, Any]:
    """The JSON document of a run, without the gate's verdict; ``eval/README.md`` describes it.

    Args:
        facts_name: the file they are from.
        engine: that was asked for; the answers say which one it was.
        cases: one or more.
        compared: each baseline's cases.
    """
    answers = [case.answer for case in cases if case.answer is not None]
    times = np.array([case.milliseconds for case in cases])
    return {
        "schema": 1,
        "facts": facts_name,
        "engine": max((answer.engine for answer in answers), default=engine, key=lambda name: name != "quote"),
        "model": next((answer.model for answer in answers if answer.model is not None), None),
        "fingerprint": next((answer.fingerprint for answer in answers), ""),
        "version": version("article-qa"),
        "summary": {
            "cases": len(cases),
            "passed": sum(case.passed for case in cases),
            "errors": sum(case.error is not None for case in cases),
            "scores": _dicts(scores(cases)),
            "by_language": {code: _dicts(values) for code, values in by_language(cases).items()},
            "by_tag": {tag: _dicts(values) for tag, values in by_tag(cases).items()},
            "baselines": {name: _dicts(scores(theirs)) for name, theirs in compared.items()},
            "reliability": [one.to_dict() for one in reliability_of(cases)],
            "latency_ms": {f"p{q}": round(float(np.percentile(times, q)), 1) for q in (50, 95)},
            "gate": [],
        },
        "results": [case.to_dict() for case in cases],
    }


def _dicts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: score.to_dict() for name, score in values.items()}


def _case(assistant: Assistant, fact: Fact, ask: Callable[[str], Answer]) -> Case:
    """One question asked and judged; a search for it is not part of that, nor of the time."""
    started = time.perf_counter()
    answer: Answer | None = None
    try:
        answer = ask(fact.question)
        milliseconds = 1000 * (time.perf_counter() - started)
        case = judge(fact, answer, lambda citation: _is_exact(assistant, citation))
        texts = {citation.source: assistant.article(citation.source)[1] for citation in answer.citations}
    except Exception as error:  # noqa: BLE001  whatever breaks, the answer is wrong and the others are still asked
        milliseconds = 1000 * (time.perf_counter() - started)
        what = error.message if isinstance(error, QAError) else f"{type(error).__name__}: {error}"
        failed = f"No answer came: {what}" if answer is None else f"The answer could not be checked: {what}"
        return Case(fact, answer, what, (failed,), milliseconds)
    return replace(case, milliseconds=milliseconds, texts=texts)


def _searched(assistant: Assistant, question: str) -> tuple[Hit, ...]:
    try:
        return tuple(assistant.search(question, k=_DEPTH))
    except Exception:  # noqa: BLE001  a question that cannot be searched has no passages
        return ()


def _is_exact(assistant: Assistant, citation: Citation) -> bool:
    """Whether a quote is what its source says there: the file itself, read anew, or the text made from it."""
    article, text = assistant.article(citation.source)
    if article.verbatim:
        with open(article.path, encoding="utf-8", newline="") as file:  # noqa: PTH123  newlines are left alone
            text = file.read()
    return text[citation.start : citation.end] == citation.quote


def _refused(question: str) -> Answer:
    return Answer(question, detect(question), "refused", "", (), (), 0, (), 0.0, "always refuse", "")


def _first_passage(assistant: Assistant, hits: Sequence[Hit], question: str) -> Answer:
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
