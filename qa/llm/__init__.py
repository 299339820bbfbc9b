"""The language model that writes: any LlamaIndex LLM, by default one that an Ollama server runs.

Sizes the context to the prompt, leaves out what models think aloud, stops endless repetition, notices a prompt that
was cut, and turns whatever goes wrong into an ``LLMError``. Does not know what the prompts are about, or what is made
of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from qa.errors import LLMError
from qa.llm import ollama
from qa.llm.backends import Backend, Chunk, LlamaIndexBackend, OllamaBackend, build_llm
from qa.llm.output import RepetitionFilter, ThinkingFilter, after_thinking
from qa.llm.prompts import Message, estimate_tokens, least_tokens, most_tokens
from qa.llm.stream import OverdueError, Patience, StreamReader
from qa.progress import StoppedError
from qa.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

__all__ = [
    "LanguageModel",
    "LanguageModels",
    "Message",
    "PromptTooLongError",
    "chat_models",
    "estimate_tokens",
    "make_llm",
    "server_answers",
    "wrap_llm",
]

_SMALLEST_CONTEXT = 2048
"""An Ollama server loads a model anew for every other context length, so the lengths double from here."""
_RESERVE = 128
"""Tokens that a chat template may add of its own accord, such as a system message."""
_MOST_CHARACTERS_A_TOKEN = 8
"""A longer text is more than the tokens that were asked for, by an LLM that cannot be told how many those are."""


class PromptTooLongError(LLMError):
    """A prompt and its answer do not fit into the model's context. Nothing was sent."""


class LanguageModel(Protocol):
    """Something that writes what comes after a prompt.

    Attributes:
        name: what answers say wrote them.
        context_tokens: the most tokens, as ``estimate_tokens`` counts them, of the prompt and ``max_tokens`` together.
    """

    name: str
    context_tokens: int

    def stream(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> Iterator[str]:
        """Yield the text as it comes, without thoughts. Closing the iterator stops the model.

        Where a model thinks without saying where that begins, the text has the mark that ends it, such as ``</think>``.

        Args:
            messages: the prompt.
            max_tokens: longest answer; ``None`` for the configured length.

        Raises:
            PromptTooLongError: prompt and answer do not fit.
            LLMError: anything else that went wrong, also in the middle of the text.
        """
        ...

    def complete(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> str:
        """The whole text. Arguments and errors as for ``stream``."""
        ...


def server_answers(settings: Settings) -> bool:
    """Whether an Ollama server answers at the configured address, told within 0.3 seconds."""
    return ollama.server_answers(settings.ollama_host, settings.llm.headers)


def chat_models(settings: Settings) -> list[str] | None:
    """The models that can write on the Ollama server; ``None`` where none answers, or another LLM takes its place."""
    if settings.llm.factory or not server_answers(settings):
        return None
    try:
        models = ollama.OllamaServer(settings.ollama_host, settings.llm.headers).models()
    except LLMError:
        return None
    return [model.name for model in models if model.chats]


def make_llm(settings: Settings, model: str = "") -> _StreamingModel:
    """The configured language model, or the one called ``model``.

    Raises:
        LLMError: there is no server, no such model, or the configured class cannot be made.
    """
    if model:
        settings = settings.model_copy(update={"llm": settings.llm.model_copy(update={"model": model})})
    if settings.llm.factory:
        return wrap_llm(build_llm(settings.llm), settings)
    server = ollama.OllamaServer(settings.ollama_host, settings.llm.headers)
    return _StreamingModel(OllamaBackend(server, server.choose(settings.llm.model), settings.llm), settings)


def wrap_llm(llm: LLM, settings: Settings) -> _StreamingModel:
    """A LlamaIndex LLM made elsewhere. Its options are its own; of ``settings`` the time-outs and limits count.

    Raises:
        LLMError: the LLM cannot be asked what it is.
    """
    return _StreamingModel(LlamaIndexBackend(llm, settings.llm), settings)


class LanguageModels:
    """The models that were asked before, ready to be asked again; one that failed is made anew.

    Args:
        settings: which model, where, and for how long.
        given: a LlamaIndex LLM that takes the place of them all.
    """

    def __init__(self, settings: Settings, given: LLM | None = None) -> None:
        self._settings = settings
        self._given = given
        self._made: dict[str, _StreamingModel] = {}

    def get(self, model: str, *, needed: bool) -> LanguageModel | None:
        """The model of that name, or the configured one for ``""``; ``None`` where none answers and none is needed.

        Raises:
            LLMError: there should be one, but it cannot be used.
        """
        known = self._made.get(model)
        if known is None or known.failed:
            self._made.pop(model, None)
            if self._given is not None:
                self._made[model] = wrap_llm(self._given, self._settings)
            elif needed or self._settings.llm.factory or server_answers(self._settings):
                self._made[model] = make_llm(self._settings, model)
        return self._made.get(model)


class _StreamingModel:
    """A ``LanguageModel`` over a backend; ``failed`` says that it did, and may have been mended since."""

    def __init__(self, backend: Backend, settings: Settings) -> None:
        llm = settings.llm
        self.name = backend.name
        self.failed = False
        self._most = backend.fixed_context or min(backend.longest_context, llm.max_context)
        self.context_tokens = self._most - _RESERVE
        self._backend = backend
        self._settings = llm
        self._patience = Patience(llm.first_token_seconds, llm.stall_seconds, llm.total_seconds)
        self._reader = StreamReader()
        self._last_context = 0

    def complete(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> str:
        """The whole text."""
        return after_thinking("".join(self.stream(messages, max_tokens=max_tokens)))

    def stream(self, messages: Sequence[Message], *, max_tokens: int | None = None) -> Iterator[str]:
        """Yield the text as it comes."""
        try:
            yield from self._stream(messages, max_tokens or self._settings.max_tokens)
        except LLMError:
            self.failed = True
            raise

    def _stream(self, messages: Sequence[Message], answer_tokens: int) -> Iterator[str]:
        context = self._context(most_tokens(messages), answer_tokens)
        try:
            responses = self._backend.open(messages, context, answer_tokens)
            with closing(self._reader.read(lambda: responses, self._patience)) as chunks:
                yield from self._written(chunks, messages, context, answer_tokens)
        except (LLMError, StoppedError):
            raise
        except OverdueError as error:
            raise _overdue(error, self.name) from None
        except Exception as error:  # noqa: BLE001 - the backend knows what its library raises
            raise self._backend.explain(error) from None  # what is chained might show a header

    def _context(self, prompt_tokens: int, answer_tokens: int) -> int:
        """The context to ask for: large enough, and no other than last time if that will do."""
        needed = prompt_tokens + answer_tokens
        if needed > self.context_tokens:
            longer = self._most < self._backend.longest_context
            raise PromptTooLongError(
                f"the prompt and its answer may have {needed} tokens, and {self.name} takes {self.context_tokens}",
                f"ask for fewer passages with -k, or {'raise llm.max_context' if longer else 'choose another --model'}",
            )
        step = max(_SMALLEST_CONTEXT, self._last_context)
        while step < needed + _RESERVE:
            step *= 2
        self._last_context = self._backend.fixed_context or min(step, self._most)
        return self._last_context

    def _written(
        self, chunks: Iterator[Chunk], messages: Sequence[Message], context: int, answer_tokens: int
    ) -> Iterator[str]:
        thinking = ThinkingFilter(begins_inside=self._backend.begins_inside)
        repetition = RepetitionFilter()
        last = Chunk("")
        thought = False
        written = ""
        for last in chunks:
            thought = thought or last.thinking
            piece = repetition.feed(thinking.feed(last.text))
            piece = piece if written else piece.lstrip()
            written += piece
            if piece:
                yield piece
            if repetition.stuck or len(written) > _MOST_CHARACTERS_A_TOKEN * answer_tokens:
                break
        else:
            self._check_end(last, messages, context)
            rest = repetition.feed(thinking.finish()) + repetition.finish()
            rest = rest if written else rest.lstrip()
            written += rest
            if rest:
                yield rest
        if not after_thinking(written).strip():
            did = "thought and did not write" if thought or thinking.thought else "wrote nothing"
            raise LLMError(f"{self.name} {did}", "raise llm.max_tokens, or choose another --model")

    def _check_end(self, last: Chunk, messages: Sequence[Message], context: int) -> None:
        """See that the answer came to its end, and from the server's count of tokens that the whole prompt was read.

        A server fills the context to the last token with a message that is too long, and leaves out whole messages if
        they are too many (measured: 2,048 tokens of 4,000, and 11 of 2,500). It counts a prompt that it remembers from
        last time in full.
        """
        if last.done is False:
            raise LLMError(f"{self.name} broke off in the middle of the answer", "see the log of the server; ask again")
        read = last.prompt_tokens
        if read is None or least_tokens(messages) <= read < context:
            return
        raise LLMError(
            f"the server cut the prompt: it read {read} tokens of it, and has room for {context}",
            "ask for fewer passages with -k, or choose a model with a longer context",
        )


def _overdue(error: OverdueError, name: str) -> LLMError:
    within = f"{error.seconds:g} seconds"
    what, setting = {
        "first": (f"{name} did not begin to write within {within}", "first_token_seconds"),
        "stall": (f"{name} stopped writing in the middle for {within}", "stall_seconds"),
        "total": (f"{name} did not finish within {within}", "total_seconds"),
    }[error.kind]
    return LLMError(what, f"choose a smaller --model, ask for fewer passages with -k, or raise llm.{setting}")
