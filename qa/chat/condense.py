"""Makes a follow-up question whole: by a language model where there is one, else, or should it fail, by rule.

No model is asked about a question that is whole already: the rules tell (``qa.chat.followups``). What a model writes is
used only if it is one question, in the right language, that keeps what was asked and brings in no name or number that
nobody has said. The model sees questions and shortened answers, fenced as untrusted text, and nothing else.

Does not know: how turns are kept, or which model it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from rapidfuzz import fuzz

from qa.chat.followup_words import followup_words, mentions_in
from qa.chat.followups import whole_by_rule
from qa.chat.leaning import PastTurn
from qa.chat.mentions import NAMES, Mention, tokens_of
from qa.errors import LLMError
from qa.llm import Message
from qa.llm.prompts import load_prompt, untrusted
from qa.text.language import detect
from qa.text.locale_names import english_name, place_names
from qa.text.words import content_words, fold, words

Complete = Callable[[Sequence[Message]], str]
"""Gives a model's answer to messages; raises ``LLMError``."""

_LONGEST_ANSWER_SHOWN = 300
_LONGEST_QUESTION_SHOWN = 300
"""Code points of an earlier turn that a model is shown."""
_MOST_GROWTH = 3
_LONGEST_WHOLE = 400
"""A rewritten question has at most this many code points, and this many times those of what it was made of."""
_SAME_WORD = 85
"""Per cent of letters that two forms of one word share ("Brücke", "Brücken"); names that differ share fewer."""
_QUESTION_MARKS = ("?", "？", "؟", ";")


def standalone(
    question: str,
    turns: Sequence[PastTurn],
    language: str,
    complete: Complete | None = None,
    prompts_dir: Path | None = None,
) -> str:
    """The question so that it can be understood alone; exactly as it is if it already can.

    Args:
        question: as typed.
        turns: earlier ones, oldest first.
        language: ISO 639-1, of the question and of the result.
        complete: asks a language model, or ``None``.
        prompts_dir: the user's own prompts, or ``None``.

    Raises:
        ConfigError: the user's own prompt does not fit.
    """
    by_rule = whole_by_rule(question, turns, language)
    if by_rule == question or complete is None:
        return by_rule
    try:
        written = complete(_messages(question, turns, language, prompts_dir))
    except LLMError:
        return by_rule  # the answer, which needs the model too, will say what is wrong
    candidate = _one_line(written)
    return candidate if is_sane(candidate, question, turns, language) else by_rule


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
    if whole_by_rule(candidate, turns, language) != candidate:
        return False  # it still leans on what was said before
    return _keeps(candidate, question, language) and _invents_nothing(candidate, question, turns, language)


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


def _keeps(candidate: str, question: str, language: str) -> bool:
    """Whether the content words of what was typed are still there, but for those that only lead to the topic."""
    tables = followup_words(language)
    leading = tables.sets["happening"] | tables.sets["else"] | tables.lead if tables is not None else frozenset()
    kept_places = {_place(mention.text, language) for mention in mentions_in(candidate, language)}
    moved = {
        token.folded
        for mention in mentions_in(question, language)
        if (place := _place(mention.text, language)) is not None and place in kept_places
        for token in tokens_of(mention.text)
    }
    kept = [*words(candidate), *moved, *leading]
    return all(_is_among(word, kept) for word in content_words(question, language))


def _invents_nothing(candidate: str, question: str, turns: Sequence[PastTurn], language: str) -> bool:
    """Whether every number and capitalised word was said before, places in any language."""
    said = [question, *(turn.question for turn in turns), *(turn.answer for turn in turns)]
    known = {word for text in said for word in words(text)}
    known_places = {_place(m.text, turn.language) for turn in turns for m in _named(turn)} - {None}
    known_places |= {_place(m.text, language) for m in mentions_in(question, language)} - {None}
    for mention in mentions_in(candidate, language):
        place = _place(mention.text, language) if mention.kind in NAMES else None
        if place is not None and place in known_places:
            continue
        mentioned = tokens_of(mention.text)
        exact = any(token.folded[0].isdecimal() for token in mentioned)
        if not all(token.folded in known or (not exact and _is_among(token.folded, known)) for token in mentioned):
            return False
    return all(token.folded in known for token in tokens_of(candidate) if any(map(str.isdecimal, token.folded)))


def _named(turn: PastTurn) -> list[Mention]:
    return [*mentions_in(turn.question, turn.language), *mentions_in(turn.answer, detect(turn.answer, turn.language))]


def _place(name: str, language: str) -> str | None:
    return place_names(language).get(fold(name)) or place_names("en").get(fold(name))


def _is_among(word: str, others: Collection[str]) -> bool:
    return any(word == other or fuzz.ratio(word, other) >= _SAME_WORD for other in others)
