"""What the page does when somebody asks, changes a question, or asks again: events in, what is shown out.

Knows the messages of a conversation and the line below them that says what goes on. Does not know Gradio's components,
or how anything is answered.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any, TypeVar

from qa.chat import Asked, Filters, Turn
from qa.errors import QAError
from qa.progress import StoppedError
from qa.records import Answer
from qa.server.conversations import Talk
from qa.server.page.answer import answer_html, draft_html, failure_html, question_html, quoted_html, waiting_html
from qa.server.page.markup import element, html_fragment
from qa.server.service import Quoted, Service, Stage

Message = dict[str, Any]

LONGEST_SHOWN = 4000
"""Code points of a question that are shown; one as long as that is not answered."""

_REFRESH_SECONDS = 0.1
"""A draft is shown anew this often: every time, the page gets all of it that changed."""
Event = TypeVar("Event")

_STAGES = {
    "wait": "Waiting for a free place",
    "retrieve": "Searching the articles",
    "write": "Writing",
    "check": "Checking every sentence against the articles",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The state of a page: its messages, and the line below them. ``ended`` says that nothing more comes."""

    messages: list[Message]
    status: str
    ended: bool = False


def messages_of(talk: Talk) -> list[Message]:
    """All turns of a conversation."""
    messages: list[Message] = []
    for number, turn in enumerate(talk.turns):
        messages += [_said("user", question_html(number, turn.asked)), _said("assistant", answer_html(number, turn))]
    return messages


def status_line(text: str, *, busy: bool = False) -> str:
    """The line that says what goes on."""
    return html_fragment(element("p", text, role="status", class_="status busy" if busy else "status"))


async def follow(service: Service, talk: Talk, text: str, filters: Filters) -> AsyncIterator[Shown]:
    """Ask, and yield what the page is to show, until the answer is there, has failed, or was stopped."""
    number = len(talk.turns)
    before = [*messages_of(talk), _said("user", question_html(number, text[:LONGEST_SHOWN]))]
    talk.asked = text
    stage = Stage("retrieve")
    draft, quoted = "", ""
    try:
        answering = service.converse(talk.conversation, text, stopped=talk.begin(), **filters)
        async for events in _in_batches(answering, _REFRESH_SECONDS):
            for event in events:
                if isinstance(event, Turn):
                    talk.add(event)
                    yield Shown(messages_of(talk), status_line(_outcome(event.answer)), ended=True)
                    return
                if isinstance(event, Stage):
                    stage = event
                elif isinstance(event, Quoted):
                    quoted = quoted_html(event.answer)
                elif not isinstance(event, Asked) and stage.name == "write":
                    draft += event
            coming = draft_html(draft) if draft.strip() else waiting_html(f"{_named(stage)}…")
            coming += quoted
            yield Shown([*before, _said("assistant", coming)], status_line(f"{_named(stage)}…", busy=True))
    except StoppedError:
        said = failure_html(number, "stopped", "nothing of this answer is kept")
        yield Shown([*before, _said("assistant", said)], status_line("Stopped."), ended=True)
    except QAError as error:
        said = failure_html(number, error.message, error.hint)
        yield Shown([*before, _said("assistant", said)], status_line("Not answered."), ended=True)


async def _in_batches(events: AsyncGenerator[Event, None], seconds: float) -> AsyncIterator[list[Event]]:
    """What came, all of a stretch of time together; nothing waits for longer than ``seconds``. Closes ``events``."""
    coming = asyncio.ensure_future(anext(events, None))
    try:
        while (first := await coming) is not None:
            batch = [first]
            until = time.monotonic() + seconds
            coming = asyncio.ensure_future(anext(events, None))
            while (more := await _soon(coming, until)) is not None:
                batch.append(more)
                coming = asyncio.ensure_future(anext(events, None))
            yield batch
    finally:
        if not coming.done():
            coming.cancel()
            await asyncio.wait([coming])
        await events.aclose()


async def _soon(coming: asyncio.Future[Event | None], until: float) -> Event | None:
    """The event, if it is there in time; neither the end nor an error is one."""
    await asyncio.wait([coming], timeout=max(until - time.monotonic(), 0))
    return coming.result() if coming.done() and coming.exception() is None else None


def _said(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _named(stage: Stage) -> str:
    named = _STAGES.get(stage.name, stage.name)
    return f"{named} with {stage.by}" if stage.by else named


def _outcome(answer: Answer) -> str:
    by = f"by {answer.model}, every sentence checked" if answer.model else "by quotation"
    did = f"Answered {by}" if answer.status == "answered" else "The articles do not say; looked up"
    return f"{did} in {answer.timings_ms.get('total', 0.0) / 1000:.2f} s."
