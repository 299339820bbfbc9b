"""The Ollama server: found under every form of its address, its models told and chosen, its faults put into words."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama import ResponseError

from qa.errors import LLMError
from qa.llm import ollama
from qa.llm.ollama import SUGGESTED_MODEL, OllamaServer, address, server_answers
from qa.llm.ollama_faults import explain
from scripted_ollama import Model, ScriptedOllama, pull_chunk

NOBODY = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("", "http://127.0.0.1:11434"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("http://0.0.0.0", "http://127.0.0.1:11434"),
        ("http://0.0.0.0:8080/", "http://127.0.0.1:8080"),
        (":11500", "http://127.0.0.1:11500"),
        ("http://:11500", "http://127.0.0.1:11500"),
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu_box.local:80", "http://gpu_box.local:80"),
        ("https://example.org", "https://example.org:443"),
        ("HTTPS://Example.org/ollama/", "https://example.org:443/ollama"),
        ("https://example.org:8443/a/b", "https://example.org:8443/a/b"),
        ("https://user:secret@example.org", "https://example.org:443"),
        ("::1", "http://[::1]:11434"),
        ("http://::1", "http://[::1]:11434"),
        ("[::]:11500", "http://[::1]:11500"),
        ("[fe80::1]", "http://[fe80::1]:11434"),
        ('  "127.0.0.1:11500" ', "http://127.0.0.1:11500"),
    ],
)
def test_every_form_of_an_address_leads_to_the_server(host, expected):
    assert address(host) == expected


@given(
    st.sampled_from(["", "http://", "https://"]),
    st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map("[{}]".format), st.just("host.example")),
    st.one_of(st.just(""), st.integers(1, 65535).map(":{}".format)),
    st.sampled_from(["", "/", "/path", "/path/"]),
)
def test_an_address_made_usable_stays_as_it_is(scheme, name, port, path):
    once = address(scheme + name + port + path)
    assert address(once) == once
    assert once.startswith(scheme or "http://")
    assert not port or f"{port}" in once


@pytest.mark.parametrize("host", ["host:port", "host:99999", "ftp://host", "a b", "host:0", "[::1"])
def test_what_is_no_address_is_said_to_be_none(host):
    with pytest.raises(LLMError) as error:
        address(host)
    assert error.value.hint
    assert server_answers(host, {}) is False


def test_a_server_is_noticed_and_so_is_its_absence():
    with ScriptedOllama() as server:
        assert server_answers(server.url, {})
        assert OllamaServer(server.url).version() == "0.9.6"
    assert not server_answers(server.url, {})
    with pytest.raises(LLMError, match="no Ollama server answers") as error:
        OllamaServer(server.url).version()
    assert "ollama serve" in error.value.hint


@pytest.mark.parametrize("fault", ["other service", "other json", "redirect"])
def test_another_service_on_the_port_is_not_taken_for_ollama(fault):
    with ScriptedOllama(fault=fault) as server:
        assert not server_answers(server.url, {})
        for ask in (OllamaServer(server.url).version, OllamaServer(server.url).models):
            with pytest.raises(LLMError, match=r"is not an Ollama server|elsewhere") as error:
                ask()
            assert "OLLAMA_HOST" in error.value.hint


def test_a_service_that_takes_connections_and_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not server_answers(f"127.0.0.1:{silent.getsockname()[1]}", {}, seconds=0.1)


def test_a_look_up_that_hangs_is_not_waited_for(monkeypatch):
    go_on, ended = threading.Event(), threading.Event()

    def look_up(*_, **__):
        go_on.wait(30)
        ended.set()
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert not server_answers("https://gpu.example", {}, seconds=0.1)
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(10)


def test_asking_whether_a_server_answers_loads_no_client():
    code = (
        f"import sys; from qa.llm import server_answers; from qa.settings import Settings;"
        f"assert server_answers(Settings(ollama_host={NOBODY!r})) is False;"
        "print({'ollama', 'httpx', 'llama_index', 'anyio'} & {name.partition('.')[0] for name in sys.modules})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_models_are_told_with_size_and_context():
    models = [Model("b:7b", context=4096, capabilities=("completion", "thinking")), Model("a:latest", size=7)]
    with ScriptedOllama(models=models) as server:
        first, second = OllamaServer(server.url).models()
    assert (first.name, first.size, first.context_tokens) == ("a:latest", 7, 32768)
    assert (second.name, second.context_tokens, second.capabilities) == ("b:7b", 4096, ("completion", "thinking"))
    assert second.parameters == 4_000_000_000


def choose(*models: Model | str, wanted: str = "") -> str:
    with ScriptedOllama(models=models) as server:
        return OllamaServer(server.url).choose(wanted).name


def test_the_largest_model_that_fits_into_memory_is_chosen(monkeypatch):
    monkeypatch.setattr(ollama, "_memory", lambda: 16 << 30)
    small, middle = Model("small:1b", 1 << 30, 10**9), Model("middle:8b", 5 << 30, 8 * 10**9)
    large, larger = Model("large:70b", 40 << 30, 70 * 10**9), Model("larger:400b", 200 << 30, 400 * 10**9)
    assert choose(small, middle, large) == choose(large, middle, small) == "middle:8b"
    assert choose(larger, large) == "large:70b", "where none fits, the one that comes nearest"


@pytest.mark.parametrize(
    "other",
    [
        Model("bge-m3:latest", capabilities=("embedding",), parameters=10**12),
        Model("big-coder:70b", parameters=10**12),
        Model("anything:480b-cloud", size=0, parameters=10**12),
        Model("nomic-embed-text:latest", capabilities=None, family="nomic-bert", parameters=10**12),
    ],
    ids=lambda model: model.name,
)
def test_what_is_not_for_writing_here_is_not_chosen_unasked(other):
    assert choose(other, "plain:4b") == "plain:4b"


def test_a_model_that_is_named_is_taken_with_or_without_its_latest_tag():
    models = (Model("big:70b", parameters=10**11), Model("mine:latest"), Model("x:480b-cloud"))
    assert choose(*models, wanted="mine") == choose(*models, wanted="mine:latest") == "mine:latest"
    assert choose(*models, wanted="x:480b-cloud") == "x:480b-cloud"


def test_a_model_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(LLMError, match="no model absent; it has a:1b, b:2b") as error:
        choose("b:2b", "a:1b", wanted="absent")
    assert error.value.hint == "ollama pull absent"


@pytest.mark.parametrize("models", [[], [Model("bge-m3:latest", capabilities=("embedding",))]], ids=["none", "no chat"])
def test_without_a_model_that_writes_one_is_suggested(models):
    with pytest.raises(LLMError, match="no model that writes") as error:
        choose(*models)
    assert error.value.hint == f"ollama pull {SUGGESTED_MODEL}"


def test_a_model_that_cannot_write_is_not_taken_even_if_named():
    with pytest.raises(LLMError, match=r"does not write text \(embedding\)"):
        choose(Model("bge-m3:latest", capabilities=("embedding",)), wanted="bge-m3")


def test_fetching_a_model_tells_the_bytes_of_all_its_parts():
    chunks = [
        pull_chunk("pulling manifest"),
        pull_chunk("pulling aa", "sha256:aa", 100),
        pull_chunk("pulling aa", "sha256:aa", 100, 60),
        pull_chunk("pulling bb", "sha256:bb", 50, 50),
        pull_chunk("pulling aa", "sha256:aa", 100, 100),
        pull_chunk("success"),
    ]
    told = []
    with ScriptedOllama(pull=chunks) as server:
        OllamaServer(server.url).pull("some", lambda stage, done, total: told.append((stage, done, total)))
        assert server.requests[-1].body["model"] == "some"
    assert told == [("downloading", *bytes_) for bytes_ in [(0, 100), (60, 100), (110, 150), (150, 150)]]


@pytest.mark.parametrize(
    ("chunks", "message", "hint"),
    [
        ([{"error": "pull model manifest: file does not exist"}], "no model some", "ollama pull some"),
        ([{"error": 'Get "https://x": dial tcp: lookup x: no such host'}], "cannot reach its library", "online"),
        ([pull_chunk("pulling aa", "sha256:aa", 100, 60)], "broke off", "ollama pull some"),
        ([], "broke off", "ollama pull some"),
    ],
    ids=["unknown", "offline", "half", "nothing"],
)
def test_a_model_that_cannot_be_fetched(chunks, message, hint):
    with ScriptedOllama(pull=[pull_chunk("pulling manifest"), *chunks]) as server:
        with pytest.raises(LLMError, match=message) as error:
            OllamaServer(server.url).pull("some")
        assert hint in error.value.hint


def test_headers_are_sent_and_never_shown():
    secret = "Bearer open-sesame-123"
    with ScriptedOllama(key=secret) as server:
        headers = {"Authorization": secret}
        assert server_answers(server.url, headers)
        known = OllamaServer(server.url, headers)
        assert [model.name for model in known.models()] == ["scripted:latest"]
        assert all(request.headers["authorization"] == secret for request in server.requests)
        assert not server_answers(server.url, {})
        with pytest.raises(LLMError, match="refuses access") as error:
            OllamaServer(server.url).models()
    assert "llm.headers" in error.value.hint
    assert "sesame" not in repr(known) + repr(vars(error.value))


@pytest.mark.parametrize("value", ["Bearer open\nsesame", "Bearer open sésame ü"])
def test_a_header_that_cannot_be_sent_is_not_repeated_in_the_error(value):
    with ScriptedOllama() as server, pytest.raises(LLMError, match=r"llm\.headers") as error:
        OllamaServer(server.url, {"Authorization": value}).models()
    shown = f"{error.value} {error.value.hint} {error.value.__cause__}"
    assert "sesame" not in shown
    assert "sésame" not in shown
    assert error.value.__suppress_context__


def test_a_header_that_a_server_repeats_in_its_error_is_left_out():
    headers = {"Authorization": "Bearer open-sesame-123", "X-Key": ""}
    error = explain(ResponseError("wrong: open-sesame-123 of Bearer open-sesame-123", 500), NOBODY, headers)
    assert "wrong: … of …" in error.message


def test_https_to_a_server_that_speaks_plain_http_is_said_to_be_insecure():
    with ScriptedOllama() as server:
        url = server.url.replace("http:", "https:")
        assert not server_answers(url, {})
        with pytest.raises(LLMError, match="secure connection"):
            OllamaServer(url).models()


def test_a_proxy_does_not_stand_between_this_machine_and_itself(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOBODY)
    with ScriptedOllama() as server:
        assert OllamaServer(server.url).models()
