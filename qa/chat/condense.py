"""Makes a follow-up question whole: by a language model where there is one; without one, earlier words ride along.

Without a model nothing is rewritten: the question is asked as it was typed, and the content words of the one before
ride along in retrieval alone, and are shown. What a model writes is used only if it is one question, in the right
language, that keeps what was asked and brings in no name or number that nobody has said. The model sees questions and
shortened answers, fenced as untrusted text, and nothing else.

Does not know: grammar, what a word stands for, how turns are kept, or which model it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from qa.errors import LLMError
from qa.llm import Message
from qa.llm.prompts import load_prompt, untrusted
from qa.text.language import detect
from qa.text.locale_names import english_name
from qa.text.pronouns import leaning_words
from qa.text.words import content_words, find_words, folded_function_words, words

Complete = Callable[[Sequence[Message]], str]
"""Gives a model's answer to messages; raises ``LLMError``."""

_LONGEST_FOLLOW_UP = 300
"""Code points beyond which a question brings its own context."""
_MOST_WORDS = 12
"""That ride along, the newest first."""
_LONGEST_ANSWER_SHOWN = 300
_LONGEST_QUESTION_SHOWN = 300
"""Code points of an earlier turn that a model is shown."""
_MOST_GROWTH = 3
_LONGEST_WHOLE = 400
"""A rewritten question has at most this many code points, and this many times those of what it was made of."""
_SAME_WORD = 85
"""Per cent of letters that two forms of one word share ("Brücke", "Brücken"); names that differ share fewer."""
_QUESTION_MARKS = ("?", "？", "؟", ";")
_JOINING = frozenset({"and", "but", "und", "aber", "et", "mais", "y", "pero", "e", "ma", "mas", "en", "maar"})
_LONGEST_JOINED = 2
"""Content words of a question that goes on from the one before ("And Olaf Scholz?")."""
_VERBS_BEFORE = 1
"""Content words that may stand before a pronoun and not be what it stands for: verbs ("Wie viel wiegt er?"). English
has its subject before them."""


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier question, as it was asked and shown, what was answered (empty for a refusal), and its language."""

    question: str
    answer: str
    language: str


@dataclass(frozen=True, slots=True)
class Whole:
    """What is asked: a question that somebody wrote, and words that ride along when articles are searched for it."""

    question: str
    along: str = ""

    @property
    def shown(self) -> str:
        """Both, for people to see."""
        return f"{self.question} ({self.along})" if self.along else self.question


def standalone(
    question: str,
    turns: Sequence[PastTurn],
    language: str,
    complete: Complete | None = None,
    prompts_dir: Path | None = None,
) -> Whole:
    """The question so that it can be understood, or at least searched for, alone; as it is if it already can.

    Args:
        question: as typed.
        turns: earlier ones, oldest first.
        language: ISO 639-1, of the question and of the result.
        complete: asks a language model, or ``None``.
        prompts_dir: the user's own prompts, or ``None``.

    Raises:
        ConfigError: the user's own prompt does not fit.
    """
    if not turns or not goes_on(question, language):
        return Whole(question)
    along = Whole(question, " ".join(_words_of(turns[-1], but=words(question))))
    if complete is None:
        return along
    try:
        written = complete(_messages(question, turns, language, prompts_dir))
    except LLMError:
        return along  # the answer, which needs the model too, will say what is wrong
    candidate = _one_line(written)
    return Whole(candidate) if is_sane(candidate, question, turns, language) else along


def goes_on(question: str, language: str) -> bool:
    """Whether a question seems to need the one before.

    It has at most one content word ("Why?", "And Kyrgyzstan?"), goes on with a few after "and", or has a word that
    stands for something, with hardly anything before it that it could stand for ("Where was he born?").
    """
    if len(question) > _LONGEST_FOLLOW_UP:
        return False
    found = [word.folded for word in find_words(question)]
    function = folded_function_words(language)
    is_content = [word not in function for word in found]
    if sum(is_content) <= 1 or (found[0] in _JOINING and sum(is_content) <= _LONGEST_JOINED):
        return True
    leaning, before = leaning_words(language), 0 if language == "en" else _VERBS_BEFORE
    return any(word in leaning and sum(is_content[:position]) <= before for position, word in enumerate(found))


def _words_of(turn: PastTurn, but: Collection[str]) -> list[str]:
    """The content words of what was asked, as they were written, each once, without those that are ``but``."""
    function = folded_function_words(turn.language)
    found = {
        word.folded: turn.question[word.start : word.end]
        for word in reversed(find_words(turn.question[:_LONGEST_QUESTION_SHOWN]))
        if word.folded not in function and word.folded not in but
    }
    return list(found.values())[::-1][:_MOST_WORDS]


def is_sane(candidate: str, question: str, turns: Sequence[PastTurn], language: str) -> bool:
    """Whether a rewritten question may be asked in the place of what was typed.

    Args:
        candidate: what the model wrote; empty if it was not one line.
        question: as typed.
        turns: oldest first, at least one.
        language: which the candidate must have.
    """
    longest = min(_LONGEST_WHOLE, _MOST_GROWTH * (len(question) + len(turns[-1].question)))
    if not candidate.endswith(_QUESTION_MARKS) or len(candidate) > longest:
        return False
    if sum(candidate.count(mark) for mark in _QUESTION_MARKS[:3]) > 1 or detect(candidate, language) != language:
        return False
    if goes_on(candidate, language):
        return False  # it still leans on what was said before
    kept = words(candidate)
    return all(_is_among(word, kept) for word in content_words(question, language)) and _invents_nothing(
        candidate, question, turns
    )


def _messages(question: str, turns: Sequence[PastTurn], language: str, prompts_dir: Path | None) -> tuple[Message, ...]:
    prompt = load_prompt("condense.md", ("language", "history", "question"), prompts_dir)
    history: list[str] = []
    for turn in turns:
        history.append(f"Question: {untrusted(turn.question)[:_LONGEST_QUESTION_SHOWN]}")
        if turn.answer:
            history.append(f"Answer: {untrusted(turn.answer)[:_LONGEST_ANSWER_SHOWN]}")
    return prompt.messages(language=english_name(language), history="\n".join(history), question=untrusted(question))


def _one_line(written: str) -> str:
    """The only line of what was written, without quotation marks and emphasis around it; empty if there are more."""
    lines = [line.strip() for line in written.strip().splitlines() if line.strip()]
    return lines[0].strip("\"'“”„«»*_` ") if len(lines) == 1 else ""


def _invents_nothing(candidate: str, question: str, turns: Sequence[PastTurn]) -> bool:
    """Whether every number, and every capitalised word but the first, was said before."""
    known = {word for text in (question, *(f"{turn.question} {turn.answer}" for turn in turns)) for word in words(text)}
    for position, word in enumerate(find_words(candidate)):
        is_number = any(map(str.isdecimal, word.folded))
        is_name = position > 0 and candidate[word.start].isupper()
        if word.folded not in known and (is_number or (is_name and not _is_among(word.folded, known))):
            return False
    return True


def _is_among(word: str, others: Collection[str]) -> bool:
    return any(word == other or fuzz.ratio(word, other) >= _SAME_WORD for other in others)
