"""The tab in which somebody's own text is checked against the articles; and what it shows, as HTML.

All text is from strangers and is put into a tree, which escapes it. Does not know how anything is checked.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from qa.assistant import LONGEST_TEXT
from qa.errors import QAError
from qa.phrases import as_sentence
from qa.records import Check, CheckedSentence, Citation, Span
from qa.server.page import QUIETLY, Desk
from qa.server.page.article import article_link
from qa.server.page.markup import Element, element, html_fragment

_MEANS = {
    "supported": "The articles say so",
    "contradicted": "The articles say otherwise",
    "not said": "The articles do not say",
}


class CheckTab:
    """Makes the components where it is made, inside of a ``gr.Tab``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        gr.HTML(html_fragment(element("p", "Paste a text of your own. Each sentence is compared with the articles.")))
        text = gr.Textbox(label="Your text", lines=8, max_lines=24, max_length=LONGEST_TEXT, elem_id="draft-to-check")
        button = gr.Button("Check", variant="primary", elem_id="check")
        shown = gr.HTML(elem_id="checked")
        button.click(self._check, [text], [shown], **QUIETLY)

    async def _check(self, text: str) -> AsyncIterator[Any]:
        yield html_fragment(element("p", "Comparing every sentence with the articles…", role="status", class_="hint"))
        try:
            checked = await self._desk.service.run(self._desk.service.assistant.check, text)
        except QAError as error:
            said = [element("p", element("strong", as_sentence(error.message)))]
            said += [element("p", as_sentence(error.hint))] if error.hint else []
            yield html_fragment(element("div", *said, class_="answer failed"))
            return
        yield check_html(checked)


def check_html(checked: Check) -> str:
    """Every sentence with its verdict, and the quotes that speak for or against it."""
    quotes = {citation.number: citation for citation in checked.citations}
    root = element("div", element("p", _count(checked), role="status", class_="hint"), class_="checked")
    root.append(element("ol", *(_sentence(one, quotes) for one in checked.sentences)))
    if checked.notes:
        root.append(element("ul", *(element("li", as_sentence(note)) for note in checked.notes), class_="notes"))
    return html_fragment(root)


def _count(checked: Check) -> str:
    counts = [(sum(one.verdict == verdict for one in checked.sentences), verdict) for verdict in _MEANS]
    return ", ".join(f"{count} {verdict}" for count, verdict in counts)


def _sentence(sentence: CheckedSentence, quotes: dict[int, Citation]) -> Element:
    item = element(
        "li",
        element("p", sentence.text, dir="auto"),
        element("p", _MEANS[sentence.verdict], class_="verdict"),
        class_=sentence.verdict.replace(" ", "-"),
    )
    for number in sentence.citations:
        citation = quotes[number]
        link = f"{article_link(citation.source, Span(citation.start, citation.end))}#quote"
        quote = element("q", " ".join(citation.quote.split()), dir="auto", lang=citation.language)
        place = element("a", element("bdi", citation.source), href=link, target="_blank", class_="place")
        item.append(element("p", quote, " ", place, class_="proof"))
    return item
