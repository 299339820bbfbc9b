"""How many tokens a prompt has, without its tokenizer: an upper estimate and a lower bound.

Does not know any model. Both hold for the tokenizers that split at white space and fall back on bytes, which nearly all
do; the upper one is an estimate, and a server's own count is compared with what it was given room for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

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
