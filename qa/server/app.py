"""The server: the page, the APIs for programs, the tools, and the guard before all of them, in one process.

Knows what is served where. Does not know how any of it works.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from qa.assistant import Assistant
from qa.documents.files import SUFFIXES
from qa.errors import InputError, QAError
from qa.phrases import as_sentence
from qa.records import Span
from qa.server.accounts import Accounts
from qa.server.api import api_routes, error_body, status_of
from qa.server.conversations import Conversations
from qa.server.guard import Guard, signed_in
from qa.server.index_job import IndexJob
from qa.server.mcp import tool_server
from qa.server.openai import openai_routes
from qa.server.page import Desk
from qa.server.page.answer import turn_markdown
from qa.server.page.article import article_page, not_found_page, reading_panel
from qa.server.page.markup import html_part
from qa.server.service import BusyError, Service
from qa.server.uploads import UploadLimits, Uploads

_MEGABYTE = 2**20
_SEE = "see /docs for what can be sent"
_DESCRIPTION = (
    "Questions about a folder of articles, answered from what they say, every sentence cited. An MCP server with the "
    "tools ask, search and read is at `/mcp`."
)


def make_app(assistant: Assistant, *, names: set[str] | None, accounts: Accounts | None = None) -> ASGIApp:
    """The whole server for ``assistant``, which stays the caller's to close.

    Args:
        assistant: who answers.
        names: by which names of this machine the server may be called; ``None`` for any.
        accounts: who may use it; ``None`` for everybody who can reach it.
    """
    serve = assistant.settings.serve
    service = Service(assistant)
    limits = UploadLimits(files=serve.upload_files, megabytes=serve.upload_megabytes)
    uploads = Uploads(serve.uploads_dir, limits, SUFFIXES)
    job = IndexJob(assistant, serve.uploads_dir)
    tools = tool_server(service)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with tools.session_manager.run():
            yield
        job.stop()
        service.close()
        sent.cleanup()

    app = FastAPIOffline(
        title="article-qa",
        description=_DESCRIPTION,
        version=version("article-qa"),
        lifespan=running,
        redoc_url=None,
        swagger_ui_parameters={"validatorUrl": None},  # it would send the description to another host
    )
    conversations = Conversations(assistant)
    app.include_router(api_routes(service))
    app.include_router(openai_routes(service))
    _add_tools(app, tools.streamable_http_app())
    _add_reading(app, service, conversations)
    _add_assets(app)
    _add_error_handlers(app)
    sent = tempfile.TemporaryDirectory(prefix="article-qa-")
    most_bytes = (limits.files * limits.megabytes + 1) * _MEGABYTE
    return Guard(
        _with_page(app, Desk(service, conversations, uploads, job), sent.name),
        names=names,
        accounts=accounts,
        most_bytes=most_bytes,
    )


def _with_page(app: FastAPI, desk: Desk, folder: str) -> FastAPI:
    """Add the page; files that a browser sends come into ``folder``, and not where all users of the machine can see."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("GRADIO_TEMP_DIR", folder)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    import gradio  # reads these variables when it is imported

    from qa.server.page.frame import build_page, theme

    head = '<link rel="stylesheet" href="/look/web.css"><script src="/look/web.js"></script>'
    mounted: FastAPI = gradio.mount_gradio_app(
        app,
        build_page(desk),
        path="/",
        theme=theme(),
        head=head,
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        max_file_size=desk.uploads.limits.megabytes * _MEGABYTE,
        enable_monitoring=False,
    )
    return mounted


def _add_tools(app: FastAPI, tools: Starlette) -> None:
    """Serve the tools at ``/mcp``, with or without a slash behind it."""
    for route in tools.routes:
        if isinstance(route, Route):
            app.router.routes += [route, Route(f"{route.path}/", route.endpoint, include_in_schema=False)]


def _add_reading(app: FastAPI, service: Service, conversations: Conversations) -> None:
    @app.get("/read", include_in_schema=False, response_model=None)
    async def read(
        source: str,
        at: str = "",
        beside: str | None = None,
        whole: bool = False,  # noqa: FBT001, FBT002
        part: bool = False,  # noqa: FBT001, FBT002
    ) -> Response:
        """An article with a quote marked: a page, or the ``part`` of it that the chat shows beside itself."""
        try:
            panel, title = await service.run(reading_panel, service.assistant, source, _span(at), beside, whole=whole)
        except QAError as error:
            page = not_found_page(as_sentence(error.message), error.hint)
            return HTMLResponse(page, HTTPStatus.NOT_FOUND if isinstance(error, InputError) else status_of(error))
        return HTMLResponse(html_part(panel) if part else article_page(panel, title))

    @app.get("/conversation/{name}", include_in_schema=False, response_model=None)
    async def export(name: str, request: Request) -> Response:
        """A conversation as Markdown, to save."""
        talk = conversations.find(name, signed_in(request.scope))
        if talk is None or not talk.turns:
            raise InputError("there is no such conversation", "ask something first")
        base = str(request.base_url).rstrip("/")
        text = "\n".join(["# Conversation", "", *(turn_markdown(turn, base) for turn in talk.turns)])
        headers = {"Content-Disposition": 'attachment; filename="conversation.md"'}
        return PlainTextResponse(text, media_type="text/markdown", headers=headers)


def _span(at: str) -> Span | None:
    start, _, end = at.partition(":")
    if not at:
        return None
    if not (start.isdecimal() and end.isdecimal() and int(start) < int(end)):
        raise InputError(f"{at} is not a place in an article", "write it like at=310:481")
    return Span(int(start), int(end))


def _add_assets(app: FastAPI) -> None:
    kinds = {"web.css": "text/css", "web.js": "text/javascript"}

    @app.get("/look/{name}", include_in_schema=False, response_model=None)
    async def asset(name: str) -> Response:
        """A file of the page."""
        if name not in kinds:
            return PlainTextResponse("there is no such file\n", HTTPStatus.NOT_FOUND)
        body = files("qa.server.page").joinpath("data", name).read_bytes()
        return Response(body, media_type=kinds[name], headers={"Cache-Control": "no-cache"})


def _add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(QAError)
    async def known(_: Request, error: QAError) -> JSONResponse:
        headers = {"Retry-After": "2"} if isinstance(error, BusyError) else None
        return JSONResponse(error_body(error), status_of(error), headers)

    @app.exception_handler(RequestValidationError)
    async def unfit(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        is_json = first["type"] != "json_invalid"
        name = ".".join(str(part) for part in first["loc"][1:]) if is_json else ""
        told = f"{name or 'the body'} does not fit: {first['msg'].lower()}" if is_json else "the body is not JSON"
        return JSONResponse(error_body(InputError(told, _SEE)), HTTPStatus.UNPROCESSABLE_ENTITY)

    @app.exception_handler(HTTPException)
    async def framework(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(error_body(InputError(str(error.detail).lower(), _SEE)), error.status_code, error.headers)
