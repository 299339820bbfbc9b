"""A real Ollama server with a real small model does what the program relies on.

The model is too small to answer well. What counts here is how requests end, and that prompts are read whole.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time

import pytest

from folders import SEEDS
from ollama_model import MODEL
from qa import Settings, llm
from qa.cli.doctor import examine
from qa.errors import LLMError
from qa.llm import Message, PromptTooLongError, make_llm
from qa.llm.ollama import OllamaServer

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 30


@pytest.fixture
def settings(ollama_server):
    def make(**of_llm):
        return Settings.model_validate({"ollama_host": ollama_server.host, "llm": of_llm})

    return make


def test_the_model_is_found(ollama_server, settings):
    (model,) = OllamaServer(ollama_server.host).models()
    assert model.name == MODEL
    assert model.context_tokens == 8192
    assert model.chats
    assert "thinking" not in model.capabilities
    assert 130e6 < model.parameters < 140e6
    assert make_llm(settings()).name == MODEL
    checks = {check.name: check for check in examine(settings())}
    assert checks["ollama server"].ok
    assert "context of 8192" in checks[f"model {MODEL}"].found
    assert MODEL in checks["language model"].found


def test_an_answer_comes_piece_by_piece(settings):
    pieces = list(make_llm(settings()).stream([Message("user", "Write two sentences about rain.")], max_tokens=80))
    assert len(pieces) > 5
    text = "".join(pieces)
    assert "<|" not in text, "the template's marks end the answer"
    assert re.search(r"\brain", text, re.IGNORECASE)


def test_same_seed_same_text(settings):
    ask = [Message("system", "You are a poet."), Message("user", "Write a short poem about the sea.")]
    other = [Message("user", "Count from one to five.")]

    def write(**sampling):
        return make_llm(settings(**sampling)).complete(ask, max_tokens=40)

    first = write()
    make_llm(settings()).complete(other, max_tokens=10)  # what the server remembers of the last prompt is gone
    assert write() == first
    warm = write(temperature=1.5, seed=1)
    assert write(temperature=1.5, seed=1) == warm
    assert write(temperature=1.5, seed=2) != warm, "the settings reach the model"


def test_who_stops_reading_stops_the_server(ollama_server, settings):
    def ended():
        return len(re.findall(r'POST +"/api/chat"', ollama_server.log.read_text(errors="replace")))

    before = ended()
    answer = make_llm(settings(max_tokens=7000)).stream([Message("user", "Write a very long story about a fox.")])
    for _ in range(3):
        next(answer)
    assert ended() == before
    answer.close()
    deadline = time.monotonic() + PATIENCE_SECONDS  # the whole story takes minutes
    while ended() == before:
        assert time.monotonic() < deadline, "the server goes on writing"
        time.sleep(0.05)


def test_a_model_that_is_not_there(settings):
    with pytest.raises(LLMError) as caught:
        make_llm(settings(model="nobody"))
    assert caught.value.hint == "ollama pull nobody"
    assert MODEL in caught.value.message


def test_a_model_removed_between_two_questions(ollama_server, settings):
    ollama_server.post("/api/copy", {"source": MODEL, "destination": "short-lived"})
    model = make_llm(settings(model="short-lived"))
    assert model.complete([Message("user", "Say yes.")], max_tokens=5)
    ollama_server.delete("short-lived")
    with pytest.raises(LLMError) as caught:
        model.complete([Message("user", "Say yes.")], max_tokens=5)
    assert caught.value.hint == "ollama pull short-lived:latest"


def test_thoughts_are_no_part_of_an_answer(ollama_server, settings, thinker):
    ask = [Message("user", "What is the capital of France?")]
    plain = make_llm(settings(model=MODEL)).complete(ask, max_tokens=20)
    assert make_llm(settings(model=thinker)).complete(ask, max_tokens=20) == plain, "thinking is switched off"
    assert plain.startswith("The capital")


# -- the prompt is read whole, or the program says that it was not

NEWS = (SEEDS / "000_ddc6c8cdcefeffe4.txt").read_text(encoding="utf-8")[:1500]
SMALL = 1024
TOO_LONG = {
    "a long message": [Message("system", "Answer from the passages."), Message("user", 5 * NEWS)],
    "many messages": [Message("user", 3 * NEWS), Message("assistant", 3 * NEWS), Message("user", "Why?")],
}


@pytest.mark.parametrize("messages", TOO_LONG.values(), ids=TOO_LONG)
def test_a_prompt_that_does_not_fit_is_not_sent(settings, messages):
    with pytest.raises(PromptTooLongError):
        make_llm(settings(max_context=SMALL)).complete(messages, max_tokens=20)


# Ollama answers as if nothing had happened. Here the estimate that should prevent it is wrong.
@pytest.mark.parametrize("messages", TOO_LONG.values(), ids=TOO_LONG)
def test_a_prompt_that_was_cut_is_noticed(settings, messages, monkeypatch):
    monkeypatch.setattr(llm, "most_tokens", lambda _: 100)
    with pytest.raises(LLMError, match="cut the prompt"):
        make_llm(settings(max_context=SMALL)).complete(messages, max_tokens=20)


def test_a_prompt_that_fits_raises_no_alarm(settings):
    model = make_llm(settings(max_context=2048))
    conversation = [Message("system", "Be brief."), Message("user", 2 * NEWS), Message("user", "Why?")]
    assert model.complete(conversation, max_tokens=20)
    assert model.complete(conversation, max_tokens=20), "nor the second time, when the server remembers the prompt"


@pytest.mark.parametrize("source", sorted(SEEDS.iterdir()), ids=lambda path: path.name[:3])
def test_no_text_has_more_tokens_than_estimated(ollama_server, source):
    text = source.read_text(encoding="utf-8")[:1500]
    body = {"model": MODEL, "messages": [{"role": "user", "content": text}]}
    body["options"] = {"num_predict": 1, "num_ctx": 2048}
    read = ollama_server.post("/api/chat", body)[-1]["prompt_eval_count"]
    assert 0.2 * llm.estimate_tokens(text) < read <= llm.estimate_tokens(text)


@pytest.mark.parametrize("engine", ["auto", "ollama"])
def test_a_question_from_the_command_line(ollama_server, seeds_index, engine):
    """Whatever this model writes: what is shown as supported is cited exactly, and nothing else is cited."""
    command = [
        sys.executable,
        "-m",
        "qa",
        "ask",
        "Which countries are members of the CSTO?",
        "--engine",
        engine,
        "--json",
    ]
    run = subprocess.run(
        [*command, "--model", MODEL, "--index", str(seeds_index)],
        cwd=SEEDS.parent, env={**os.environ, "OLLAMA_HOST": ollama_server.host}, capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["status"] == "answered"
    assert answer["engine"] == "ollama" or any("the model" in note for note in answer["notes"])
    for sentence in answer["sentences"]:
        assert sentence["supported"] == bool(sentence["citations"])
    for citation in answer["citations"]:
        text = (SEEDS.parent / citation["source"]).read_text(encoding="utf-8")
        assert text[citation["start"] : citation["end"]] == citation["quote"]
