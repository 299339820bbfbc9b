"""Reads an asynchronous stream from ordinary code, and never waits for ever.

The stream runs on an event loop in a thread of its own, so that a time-out, a Ctrl-C or a reader who goes away cancels
what it waits for, which closes its connection; a server then stops working. The clock is read in the reader's thread,
so that a stream which blocks the loop is given up as well. Does not know any LLM, or what comes.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from qa import progress

Item = TypeVar("Item")
_CLOSING_SECONDS = 2.0
_LOOK_SECONDS = 0.25
"""How often somebody is noticed who stops an answer, and Ctrl-C where waiting for a queue cannot be interrupted."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for the first sign of life, between two, and altogether."""

    first: float
    stall: float
    total: float


class OverdueError(Exception):
    """A stream took too long.

    Attributes:
        kind: which part of the patience ended.
        seconds: how long that was.
    """

    def __init__(self, kind: Literal["first", "stall", "total"], seconds: float) -> None:
        super().__init__(f"{kind}: {seconds:g} seconds")
        self.kind = kind
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class _End:
    """What comes after the last item: the error that ended the stream, if one did."""

    error: Exception | None = None


class StreamReader:
    """An event loop in a daemon thread, started when it is first needed and kept for the next stream.

    It is kept because clients of servers hold connections that belong to a loop. Threads may share a reader.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = threading.Lock()

    def read(self, start: Callable[[], AsyncIterator[Item]], patience: Patience) -> Generator[Item, None, None]:
        """Yield the items of a stream as they come. Closing the iterator cancels the stream.

        Args:
            start: makes the stream; called on the loop.
            patience: how long to wait.

        Raises:
            OverdueError: an item, or the end, did not come in time.
            StoppedError: whoever watches has stopped the answer.
            Exception: whatever the stream raised.
        """
        loop = self._running_loop()
        pump = _Pump(start)
        loop.call_soon_threadsafe(pump.begin)
        try:
            yield from _in_time(pump.arrived, patience)
        finally:
            loop.call_soon_threadsafe(pump.cancel)
            if not pump.ended.wait(_CLOSING_SECONDS):
                self._give_up(loop)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="language model", daemon=True).start()
            return self._loop

    def _give_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """Leave a loop that something blocks; it stops when it is free again."""
        loop.call_soon_threadsafe(loop.stop)
        with self._starting:
            if self._loop is loop:
                self._loop = None


class _Pump(Generic[Item]):
    """The side of a stream that is on the loop."""

    def __init__(self, start: Callable[[], AsyncIterator[Item]]) -> None:
        self._start = start
        self._task: asyncio.Task[None] | None = None
        self.arrived: queue.SimpleQueue[tuple[float, Item | _End]] = queue.SimpleQueue()
        self.ended = threading.Event()

    def begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            stream = self._start()
            try:
                async for item in stream:
                    self._put(item)
            finally:
                close = getattr(stream, "aclose", None)
                if close is not None:
                    await close()
        except asyncio.CancelledError:
            self._put(_End())
        except Exception as error:  # noqa: BLE001 - it is raised again where the stream is read
            self._put(_End(error))
        else:
            self._put(_End())
        finally:
            self.ended.set()

    def _put(self, item: Item | _End) -> None:
        self.arrived.put((time.monotonic(), item))


def _in_time(arrived: queue.SimpleQueue[tuple[float, Item | _End]], patience: Patience) -> Iterator[Item]:
    started = last = time.monotonic()
    kind: Literal["first", "stall"] = "first"
    wait = patience.first
    while True:
        until = min(last + wait, started + patience.total)
        got = _next(arrived, until)
        arrival = until if got is None else got[0]
        if arrival >= started + patience.total:
            raise OverdueError("total", patience.total)
        if got is None:
            raise OverdueError(kind, wait)
        item = got[1]
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            return
        last, kind, wait = arrival, "stall", patience.stall
        yield item


def _next(arrived: queue.SimpleQueue[tuple[float, Item | _End]], until: float) -> tuple[float, Item | _End] | None:
    """The next item, or ``None`` when it is too late; one that came in time is taken however late it is read.

    Raises:
        StoppedError: nobody waits for it any more.
    """
    while True:
        progress.go_on()
        left = until - time.monotonic()
        try:
            return arrived.get(timeout=min(left, _LOOK_SECONDS)) if left > 0 else arrived.get_nowait()
        except queue.Empty:
            if left <= 0:
                return None
