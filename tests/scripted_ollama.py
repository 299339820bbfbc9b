"""A small server that speaks Ollama's wire format and does what a test tells it, faults included.

    with ScriptedOllama("Leaders met in New York [1].") as server:
        settings = Settings(ollama_host=server.url)

The functions that build responses are compared with those of a real server by another test.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from socketserver import TCPServer
from typing import Any, Literal

Answer = str | Iterable[str] | Callable[[dict[str, Any]], str | Iterable[str]]
Fault = Literal[
    "other service",  # every path gives an HTML page
    "other json",  # every path gives JSON, but nobody would take it for Ollama's
    "redirect",  # every path sends elsewhere
    "error",  # 500 to a prompt
    "busy",  # 503 to a prompt
    "memory",  # the model is too large
    "runner killed",  # the system killed the model
    "missing",  # the model was removed after it had been listed
    "silent",  # takes the prompt and says nothing
    "stall",  # says nothing more after the first half
    "drop",  # hangs up after the first half
    "unfinished",  # ends the response properly, in the middle of the text
    "error in stream",  # an error after the first half
    "other json in stream",
]
_WHEN = "2026-01-02T03:04:05.678901234Z"
_PIECE = 5


@dataclass(frozen=True)
class Model:
    """A model that the server says it has. ``capabilities`` may be ``None``, as on old servers."""

    name: str = "scripted:latest"
    size: int = 2_500_000_000
    parameters: int = 4_000_000_000
    context: int = 32768
    capabilities: tuple[str, ...] | None = ("completion",)
    family: str = "llama"
    template: str = "{{ .Prompt }}"


@dataclass(frozen=True)
class Recorded:
    """A request as it came."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]


def version_body(version: str = "0.9.6") -> dict[str, Any]:
    return {"version": version}


def _details(model: Model) -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.family,
        "families": [model.family],
        "parameter_size": f"{model.parameters / 1e6:.2f}M"
        if model.parameters < 1e9
        else f"{model.parameters / 1e9:.1f}B",
        "quantization_level": "Q4_1",
    }


def tags_body(models: Sequence[Model]) -> dict[str, Any]:
    return {
        "models": [
            {
                "name": model.name,
                "model": model.name,
                "modified_at": _WHEN,
                "size": model.size,
                "digest": f"{abs(hash(model.name)):064x}",
                "details": _details(model),
            }
            for model in models
        ]
    }


def show_body(model: Model) -> dict[str, Any]:
    capabilities = {} if model.capabilities is None else {"capabilities": list(model.capabilities)}
    return {
        "modelfile": "FROM scripted",
        "parameters": 'stop "<|im_end|>"',
        "template": model.template,
        "details": _details(model),
        "model_info": {
            "general.architecture": model.family,
            "general.parameter_count": model.parameters,
            f"{model.family}.context_length": model.context,
            "tokenizer.ggml.tokens": None,
        },
        "tensors": [{"name": "token_embd.weight", "type": "Q8_0", "shape": [576, 49152]}],
        **capabilities,
        "modified_at": _WHEN,
    }


def chat_chunk(model: str, content: str, thinking: str = "") -> dict[str, Any]:
    message = {"role": "assistant", "content": content} | ({"thinking": thinking} if thinking else {})
    return {"model": model, "created_at": _WHEN, "message": message, "done": False}


def final_chunk(model: str, prompt_tokens: int | None, tokens: int = 5, reason: str = "stop") -> dict[str, Any]:
    count = {} if prompt_tokens is None else {"prompt_eval_count": prompt_tokens}
    return {
        "model": model,
        "created_at": _WHEN,
        "message": {"role": "assistant", "content": ""},
        "done_reason": reason,
        "done": True,
        "total_duration": 1599727174,
        "load_duration": 1134166687,
        **count,
        "prompt_eval_duration": 412595453,
        "eval_count": tokens,
        "eval_duration": 52040697,
    }


def pull_chunk(status: str, digest: str = "", total: int = 0, completed: int = 0) -> dict[str, Any]:
    if not digest:
        return {"status": status}
    return {"status": status, "digest": digest, "total": total} | ({"completed": completed} if completed else {})


def prompt_words(body: Mapping[str, Any]) -> int:
    """About as many tokens as a real tokenizer would make of a prompt."""
    text = " ".join(message["content"] for message in body["messages"])
    return 10 + max(len(text) // 4, len(text.split()))


class ScriptedOllama:
    """The server; use it as a context manager.

    Args:
        answer: what it writes to every prompt: a text, pieces of one (there may be no end of them), or a function of
            the request that gives either.
        models: what it has, as names or in full.
        thinking: what it thinks before it answers, in the field that Ollama has for that.
        fault: how it fails.
        key: what the header ``Authorization`` must be.
        prompt_tokens: the count of tokens that it says it read; ``None`` leaves it out; usually a plausible one.
        pause: seconds between two pieces.
        delay: seconds before every response.
        pull: what it says while it fetches a model.
    """

    def __init__(
        self,
        answer: Answer = "Blue.",
        *,
        models: Sequence[str | Model] = ("scripted:latest",),
        thinking: str = "",
        fault: Fault | None = None,
        key: str = "",
        prompt_tokens: Callable[[dict[str, Any]], int | None] = prompt_words,
        pause: float = 0.0,
        delay: float = 0.0,
        pull: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.answer = answer
        self.models = [Model(model) if isinstance(model, str) else model for model in models]
        self.thinking = thinking
        self.fault = fault
        self.key = key
        self.prompt_tokens = prompt_tokens
        self.pause = pause
        self.delay = delay
        self.pulling = pull
        self.requests: list[Recorded] = []
        self.disconnected = threading.Event()
        """Set when a client goes away before the answer is whole."""
        self.closing = threading.Event()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.script = self
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> ScriptedOllama:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """No longer be there."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def prompts(self) -> list[dict[str, Any]]:
        """The requests for an answer, first first."""
        return [request.body for request in self.requests if request.path == "/api/chat"]

    def pieces(self, body: dict[str, Any]) -> Iterator[str]:
        """The answer to a request, in pieces."""
        answer = self.answer(body) if callable(self.answer) else self.answer
        if isinstance(answer, str):
            answer = [answer[start : start + _PIECE] for start in range(0, len(answer), _PIECE)]
        return iter(answer)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    script: ScriptedOllama

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # without asking for the name of this machine

    def handle_error(self, *_: object) -> None:
        """Clients that go away are part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._respond({})

    def do_POST(self) -> None:
        self._respond(json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}"))

    def _respond(self, body: dict[str, Any]) -> None:
        script = self.server.script
        script.requests.append(Recorded(self.path, body, {name.lower(): text for name, text in self.headers.items()}))
        script.closing.wait(script.delay) if script.delay else None
        if script.fault == "other service":
            self._whole(200, b"<!doctype html><title>Router</title><p>Please log in", "text/html")
        elif script.fault == "other json":
            self._json(200, [{"status": "ok"}])
        elif script.fault == "redirect":
            self.send_response(307)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif script.key and self.headers.get("Authorization") != script.key:
            self._json(401, {"error": "unauthorized"})
        else:
            routes = {
                "/api/version": lambda: self._json(200, version_body()),
                "/api/tags": lambda: self._json(200, tags_body(script.models)),
                "/api/show": lambda: self._show(body),
                "/api/chat": lambda: self._chat(body),
                "/api/pull": lambda: self._stream(iter(script.pulling)),
            }
            routes.get(self.path, lambda: self._whole(404, b"404 page not found", "text/plain"))()

    def _model(self, name: str) -> Model | None:
        return next((model for model in self.server.script.models if model.name in {name, f"{name}:latest"}), None)

    def _show(self, body: dict[str, Any]) -> None:
        model = self._model(body["model"])
        if model is None:
            self._json(404, {"error": f"model '{body['model']}' not found"})
        else:
            self._json(200, show_body(model))

    def _chat(self, body: dict[str, Any]) -> None:
        fault = self.server.script.fault
        errors = {
            "error": (500, "llama runner process has terminated: exit status 2"),
            "runner killed": (500, "llama runner process has terminated: signal: killed"),
            "busy": (503, "server busy, please try again.  maximum pending requests exceeded"),
            "memory": (500, "model requires more system memory (9.1 GiB) than is available (2.3 GiB)"),
        }
        model = self._model(body["model"])
        if fault in errors:
            status, error = errors[fault]
            self._json(status, {"error": error})
        elif model is None or fault == "missing":
            self._json(404, {"error": f'model "{body["model"]}" not found, try pulling it first'})
        elif body.get("think") and "thinking" not in (model.capabilities or ()):
            self._json(400, {"error": f'"{model.name}" does not support thinking'})
        else:
            self._stream(self._lines(body))

    def _lines(self, body: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        script = self.server.script
        name = body["model"]
        if script.fault == "silent":
            self._wait()
        if script.thinking and body.get("think") is not False:
            yield chat_chunk(name, "", script.thinking)
        pieces = script.pieces(body)
        if script.fault in {"stall", "drop", "unfinished", "error in stream", "other json in stream"}:
            whole = list(pieces)
            pieces = islice(whole, max(1, len(whole) // 2))
        for piece in pieces:
            yield chat_chunk(name, piece)
            if script.pause:
                time.sleep(script.pause)
        yield from self._last_lines(body)

    def _last_lines(self, body: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
        fault = self.server.script.fault
        if fault == "stall":
            self._wait()
        elif fault == "drop":
            raise ConnectionAbortedError
        elif fault == "error in stream":
            yield {"error": "an error was encountered while running the model: unexpected EOF"}
        elif fault == "other json in stream":
            yield {"nobody": "expects this"}
        elif fault != "unfinished":
            yield final_chunk(body["model"], self.server.script.prompt_tokens(body))

    def _wait(self) -> None:
        """Say nothing until the client or the test is gone."""
        while not self.server.script.closing.wait(0.01):
            self._look()
        raise ConnectionAbortedError

    def _look(self) -> None:
        """Raise if the client has gone away."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        if readable and not self.connection.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError

    def _stream(self, lines: Iterator[Mapping[str, Any]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for line in lines:
                self._look()
                data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.write(b"0\r\n\r\n")
        except ConnectionAbortedError:
            self._hang_up()
        except OSError:
            self.server.script.disconnected.set()
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _json(self, status: int, body: object) -> None:
        self._whole(status, json.dumps(body).encode(), "application/json; charset=utf-8")

    def _whole(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
