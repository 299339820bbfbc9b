"""Sentences that the program itself says in the asker's language.

Knows where the prompt files are: in the folder ``prompts`` of a checkout, inside the package once installed. Does not
know when a sentence is said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

_WIDE_COMMA = frozenset({"ja", "zh"})
_ARABIC_COMMA = frozenset({"ar", "fa"})


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
def _phrases(file: str) -> dict[str, str]:
    return tomllib.loads(prompt_file(file))


def _phrase(file: str, language: str) -> str:
    """A phrase in a language; in English where that has none."""
    return _phrases(file).get(language, _phrases(file)["en"])


def refusal(language: str) -> str:
    """The sentence that says that the sources do not say."""
    return _phrase("refusals.toml", language)


def sources_disagree(values: Sequence[tuple[str, Sequence[int]]], language: str) -> str:
    """The sentence that says that the sources disagree; the values each with the numbers of its citations."""
    separator = "、" if language in _WIDE_COMMA else "، " if language in _ARABIC_COMMA else ", "
    listed = separator.join(f"{value} {''.join(f'[{number}]' for number in numbers)}" for value, numbers in values)
    return _phrase("disagreements.toml", language).format(values=listed)


def mentions(count: int, of: int, language: str) -> str:
    """The sentence that says how many of the articles mention what was asked about."""
    return _phrase("mentions.toml", language).format(count=count, of=of)
