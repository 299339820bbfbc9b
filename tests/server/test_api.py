"""The API for programs, asked over HTTP: the same answers as from Python and from the command line, and errors in JSON.

No test may make the server print a traceback.
"""

import asyncio
import functools
import http.client
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from fixtures_web import copy_articles, serving
from qa import Assistant, Settings
from qa.answering import ENGINES
from qa.cli import main
from qa.server import api as server_api

CSTO = "Is Kazakhstan a member of the CSTO?"
GERMAN = "Wen trifft Biden in New York?"
NOWHERE = "How many moons does Jupiter have?"


@pytest.fixture
def api(web_server):
    """A client of the server; a traceback in the server's log fails the test."""
    with httpx.Client(base_url=web_server.url, timeout=120, trust_env=False) as client:
        yield client
    assert web_server.complaints == ""


@pytest.fixture(scope="module")
def bot(web_server):
    """An assistant over the index that the server has."""
    with Assistant(Settings(index_dir=web_server.folder / ".qa")) as assistant:
        yield assistant


@pytest.fixture
def printed(web_server, monkeypatch, capsys):
    """Runs a command of ``qa`` where the server runs, and gives the JSON that it prints."""
    monkeypatch.chdir(web_server.folder)

    def run(*arguments):
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def timeless(answer):
    """An answer without how long it took, which is all that may differ."""
    assert answer["timings_ms"]["total"] > 0
    return {name: value for name, value in answer.items() if name != "timings_ms"}


def events_of(response):
    """The events of a stream as pairs of name and data; comments are left out."""
    assert response.headers["content-type"].split(";")[0] == "text/event-stream"
    blocks = [block for block in response.text.split("\n\n") if block and not block.startswith(":")]
    pairs = [block.split("\n") for block in blocks]
    assert all(name.startswith("event: ") and data.startswith("data: ") for name, data in pairs)
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


def told(response):
    """The error of a response, which has to say what happened and what to do."""
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert error["message"]
    assert error["hint"]
    assert "\n" not in error["message"]
    return error


# -- questions


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        (CSTO, {}),
        (GERMAN, {}),
        (NOWHERE, {}),
        (CSTO, {"sources": ["*001_*", "*004_*"]}),
        (CSTO, {"after": "2023-09-01"}),
        (CSTO, {"before": "2023-09-17"}),
        (CSTO, {"before": "2001-01-01"}),
        (CSTO, {"k": 1}),
        (CSTO, {"sources": ["no such article"]}),
    ],
)
def test_an_answer_is_the_one_that_python_gives(api, bot, question, filters):
    response = api.post("/api/ask", json={"question": question, **filters})
    assert response.status_code == 200
    assert response.json()["schema"] == 1
    assert timeless(response.json()) == timeless(bot.ask(question, "quote", **filters).to_dict())


def test_filters_keep_out_what_they_are_to_keep_out(api):
    def used(**filters):
        return {hit["source"] for hit in api.post("/api/ask", json={"question": CSTO, **filters}).json()["passages"]}

    everything = used()
    assert used(sources=["*001_*"]) == {"seeds/001_f1bd69c54d12c379.txt"}
    assert used(before="2001-01-01") == set()
    dated = used(after="2023-09-17")
    assert dated == used(before="2023-09-17")
    assert dated < everything
    assert len(used(k=1)) == 1


def test_quotation_can_be_asked_for(api):
    asked = [api.post("/api/ask", json={"question": CSTO, "engine": engine}).json() for engine in ("auto", "quote")]
    assert timeless(asked[0]) == timeless(asked[1])


@pytest.mark.parametrize("question", [CSTO, NOWHERE])
def test_a_stream_has_its_stages_then_drafts_then_the_same_answer(api, question):
    streamed = api.post("/api/ask", json={"question": question, "stream": True})
    assert streamed.status_code == 200
    events = events_of(streamed)
    assert re.fullmatch("(stage )+(draft )*answer", " ".join(name for name, _ in events))
    assert events[0] == ("stage", {"stage": "retrieve", "model": None})
    drafted = "".join(data["text"] for name, data in events if name == "draft")
    answer = events[-1][1]
    assert drafted == answer["text"]
    assert timeless(answer) == timeless(api.post("/api/ask", json={"question": question}).json())


def test_an_llm_that_is_not_there_is_told_streaming_or_not(api):
    response = api.post("/api/ask", json={"question": CSTO, "engine": "ollama"})
    assert response.status_code == 502
    error = told(response)
    assert error["type"] == "server_error"
    assert "no Ollama server answers" in error["message"]
    names, data = zip(
        *events_of(api.post("/api/ask", json={"question": CSTO, "model": "any", "stream": True})), strict=True
    )
    assert (names[-1], data[-1]) == ("error", {"error": error})
    assert not {"draft", "answer"} & set(names)


def test_a_stream_is_never_silent_and_closes_when_its_reader_leaves(monkeypatch):
    monkeypatch.setattr(server_api, "_SILENCE_SECONDS", 0.05)
    closed = []

    async def events():
        try:
            yield server_api.event({"text": "Für\n"}, "draft")
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async def play():
        sent, leaves = [], asyncio.Event()

        async def receive():
            await leaves.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message.get("body", b""))
            if len(sent) == 4:
                leaves.set()

        response = server_api.event_stream(events())
        await asyncio.wait_for(response({"type": "http", "method": "POST"}, receive, send), 60)
        return b"".join(sent).decode()

    said = 'event: draft\ndata: {"text": "Für\\n"}\n\n'
    assert asyncio.run(play()).startswith(f"{said}: still at work\n\n: still at work\n\n")
    assert closed


# -- search and articles


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ({"query": "Blinken in Astana"}, []),
        ({"query": "Blinken in Astana", "k": 2}, ["-k", "2"]),
        ({"query": "Biden", "sources": ["*000_*"]}, ["--source", "*000_*"]),
        ({"query": "Biden", "after": "2023-09-01"}, ["--after", "2023-09-01"]),
        ({"query": "Biden", "before": "2001-01-01"}, ["--before", "2001-01-01"]),
    ],
)
def test_a_search_is_that_of_the_command_line(api, printed, body, arguments):
    response = api.post("/api/search", json=body)
    assert response.status_code == 200
    assert response.json() == printed("search", body["query"], *arguments)


def test_the_sources_are_those_of_the_command_line(api, printed):
    response = api.get("/api/sources").json()
    assert response == printed("sources")
    assert len(response["sources"]) == 5
    assert response["copies"]


def test_an_article_is_given_whole_and_in_part(api):
    source = "seeds/000_ddc6c8cdcefeffe4.txt"
    whole = api.get("/api/article", params={"source": source}).json()
    assert (whole["source"], whole["published"], whole["language"]) == (source, "2023-09-17", "en")
    assert (whole["start"], whole["end"], whole["characters"]) == (0, len(whole["text"]), len(whole["text"]))
    for start, end in ((0, 0), (10, 20), (100, None), (None, 7), (len(whole["text"]), None)):
        part = {name: value for name, value in (("start", start), ("end", end)) if value is not None}
        assert api.get("/api/article", params={"source": "000_", **part}).json()["text"] == whole["text"][start:end]


@pytest.mark.parametrize("question", [CSTO, GERMAN, "What did Blinken say in Astana?"])
def test_each_citation_can_be_read_at_its_place(api, question):
    citations = api.post("/api/ask", json={"question": question}).json()["citations"]
    places = [*citations, *(copy for citation in citations for copy in citation["also_in"])]
    assert places
    for place in places:
        params = {name: place[name] for name in ("source", "start", "end")}
        assert api.get("/api/article", params=params).json()["text"] == place["quote"]


# -- what does not fit


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"question": ""}, 400, "empty"),
        ({"question": " \n\t"}, 400, "empty"),
        ({"question": "x" * 2001}, 422, "2000 characters"),
        ({"question": CSTO, "engine": "magic"}, 422, "engine"),
        ({"question": CSTO, "engine": "quote", "model": "llama3"}, 400, "no model writes"),
        ({"question": CSTO, "after": "yesterday"}, 422, "after"),
        ({"question": CSTO, "before": "2023-02-30"}, 422, "before"),
        ({"question": CSTO, "after": 0}, 422, "after"),
        ({"question": CSTO, "after": "1694908800"}, 422, "after"),
        ({"question": "", "stream": True}, 400, "empty"),
        (b"\xff", 400, ""),
        (b"[" * 100_000, 400, ""),
        ({"question": CSTO, "k": 0}, 422, "k does not fit"),
        ({"question": CSTO, "k": 101}, 422, "k does not fit"),
        ({"question": CSTO, "sources": "seeds"}, 422, "sources"),
        ({"question": CSTO, "temperature": 1}, 422, "temperature"),
        ({"question": ["?"]}, 422, "question"),
        ({}, 422, "question"),
        ([CSTO], 422, "body"),
        (b"{never closed", 422, "the body is not JSON"),
        (b'{"question": "\\ud800"}', 422, "question"),
        (b'{"question": "x", "k": NaN}', 422, "k does not fit"),
        (b"", 422, ""),
    ],
)
def test_a_question_that_does_not_fit_is_refused_in_json(api, body, status, said):
    content = body if isinstance(body, bytes) else json.dumps(body)
    response = api.post("/api/ask", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    error = told(response)
    assert said in error["message"]
    assert error["type"] == "invalid_request_error"


def test_2000_characters_are_a_question(api):
    response = api.post("/api/ask", json={"question": f"{CSTO} ".ljust(2000, "?")})
    assert response.status_code == 200
    assert response.json()["schema"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [({"query": ""}, 400), ({"query": "x" * 2001}, 422), ({"query": "x", "k": 0}, 422), ({"question": "x"}, 422)],
)
def test_a_search_that_does_not_fit_is_refused_in_json(api, body, status):
    response = api.post("/api/search", json=body)
    assert response.status_code == status
    assert told(response)["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("params", "status", "said"),
    [
        ({"source": "no such article"}, 400, "not indexed"),
        ({"source": "../../etc/passwd"}, 400, "not indexed"),
        ({"source": "seeds"}, 400, "5 indexed articles"),
        ({"source": "000_", "start": 5, "end": 4}, 400, "no characters 5 to 4"),
        ({"source": "000_", "end": 10**6}, 400, "no characters"),
        ({"source": "000_", "start": 10**30}, 400, "no characters"),
        ({"source": "000_", "start": -1}, 422, "start"),
        ({"source": "000_", "start": "first"}, 422, "start"),
        ({}, 422, "source"),
    ],
)
def test_an_article_that_is_not_there_is_refused_in_json(api, params, status, said):
    response = api.get("/api/article", params=params)
    assert response.status_code == status
    assert said in told(response)["message"]


# -- the server itself


def test_health_says_what_can_be_asked(api):
    health = api.get("/health").json()
    assert (health["status"], health["articles"]) == ("ok", 5)
    assert health["passages"] > 5


# A server that closes a quiet connection sooner than its clients do loses what one of them sends at that moment.
@pytest.mark.slow
def test_a_connection_that_was_quiet_for_a_while_can_be_used_again(web_server):
    connection = http.client.HTTPConnection(urlsplit(web_server.url).netloc)
    for pause in (0, 6):
        time.sleep(pause)
        connection.request("GET", "/health")
        used = connection.sock
        assert connection.getresponse().read()
    assert connection.sock is used


def test_the_description_names_the_routes_and_none_of_the_page(api):
    paths = api.get("/openapi.json").json()["paths"]
    assert paths.keys() >= {
        "/api/ask",
        "/api/search",
        "/api/sources",
        "/api/article",
        "/health",
        "/v1/models",
        "/v1/chat/completions",
    }
    assert all(path.startswith(("/api/", "/v1/", "/health")) for path in paths)


def test_the_description_names_every_engine_and_each_can_be_configured(api):
    asked = api.get("/openapi.json").json()["components"]["schemas"]["AskRequest"]["properties"]["engine"]
    assert asked["anyOf"][0]["enum"] == list(ENGINES)
    for name in ENGINES:
        assert Settings.model_validate({"answer": {"engine": name}}).answer.engine == name


def test_the_documentation_loads_nothing_from_elsewhere(api):
    page = api.get("/docs")
    assert page.status_code == 200
    assert not re.search(r"""https?:|["'(=]\s*//""", page.text)
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert len(loaded) >= 3
    assert [api.get(path).status_code for path in loaded] == [200] * len(loaded)


@pytest.mark.parametrize("path", ["/api/ask", "/api/search", "/v1/chat/completions", "/mcp/"])
def test_a_page_of_another_site_is_kept_out(api, path):
    response = api.post(path, json={"question": CSTO}, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert told(response)
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("path", ["/health", "/api/sources", "/docs", "/"])
def test_another_name_is_not_answered_to(api, path):
    response = api.get(path, headers={"Host": "evil.example"})
    assert response.status_code == 421
    assert told(response)


@pytest.mark.parametrize("path", ["/api/nothing", "/v1/nothing"])
def test_an_address_that_is_none_is_refused_in_json(api, path):
    assert path in told(api.get(path))["message"]


# What questions need is imported by the first of them, and no thread may be handed a part of it.
@pytest.mark.slow
def test_the_first_requests_of_a_fresh_server_may_come_all_at_once(own_server):
    source = "seeds/000_ddc6c8cdcefeffe4.txt"
    completion = {"model": "article-qa", "messages": [{"role": "user", "content": GERMAN}]}
    requests = [
        *(("POST", "/api/ask", {"json": {"question": question}}) for question in (CSTO, GERMAN, NOWHERE, "Wann?")),
        ("POST", "/api/search", {"json": {"query": "Biden"}}),
        ("POST", "/v1/chat/completions", {"json": completion}),
        ("GET", "/read", {"params": {"source": source, "at": "0:10"}}),
        ("GET", "/api/sources", {}),
        ("GET", "/health", {}),
        ("GET", "/v1/models", {}),
    ] * 2

    def send(request):
        method, path, content = request
        return httpx.request(method, f"{own_server.url}{path}", timeout=120, trust_env=False, **content).status_code

    with ThreadPoolExecutor(len(requests)) as people:
        assert list(people.map(send, requests)) == [200] * len(requests)
    assert own_server.complaints == ""


# Two places and nobody may wait: of many who come at once some are asked to come back, and the rest are answered.
@pytest.mark.slow
def test_whoever_comes_when_all_is_taken_is_asked_to_come_back(web_server, tmp_path):
    copy_articles(web_server, tmp_path)
    with serving(tmp_path, environment={"QA_SERVE_QUOTING": "2", "QA_SERVE_WAITING": "0"}) as server:
        with ThreadPoolExecutor(24) as people:
            ask = functools.partial(
                httpx.post, f"{server.url}/api/ask", json={"question": CSTO}, trust_env=False, timeout=60
            )
            responses = list(people.map(lambda _: ask(), range(48)))
        statuses = {response.status_code for response in responses}
        assert statuses == {200, 503}
        turned_away = next(response for response in responses if response.status_code == 503)
        assert turned_away.headers["Retry-After"]
        assert "again" in turned_away.json()["error"]["hint"]
        assert ask().status_code == 200
        assert server.complaints == ""
