"""Answers: by quotation, or written by a language model and checked; cited exactly either way.

``ENGINES`` says who may answer; a new one is a class with ``stream`` and a line there (``docs/extending.md``). Does not
know conversations, or how passages are found and judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from qa.errors import InputError
from qa.records import Answer

if TYPE_CHECKING:
    from qa.answering.finding import Found
    from qa.answering.quoting import QuotingAnswerer
    from qa.llm import LanguageModel
    from qa.reading.support import Verifier
    from qa.settings import Settings


class Answerer(Protocol):
    """Makes an answer of what was found."""

    def stream(self, found: Found, /) -> Iterator[str | Answer]:
        """Yield text as it comes, unchecked; then the checked answer.

        Raises:
            LLMError: a language model was needed, and cannot write.
        """
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What an answerer may work with.

    Attributes:
        quoting: quotes, cites and puts answers together; knows the open index.
        verifier: says whether evidence supports a claim.
        settings: all of them.
        language_model: the LLM of this engine, ``None`` where none answers; raises ``LLMError``.
    """

    quoting: QuotingAnswerer
    verifier: Verifier
    settings: Settings
    language_model: Callable[[], LanguageModel | None]


@dataclass(frozen=True, slots=True)
class Engine:
    """Who answers.

    Attributes:
        label: for a list to pick from.
        means: in a phrase, for the help of commands.
        llm: whether a language model writes: never, always, or where one answers.
        make: the answerer; cheap.
    """

    label: str
    means: str
    llm: Literal["never", "if any", "always"]
    make: Callable[[Bench], Answerer]


def _quoting(bench: Bench) -> Answerer:
    return bench.quoting


def _writing(bench: Bench) -> Answerer:
    from qa.answering.writing import WritingAnswerer  # what only an LLM needs loads only for one

    return WritingAnswerer(bench)


def _whichever_works(bench: Bench) -> Answerer:
    from qa.answering.automatic import AutomaticAnswerer

    return AutomaticAnswerer(bench)


ENGINES: dict[str, Engine] = {
    "auto": Engine("Automatic", "whichever works", "if any", _whichever_works),
    "quote": Engine("Quotes only", "quotation", "never", _quoting),
    "ollama": Engine("Always the language model", "the LLM", "always", _writing),
}
"""Every engine by its name: the command line, the APIs, the page and ``qa doctor`` read them here."""


def check_engine(engine: str) -> tuple[str, str]:
    """An engine's name, and the model that is named behind it (``ollama:llama3.2``), or nothing.

    Raises:
        InputError: there is no such answerer.
    """
    name, colon, model = engine.partition(":")
    if name not in ENGINES or (colon and (ENGINES[name].llm != "always" or not model)):
        raise InputError(f"there is no engine {engine!r}", f"use one of: {', '.join(ENGINES)}, ollama:MODEL")
    return name, model


def engine_help() -> str:
    """Who writes, in a line of help."""
    return "who writes: " + ", ".join(f"{engine.means} ({name})" for name, engine in ENGINES.items())
