"""The words by which a follow-up question shows that it leans on what was said before, from ``data/followups.toml``.

Knows single words and short patterns of some languages, folded. Does not know how a question is made whole.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from qa.chat.mentions import Mention, Token, find_mentions
from qa.text.language import function_words
from qa.text.words import fold


@dataclass(frozen=True, slots=True)
class QuestionWord:
    """A question word in a text: its kind (``who``, ``when`` …) and its tokens, ``first`` to ``last`` included."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class FollowUpWords:
    """One language's tables; the sets are named as in the file, which says what each is for."""

    function: frozenset[str]
    lead: frozenset[str]
    about: re.Pattern[str]
    more: re.Pattern[str]
    sets: Mapping[str, frozenset[str]]
    question_words: Mapping[str, tuple[str, ...]]
    agreement: tuple[tuple[frozenset[str], frozenset[str], frozenset[str]], ...]

    def is_a(self, token: Token, *names: str) -> bool:
        """Whether a word is in one of the sets."""
        return any(token.folded in self.sets[name] for name in names)

    def is_content(self, token: Token) -> bool:
        """Whether a word carries topic."""
        return token.folded not in self.function

    def agrees(self, token: Token, noun: Mention) -> bool:
        """Whether a word can stand for a noun with such an article; not where the language has no such rule."""
        placed = noun.before in self.sets["prepositions"]
        return any(
            token.folded in words and noun.article in (after_preposition if placed else alone)
            for words, alone, after_preposition in self.agreement
        )

    def question_word(self, tokens: Sequence[Token], start: int = 0) -> QuestionWord | None:
        """The first question word from ``start`` on; of those that begin there, the longest."""
        for first in range(start, len(tokens)):
            fitting = [
                (len(words), kind)
                for kind, variants in self.question_words.items()
                for words in (variant.split() for variant in variants)
                if [token.folded for token in tokens[first : first + len(words)]] == words
            ]
            if fitting:
                length, kind = max(fitting)
                return QuestionWord(kind, first, first + length - 1)
        return None


def followup_words(language: str) -> FollowUpWords | None:
    """A language's tables, or ``None`` for one that has none."""
    return _all_words().get(language)


def mentions_in(text: str, language: str, *, begins_sentence: bool = True) -> list[Mention]:
    """What a text mentions, in order; see ``qa.chat.mentions.find_mentions``."""
    words = followup_words(language)
    if words is None:
        return find_mentions(text, language, begins_sentence=begins_sentence)
    return find_mentions(
        text,
        language,
        determiners=words.sets["articles"],
        auxiliaries=words.sets["auxiliaries"],
        genitives=words.sets["genitives"],
        begins_sentence=begins_sentence,
    )


@cache
def _all_words() -> Mapping[str, FollowUpWords]:
    tables: dict[str, Any] = tomllib.loads(
        files("qa.chat").joinpath("data", "followups.toml").read_text(encoding="utf-8")
    )
    return {
        language: FollowUpWords(
            function=frozenset(fold(word) for word in function_words(language)),
            lead=frozenset(table["lead"].split()),
            about=_pattern(table["about"]),
            more=_pattern(table["more"]),
            sets={
                name: frozenset(words.split())
                for name, words in table.items()
                if isinstance(words, str) and name not in {"lead", "about", "more"}
            },
            question_words={kind: tuple(variants) for kind, variants in table["question_words"].items()},
            agreement=tuple(
                (frozenset(pronouns.split()), frozenset(alone.split()), frozenset(placed.split()))
                for pronouns, alone, placed in table.get("agreement", {}).values()
            ),
        )
        for language, table in tables.items()
    }


def _pattern(lines: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in lines.split("\n") if line))
