"""The cases of an evaluation as HTML: what was asked, answered, quoted and expected, and why it failed.

Knows the parts of one result. Does not know the page around it, nor how a case was judged. The direction of every
piece of text from outside is left to the browser (``dir="auto"``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from qa.evaluation.reports.figures import counted, reasons
from qa.evaluation.reports.markup import Element, element

_FULL_CONTEXT = 200
"""Characters beside a quote that the document holds at most: where there are as many, the article goes on."""
_CLOSEST = 3
"""Passages that are shown for a refusal."""


def case(result: Mapping[str, Any]) -> Element:
    """One result, folded when it passed; its tags stand in ``data-tags`` as a JSON list."""
    fact, passed = result["fact"], result["passed"]
    outcome = "passed" if passed else "error" if result["error"] else "failed"
    head = element(
        "summary",
        element("span", ("✓ " if passed else "✗ ") + outcome, class_=f"badge {'good' if passed else 'bad'}"),
        element("span", fact["question"], class_="question", dir="auto", lang=fact["language"]),
        element("span", result["id"], class_="quiet"),
        *(element("span", tag, class_="tag", dir="auto") for tag in fact["tags"]),
    )
    inside = element("div", class_="inside")
    for part in (*_why(result), *_answer(result), *_expected(fact), _measured(result)):
        inside.append(part)
    return element(
        "details",
        head,
        inside,
        class_="case" if passed else "case failed",
        open=None if passed else "open",
        data_passed="true" if passed else "false",
        data_tags=json.dumps(fact["tags"], ensure_ascii=False),
    )


def _items(items: Iterable[str], class_: str | None = None) -> Element:
    return element("ul", *(element("li", item, dir="auto") for item in items), class_=class_)


def _why(result: Mapping[str, Any]) -> list[Element]:
    told = reasons(result)
    return [element("h3", "Why it failed"), _items(told, "why")] if told else []


def _answer(result: Mapping[str, Any]) -> list[Element]:
    answer = result["answer"]
    if not answer:
        return []
    described = f"{answer['status'].capitalize()}, confidence {answer['confidence']:.2f}"
    if answer["citations"]:
        described += ", " + counted(answer["independent_sources"], "independent source")
    parts = [
        element("h3", described),
        element("p", answer["text"], class_="answer", dir="auto", lang=answer["language"]),
    ]
    unsupported = [sentence["text"] for sentence in answer["sentences"] if not sentence["supported"]]
    if unsupported:
        parts += [element("h3", "Not supported by the articles"), _items(unsupported)]
    contexts = {context["number"]: context for context in result["contexts"]}
    if answer["citations"]:
        parts.append(element("h3", "Quoted, in context"))
    for citation in answer["citations"]:
        parts += _quoted(citation, contexts.get(citation["number"], {"before": "", "after": ""}))
    if answer["disagreements"]:
        sides = (
            " against ".join(f"{claim['value']} {claim['citations']}" for claim in disagreement["claims"])
            for disagreement in answer["disagreements"]
        )
        parts += [element("h3", "Disagreements shown"), _items(sides)]
    if answer["status"] == "refused" and answer["passages"]:
        parts.append(element("h3", "Closest passages"))
        parts += [_passage(hit) for hit in answer["passages"][:_CLOSEST]]
    if answer["notes"]:
        parts += [element("h3", "Notes"), _items(answer["notes"])]
    return parts


def _quoted(citation: Mapping[str, Any], context: Mapping[str, Any]) -> list[Element]:
    place = f"{citation['source']}, characters {citation['start']}–{citation['end']}"
    if citation["locator"]:
        place += f", {citation['locator']}"
    about = f"{citation['title'] or '(no headline)'} · {citation['published'] or 'undated'} · "
    copies = "".join(f" · also in {copy['source']} ({copy['relation']})" for copy in citation["also_in"])
    return [
        element(
            "blockquote",
            *_shortened(context["before"], first=True),
            element("mark", citation["quote"]),
            *_shortened(context["after"], first=False),
            dir="auto",
            lang=citation["language"],
        ),
        element("p", f"[{citation['number']}] {about}{place}{copies}", class_="quiet", dir="auto"),
    ]


def _shortened(context: str, *, first: bool) -> list[str]:
    """What stands beside a quote, cut at a word where the article goes on."""
    if len(context) < _FULL_CONTEXT:
        return [context]
    return ["… ", context.partition(" ")[2]] if first else [context.rpartition(" ")[0], " …"]


def _passage(hit: Mapping[str, Any]) -> Element:
    source = element("span", f"{hit['source']}, score {hit['score']:.2f}: ", class_="quiet")
    return element("blockquote", source, " ".join(hit["text"].split()), dir="auto")


def _expected(fact: Mapping[str, Any]) -> list[Element]:
    told = [] if fact["answerable"] else ["a refusal: the articles do not say"]
    told += ["in the answer: " + " or ".join(group) for group in fact["expect"]]
    if fact["forbid"]:
        told.append("not in the answer: " + ", ".join(fact["forbid"]))
    if fact["sources"]:
        told.append("cited from: " + ", ".join(fact["sources"]))
    if fact["quote"]:
        told.append(f"in a quote: “{fact['quote']}”")
    if fact.get("independent_sources") is not None:
        told.append(counted(fact["independent_sources"], "independent source"))
    if fact.get("disagreement"):
        told.append("a disagreement: " + " against ".join(" or ".join(group) for group in fact["disagreement"]))
    return [element("h3", "Expected"), _items(told or ["an answer"])]


def _measured(result: Mapping[str, Any]) -> Element:
    parts = [f"{result['milliseconds']:.1f} ms"]
    if result["retrieved_rank"] is not None:
        parts.append(f"the search had the answer at rank {result['retrieved_rank']}")
    if result["fact"].get("line") is not None:
        parts.append(f"line {result['fact']['line']} of the facts")
    return element("p", " · ".join(parts), class_="quiet")
