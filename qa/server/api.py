"""The HTTP API for programs: ask, search, what is indexed, one article, health.

Knows routes and JSON; answers are the JSON of ``qa ask --json``. Does not know pages, or the API that imitates
OpenAI's (``openai``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from qa.assistant import check_question
from qa.chat import Filters
from qa.errors import IndexMissingError, InputError, QAError
from qa.records import Answer
from qa.server.events import EventStream, event
from qa.server.requests import AskRequest, NotFoundError, SearchRequest, engine_name, error_body
from qa.server.service import Service, Stage


def api_routes(service: Service) -> APIRouter:
    """The routes that ``service`` answers."""
    routes = APIRouter()

    @routes.post("/api/ask", tags=["questions"], response_model=None)
    async def ask(request: AskRequest) -> Response:
        """One answer, schema 1. With ``stream``, the events ``stage``, ``draft`` (unchecked), then ``answer``."""
        check_question(request.question)
        engine = engine_name(request.engine, request.model)
        filters = request.filters(request.k)
        if request.stream:
            return EventStream(_events(service, request.question, engine, filters))
        return JSONResponse((await whole_answer(service, request.question, engine, filters)).to_dict())

    @routes.post("/api/search", tags=["questions"])
    async def search(request: SearchRequest) -> list[dict[str, Any]]:
        """Ranked passages, best first, copies collapsed."""
        filters = request.filters(None)
        del filters["k"]
        hits = await service.run(service.assistant.search, request.query, request.k, **filters)
        return [hit.to_dict() for hit in hits]

    @routes.get("/api/sources", tags=["articles"])
    async def sources() -> dict[str, Any]:
        """What is indexed, and which articles are copies of each other, why, and how sure."""
        indexed = await service.run(service.assistant.sources)
        copies = await service.run(service.assistant.copies)
        return {"sources": [one.to_dict() for one in indexed], "copies": [pair.to_dict() for pair in copies]}

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


async def _events(service: Service, question: str, engine: str | None, filters: Filters) -> AsyncGenerator[str, None]:
    try:
        async with aclosing(service.ask(question, engine, **filters)) as answering:
            async for what in answering:
                if isinstance(what, Answer):
                    yield event(what.to_dict(), "answer")
                elif isinstance(what, Stage):
                    yield event({"stage": what.name, "model": what.by or None}, "stage")
                else:
                    yield event({"text": what}, "draft")
    except QAError as error:
        yield event(error_body(error), "error")
