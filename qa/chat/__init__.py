"""A conversation: each question is made whole from those before it, asked, and remembered.

Knows the order of these, and how much is remembered. Does not know how a question is made whole (``qa.chat.condense``)
or answered: it is handed somebody who can be asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, Unpack

from qa.answering import check_engine
from qa.chat.condense import Complete, PastTurn, Whole, standalone
from qa.errors import LLMError
from qa.llm import LanguageModel, Message
from qa.records import Answer
from qa.retrieval.search import Filters as Filters
from qa.settings import Settings
from qa.text.language import detect

_LONGEST_CONDENSED = 100
"""Tokens that a model may take to write a question; one that thinks for longer leaves it as it was typed."""


class Asker(Protocol):
    """Somebody who answers single questions; ``qa.assistant.Assistant`` is one."""

    def ask(self, question: str, engine: str | None = None, **filters: Unpack[Filters]) -> Answer:
        """The answer. Raises ``QAError``."""
        ...

    def stream(self, question: str, engine: str | None = None, **filters: Unpack[Filters]) -> Iterator[str | Answer]:
        """Pieces of the unchecked answer, then the checked one. Raises ``QAError``."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, and what is about to be asked for it; words that ride along are in brackets."""

    asked: str
    question: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What was typed (``asked``), what was actually asked (``question``, as in ``Asked``), and the answer to that."""

    asked: str
    question: str
    answer: Answer


class Conversation:
    """Questions and answers that belong together. Threads may share one; each sees the turns done before it."""

    def __init__(
        self,
        asker: Asker,
        settings: Settings,
        language_model: Callable[[str | None], LanguageModel | None] | None = None,
        engine: str | None = None,
    ) -> None:
        """Begin with nothing said.

        Args:
            asker: who answers.
            settings: how many turns are remembered, and where the user's own prompts are.
            language_model: gives the model that completes follow-ups for an engine, or ``None`` for no model.
            engine: who writes the answers; ``None`` for the configured one.

        Raises:
            InputError: there is no such engine.
        """
        self._asker = asker
        self._settings = settings
        self._language_model = language_model
        self._engine = engine
        if engine is not None:
            check_engine(engine)
        self._turns: tuple[Turn, ...] = ()
        self._beginnings = 0
        self._lock = threading.Lock()

    @property
    def turns(self) -> tuple[Turn, ...]:
        """What is remembered, oldest first; at most ``settings.chat.history`` turns."""
        return self._turns

    @property
    def engine(self) -> str:
        """Who writes the answers from now on; assigning one that does not exist raises ``InputError``."""
        return self._engine or self._settings.answer.engine

    @engine.setter
    def engine(self, name: str) -> None:
        check_engine(name)
        self._engine = name

    def clear(self) -> None:
        """Forget all turns; one that is still being answered will not be remembered either."""
        with self._lock:
            self._turns = ()
            self._beginnings += 1

    def resume(self, turns: Sequence[Turn]) -> None:
        """Go on from these turns, as if nothing else had been said."""
        with self._lock:
            self._turns = tuple(turns)[-self._settings.chat.history :]
            self._beginnings += 1

    def ask(self, text: str, **filters: Unpack[Filters]) -> Turn:
        """Answer a question that may lean on those before.

        Args:
            text: as typed, in any language.
            **filters: ``sources``, ``after``, ``before`` and ``k``, as for ``Assistant.ask``.

        Raises:
            QAError: as for ``Assistant.ask``; what is remembered is then as it was.
        """
        beginning, turns = self._beginnings, self._turns
        whole = self._made_whole(text, turns)
        answer = self._asker.ask(whole.question, self._engine, **_with_words(whole, filters))
        return self._remembered(Turn(text, whole.shown, answer), beginning)

    def stream(self, text: str, **filters: Unpack[Filters]) -> Generator[Asked | str | Turn, None, None]:
        """Yield what is actually asked, then the unchecked answer as it comes, then the turn; as ``ask`` otherwise.

        Closing the iterator stops the answer, and the turn is not remembered.
        """
        beginning, turns = self._beginnings, self._turns
        whole = self._made_whole(text, turns)
        yield Asked(text, whole.shown)
        events = self._asker.stream(whole.question, self._engine, **_with_words(whole, filters))
        with _closing(events):
            for event in events:
                if isinstance(event, Answer):
                    yield self._remembered(Turn(text, whole.shown, event), beginning)
                    return
                yield event

    def _made_whole(self, text: str, turns: Sequence[Turn]) -> Whole:
        past = [_past(turn) for turn in turns]
        language = detect(text, past[-1].language if past else "en")
        return standalone(text, past, language, self._complete, self._settings.prompts_dir)

    @property
    def _complete(self) -> Complete | None:
        """Asks the engine's model, which is looked for only if it is needed."""
        find = self._language_model
        if find is None:
            return None

        def complete(messages: Sequence[Message]) -> str:
            model = find(self._engine)
            if model is None:
                raise LLMError("there is no language model")
            return model.complete(messages, max_tokens=_LONGEST_CONDENSED)

        return complete

    def _remembered(self, turn: Turn, beginning: int) -> Turn:
        with self._lock:
            if self._beginnings == beginning:
                self._turns = (*self._turns, turn)[-self._settings.chat.history :]
        return turn


def _with_words(whole: Whole, filters: Filters) -> Filters:
    """The filters, and the words that ride along."""
    return {**filters, "context": whole.along} if whole.along else filters


def _past(turn: Turn) -> PastTurn:
    """A turn without citation marks and without what no source supports; without answer if that was a refusal."""
    answer = turn.answer
    said = " ".join(sentence.text for sentence in answer.sentences if sentence.supported)
    return PastTurn(turn.question, said if answer.status == "answered" else "", answer.language)


def _closing(events: Iterator[str | Answer]) -> AbstractContextManager[Any]:
    """Closes an iterator that can be closed, as generators can."""
    return closing(events) if hasattr(events, "close") else nullcontext()
