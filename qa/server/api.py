"""The HTTP API for programs: ask, search, what is indexed, one article, health.

Knows routes, JSON, limits and statuses; answers are the JSON of ``qa ask --json``. Does not know pages, or the API
that imitates OpenAI's (``openai``).
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from sse_starlette import EventSourceResponse, ServerSentEvent

from qa.answering import ENGINES, engine_help
from qa.assistant import LONGEST_QUESTION, LONGEST_TEXT, check_question
from qa.chat import Filters
from qa.errors import IndexMissingError, InputError, LLMError, QAError
from qa.records import Answer
from qa.server.service import BusyError, Quoted, Service, Stage

_SILENCE_SECONDS = 10.0
"""A silent connection is taken for a dead one, so a comment comes as often as this."""


class NotFoundError(QAError):
    """There is nothing at this address."""


def _day(value: object) -> object:
    """Only a date as people write it: a number would be taken for a time."""
    if value is None or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("write it like 2023-09-17")


def _engine(name: str) -> str:
    if name in ENGINES:
        return name
    raise ValueError(f"use one of: {', '.join(ENGINES)}")


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_Day = Annotated[date | None, BeforeValidator(_day)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sources: list[str] = Field(default_factory=list, max_length=100, description="globs of the only sources to use")
    after: _Day = Field(default=None, description="only articles published on this day or later")
    before: _Day = Field(default=None, description="only articles published on this day or earlier")

    def filters(self, k: int | None) -> Filters:
        """As ``Assistant.ask`` takes them."""
        after = self.after.isoformat() if self.after else None
        before = self.before.isoformat() if self.before else None
        return Filters(sources=self.sources, after=after, before=before, k=k)


class AskRequest(_Request):
    """A question."""

    question: str = Field(max_length=LONGEST_QUESTION, description="in any language")
    engine: Annotated[str, AfterValidator(_engine), WithJsonSchema({"type": "string", "enum": [*ENGINES]})] | None = (
        Field(default=None, description=engine_help())
    )
    model: str | None = Field(default=None, max_length=200, description="the LLM, as Ollama names it")
    k: int | None = Field(default=None, ge=1, le=100, description="passages that the answer may draw on")
    stream: bool = Field(
        default=False, description="answer with server-sent events: stage, quoted, draft, answer or error"
    )


class CheckRequest(_Request):
    """A text to be checked."""

    text: str = Field(max_length=LONGEST_TEXT, description="somebody's own text, in any language")


class SearchRequest(_Request):
    """A query for passages."""

    query: str = Field(max_length=LONGEST_QUESTION)
    k: int = Field(default=10, ge=1, le=1000, description="how many")


def engine_name(engine: str | None, model: str | None) -> str | None:
    """The engine as ``Assistant.ask`` takes it; a model alone means that it is to write.

    Raises:
        InputError: a model to quote with.
    """
    if not model:
        return engine
    if engine and ENGINES[engine].llm == "never":
        raise InputError(
            f"no model writes where the engine is {engine}", "leave out the model, or take the engine ollama"
        )
    return f"ollama:{model}"


def status_of(error: QAError) -> HTTPStatus:
    """The status that tells a program whose fault an error is, and whether to try again."""
    if isinstance(error, InputError):
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, NotFoundError):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, LLMError):
        return HTTPStatus.BAD_GATEWAY
    return HTTPStatus.SERVICE_UNAVAILABLE


def error_body(error: QAError) -> dict[str, Any]:
    """What happened and what to do, as JSON; ``type`` is what clients of the OpenAI API look at."""
    kind = "invalid_request_error" if isinstance(error, InputError | NotFoundError) else "server_error"
    busy = {"code": "busy"} if isinstance(error, BusyError) else {}
    return {"error": {"message": error.message, "hint": error.hint, "type": kind, **busy}}


def api_routes(service: Service) -> APIRouter:
    """The routes that ``service`` answers."""
    routes = APIRouter()

    @routes.post("/api/ask", tags=["questions"], response_model=None)
    async def ask(request: AskRequest) -> Response:
        """One answer, schema 1. With ``stream``: ``stage``, ``quoted``, ``draft`` (unchecked), then ``answer``."""
        check_question(request.question)
        engine = engine_name(request.engine, request.model)
        filters = request.filters(request.k)
        if request.stream:
            return event_stream(_events(service, request.question, engine, filters))
        return JSONResponse((await whole_answer(service, request.question, engine, filters)).to_dict())

    @routes.post("/api/search", tags=["questions"])
    async def search(request: SearchRequest) -> list[dict[str, Any]]:
        """Ranked passages, best first, copies collapsed."""
        filters = request.filters(None)
        del filters["k"]
        hits = await service.run(service.assistant.search, request.query, request.k, **filters)
        return [hit.to_dict() for hit in hits]

    @routes.post("/api/check", tags=["questions"])
    async def check(request: CheckRequest) -> dict[str, Any]:
        """Each sentence of a text: supported by the articles, contradicted, or not said; with the quotes."""
        filters = request.filters(None)
        del filters["k"]
        return (await service.run(service.assistant.check, request.text, **filters)).to_dict()

    @routes.get("/api/sources", tags=["articles"])
    async def sources() -> dict[str, Any]:
        """What is indexed, which articles are copies of each other, and which files cannot be read."""
        indexed = await service.run(service.assistant.sources)
        copies = await service.run(service.assistant.copies)
        info = await service.run(service.assistant.info)
        return {
            "sources": [one.to_dict() for one in indexed],
            "copies": [pair.to_dict() for pair in copies],
            "skipped": list(info.skipped),
        }

    @routes.get("/api/article", tags=["articles"])
    async def article(
        source: str, start: int = Query(default=0, ge=0), end: int | None = Query(default=None, ge=0)
    ) -> dict[str, Any]:
        """The text of one article, or its characters from ``start`` to ``end``."""
        return await service.run(read_article, service, source, start, end)

    @routes.get("/health", tags=["server"], response_model=None)
    async def health() -> Response:
        """Whether questions can be answered; 503 if not, with the reason."""
        try:
            info = await service.run(service.assistant.info)
        except QAError as error:
            state = "no index" if isinstance(error, IndexMissingError) else "failing"
            return JSONResponse({"status": state, **error_body(error)}, HTTPStatus.SERVICE_UNAVAILABLE)
        return JSONResponse(
            {"status": "ok", "version": info.qa_version, "articles": info.articles, "passages": info.passages}
        )

    @routes.api_route("/api/{path:path}", methods=["GET", "POST"], include_in_schema=False)
    async def nothing(path: str) -> None:
        """Any other address."""
        raise NotFoundError(f"there is no /api/{path}", "see /docs for what there is")

    return routes


async def whole_answer(service: Service, question: str, engine: str | None, filters: Filters) -> Answer:
    """The checked answer, whatever comes before it."""
    async with aclosing(service.ask(question, engine, **filters)) as answering:
        async for what in answering:
            if isinstance(what, Answer):
                return what
    raise RuntimeError("the answer never came")


def read_article(service: Service, source: str, start: int = 0, end: int | None = None) -> dict[str, Any]:
    """An article's metadata, and its text or the part of it that is asked for.

    Raises:
        InputError: no source or more than one fits, or the part is not in it.
    """
    stored, text = service.assistant.article(source)
    end = len(text) if end is None else end
    if not 0 <= start <= end <= len(text):
        raise InputError(f"{stored.source} has no characters {start} to {end}", f"it has {len(text)} characters")
    return {
        "source": stored.source,
        "title": stored.metadata.title,
        "published": stored.metadata.published,
        "outlet": stored.metadata.outlet,
        "language": stored.metadata.language,
        "characters": len(text),
        "start": start,
        "end": end,
        "text": text[start:end],
    }


Events = AsyncGenerator[ServerSentEvent, None]


def event(data: object, name: str | None = None) -> ServerSentEvent:
    """One event with JSON as its data."""
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name, sep="\n")


def event_stream(events: Events) -> Response:
    """Events as they come. Who leaves, closes ``events``."""
    return EventSourceResponse(
        events,
        ping=_SILENCE_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(comment="still at work", sep="\n"),
        sep="\n",
    )


async def _events(
    service: Service, question: str, engine: str | None, filters: Filters
) -> AsyncGenerator[ServerSentEvent, None]:
    try:
        async with aclosing(service.ask(question, engine, **filters)) as answering:
            async for what in answering:
                if isinstance(what, Answer):
                    yield event(what.to_dict(), "answer")
                elif isinstance(what, Quoted):
                    yield event(what.answer.to_dict(), "quoted")
                elif isinstance(what, Stage):
                    yield event({"stage": what.name, "model": what.by or None}, "stage")
                else:
                    yield event({"text": what}, "draft")
    except QAError as error:
        yield event(error_body(error), "error")
