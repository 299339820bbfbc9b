"""The tools that programs find by the Model Context Protocol: ask, check, search, read.

Knows what each tool says of itself. Does not know how anything is answered.
"""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from pydantic import Field

from qa.assistant import LONGEST_QUESTION, LONGEST_TEXT
from qa.chat import Filters
from qa.errors import QAError
from qa.server.api import read_article, whole_answer
from qa.server.service import Service

_LONGEST_PART = 20_000
"""Code points of an article that one call reads: what a model can take in."""

_Sources = Annotated[list[str] | None, Field(description="globs of the only sources to use")]
_Day = Annotated[str | None, Field(description="like 2023-09-17", pattern=r"^\d{4}-\d\d-\d\d$")]


def tool_server(service: Service) -> FastMCP[Any]:
    """A server whose tools ``service`` answers; it keeps nothing between two calls."""
    server: FastMCP[Any] = FastMCP(
        "article-qa",
        instructions=(
            "Answers questions about a folder of articles, only from what they say. Every sentence of an answer is "
            "quoted exactly and can be read at its place. status 'refused' means that the articles do not say."
        ),
        stateless_http=True,
        json_response=True,
        streamable_http_path="/mcp",
        # Hosts and origins are looked at before anything arrives here.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    reads_only = ToolAnnotations(readOnlyHint=True, idempotentHint=True, openWorldHint=False)

    @server.tool(annotations=reads_only)
    async def ask(
        question: Annotated[str, Field(description="in any language", max_length=LONGEST_QUESTION)],
        sources: _Sources = None,
        after: _Day = None,
        before: _Day = None,
    ) -> dict[str, Any]:
        """Answer a question from the articles by exact quotation, with citations, or say that they do not say."""
        filters = Filters(sources=sources or [], after=after, before=before)
        try:
            return (await whole_answer(service, question, "quote", filters)).to_dict()
        except QAError as error:
            raise _for_models(error) from None

    @server.tool(annotations=reads_only)
    async def check(
        text: Annotated[str, Field(description="sentences, in any language", max_length=LONGEST_TEXT)],
        sources: _Sources = None,
        after: _Day = None,
        before: _Day = None,
    ) -> dict[str, Any]:
        """Say of each sentence of a text whether the articles support it, contradict it, or do not say; with quotes."""
        try:
            checked = await service.run(
                service.assistant.check, text, sources=sources or [], after=after, before=before
            )
        except QAError as error:
            raise _for_models(error) from None
        return checked.to_dict()

    @server.tool(annotations=reads_only)
    async def search(
        query: Annotated[str, Field(max_length=LONGEST_QUESTION)],
        count: Annotated[int, Field(ge=1, le=100, description="how many passages")] = 10,
        sources: _Sources = None,
        after: _Day = None,
        before: _Day = None,
    ) -> dict[str, Any]:
        """The passages of the articles that fit a query best, with their places and scores."""
        try:
            hits = await service.run(
                service.assistant.search, query, count, sources=sources or [], after=after, before=before
            )
        except QAError as error:
            raise _for_models(error) from None
        return {"passages": [hit.to_dict() for hit in hits]}

    @server.tool(annotations=reads_only)
    async def read(
        source: Annotated[str, Field(description="as citations and passages name it")],
        start: Annotated[int, Field(ge=0, description="first character (Unicode code points)")] = 0,
        end: Annotated[int | None, Field(ge=0, description="behind the last character")] = None,
    ) -> dict[str, Any]:
        """Read an article, or the part of it from start to end; a long one comes in parts of 20,000 characters."""
        try:
            article = await service.run(read_article, service, source, start, end)
        except QAError as error:
            raise _for_models(error) from None
        article["text"] = article["text"][:_LONGEST_PART]
        article["end"] = start + len(article["text"])
        return article

    return server


def _for_models(error: QAError) -> ToolError:
    return ToolError(f"{error.message}; {error.hint}" if error.hint else error.message)
