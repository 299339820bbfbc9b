"""The conversations that a server remembers, each under a name that cannot be guessed.

Knows who may see which, how many are kept, and how one is taken back to an earlier question. Keeps them in memory only.
Does not know pages, or how anything is answered.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import replace

from qa.assistant import Assistant
from qa.chat import Conversation, Turn

_MOST_TURNS = 50
"""Turns of one conversation that its page can show."""
_PASSAGES = 3
"""Passages of an answer that its page can show; the rest would be most of what is remembered."""


class Talk:
    """One conversation: all that its page shows, and whatever is being answered in it.

    Attributes:
        asked: what was asked last, answered or not.
    """

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.turns: tuple[Turn, ...] = ()
        self.asked = ""
        self._answering: threading.Event | None = None
        self._lock = threading.Lock()

    def begin(self) -> threading.Event:
        """A new answer begins; one that is still going on is stopped. Setting what this returns stops the new one."""
        with self._lock:
            if self._answering is not None:
                self._answering.set()
            self._answering = threading.Event()
            return self._answering

    def stop(self) -> None:
        """Stop what is being answered."""
        with self._lock:
            if self._answering is not None:
                self._answering.set()

    def asked_as(self, number: int) -> str:
        """What was asked as turn ``number``, from 0; the last question, where that was not answered."""
        return self.turns[number].asked if 0 <= number < len(self.turns) else self.asked

    def add(self, turn: Turn) -> None:
        """Another turn is done."""
        answer = replace(turn.answer, passages=turn.answer.passages[:_PASSAGES])
        self.turns = (*self.turns, replace(turn, answer=answer))[-_MOST_TURNS:]

    def rewind(self, count: int) -> None:
        """Forget all but the first ``count`` turns, whatever is being answered too."""
        self.stop()
        self.turns = self.turns[: max(count, 0)]
        self.conversation.resume(self.turns)


class Conversations:
    """Conversations by name. Threads may share it."""

    def __init__(self, assistant: Assistant) -> None:
        """Conversations with ``assistant``; its settings say how many are remembered."""
        self._assistant = assistant
        self._most = assistant.settings.serve.conversations
        self._talks: OrderedDict[tuple[str, str], Talk] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, owner: str = "") -> str:
        """Begin one that only ``owner`` can go on with; returns its name."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._talks[name, owner] = Talk(self._assistant.chat())
            while len(self._talks) > self._most:
                _, forgotten = self._talks.popitem(last=False)
                forgotten.stop()
        return name

    def find(self, name: str, owner: str = "") -> Talk | None:
        """The conversation of this name; nothing if it is another's, or was forgotten."""
        with self._lock:
            talk = self._talks.get((name, owner))
            if talk is not None:
                self._talks.move_to_end((name, owner))
            return talk
