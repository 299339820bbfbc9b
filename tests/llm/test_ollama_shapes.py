"""What the scripted Ollama server says has the shape of what a real one says, so that tests with it mean something."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fixtures_ollama import THINKER
from ollama_model import MODEL
from scripted_ollama import Model, ScriptedOllama, pull_chunk

pytestmark = pytest.mark.slow

ASK = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture
def scripted(ollama_server):
    """A scripted server with the same models."""
    model = Model(MODEL, family="llama", template="{{ .Messages }}")
    pulled = [
        pull_chunk("pulling manifest"),
        pull_chunk("pulling 0123456789ab", "sha256:0123", 5000),
        pull_chunk("pulling 0123456789ab", "sha256:0123", 5000, 5000),
        pull_chunk("success"),
    ]
    thinker = Model(THINKER, family="llama", capabilities=("completion", "thinking"))
    with ScriptedOllama("It is Paris.", models=[model, thinker], thinking="France.", pull=pulled) as server:
        yield server


def respond(host, path, body=None):
    """The status and the JSON documents, one a line, that a server answers with; a text that is no JSON as it is."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(host + path, data), timeout=120) as response:
            status, text = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    try:
        return status, [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        return status, [text]


def misfits(scripted, real, place="$"):
    """Where a scripted value has a field that the real one lacks, or has of another type."""
    if isinstance(scripted, dict) and isinstance(real, dict):
        for name, value in scripted.items():
            if name in real:
                yield from misfits(value, real[name], f"{place}.{name}")
            else:
                yield f"{place}.{name} is not in the real one"
    elif isinstance(scripted, list) and isinstance(real, list):
        if scripted and real:
            yield from misfits(scripted[0], real[0], f"{place}[0]")
    elif type(scripted) is not type(real):
        yield f"{place} is {type(scripted).__name__}, in the real one {type(real).__name__}"


def unnamed(errors):
    """The words of errors, whichever way the server's version names the model."""
    return [
        re.sub(r"[\"'\\]*([\w.]+/)*(smollm2:latest|nobody)[\"'\\]*", "MODEL", json.dumps(error)) for error in errors
    ]


def test_misfits_are_found():
    real = {"a": 1, "b": [{"c": "x"}], "d": None}
    assert not list(misfits({"a": 2, "b": [{"c": "y"}], "d": None}, real))
    assert len(list(misfits({"a": True, "b": [{"c": 1}], "d": 0, "e": 0}, real))) == 4


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/version", None),
        ("/api/tags", None),
        ("/api/show", {"model": MODEL}),
        ("/api/show", {"model": "nobody"}),
        ("/api/chat", {"model": "nobody", "messages": ASK}),
        ("/api/chat", {"model": MODEL, "messages": ASK, "think": True}),
        ("/api/nothing", None),
    ],
)
def test_responses_have_the_same_shape(ollama_server, scripted, path, body):
    status, real = respond(ollama_server.host, path, body)
    pretended_status, pretended = respond(scripted.url, path, body)
    assert pretended_status == status
    assert not list(misfits(pretended, real))
    if status >= 400:  # the program tells what happened from the words
        assert unnamed(pretended) == unnamed(real)


def test_streams_have_the_same_shape(ollama_server, scripted):
    body = {"model": MODEL, "messages": ASK, "think": False, "options": {"temperature": 0, "num_predict": 20}}
    status, real = respond(ollama_server.host, "/api/chat", body)
    pretended_status, pretended = respond(scripted.url, "/api/chat", body)
    assert status == pretended_status == 200
    assert len(real) > 2
    assert not list(misfits(pretended[0], real[0]))
    assert not list(misfits(pretended[-1], real[-1]))


def test_thoughts_have_the_same_shape(ollama_server, scripted, thinker):
    body = {"model": thinker, "messages": ASK, "think": True, "options": {"temperature": 0, "num_predict": 20}}
    real = respond(ollama_server.host, "/api/chat", body)[1]
    pretended = respond(scripted.url, "/api/chat", body)[1]
    thoughts = [[chunk for chunk in chunks if "thinking" in chunk["message"]] for chunks in (pretended, real)]
    assert all(thoughts), "both think"
    assert not list(misfits(*thoughts))
    shown = [respond(host, "/api/show", {"model": thinker})[1] for host in (scripted.url, ollama_server.host)]
    assert shown[0][0]["capabilities"] == shown[1][0]["capabilities"]


def test_pulls_have_the_same_shape(ollama_server, scripted):
    with small_registry() as registry:
        request = {"model": f"{registry}/library/tiny:latest", "insecure": True}
        real = respond(ollama_server.host, "/api/pull", request)[1]
        ollama_server.delete(request["model"])
    pretended = respond(scripted.url, "/api/pull", {"model": MODEL})[1]
    assert real[0] == pretended[0]
    assert real[-1] == pretended[-1]
    real_fields = {name: type(value) for state in real for name, value in state.items()}
    assert {name: type(value) for state in pretended for name, value in state.items()} == real_fields


@contextlib.contextmanager
def small_registry():
    """The address of a model library with one model, which has a licence and no weights."""
    blobs = {}

    def blob(kind, content):
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        blobs[digest] = content
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    config = blob("application/vnd.docker.container.image.v1+json", b'{"model_format": "gguf"}')
    layers = [blob("application/vnd.ollama.image.license", b"Do as you like. " * 5000)]
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    manifest |= {"config": config, "layers": layers}

    class Registry(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            content = blobs.get(self.path.rpartition("/")[2], json.dumps(manifest).encode())
            address, _, port = self.headers["Host"].partition(":")
            if self.command == "GET" and "/blobs/" in self.path and address != "localhost":
                self.send_response(307)  # as the real library has its blobs fetched from another host
                self.send_header("Location", f"http://localhost:{port}{self.path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
            part = content[int(asked[1]) : int(asked[2]) + 1] if asked else content
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(part)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
