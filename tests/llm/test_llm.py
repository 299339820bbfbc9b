"""The language model: what it writes comes as it is written, and whatever goes wrong is an error for people."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.llms import MockLLM

from folders import ROOT
from qa.errors import LLMError
from qa.llm import Message, PromptTooLongError, make_llm, wrap_llm
from qa.llm.stream import OverdueError, Patience, StreamReader
from qa.settings import Settings
from scripted_ollama import Model, ScriptedOllama

ASK = [Message("system", "Answer briefly."), Message("user", "Why is the sky blue?")]
THINKER = Model("thinker:4b", capabilities=("completion", "thinking"))
QUICK = {"first_token_seconds": 20, "stall_seconds": 20, "total_seconds": 60}


def model_of(server, **llm):
    return make_llm(Settings(ollama_host=server.url, llm={**QUICK, **llm}))


def write(server, messages=ASK, max_tokens=None, **llm):
    return model_of(server, **llm).complete(messages, max_tokens=max_tokens)


# -- what is asked


def test_the_answer_comes_in_pieces_and_the_request_says_how():
    with ScriptedOllama("Because of the air [1].") as server:
        model = model_of(server, seed=7, options={"num_thread": 2, "keep_alive": "1m"})
        assert model.name == "scripted:latest"
        pieces = list(model.stream(ASK, max_tokens=50))
    assert "".join(pieces) == "Because of the air [1]."
    assert len(pieces) > 2
    (prompt,) = server.prompts
    assert prompt["messages"] == [{"role": message.role, "content": message.content} for message in ASK]
    assert prompt["options"] == {
        "temperature": 0.0,
        "seed": 7,
        "num_predict": 50,
        "num_ctx": 2048,
        "num_thread": 2,
    }
    assert prompt["keep_alive"] == "1m"
    assert "think" not in prompt


def test_the_context_grows_in_steps_with_the_prompt_and_does_not_shrink():
    long = [Message("user", "word " * 1500)]
    with ScriptedOllama() as server:
        model = model_of(server)
        for messages in (ASK, long, ASK):
            model.complete(messages)
    assert [prompt["options"]["num_ctx"] for prompt in server.prompts] == [2048, 4096, 4096]


@pytest.mark.parametrize(("model", "most", "expected"), [(3000, 8192, 3000), (32768, 3500, 3500)])
def test_the_context_is_no_longer_than_the_model_and_the_settings_allow(model, most, expected):
    with ScriptedOllama(models=[Model(context=model)]) as server:
        writer = model_of(server, max_context=most)
        writer.complete([Message("user", "word " * 1000)], max_tokens=300)
    assert server.prompts[0]["options"]["num_ctx"] == expected
    assert writer.context_tokens < expected


def test_a_context_that_the_user_fixes_stays():
    with ScriptedOllama() as server:
        write(server, options={"num_ctx": 3333})
    assert server.prompts[0]["options"]["num_ctx"] == 3333


def test_a_prompt_that_cannot_fit_is_not_sent():
    with ScriptedOllama() as server:
        with pytest.raises(PromptTooLongError) as error:
            write(server, [Message("user", "word " * 9000)])
        assert server.prompts == []
    assert "llm.max_context" in error.value.hint


# -- a prompt that the server cut


@pytest.mark.parametrize(
    "read",
    [lambda request: request["options"]["num_ctx"], lambda _: 20],
    ids=["a long message fills the context", "whole messages are left out"],
)
def test_a_prompt_that_the_server_cut_is_an_error(read):
    with ScriptedOllama("Blue.", prompt_tokens=read) as server, pytest.raises(LLMError, match="cut the prompt"):
        write(server, [Message("user", "word " * 300), *ASK])


@pytest.mark.parametrize("read", [lambda _: 700, lambda _: None], ids=["all of it", "it does not say"])
def test_a_prompt_that_was_not_cut_is_no_error(read):
    with ScriptedOllama("Blue.", prompt_tokens=read) as server:
        assert write(server, [Message("user", "word " * 300), *ASK]) == "Blue."


# -- thoughts


def test_thinking_is_switched_off_where_a_model_can():
    with ScriptedOllama("Blue.", models=[THINKER], thinking="Hm.") as server:
        assert write(server) == "Blue."
    assert server.prompts[0]["think"] is False


def test_thoughts_in_the_field_for_them_are_not_part_of_the_answer():
    with ScriptedOllama("Blue.", models=[THINKER], thinking="Hm.") as server:
        assert write(server, options={"thinking": True}) == "Blue."
    assert server.prompts[0]["think"] is True


@pytest.mark.parametrize("text", ["<think>Hm.</think>\n\nBlue.", "Hm.</think>Blue."])
def test_thoughts_in_the_text_are_not_part_of_the_answer(text):
    with ScriptedOllama(text) as server:
        assert write(server) == "Blue."


def test_a_thought_that_the_prompt_template_opens_is_not_shown_either():
    with ScriptedOllama("Hm.</think>Blue.", models=[Model(template="{{ .Prompt }}<think>\n")]) as server:
        assert "".join(model_of(server).stream(ASK)) == "Blue."


@pytest.mark.parametrize(
    ("answer", "thinking", "message"),
    [
        ("", "", "wrote nothing"),
        (" \n ", "", "wrote nothing"),
        ("", "Hm.", "thought and did not write"),
        ("<think>Hm.", "", "thought and did not write"),
        (itertools.repeat("\n"), "", "wrote nothing"),
    ],
    ids=["empty", "blank", "field", "tag", "endlessly blank"],
)
def test_an_answer_without_text_is_an_error(answer, thinking, message):
    server = ScriptedOllama(answer, models=[THINKER], thinking=thinking)
    with server, pytest.raises(LLMError, match=message) as error:
        write(server, options={"thinking": True})
    assert error.value.hint


# -- faults


@pytest.mark.parametrize(
    ("fault", "message", "hint"),
    [
        ("error", "failed: llama runner", "ollama serve"),
        ("busy", "server busy", "ask again"),
        ("memory", "not enough memory for scripted:latest", "smaller model"),
        ("runner killed", "not enough memory", "smaller model"),
        ("missing", "no model scripted:latest", "ollama pull scripted:latest"),
        ("drop", "broke off", "ask again"),
        ("unfinished", "broke off in the middle", "ask again"),
        ("error in stream", "failed: an error was encountered", "ask again"),
        ("other json in stream", "not an Ollama server", "OLLAMA_HOST"),
    ],
)
def test_a_fault_of_the_server_is_an_error_for_people(fault, message, hint):
    with ScriptedOllama("The sky is blue because of the air.") as server:
        model = model_of(server)
        server.fault = fault
        with pytest.raises(LLMError, match=message) as error:
            model.complete(ASK)
        assert hint in error.value.hint
        assert "\n" not in error.value.message + error.value.hint
        server.fault = None
        assert model.complete(ASK), "it is mended by the next question"


def test_a_server_that_stopped_between_two_questions_is_missed():
    with ScriptedOllama() as server:
        model = model_of(server)
    with pytest.raises(LLMError, match="no Ollama server answers") as error:
        model.complete(ASK)
    assert "ollama serve" in error.value.hint


@pytest.mark.parametrize(
    ("fault", "patience", "message"),
    [
        ("silent", {"first_token_seconds": 0.2}, "did not begin"),
        ("stall", {"stall_seconds": 0.2}, "stopped writing"),
        ("silent", {"total_seconds": 0.2}, "did not finish"),
    ],
)
def test_nothing_is_waited_for_for_ever_and_the_request_ends(fault, patience, message):
    with ScriptedOllama("The sky is blue because of the air.", fault=fault) as server:
        with pytest.raises(LLMError, match=message) as error:
            write(server, **patience)
        assert server.disconnected.wait(10)
    assert next(iter(patience)) in error.value.hint


def test_an_answer_that_never_ends_is_cut_by_the_clock():
    numbers = (f"{number * number} " for number in itertools.count())
    with ScriptedOllama(numbers, pause=0.01) as server:
        with pytest.raises(LLMError, match="did not finish"):
            write(server, total_seconds=0.5)
        assert server.disconnected.wait(10)


def test_an_endless_repetition_is_stopped_and_kept_once():
    with ScriptedOllama(itertools.cycle(["The sky ", "is blue ", "because ", "of the air [1].\n"])) as server:
        assert write(server).strip() == "The sky is blue because of the air [1]."
        assert server.disconnected.wait(10)


def test_an_answer_of_a_server_that_ignores_the_longest_length_is_cut():
    with ScriptedOllama(f"{number * number} " for number in itertools.count()) as server:
        assert 100 < len(write(server, max_tokens=100)) < 2000
        assert server.disconnected.wait(10)


def test_whoever_stops_reading_stops_the_server():
    with ScriptedOllama((f"{number * number} " for number in itertools.count()), pause=0.005) as server:
        text = model_of(server).stream(ASK)
        next(text)
        assert not server.disconnected.is_set()
        text.close()
        assert server.disconnected.wait(10)


def test_ctrl_c_stops_the_server():
    code = """
import signal, sys, threading
from qa.llm import Message, make_llm
from qa.settings import Settings
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
model = make_llm(Settings(ollama_host=sys.argv[1]))
try:
    for piece in model.stream([Message("user", "Write.")]):
        print(piece, flush=True)
        threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
except KeyboardInterrupt:
    print("stopped", flush=True)
    sys.stdin.read()
"""
    with ScriptedOllama("The sky is blue because of the air.", fault="stall") as server:
        program = [sys.executable, "-c", code, server.url]
        where = ROOT
        with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=where) as child:
            assert "stopped\n" in iter(child.stdout.readline, "")
            assert server.disconnected.wait(10), "although the program still runs"
            child.stdin.close()


# -- secrets


def test_headers_are_sent_with_every_request_and_never_shown():
    secret = "Bearer open-sesame-123"
    with ScriptedOllama(key=secret) as server:
        model = model_of(server, headers={"Authorization": secret})
        assert model.complete(ASK) == "Blue."
        assert {request.headers.get("authorization") for request in server.requests} == {secret}
        server.key = "another"
        with pytest.raises(LLMError, match="refuses access") as error:
            model.complete(ASK)
    assert "sesame" not in repr(model) + repr(error.value) + error.value.hint
    assert error.value.__cause__ is None


# -- other LLMs


class Told(MockLLM):
    """An LLM that is not Ollama's."""

    text: str = "Blue."
    fails: bool = False
    streams: bool = True
    blocks: bool = False

    def __init__(self, **fields):
        super(MockLLM, self).__init__(max_tokens=None, **fields)

    async def astream_chat(self, *_, **__):
        if not self.streams:
            raise NotImplementedError

        async def responses():
            for piece in self.text.split(" "):
                if self.blocks:
                    RELEASE.wait(30)
                if self.fails:
                    raise RuntimeError("key sk-secret is wrong\nTraceback")
                yield ChatResponse(message=ChatMessage(role="assistant", content=""), delta=f"{piece} ")

        return responses()

    async def achat(self, *_, **__):
        return ChatResponse(message=ChatMessage(role="assistant", content=self.text))


RELEASE = threading.Event()


@pytest.mark.parametrize("streams", [True, False])
def test_another_llm_can_be_handed_in(streams):
    model = wrap_llm(Told(text="<think>Hm.</think> The sky is blue.", streams=streams), Settings())
    assert model.complete(ASK).strip() == "The sky is blue."
    assert model.complete(ASK).strip() == "The sky is blue.", "and asked again"
    assert model.context_tokens <= 8192


def test_another_llm_can_be_configured_by_its_class():
    llm = {"factory": f"{__name__}:Told", "options": {"text": "Green."}}
    assert make_llm(Settings(llm=llm)).complete(ASK).strip() == "Green."


@pytest.mark.parametrize(
    ("factory", "options", "message"),
    [
        ("no_such_module:LLM", {}, "cannot be imported"),
        ("llama_index.core.llms:NoSuchLLM", {}, "cannot be imported"),
        ("nothing", {}, "cannot be imported"),
        ("llama_index.llms.ollama:Ollama", {"request_timeout": "no number", "model": "x"}, "cannot be made"),
        ("pathlib:Path", {}, "is not a LlamaIndex LLM"),
    ],
)
def test_a_class_that_cannot_be_used_is_named(factory, options, message):
    with pytest.raises(LLMError, match=message) as error:
        make_llm(Settings(llm={"factory": factory, "options": options}))
    assert factory in error.value.message
    assert "llm.factory" in error.value.hint


def test_what_another_llm_raises_is_one_line_without_its_key():
    settings = Settings(llm={"options": {"api_key": "sk-secret"}})
    with pytest.raises(LLMError, match="failed: key … is wrong Traceback") as error:
        wrap_llm(Told(fails=True), settings).complete(ASK)
    assert error.value.hint


def test_another_llm_that_blocks_its_event_loop_is_given_up_and_can_be_asked_again():
    RELEASE.clear()
    llm = Told(blocks=True)
    model = wrap_llm(llm, Settings(llm={**QUICK, "first_token_seconds": 0.2}))
    with pytest.raises(LLMError, match="did not begin"):
        model.complete(ASK)
    llm.blocks = False
    assert model.complete(ASK).strip() == "Blue."
    RELEASE.set()


def test_an_llm_that_cannot_say_what_it_is_is_an_error():
    with pytest.raises(LLMError, match="cannot be used"):
        wrap_llm(SimpleNamespace(), Settings())


# -- the stream below


def test_an_error_of_a_stream_reaches_its_reader_after_the_items_before_it():
    async def items():
        yield 1
        yield 2
        raise ZeroDivisionError

    read = []
    with pytest.raises(ZeroDivisionError):
        read.extend(StreamReader().read(items, Patience(9, 9, 9)))
    assert read == [1, 2]


def test_items_that_came_in_time_are_given_however_slow_their_reader():
    async def items():
        for item in range(5):
            yield item

    arrived = []
    for item in StreamReader().read(items, Patience(5, 0.05, 30)):
        threading.Event().wait(0.1)
        arrived.append(item)
    assert arrived == list(range(5))


def test_a_stream_that_is_closed_early_cleans_up():
    ended = threading.Event()

    async def items():
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            ended.set()

    stream = StreamReader().read(items, Patience(9, 9, 90))
    assert next(stream) == 1
    stream.close()
    assert ended.is_set()


def test_the_part_of_the_patience_that_ended_is_known():
    async def items():
        yield 1
        await asyncio.sleep(60)

    with pytest.raises(OverdueError) as error:
        list(StreamReader().read(items, Patience(9, 0.1, 90)))
    assert (error.value.kind, error.value.seconds) == ("stall", 0.1)
