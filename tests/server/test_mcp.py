"""The tools for programs, used by the real client of the Model Context Protocol.

No test may make the server print a traceback.
"""

import asyncio
import json
from types import SimpleNamespace

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from qa import Assistant, Settings
from qa.server.mcp import tool_server
from qa.server.service import Service

CSTO = "Is Kazakhstan a member of the CSTO?"


@pytest.fixture
def with_session(web_server):
    """Runs something with a session; a traceback in the server's log fails the test."""

    def run(work, path="/mcp/"):
        async def open_and_work():
            async with (
                streamable_http_client(f"{web_server.url}{path}") as (reading, writing, _),
                ClientSession(reading, writing) as session,
            ):
                greeting = await session.initialize()
                return await work(session, greeting)

        return asyncio.run(open_and_work())

    yield run
    assert web_server.complaints == ""


@pytest.fixture
def call(with_session):
    """Calls a tool and gives what it returns."""

    def calling(tool, **arguments):
        async def work(session, _):
            return await session.call_tool(tool, arguments)

        return with_session(work)

    return calling


@pytest.fixture
def use(call):
    """Calls a tool that has to succeed, and gives its JSON, which is also there as text for older clients."""

    def using(tool, **arguments):
        result = call(tool, **arguments)
        assert not result.isError, result.content
        assert json.loads(result.content[0].text) == result.structuredContent
        return result.structuredContent

    return using


@pytest.fixture(scope="module")
def bot(web_server):
    """An assistant over the index that the server has."""
    with Assistant(Settings(index_dir=web_server.folder / ".qa")) as assistant:
        yield assistant


def timeless(answer):
    """An answer without how long it took, which is all that may differ."""
    return {name: value for name, value in answer.items() if name != "timings_ms"}


def test_there_are_four_tools_that_say_what_they_take(with_session):
    async def work(session, greeting):
        return greeting, (await session.list_tools()).tools

    greeting, tools = with_session(work)
    assert greeting.serverInfo.name == "article-qa"
    assert "articles" in greeting.instructions
    assert [tool.name for tool in tools] == ["ask", "check", "search", "read"]
    required = {tool.name: tool.inputSchema["required"] for tool in tools}
    assert required == {"ask": ["question"], "check": ["text"], "search": ["query"], "read": ["source"]}
    for tool in tools:
        assert tool.description
        assert tool.annotations.readOnlyHint
        assert all("type" in kind or "anyOf" in kind for kind in tool.inputSchema["properties"].values())


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        (CSTO, {}),
        ("Wen trifft Biden in New York?", {}),
        ("How many moons does Jupiter have?", {}),
        (CSTO, {"sources": ["*001_*"]}),
        (CSTO, {"after": "2023-09-01", "before": "2023-09-30"}),
    ],
)
def test_ask_gives_the_answer_that_python_gives(use, bot, question, filters):
    answer = use("ask", question=question, **filters)
    assert answer["schema"] == 1
    assert timeless(answer) == timeless(bot.ask(question, "quote", **filters).to_dict())


@pytest.mark.parametrize("filters", [{}, {"count": 3}, {"sources": ["*000_*"]}, {"before": "2001-01-01"}])
def test_search_gives_the_passages_that_python_gives(use, bot, filters):
    named = dict(filters)
    hits = bot.search("Blinken in Astana", named.pop("count", 10), **named)
    assert use("search", query="Blinken in Astana", **filters) == {"passages": [hit.to_dict() for hit in hits]}


def test_read_gives_the_exact_characters_of_what_ask_and_search_name(use):
    citations = use("ask", question=CSTO)["citations"]
    places = [*citations, *(copy for citation in citations for copy in citation["also_in"])]
    assert places
    for place in places:
        part = use("read", source=place["source"], start=place["start"], end=place["end"])
        assert part["text"] == place["quote"]
    for hit in use("search", query="Blinken in Astana", count=3)["passages"]:
        assert use("read", source=hit["source"], start=hit["start"], end=hit["end"])["text"] == hit["text"]


def test_read_gives_a_whole_article(use, bot):
    article = use("read", source="seeds/000_ddc6c8cdcefeffe4.txt")
    stored, text = bot.article("000_")
    assert (article["text"], article["start"], article["end"]) == (text, 0, len(text))
    assert (article["characters"], article["published"]) == (len(text), stored.metadata.published)


def test_a_long_article_is_read_in_parts():
    text = "".join(f"{number:05} " for number in range(9000))
    stored = SimpleNamespace(
        source="long.txt", metadata=SimpleNamespace(title=None, published=None, outlet=None, language="en")
    )
    assistant = SimpleNamespace(settings=Settings(), article=lambda _: (stored, text), warm_up=lambda: None)
    service = Service(assistant)
    tools = tool_server(service)

    async def read(**part):
        _, article = await tools.call_tool("read", {"source": "long.txt", **part})
        assert article["text"] == text[article["start"] : article["end"]]
        assert article["characters"] == len(text)
        return article

    async def read_all():
        parts = [await read()]
        while parts[-1]["end"] < len(text):
            parts.append(await read(start=parts[-1]["end"]))
        return parts

    try:
        parts = asyncio.run(read_all())
        assert "".join(part["text"] for part in parts) == text
        assert max(len(part["text"]) for part in parts) == 20_000
        assert len(asyncio.run(read(start=7, end=30_000))["text"]) == 20_000
    finally:
        service.close()


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("read", {"source": "no such article"}, ["'no such article' is not indexed", "`qa sources` lists what is"]),
        ("read", {"source": "seeds"}, ["5 indexed articles fit", "`qa sources` lists what is"]),
        ("read", {"source": "000_", "start": 9, "end": 3}, ["no characters 9 to 3", "it has 2738 characters"]),
        ("ask", {"question": " "}, ["the question is empty", "ask something"]),
        ("ask", {"question": "x" * 2001}, ["2000 characters"]),
        ("ask", {"question": CSTO, "after": "yesterday"}, ["after"]),
        ("ask", {"question": CSTO, "before": "2023-99-99"}, ["2023-99-99"]),
        ("search", {"query": ""}, ["the question is empty"]),
        ("search", {"query": "x", "count": 0}, ["count"]),
        ("ask", {}, ["question"]),
        ("forget", {}, ["forget"]),
    ],
)
def test_an_error_says_what_happened_and_what_to_do(call, tool, arguments, said):
    result = call(tool, **arguments)
    assert result.isError
    (content,) = result.content
    assert all(words in content.text for words in said)
    assert "Traceback" not in content.text


def test_what_is_no_message_is_refused(web_server):
    accepted = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    for body in (b"{never closed", b"[]", b'{"jsonrpc": "2.0"}'):
        response = httpx.post(f"{web_server.url}/mcp/", content=body, headers=accepted, trust_env=False)
        assert response.status_code == 400
        assert response.json()["error"]["message"]
    assert web_server.complaints == ""


def test_the_tools_are_there_without_a_slash_too(web_server):
    async def go():
        async with streamable_http_client(f"{web_server.url}/mcp") as (r, w, _), ClientSession(r, w) as session:
            await session.initialize()
            return [tool.name for tool in (await session.list_tools()).tools]

    assert asyncio.run(go()) == ["ask", "check", "search", "read"]
