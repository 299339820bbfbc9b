"""Two kinds of LlamaIndex LLM, made ready to be asked: models of an Ollama server, and any other LLM.

Knows how each is given a prompt and what its responses look like; what it makes of them is a ``Chunk``. Does not know
how long to wait, or what to do with the text.
"""

from __future__ import annotations

import importlib
import re
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from qa.errors import LLMError
from qa.llm.ollama import ModelInfo, OllamaServer
from qa.llm.ollama_faults import explain
from qa.llm.prompts import Message
from qa.settings import LLMSettings

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatMessage, ChatResponse
    from llama_index.core.llms import LLM
    from ollama import AsyncClient

_FACTORY_HINT = "llm.factory is a class such as llama_index.llms.openai_like:OpenAILike, llm.options are its arguments"
_FIELDS = ("keep_alive", "thinking")
"""Options that are not the model's: LlamaIndex has arguments for them."""
_LONGEST_REASON = 200
_IMPORTING = threading.Lock()
"""Two threads that import parts of one package at the same moment can hand each other half a module."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A response to a prompt as far as it came since the last.

    Attributes:
        text: of the answer.
        thinking: whether there was a thought.
        done: whether it is the last; ``None`` where the LLM does not say.
        prompt_tokens: how many tokens of the prompt were read, where the LLM says so.
    """

    text: str
    thinking: bool = False
    done: bool | None = None
    prompt_tokens: int | None = None


class Backend(Protocol):
    """An LLM that can be asked.

    Attributes:
        name: of the model.
        longest_context: tokens of prompt and answer that the model can take.
        fixed_context: tokens of context it has whatever is asked for, or 0.
        begins_inside: whether its text begins in the middle of a thought.
    """

    name: str
    longest_context: int
    fixed_context: int
    begins_inside: bool

    def open(self, messages: Sequence[Message], context: int, max_tokens: int) -> AsyncIterator[Chunk]:
        """A question, ready to be asked on an event loop by iterating; cancelling that ends the request.

        Args:
            messages: the prompt.
            context: tokens that prompt and answer may have.
            max_tokens: longest answer.
        """
        ...

    def explain(self, error: Exception) -> LLMError:
        """What it means that asking raised something."""
        ...


class OllamaBackend:
    """A model of an Ollama server, through ``llama_index.llms.ollama.Ollama``."""

    def __init__(self, server: OllamaServer, model: ModelInfo, settings: LLMSettings) -> None:
        self.name = model.name
        self.longest_context = model.context_tokens
        self.fixed_context = int(settings.options.get("num_ctx", 0))
        self.begins_inside = model.opens_thinking
        self._server = server
        self._headers = settings.headers
        self._fields: dict[str, Any] = {"thinking": False} if "thinking" in model.capabilities else {}
        self._fields |= {name: settings.options[name] for name in _FIELDS if name in settings.options}
        self._options = {"temperature": settings.temperature, "seed": settings.seed} | {
            name: value for name, value in settings.options.items() if name not in _FIELDS
        }

    def open(self, messages: Sequence[Message], context: int, max_tokens: int) -> AsyncIterator[Chunk]:
        """A question, ready to be asked; importing the libraries is not part of the asking."""
        with _IMPORTING:
            from llama_index.llms.ollama import Ollama

        client = self._server.asynchronous_client()
        llm = Ollama(
            model=self.name,
            base_url=self._server.url,
            context_window=context,
            additional_kwargs={**self._options, "num_ctx": context, "num_predict": max_tokens},
            async_client=client,
            **self._fields,
        )
        return _asked(llm, _chat(messages), client)

    def explain(self, error: Exception) -> LLMError:
        """What it means that asking raised something."""
        return explain(error, self._server.url, self._headers, self.name)


class LlamaIndexBackend:
    """Any LlamaIndex LLM. Its options are its own: context and length of the answer cannot be told to it."""

    fixed_context = 0
    begins_inside = False

    def __init__(self, llm: LLM, settings: LLMSettings) -> None:
        try:
            metadata = llm.metadata
            self.name = str(metadata.model_name or type(llm).__name__)
            self.longest_context = metadata.context_window if metadata.context_window > 0 else settings.max_context
        except Exception as error:  # noqa: BLE001 - some ask their server, in ways of their own
            raise LLMError(f"the language model {type(llm).__name__} cannot be used: {_reason(error)}", "") from None
        self._llm = llm
        self._secrets = [*settings.headers.values(), *_texts(settings.options)]

    def open(self, messages: Sequence[Message], context: int, max_tokens: int) -> AsyncIterator[Chunk]:  # noqa: ARG002
        """A question, ready to be asked."""
        return _asked(self._llm, _chat(messages))

    def explain(self, error: Exception) -> LLMError:
        """What it means that asking raised something."""
        if isinstance(error, ImportError):
            return LLMError(f"{self.name} needs a package that is not installed ({error.name or error})", "install it")
        reason = _reason(error, self._secrets)
        return LLMError(
            f"the language model {self.name} failed: {reason}", "see its documentation, or set --engine quote"
        )


def build_llm(settings: LLMSettings) -> LLM:
    """The LlamaIndex LLM that ``settings.factory`` names.

    Raises:
        LLMError: it cannot be imported or does not take ``settings.options``.
    """
    module_name, _, class_name = settings.factory.partition(":")
    try:
        with _IMPORTING:
            kind = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise LLMError(f"llm.factory {settings.factory} cannot be imported: {_reason(error)}", _FACTORY_HINT) from None
    options = ({"model": settings.model} if settings.model else {}) | settings.options
    try:
        made: LLM = kind(**options)
    except Exception as error:  # noqa: BLE001 - whatever a class of another project finds wrong with its arguments
        reason = _reason(error, _texts(settings.options))
        raise LLMError(f"{settings.factory} cannot be made: {reason}", _FACTORY_HINT) from None
    if not hasattr(made, "astream_chat") or not hasattr(made, "metadata"):
        raise LLMError(f"{settings.factory} is not a LlamaIndex LLM", _FACTORY_HINT)
    return made


def _chat(messages: Sequence[Message]) -> list[ChatMessage]:
    from llama_index.core import llms

    return [llms.ChatMessage(role=llms.MessageRole(message.role), content=message.content) for message in messages]


async def _asked(llm: LLM, chat: list[ChatMessage], client: AsyncClient | None = None) -> AsyncIterator[Chunk]:
    """What an LLM responds, in one piece if it cannot stream; then close the client that it was given."""
    try:
        try:
            responses = await llm.astream_chat(chat)
        except NotImplementedError:
            response = await llm.achat(chat)
            yield Chunk(str(response.message.content or ""))
            return
        async for response in responses:
            yield _chunk(response)
    finally:
        if client is not None:
            await client._client.aclose()  # noqa: SLF001 - older versions have no public way


def _chunk(response: ChatResponse) -> Chunk:
    raw = response.raw if isinstance(response.raw, Mapping) else {}
    count = raw.get("prompt_eval_count")
    done = raw.get("done")
    return Chunk(
        text=response.delta or "",
        thinking=bool(response.additional_kwargs.get("thinking_delta")),
        done=done if isinstance(done, bool) else None,
        prompt_tokens=count if isinstance(count, int) else None,
    )


def _texts(options: Mapping[str, Any]) -> list[str]:
    """Texts among the arguments of an LLM whose names suggest that they are secret."""
    return [str(value) for name, value in options.items() if re.search(r"key|token|secret|password|header", name)]


def _reason(error: Exception, secrets: Sequence[str] = ()) -> str:
    """What an exception says, in one short line and without secrets."""
    text = str(error)
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return " ".join(text.split())[:_LONGEST_REASON] or type(error).__name__
