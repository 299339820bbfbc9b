"""Sentences that the program itself says in the asker's language.

Knows where the prompt files are: in the folder ``prompts`` of a checkout, inside the package once installed. Does not
know when a sentence is said.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path


def prompt_file(name: str) -> str:
    """The text of a file from ``prompts/``."""
    packaged = files("qa").joinpath("prompts", name)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parent.parent / "prompts" / name).read_text(encoding="utf-8")


def as_sentence(note: str) -> str:
    """A note or message, which begins small and ends without a full stop, as a sentence."""
    return f"{note[:1].upper()}{note[1:].rstrip('.')}."


@cache
def _refusals() -> dict[str, str]:
    return tomllib.loads(prompt_file("refusals.toml"))


def refusal(language: str) -> str:
    """The sentence that says that the sources do not say; in English where the language has none."""
    return _refusals().get(language, _refusals()["en"])
