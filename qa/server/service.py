"""One assistant for many people at once: every answer is worked on in a thread, and comes as events.

Knows how many are answered at once and how many may wait, by quotation and by an LLM separately, so that slow answers
do not hold up quick ones. Does not know HTTP, pages, or how anything is answered.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, Unpack

from qa.answering import ENGINES, check_engine
from qa.assistant import Assistant, check_question
from qa.chat import Asked, Conversation, Filters, Turn
from qa.errors import LLMError, QAError
from qa.progress import StoppedError, Watch, go_on, watched_by
from qa.records import Answer

_LOOK_SECONDS = 0.25
"""How often somebody who waits is asked whether they still want to."""

Event = TypeVar("Event")
Result = TypeVar("Result")


class BusyError(QAError):
    """Too many are waiting already."""


class Admission:
    """Places that are taken in the order of coming, and so many who may wait for one. For one event loop."""

    def __init__(self, places: int, waiting: int) -> None:
        """Give ``places`` at once, and let ``waiting`` more wait."""
        self._places = asyncio.Semaphore(places)
        self._most_waiting = waiting
        self._waiting = 0

    @property
    def must_wait(self) -> bool:
        """Whether whoever comes now has to wait."""
        return self._places.locked()

    async def enter(self) -> None:
        """Take a place, as soon as there is one; it has to be given back with ``leave``.

        Raises:
            BusyError: as many as may wait are waiting.
        """
        if self.must_wait and self._waiting >= self._most_waiting:
            raise BusyError(
                f"too many questions are being answered ({self._waiting} are waiting)", "ask again in a moment"
            )
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        """Give the place back; the next in turn takes it."""
        self._places.release()


@dataclass(frozen=True, slots=True)
class Quoted:
    """The answer by quotation, to be shown while a language model writes."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Stage:
    """What is going on now: ``wait`` (for one's turn), ``retrieve``, ``write`` or ``check``; ``by`` names a model."""

    name: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class _End:
    """Nothing more comes; ``error`` is why, if that is not as it should be."""

    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Lane:
    """Places, and a thread for each."""

    admission: Admission
    threads: ThreadPoolExecutor


class Service:
    """Answers for a server. Its methods run on one event loop."""

    def __init__(self, assistant: Assistant) -> None:
        """Serve ``assistant``, which stays the caller's to close; its settings say how many at once."""
        self.assistant = assistant
        limits = assistant.settings.serve
        self._quoting = _lane("quoting", limits.quoting, limits.waiting)
        self._writing = _lane("writing", limits.writing, limits.waiting)
        self._small = ThreadPoolExecutor(4, thread_name_prefix="looking")

    def close(self) -> None:
        """Begin nothing more; what is being answered is not waited for."""
        for threads in (self._quoting.threads, self._writing.threads, self._small):
            threads.shutdown(wait=False, cancel_futures=True)

    def ask(
        self,
        question: str,
        engine: str | None = None,
        *,
        stopped: threading.Event | None = None,
        **filters: Unpack[Filters],
    ) -> AsyncGenerator[Stage | Quoted | str | Answer, None]:
        """Yield what goes on, the answer by quotation before an LLM writes, its text as it comes, the checked answer.

        Closing the generator, or setting ``stopped``, stops the answer. Arguments and errors as for ``Assistant.ask``.

        Raises:
            BusyError: too many are waiting.
            StoppedError: ``stopped`` was set.
        """
        check_question(question)
        return self._follow(engine, lambda: self.assistant.stream(question, engine, **filters), stopped)

    def converse(
        self,
        conversation: Conversation,
        text: str,
        *,
        stopped: threading.Event | None = None,
        **filters: Unpack[Filters],
    ) -> AsyncGenerator[Stage | Quoted | Asked | str | Turn, None]:
        """The same for a question in a conversation, as ``Conversation.stream`` yields it."""
        check_question(text)
        return self._follow(conversation.engine, lambda: conversation.stream(text, **filters), stopped)

    async def run(self, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:  # noqa: ANN401
        """Do something short that would hold up the event loop: a search, a look at the index."""

        def do() -> Result:
            self.assistant.warm_up()
            return function(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._small, do)

    async def _follow(
        self, engine: str | None, begin: Callable[[], Iterator[Event]], stopped: threading.Event | None
    ) -> AsyncGenerator[Stage | Quoted | Event, None]:
        lane = await self._lane_for(engine)
        if lane.admission.must_wait:
            yield Stage("wait")
        stopped = stopped or threading.Event()
        await _enter(lane.admission, stopped)
        work = _Work(self.assistant.warm_up, begin, asyncio.get_running_loop(), stopped, lane.admission.leave)
        try:
            lane.threads.submit(work.do)
        except RuntimeError:  # the server is being closed
            lane.admission.leave()
            raise
        try:
            while not isinstance(event := await work.events.get(), _End):
                yield event
            if event.error is not None:
                raise event.error
        finally:
            work.stopped.set()

    async def _lane_for(self, engine: str | None) -> _Lane:
        """Where to wait: an LLM has places of its own, because it takes so much longer."""
        name, _ = check_engine(engine or self.assistant.settings.answer.engine)
        if ENGINES[name].llm == "never":
            return self._quoting
        try:
            model = await self.run(self.assistant.language_model, engine)
        except LLMError:
            return self._writing  # where the error will be met again, and told or made up for
        return self._quoting if model is None else self._writing


class _Work(Generic[Event]):
    """One answer: made in a thread, read on an event loop."""

    def __init__(
        self,
        prepare: Callable[[], None],
        begin: Callable[[], Iterator[Event]],
        loop: asyncio.AbstractEventLoop,
        stopped: threading.Event,
        done: Callable[[], None],
    ) -> None:
        self.events: asyncio.Queue[Stage | Quoted | Event | _End] = asyncio.Queue()
        self.stopped = stopped
        self._prepare = prepare
        self._begin = begin
        self._loop = loop
        self._done = done

    def do(self) -> None:
        """In the thread: everything, to the end."""
        end = _End()
        watch = Watch(lambda stage, by: self._send(Stage(stage, by)), self.stopped, self._offer)
        try:
            self._prepare()
            with watched_by(watch), closing(self._begin()) as events:  # type: ignore[type-var]
                for event in events:
                    self._send(event)
                    go_on()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the answer is read
            end = _End(error)
        self._send(end)
        self._call(self._done)

    def _offer(self, result: object) -> None:
        if isinstance(result, Answer):
            self._send(Quoted(result))

    def _send(self, event: Stage | Quoted | Event | _End) -> None:
        self._call(lambda: self.events.put_nowait(event))

    def _call(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:  # the server has gone; nobody is left to tell
            self.stopped.set()


async def _enter(admission: Admission, stopped: threading.Event) -> None:
    """Take a place, unless whoever wants it gives up."""
    entering = asyncio.ensure_future(admission.enter())
    try:
        while not (await asyncio.wait([entering], timeout=_LOOK_SECONDS))[0]:
            if stopped.is_set():
                raise StoppedError("the answer was stopped before its turn came", "ask again")  # noqa: TRY301
    except BaseException:
        if not entering.cancel() and entering.exception() is None:
            admission.leave()
        raise
    await entering


def _lane(name: str, places: int, waiting: int) -> _Lane:
    return _Lane(Admission(places, waiting), ThreadPoolExecutor(places, thread_name_prefix=name))
