"""The tab in which questions are asked: the conversation, the box below it, who writes, filters, an opened article.

Knows which of its components each event changes. What a message looks like is made in ``talk``; what happens within
the page, such as opening a citation, is ``data/web.js``. Does not know how anything is answered.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import gradio as gr

from qa.answering import ENGINES
from qa.assistant import LONGEST_QUESTION
from qa.chat import Filters
from qa.errors import InputError, QAError
from qa.server.page import AS_SENT, QUIETLY, WANTED, Desk, owner_of, text_of, wanted_of
from qa.server.page.markup import element, html_fragment
from qa.server.page.state import suggestions
from qa.server.page.talk import follow, messages_of, status_line

_READY = "Ask in any language. Shift+Enter begins a new line."
_WELCOME = "## Ask the articles\n\nEvery sentence of an answer is checked, and its citation opens at its place."
_FORGOTTEN = "The server no longer has the earlier conversation. The next question begins a new one."
_BEGUN_ANEW = "The server no longer had the earlier conversation, so this question began a new one."
_KEPT = "() => [sessionStorage.getItem('article-qa-conversation') || '']"
_KEEP = "(name) => { sessionStorage.setItem('article-qa-conversation', name); }"
"""JavaScript that a page needs as it opens, when ``web.js`` may not be there yet."""
_ENGINES = [(engine.label, name) for name, engine in ENGINES.items()]


@dataclass(frozen=True, slots=True)
class _How:
    """What a question depends on, besides itself."""

    engine: str
    sources: Sequence[str]
    after: str
    before: str
    editing: int | None

    def filters(self) -> Filters:
        """As ``Assistant.ask`` takes them.

        Raises:
            InputError: a day that is none.
        """
        return Filters(sources=tuple(self.sources), after=_day(self.after), before=_day(self.before))


class AskTab:
    """Makes the components where it is made, inside of a ``gr.Tab``.

    Attributes:
        engine: the picker of who writes.
        sources: the filter by article.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        with gr.Row(elem_id="desk", equal_height=True):
            with gr.Column(scale=3, elem_id="talk"):
                self._chat = _chat()
                self._status = gr.HTML(status_line(_READY), elem_id="status-line")
                self._question = _question()
                with gr.Row(elem_id="under", equal_height=True):
                    self.engine = gr.Dropdown(
                        _ENGINES, value=desk.service.assistant.settings.answer.engine, label="Who writes",
                        elem_id="engine", filterable=False,
                    )  # fmt: skip
                    fresh = gr.Button("New conversation", size="sm", elem_id="fresh")
                    gr.HTML(_export_button(), elem_id="export-place")
                self.sources, self._after, self._before = _filter_boxes()
            with gr.Column(scale=2, elem_id="reader-place"):
                gr.HTML(_reader(), elem_id="reader-frame")
        self._name = gr.Textbox(visible="hidden", elem_id="conversation-name", label="Conversation")
        self._editing = gr.State(None)
        self._shown = [self._chat, self._status, self._question, self._name, self._editing]
        self._add_events(fresh)

    def _add_events(self, fresh: gr.Button) -> None:
        how = [self._name, self.engine, self.sources, self._after, self._before, self._editing]
        wanted = gr.Textbox(visible="hidden", label="Wanted")
        deed = gr.Button("Do", visible="hidden", elem_id="deed")
        self._question.submit(self._submit, [self._question, *how], self._shown, **AS_SENT)
        self._chat.example_select(self._example, how, self._shown, **AS_SENT)
        deed.click(self._do, [wanted, *how], self._shown, js=WANTED, **AS_SENT)
        self._question.stop(self._stop, [self._name], None, queue=False, **QUIETLY)
        fresh.click(self._begin, [self._name], self._shown, **QUIETLY)
        self._name.change(None, [self._name], None, js=_KEEP)

    def add_load_events(self, page: gr.Blocks) -> None:
        """When the page opens, go on with the conversation that it had, and find questions to begin with."""
        page.load(self._resume, [self._name], self._shown, js=_KEPT, **QUIETLY)
        page.load(self._examples, None, [self._chat], **QUIETLY)

    # -- events; each yields or returns: messages, status, question, conversation, which turn is being changed

    async def _submit(self, request: gr.Request, text: object, name: object, *how: Any) -> AsyncIterator[list[Any]]:  # noqa: ANN401
        async for shown in self._answer(request, text_of(text), text_of(name), self._how(*how)):
            yield shown

    async def _example(
        self,
        chosen: gr.SelectData,
        request: gr.Request,
        name: object,
        *how: Any,  # noqa: ANN401
    ) -> AsyncIterator[list[Any]]:
        async for shown in self._answer(request, str(chosen.value["text"]), text_of(name), self._how(*how)):
            yield shown

    async def _do(self, request: gr.Request, wanted: object, sent: object, *how: Any) -> AsyncIterator[list[Any]]:  # noqa: ANN401
        """A button in a message: change a question, or ask it again."""
        action = wanted_of(wanted)
        turn = action.get("turn")
        number = turn if isinstance(turn, int) else 0
        talk, name, forgotten = self._desk.talk(text_of(sent), request)
        if forgotten:
            yield [gr.skip(), status_line(_FORGOTTEN), gr.skip(), gr.skip(), None]
            return
        asked = talk.asked_as(number)
        if action.get("do") == "edit":
            line = status_line(f"Changing question {number + 1}: what follows it is dropped when you ask.")
            yield [gr.skip(), line, gr.update(value=asked), name, number]
            return
        async for shown in self._answer(request, asked, name, replace(self._how(*how), editing=number)):
            yield shown

    def _stop(self, request: gr.Request, name: str) -> None:
        talk = self._desk.conversations.find(name, owner_of(request))
        if talk is not None:
            talk.stop()

    def _begin(self, request: gr.Request, name: str) -> list[Any]:
        self._stop(request, name)
        return [[], status_line(_READY), _box(""), self._desk.conversations.begin(owner_of(request)), None]

    def _resume(self, request: gr.Request, name: str) -> list[Any]:
        talk, name, forgotten = self._desk.talk(name, request)
        return [messages_of(talk), status_line(_FORGOTTEN if forgotten else _READY), _box(None), name, None]

    async def _examples(self) -> Any:  # noqa: ANN401
        questions = await self._desk.service.run(suggestions, self._desk.service.assistant)
        return gr.update(examples=[{"text": question} for question in questions])

    def _how(self, engine: object, sources: object, after: object, before: object, editing: int | None) -> _How:
        """From what the browser sent; the turn that is being changed is the server's own."""
        picked = map(text_of, sources if isinstance(sources, list) else ())
        engine = text_of(engine) or self._desk.service.assistant.settings.answer.engine
        return _How(engine, [*filter(None, picked)], text_of(after), text_of(before), editing)

    async def _answer(self, request: gr.Request, text: str, name: str, how: _How) -> AsyncIterator[list[Any]]:
        """Everything that the page shows from a question to its answer."""
        if not text.strip():
            yield [gr.skip(), status_line("Type a question first."), gr.skip(), name, how.editing]
            return
        talk, name, forgotten = self._desk.talk(name, request)
        try:
            filters = how.filters()
            talk.conversation.engine = how.engine
        except QAError as error:
            yield [gr.skip(), status_line(f"{error.message}; {error.hint}."), gr.skip(), name, how.editing]
            return
        if how.editing is not None:
            talk.rewind(how.editing)
        emptied = False  # once only: meanwhile the next question may be typed
        async for shown in follow(self._desk.service, talk, text, filters):
            box = _box(None if emptied else "", answering=not shown.ended)
            yield [shown.messages, shown.status, gr.skip() if emptied and not shown.ended else box, name, None]
            emptied = True
        if forgotten:
            yield [gr.skip(), status_line(_BEGUN_ANEW), gr.skip(), name, None]


def _day(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise InputError(f"“{text.strip()}” is not a date", "write it like 2023-09-17") from None


# -- components


def _box(value: str | None, *, answering: bool = False) -> Any:  # noqa: ANN401
    """The question's box with one button: to ask, or to stop."""
    text = {} if value is None else {"value": value}
    return gr.update(submit_btn=False if answering else "Ask", stop_btn="Stop" if answering else False, **text)


def _chat() -> gr.Chatbot:
    return gr.Chatbot(
        label="Conversation",
        show_label=False,
        container=False,
        elem_id="chat",
        placeholder=_WELCOME,
        layout="panel",
        height=None,
        min_height=160,
        autoscroll=False,
        buttons=[],
        feedback_options=None,
        group_consecutive_messages=False,
        allow_file_downloads=False,
        latex_delimiters=[],
        reasoning_tags=[],
    )


def _question() -> gr.Textbox:
    return gr.Textbox(
        label="Question",
        show_label=False,
        placeholder="What do you want to know?",
        lines=1,
        max_lines=8,
        max_length=LONGEST_QUESTION,
        submit_btn="Ask",
        stop_btn=False,
        elem_id="question",
    )


def _filter_boxes() -> tuple[gr.Dropdown, gr.Textbox, gr.Textbox]:
    with gr.Accordion("Filters", open=False, elem_id="filters"):
        sources = gr.Dropdown(
            [],
            value=[],
            multiselect=True,
            allow_custom_value=True,
            elem_id="only-sources",
            label="Only these articles",
            info="Pick some, or type a pattern such as seeds/00*",
        )
        with gr.Row():
            after = gr.Textbox(label="Published on or after", placeholder="2023-09-17", elem_id="after")
            before = gr.Textbox(label="Published on or before", placeholder="2023-12-31", elem_id="before")
    return sources, after, before


def _export_button() -> str:
    title = "Save this conversation as Markdown, with its citations"
    return html_fragment(element("button", "Export", type="button", id="export", title=title))


def _reader() -> str:
    hint = "Click a citation such as [1] to read it here, in its article."
    close = element("button", "Close", type="button", id="close-reader", title="Close the article (Escape)")
    panel = element(
        "section",
        element("div", element("h2", "Source"), close, class_="reader-bar"),
        element("div", element("p", hint, class_="hint"), id="reader", tabindex="0"),
        id="reader-panel",
        aria_label="Source",
    )
    return html_fragment(panel)
