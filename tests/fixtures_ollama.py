"""A real Ollama server with a real small model, running while the tests do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ollama_model import MODEL, OllamaMissingError, running_ollama
from ollama_process import OllamaProcess

THINKER = "thinker:latest"


@pytest.fixture(scope="session")
def ollama_server() -> Iterator[OllamaProcess]:
    """The server; its model is ``ollama_model.MODEL``, which a test must not delete (but may copy).

    A test that asks for it skips, with the reason, on a machine that has no such server and cannot make one.
    """
    running = running_ollama()
    try:
        server = running.__enter__()
    except OllamaMissingError as error:
        pytest.skip(str(error))
    try:
        yield server
    finally:
        running.__exit__(None, None, None)


@pytest.fixture
def thinker(ollama_server: OllamaProcess) -> Iterator[str]:
    """A model of that server which thinks: all that its answer has from "The" to "is", as its template says."""
    template = "{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ if .Thinking }}The{{ .Thinking }}is{{ end }}"
    template += "{{ .Content }}<|im_end|>\n{{ end }}<|im_start|>assistant\n"
    made = ollama_server.post("/api/create", {"model": THINKER, "from": MODEL, "template": template})
    assert made[-1] == {"status": "success"}
    yield THINKER
    ollama_server.delete(THINKER)
