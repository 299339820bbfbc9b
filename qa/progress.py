"""How long work tells how far it is, without knowing who listens, and whoever waits for an answer can stop it.

A context variable carries who watches an answer being made, so that what lies between need not hand it on; without one,
nobody is told and nothing stops. Does not know the stages, or who waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from qa.errors import QAError


class Progress(Protocol):
    """Called as work advances."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` units of a stage ("reading", "embedding") are finished."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


class StoppedError(QAError):
    """Whoever asked no longer wants the answer."""


@dataclass(frozen=True, slots=True)
class Watch:
    """``tell`` is called with the name of each stage as it begins, and who does it (empty if that is the program).

    ``offer`` is called with a result that can be shown until the one that was asked for is there.
    """

    tell: Callable[[str, str], None]
    stopped: threading.Event
    offer: Callable[[object], None] = lambda _: None


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """What runs in this context, on this thread, is watched."""
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def begin(stage: str, by: str = "") -> None:
    """A stage begins.

    Raises:
        StoppedError: nobody wants the answer any more.
    """
    go_on()
    watch = _watch.get()
    if watch is not None:
        watch.tell(stage, by)


def offer(result: object) -> None:
    """Something that can be shown until the result is there."""
    watch = _watch.get()
    if watch is not None:
        watch.offer(result)


def go_on() -> None:
    """Raise ``StoppedError`` if nobody wants the answer any more; called from time to time where work takes long."""
    watch = _watch.get()
    if watch is not None and watch.stopped.is_set():
        raise StoppedError("the answer was stopped", "ask again")
