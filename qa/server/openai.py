"""The API that clients of OpenAI's chat completions speak, so that any of them can ask the articles.

The models are ``article-qa`` (an LLM where one answers, else quotation), ``article-qa-quote`` (always quotation; so for
every engine without an LLM), and whatever chat models the Ollama server has. Only checked text is sent, streaming or
not: a client cannot take back what it has shown. The answer's JSON stands beside the message under ``article_qa``.

Does not know how anything is answered. Parameters about sampling are taken and ignored, because answers are checked and
deterministic.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sse_starlette import ServerSentEvent

from qa.answering import ENGINES
from qa.assistant import LONGEST_QUESTION, check_question
from qa.chat import Filters, Turn
from qa.errors import InputError, QAError
from qa.llm import chat_models
from qa.records import Answer
from qa.server.api import Events, NotFoundError, error_body, event, event_stream
from qa.server.service import Service

AUTOMATIC = "article-qa"
_ENGINES = {f"{AUTOMATIC}-{name}": name for name, engine in ENGINES.items() if engine.llm == "never"}


class ChatMessage(BaseModel):
    """Something said. ``content`` is a text or, as newer clients send it, a list of parts."""

    model_config = ConfigDict(extra="ignore")

    role: str
    content: str | list[dict[str, Any]] | None = None

    def text(self) -> str:
        """What is said in words."""
        if isinstance(self.content, list):
            return "\n".join(str(part.get("text", "")) for part in self.content if part.get("type") == "text")
        return self.content or ""


class CompletionRequest(BaseModel):
    """What is used of a request; the rest is ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(default=AUTOMATIC, max_length=200)
    messages: list[ChatMessage] = Field(min_length=1, max_length=1000)
    stream: bool = False


def openai_routes(service: Service) -> APIRouter:
    """The routes that ``service`` answers."""
    routes = APIRouter(prefix="/v1", tags=["as OpenAI's"])

    async def names() -> list[str]:
        return [AUTOMATIC, *_ENGINES, *(await service.run(chat_models, service.assistant.settings) or ())]

    @routes.get("/models")
    async def models() -> dict[str, Any]:
        """Who can be asked."""
        return {"object": "list", "data": [_model(name) for name in await names()]}

    @routes.get("/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        """One of them."""
        if name not in await names():
            raise NotFoundError(f"there is no model {name}", "/v1/models lists what there is")
        return _model(name)

    @routes.post("/chat/completions", response_model=None)
    async def complete(request: CompletionRequest) -> Response:
        """The checked answer to the last message; the questions before it make a follow-up whole."""
        questions = _questions(request)
        if request.stream:
            return event_stream(_chunks(service, request, questions))
        answer = await _answer(service, request, questions)
        message = {"role": "assistant", "content": as_text(answer), "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return JSONResponse({**_frame(request, "chat.completion"), "choices": [choice], "article_qa": answer.to_dict()})

    @routes.api_route("/{path:path}", methods=["GET", "POST"], include_in_schema=False)
    async def nothing(path: str) -> None:
        """Any other address."""
        raise NotFoundError(f"there is no /v1/{path}", "there are /v1/models and /v1/chat/completions")

    return routes


def as_text(answer: Answer) -> str:
    """An answer in plain text, with what its citation marks stand for."""
    lines = [answer.text]
    for citation in answer.citations:
        quote = " ".join(citation.quote.split())
        about = ", ".join(part for part in (citation.title, citation.published, citation.source) if part)
        lines.append(f"[{citation.number}] “{quote}” ({about}, characters {citation.start}–{citation.end})")
    lines.extend(f"Note: {note}" for note in answer.notes)
    return "\n\n".join(lines)


def _questions(request: CompletionRequest) -> list[str]:
    """What was asked, the question to be answered last.

    Raises:
        InputError: it is no question, or nothing that can be asked.
    """
    if request.messages[-1].role != "user":
        raise InputError("the last message is not a question", "send one with the role user")
    questions = [message.text() for message in request.messages if message.role == "user"]
    check_question(questions[-1])
    return questions


async def _answer(service: Service, request: CompletionRequest, questions: Sequence[str]) -> Answer:
    """The answer to the last question.

    Earlier questions are asked again by quotation, which takes milliseconds: what a client says was answered may be
    anything, and a follow-up must not lean on it.
    """
    conversation = service.assistant.chat(_engine(request.model))
    conversation.resume(await _past(service, questions[:-1]))
    async with aclosing(service.converse(conversation, questions[-1])) as answering:
        async for what in answering:
            if isinstance(what, Turn):
                return what.answer
    raise RuntimeError("the answer never came")


async def _past(service: Service, questions: Sequence[str]) -> Sequence[Turn]:
    kept = [text for text in questions if text.strip() and len(text) <= LONGEST_QUESTION]
    conversation = service.assistant.chat("quote")
    for text in kept[-service.assistant.settings.chat.history :]:
        async for _ in service.converse(conversation, text, **Filters()):
            pass
    return conversation.turns


async def _chunks(service: Service, request: CompletionRequest, questions: Sequence[str]) -> Events:
    frame = _frame(request, "chat.completion.chunk")

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: object) -> ServerSentEvent:
        return event({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more})

    yield chunk({"role": "assistant", "content": ""})
    try:
        answer = await _answer(service, request, questions)
    except QAError as error:
        yield event(error_body(error))
        return
    for piece in as_text(answer).splitlines(keepends=True):
        yield chunk({"content": piece})
    yield chunk({}, "stop", article_qa=answer.to_dict())
    yield ServerSentEvent("[DONE]", sep="\n")


def _engine(model: str) -> str | None:
    if model in {AUTOMATIC, ""}:
        return None
    return _ENGINES.get(model) or f"ollama:{model}"


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "article-qa"}


def _frame(request: CompletionRequest, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": request.model or AUTOMATIC,
    }
