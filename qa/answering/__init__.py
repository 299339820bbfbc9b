"""Answers: by quotation, or written by a language model and checked; cited exactly either way.

Offers an answerer for each engine, and what stands beside an answer. Does not know conversations, or how passages are
found and judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Engine:
    """Who answers.

    Attributes:
        label: for a list to pick from.
        means: in a phrase, for the help of commands.
        llm: whether a language model writes: never, always, or where one answers.
    """

    label: str
    means: str
    llm: Literal["never", "if any", "always"]


ENGINES: dict[str, Engine] = {
    "auto": Engine("Automatic", "whichever works", "if any"),
    "quote": Engine("Quotes only", "quotation", "never"),
    "ollama": Engine("Always the language model", "the LLM", "always"),
}
"""Every engine by its name: the command line, the APIs, the page and ``qa doctor`` read them here."""


def engine_help() -> str:
    """Who writes, in a line of help."""
    return "who writes: " + ", ".join(f"{engine.means} ({name})" for name, engine in ENGINES.items())
