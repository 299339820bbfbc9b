"""Prompt templates: Markdown files with a part for each role and ``{variables}``, checked when loaded; and their size.

A template is a file of ``prompts/``, or the one of that name in the user's own folder. Values are put in once and never
read again, so braces in an article mean nothing. Knows how untrusted text is fenced. Does not know any model: how many
tokens a prompt has is told without its tokenizer, by an upper estimate and a lower bound that hold where tokenizers
split at white space and fall back on bytes, as nearly all do.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qa.errors import ConfigError
from qa.phrases import prompt_file

_PARTS = re.compile(r"^# (System|User)[ \t]*\n", re.MULTILINE)
_VARIABLE = re.compile(r"\{([a-z_]+)\}")
_FENCE_CHARACTERS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "【": "(", "】": ")", "`": "'"})
"""What fences, citations, HTML, Markdown links and the role tokens of chat templates are made of."""
_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_TOKENS_A_MESSAGE = 16
"""What a chat template puts around a message (measured: 6 to 10)."""
_RUN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\s|.", re.ASCII | re.DOTALL)
_LEAST_A_WORD = 0.8
_LETTERS_A_TOKEN = 2.1
_TOKENS_BY_BYTES = {2: 1.2, 3: 2.8, 4: 4.0}
"""Tokens of a code point that takes so many bytes in UTF-8."""
_WORDS_FOR_CERTAIN = 0.9
"""Tokens there are at least for a word between white space, with something to spare."""
_FIRST_IDEOGRAPHS = "\u2e80"
_MOST_IDEOGRAPHS_A_TOKEN = 5


@dataclass(frozen=True, slots=True)
class Message:
    """One part of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template, ready to be filled. ``system`` and ``user`` hold the text of the two messages."""

    name: str
    system: str
    user: str

    def messages(self, **values: str) -> tuple[Message, ...]:
        """The messages with every variable replaced by its value; a value is never searched for variables."""

        def value(match: re.Match[str]) -> str:
            return values[match.group(1)]

        return (
            Message("system", _VARIABLE.sub(value, self.system)),
            Message("user", _VARIABLE.sub(value, self.user)),
        )


def variables_of(template: str) -> frozenset[str]:
    """The names of all ``{variables}`` in a template."""
    return frozenset(_VARIABLE.findall(template))


def load_prompt(name: str, variables: Collection[str], folder: Path | None) -> Prompt:
    """Read the template ``name`` from ``folder`` if it is there, else from the program's own.

    Args:
        name: the file's name, such as ``answer.md``.
        variables: what will be filled in; each must occur, and no other.
        folder: the user's own templates, or ``None``.

    Raises:
        ConfigError: the file cannot be read, a part is missing, or its variables are not the expected ones.
    """
    path = folder / name if folder is not None else None
    where = str(path) if path is not None and path.exists() else f"prompts/{name}"
    try:
        text = path.read_text(encoding="utf-8") if path is not None and path.exists() else prompt_file(name)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the prompt {where}: {error}", "make it a UTF-8 file, or remove it") from None
    pieces = _PARTS.split(text)
    parts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if sorted(parts) != ["System", "User"] or len(pieces) != 5:  # noqa: PLR2004 - nothing, then two headings with texts
        raise ConfigError(
            f"the prompt {where} needs the headings '# System' and '# User', once each",
            "see the file of that name that comes with the program",
        )
    found = variables_of(text)
    if found != set(variables):
        missing = [f"{{{variable}}} is missing" for variable in sorted(set(variables) - found)]
        unknown = [f"{{{variable}}} is not known" for variable in sorted(found - set(variables))]
        raise ConfigError(
            f"the prompt {where} does not fit: {', '.join(missing + unknown)}",
            f"use each of these: {', '.join(f'{{{variable}}}' for variable in sorted(variables))}",
        )
    return Prompt(name, parts["System"].strip(), parts["User"].strip())


def untrusted(text: str) -> str:
    """A text by strangers, on one line, in characters that can close no fence, name no role and cite nothing.

    Compatibility forms are normalised first, so that a full-width bracket is a bracket. Invisible characters and those
    that change direction go, letters stay.
    """
    plain = unicodedata.normalize("NFKC", text)
    visible = "".join(" " if character.isspace() else character for character in plain if _shows(character))
    return " ".join(visible.translate(_FENCE_CHARACTERS).split())


def _shows(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _INVISIBLE


def fenced(number: int, heading: str, text: str) -> str:
    """A passage as the model sees it: numbered, its words untrusted and on one line between two fences."""
    return f"<passage {number}>\n{untrusted(heading)}\n{untrusted(text)}\n</passage {number}>"


# -- sizes


def estimate_tokens(text: str) -> int:
    """At most how many tokens a text has, what the chat template puts around it included.

    Measured with a vocabulary of 49,000 pieces for English, which makes many tokens of all else: news in English has
    4.8 characters a token, in German 2.8, Polish 2.0, Russian 1.4, Arabic 1.1, Chinese and Korean 0.5, digits 1. Other
    tokenizers make fewer.
    """
    return _TOKENS_A_MESSAGE + math.ceil(sum(_most_tokens(found.group()) for found in _RUN.finditer(text)))


def _most_tokens(run: str) -> float:
    if run.isascii():
        if run.isalpha():
            return max(_LEAST_A_WORD, len(run) / _LETTERS_A_TOKEN)
        return 0.3 if run in {" ", "\t"} else 1.0
    return _TOKENS_BY_BYTES[len(run.encode("utf-8", "surrogatepass"))]


def most_tokens(messages: Sequence[Message]) -> int:
    """At most how many tokens a prompt has."""
    return sum(estimate_tokens(message.content) for message in messages)


def least_tokens(messages: Sequence[Message]) -> int:
    """At least how many tokens a prompt has: no token reaches over white space, and few over many ideographs."""
    words = sum(len(message.content.split()) for message in messages)
    wide = sum(letter >= _FIRST_IDEOGRAPHS for message in messages for letter in message.content)
    return int(_WORDS_FOR_CERTAIN * words + wide / _MOST_IDEOGRAPHS_A_TOKEN)
