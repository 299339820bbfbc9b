"""Many people at once: who is let in and when, what they are told meanwhile, and that every place comes back.

Without HTTP. Where a test waits, a guard of a minute turns a place that is lost into a failure.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa import Settings, progress
from qa.chat import Asked, Conversation, Turn
from qa.errors import InputError, LLMError
from qa.progress import StoppedError, Watch, watched_by
from qa.records import Answer
from qa.server.conversations import Conversations
from qa.server.service import Admission, BusyError, Quoted, Service, Stage

GUARD_SECONDS = 60
CSTO = "Is Kazakhstan a member of the CSTO?"


def answer_to(question: str) -> Answer:
    return Answer(
        question=question,
        language="en",
        status="refused",
        text="The sources do not say.",
        sentences=(),
        citations=(),
        independent_sources=0,
        passages=(),
        confidence=0.0,
        engine="quote",
        fingerprint="f",
        timings_ms={"total": 1.0},
    )


class FakeAssistant:
    """Does what a question says: ``hold`` waits until it may go on, ``fail`` and ``break`` raise; others are answered.

    Counts how many answers are worked on.
    """

    def __init__(self, **limits: int) -> None:
        self.settings = Settings.model_validate({"serve": limits})
        self.may_go_on = threading.Event()
        self.holding = threading.Semaphore(0)
        self.warm = False
        self.begun: list[str] = []
        self.ended: list[str] = []

    def warm_up(self) -> None:
        self.warm = True

    def language_model(self, engine: str | None = None) -> object:
        if engine == "ollama:gone":
            raise LLMError("no server")
        return object() if engine == "ollama" else None

    def ask(self, question: str, engine: str | None = None, **filters: object) -> Answer:
        return answer_to(question)

    def stream(self, question: str, engine: str | None = None, **filters: object) -> Iterator[str | Answer]:
        assert self.warm
        self.begun.append(question)
        try:
            progress.begin("retrieve")
            yield "Well,"
            if question.startswith("hold"):
                self._hold()
            if question.startswith("fail"):
                raise LLMError("it failed", "mend it")
            if question.startswith("break"):
                raise ZeroDivisionError
            yield " it is."
            yield answer_to(question)
        finally:
            self.ended.append(question)

    def chat(self, engine: str | None = None) -> Conversation:
        return Conversation(self, self.settings, self.language_model, engine)

    def _hold(self) -> None:
        self.holding.release()
        while not self.may_go_on.wait(0.002):
            progress.go_on()


@contextmanager
def service_of(assistant) -> Iterator[Service]:
    """A service that lets everybody go in the end."""
    service = Service(assistant)
    try:
        yield service
    finally:
        if isinstance(assistant, FakeAssistant):
            assistant.may_go_on.set()
        service.close()


async def everything(answering):
    """All events of an answer."""
    return [event async for event in answering]


def played(play):
    """Run a coroutine; one that hangs fails."""

    async def guarded():
        return await asyncio.wait_for(play, GUARD_SECONDS)

    return asyncio.run(guarded())


async def held(assistant):
    """Wait until one more answer holds."""
    assert await asyncio.to_thread(assistant.holding.acquire, timeout=GUARD_SECONDS)


async def until_waiting(answering):
    """Take the first event, which has to say that it waits; returns the rest as a task."""
    assert await anext(answering) == Stage("wait")
    rest = asyncio.create_task(everything(answering))
    await settled()
    return rest


async def settled():
    """Let every task do what it can do now."""
    for _ in range(5):
        await asyncio.sleep(0)


# -- admission


def test_places_are_taken_in_the_order_of_coming():
    async def play():
        admission = Admission(2, 10)
        entered = []

        async def come(number):
            await admission.enter()
            entered.append(number)

        tasks = [asyncio.create_task(come(number)) for number in range(6)]
        await settled()
        assert entered == [0, 1]
        for count in range(3, 7):
            admission.leave()
            await settled()
            assert entered == list(range(count))
        await asyncio.gather(*tasks)

    played(play())


def test_whoever_finds_all_places_and_waiting_places_taken_is_told_to_come_back():
    async def play():
        admission = Admission(1, 2)
        await admission.enter()
        waiting = [asyncio.create_task(admission.enter()) for _ in range(2)]
        await settled()
        with pytest.raises(BusyError, match="2 are waiting") as caught:
            await admission.enter()
        assert caught.value.hint
        admission.leave()
        await waiting[0]
        last = asyncio.create_task(admission.enter())  # there is a place to wait again
        await settled()
        for _ in range(2):
            admission.leave()
        await asyncio.gather(waiting[1], last)

    played(play())


def test_with_no_place_to_wait_only_a_free_place_helps():
    async def play():
        admission = Admission(1, 0)
        assert not admission.must_wait
        await admission.enter()
        assert admission.must_wait
        with pytest.raises(BusyError):
            await admission.enter()
        admission.leave()
        await admission.enter()

    played(play())


def test_a_place_given_to_somebody_who_gives_up_goes_to_the_next():
    async def play():
        admission = Admission(1, 2)
        await admission.enter()
        first, second = (asyncio.create_task(admission.enter()) for _ in range(2))
        await settled()
        admission.leave()
        first.cancel()  # it has the place already, and does not know it yet
        await second
        with pytest.raises(asyncio.CancelledError):
            await first
        admission.leave()
        assert not admission.must_wait

    played(play())


class Crowd:
    """People who come, leave and give up. ``entered`` keeps the order in which they came in."""

    def __init__(self, places: int, waiting: int) -> None:
        self.places = places
        self.admission = Admission(places, waiting)
        self.inside: list[int] = []
        self.entered: list[int] = []
        self.coming: list[asyncio.Task[None]] = []

    def come(self, _: int) -> None:
        self.coming.append(asyncio.create_task(self._enter(len(self.coming))))

    def leave(self, which: int) -> None:
        if self.inside:
            self.inside.pop(which % len(self.inside))
            self.admission.leave()

    def give_up(self, which: int) -> None:
        if self.coming:
            self.coming[which % len(self.coming)].cancel()

    async def go_home(self) -> None:
        """Everybody, whether they have a place or wait for one."""
        for task in self.coming:
            task.cancel()
        outcomes = await asyncio.gather(*self.coming, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {type(None), BusyError, asyncio.CancelledError}
        while self.inside:
            self.leave(0)

    async def _enter(self, number: int) -> None:
        await self.admission.enter()
        self.inside.append(number)
        self.entered.append(number)
        assert len(self.inside) <= self.places


@given(
    places=st.integers(1, 3),
    waiting=st.integers(0, 3),
    actions=st.lists(
        st.tuples(st.sampled_from([Crowd.come, Crowd.leave, Crowd.give_up]), st.integers(0, 9), st.booleans()),
        max_size=60,
    ),
    in_turn=st.booleans(),
)
def test_whatever_happens_no_place_is_lost_or_given_twice(places, waiting, actions, in_turn):
    """``in_turn``: everybody has done what they can before anything else happens, so that order can be told."""

    async def play():
        crowd = Crowd(places, waiting)
        for action, which, rests in actions:
            action(crowd, which)
            if rests or in_turn:
                await settled()
                assert crowd.admission.must_wait == (len(crowd.inside) == places)
        assert not in_turn or crowd.entered == sorted(crowd.entered)
        await crowd.go_home()
        for _ in range(places):
            assert not crowd.admission.must_wait
            await crowd.admission.enter()
        assert crowd.admission.must_wait

    played(play())


# -- watch


def test_a_watch_is_told_the_stages_in_order_and_only_in_its_context():
    told = []
    watching = Watch(lambda stage, by: told.append((stage, by)), threading.Event())
    progress.begin("before")
    with watched_by(watching):
        progress.begin("retrieve")
        progress.begin("write", "a model")
        other = threading.Thread(target=progress.begin, args=("elsewhere",))
        other.start()
        other.join()
        with watched_by(Watch(lambda *_: None, threading.Event())):
            progress.begin("within")
        progress.begin("check")
    progress.begin("after")
    assert told == [("retrieve", ""), ("write", "a model"), ("check", "")]


def test_who_is_watched_stops_where_it_looks():
    told = []
    stopped = threading.Event()
    with watched_by(Watch(lambda stage, _: told.append(stage), stopped)):
        progress.begin("retrieve")
        stopped.set()
        for look in (progress.go_on, lambda: progress.begin("write")):
            with pytest.raises(StoppedError) as caught:
                look()
            assert caught.value.hint
    progress.go_on()
    assert told == ["retrieve"]


# -- answers


def test_what_comes_is_the_stages_the_draft_and_the_answer():
    with service_of(FakeAssistant()) as service:
        events = played(everything(service.ask("Why?", "quote")))
    assert events == [Stage("retrieve"), "Well,", " it is.", answer_to("Why?")]


def timeless(answer):
    return {name: value for name, value in answer.to_dict().items() if name != "timings_ms"}


def test_a_quoted_answer_is_the_one_that_the_assistant_gives(seeds_bot):
    with service_of(seeds_bot) as service:
        events = played(everything(service.ask(CSTO, "quote", sources=["*000_*"], k=2)))
    stage, draft, answer = events
    assert stage == Stage("retrieve")
    assert draft == answer.text
    assert timeless(answer) == timeless(seeds_bot.ask(CSTO, "quote", sources=["*000_*"], k=2))


class Model:
    """Writes a text, piece by piece, and tells when that ended."""

    name, context_tokens = "scripted", 8192

    def __init__(self, pieces):
        self.pieces = pieces
        self.writing = threading.Event()
        self.ended = threading.Event()

    def stream(self, messages, *, max_tokens=None):
        try:
            for piece in self.pieces():
                self.writing.set()
                yield piece
        finally:
            self.ended.set()


def test_an_llm_writes_between_retrieval_and_check(seeds_bot):
    text = "Kazakhstan, Kyrgyzstan and Uzbekistan are members of the Collective Security Treaty Organization [1]."
    seeds_bot.language_model = lambda _: Model(lambda: (text[:20], text[20:]))
    with service_of(seeds_bot) as service:
        events = played(everything(service.ask(CSTO, "ollama")))
    quoted = events.pop(1)
    assert isinstance(quoted, Quoted)
    assert quoted.answer.engine == "quote"
    assert events[:-1] == [Stage("retrieve"), Stage("write", "scripted"), text[:20], text[20:], Stage("check")]
    assert events[-1].model == "scripted"


def test_closing_the_generator_stops_the_model(seeds_bot):
    def endless():
        while True:
            yield "and "

    model = Model(endless)
    seeds_bot.language_model = lambda _: model

    async def play(service):
        answering = service.ask(CSTO, "ollama")
        while await anext(answering) != "and ":
            pass
        await answering.aclose()
        assert await asyncio.to_thread(model.ended.wait, GUARD_SECONDS)

    with service_of(seeds_bot) as service:
        played(play(service))


def test_a_question_in_a_conversation_is_made_whole_and_remembered():
    assistant = FakeAssistant()
    talk = assistant.chat("quote")

    async def play(service):
        await everything(service.converse(talk, CSTO))
        return await everything(service.converse(talk, "And Kyrgyzstan?"))

    with service_of(assistant) as service:
        events = played(play(service))
    whole = "And Kyrgyzstan? (Kazakhstan member CSTO)"
    assert events[0] == Asked("And Kyrgyzstan?", whole)
    assert events[-1] == Turn("And Kyrgyzstan?", whole, answer_to("And Kyrgyzstan?"))
    assert [turn.question for turn in talk.turns] == [CSTO, whole]


def test_a_question_that_was_left_is_not_remembered():
    assistant = FakeAssistant(quoting=1)
    talk = assistant.chat("quote")

    async def play(service):
        answering = service.converse(talk, "hold it")
        while await anext(answering) != "Well,":
            pass
        await held(assistant)
        await answering.aclose()
        await everything(service.converse(talk, CSTO))

    with service_of(assistant) as service:
        played(play(service))
    assert assistant.ended == ["hold it", CSTO]
    assert [turn.question for turn in talk.turns] == [CSTO]


def test_what_cannot_be_asked_is_refused_before_anything_begins():
    assistant = FakeAssistant()
    with service_of(assistant) as service:
        for question in ("", " ", "x" * 2001):
            for begin in (service.ask, lambda text: service.converse(assistant.chat(), text)):
                with pytest.raises(InputError):
                    begin(question)
        with pytest.raises(InputError, match="magic"):
            played(everything(service.ask("Why?", "magic")))
    assert assistant.begun == []


# -- many at once


def test_a_slow_llm_does_not_hold_up_quotation():
    assistant = FakeAssistant(writing=1)

    async def play(service):
        slow = asyncio.create_task(everything(service.ask("hold the pen", "ollama")))
        await held(assistant)
        for engine in ("quote", "auto"):
            assert (await everything(service.ask("Why?", engine)))[0] == Stage("retrieve")
        waiting = await until_waiting(service.ask("Why else?", "ollama"))
        assert assistant.begun == ["hold the pen", "Why?", "Why?"]
        assistant.may_go_on.set()
        assert (await slow)[-1] == answer_to("hold the pen")
        assert (await waiting)[-1] == answer_to("Why else?")

    with service_of(assistant) as service:
        played(play(service))


def test_an_engine_whose_model_cannot_be_told_waits_among_the_slow():
    assistant = FakeAssistant(writing=1)

    async def play(service):
        slow = asyncio.create_task(everything(service.ask("hold the pen", "ollama")))
        await held(assistant)
        unknown = await until_waiting(service.ask("Why?", "ollama:gone"))
        assistant.may_go_on.set()
        await asyncio.gather(slow, unknown)

    with service_of(assistant) as service:
        played(play(service))


def test_as_many_as_there_are_places_are_answered_at_once_and_the_rest_in_turn():
    assistant = FakeAssistant(quoting=2, waiting=3)

    async def play(service):
        first = [asyncio.create_task(everything(service.ask(f"hold {number}", "quote"))) for number in range(2)]
        await held(assistant)
        await held(assistant)
        rest = [await until_waiting(service.ask(f"Who is {number}?", "quote")) for number in range(3)]
        one_too_many = service.ask("And who else?", "quote")
        assert await anext(one_too_many) == Stage("wait")
        with pytest.raises(BusyError):
            await anext(one_too_many)
        assert len(assistant.begun) == 2
        assistant.may_go_on.set()
        for events in await asyncio.gather(*first, *rest):
            assert isinstance(events[-1], Answer)

    with service_of(assistant) as service:
        played(play(service))
    assert set(assistant.begun[:2]) == {"hold 0", "hold 1"}
    assert sorted(assistant.begun[2:]) == ["Who is 0?", "Who is 1?", "Who is 2?"]


def test_one_place_is_taken_in_turn():
    assistant = FakeAssistant(quoting=1)

    async def play(service):
        first = asyncio.create_task(everything(service.ask("hold", "quote")))
        await held(assistant)
        rest = [await until_waiting(service.ask(f"Who is {number}?", "quote")) for number in range(5)]
        assistant.may_go_on.set()
        await asyncio.gather(first, *rest)

    with service_of(assistant) as service:
        played(play(service))
    assert assistant.begun == ["hold", *(f"Who is {number}?" for number in range(5))]


def test_stopped_while_waiting_it_never_begins():
    assistant = FakeAssistant(quoting=1)
    stopped = threading.Event()

    async def play(service):
        first = asyncio.create_task(everything(service.ask("hold", "quote")))
        await held(assistant)
        waiting = await until_waiting(service.ask("Why?", "quote", stopped=stopped))
        stopped.set()
        with pytest.raises(StoppedError):
            await waiting
        assistant.may_go_on.set()
        await first

    with service_of(assistant) as service:
        played(play(service))
    assert assistant.begun == ["hold"]


def test_stopped_while_writing_it_ends():
    assistant = FakeAssistant()
    stopped = threading.Event()

    async def play(service):
        answering = service.ask("hold", "ollama", stopped=stopped)
        assert [await anext(answering) for _ in range(2)] == [Stage("retrieve"), "Well,"]
        await held(assistant)
        stopped.set()
        with pytest.raises(StoppedError):
            await anext(answering)

    with service_of(assistant) as service:
        played(play(service))
    assert assistant.ended == ["hold"]


async def answered(service, assistant):
    await everything(service.ask("Why?", "quote"))


async def failed(service, assistant):
    with pytest.raises(LLMError, match="it failed"):
        await everything(service.ask("fail", "quote"))


async def broken(service, assistant):
    with pytest.raises(ZeroDivisionError):
        await everything(service.ask("break", "quote"))


async def never_read(service, assistant):
    await service.ask("Why?", "quote").aclose()


async def closed_at_once(service, assistant):
    answering = service.ask("Why?", "quote")
    await anext(answering)
    await answering.aclose()


async def closed_while_writing(service, assistant):
    answering = service.ask("hold", "quote")
    while await anext(answering) != "Well,":  # the place before may be on its way back
        pass
    await held(assistant)
    await answering.aclose()


async def cancelled_while_writing(service, assistant):
    task = asyncio.create_task(everything(service.ask("hold", "quote")))
    await held(assistant)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def stopped_before(service, assistant):
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(StoppedError):
        await everything(service.ask("Why?", "quote", stopped=stopped))


async def stopped_while_writing(service, assistant):
    stopped = threading.Event()
    task = asyncio.create_task(everything(service.ask("hold", "quote", stopped=stopped)))
    await held(assistant)
    stopped.set()
    with pytest.raises(StoppedError):
        await task


async def left_while_waiting(service, assistant):
    first = asyncio.create_task(everything(service.ask("hold", "quote")))
    await held(assistant)
    closed = service.ask("Who?", "quote")
    assert await anext(closed) == Stage("wait")
    await closed.aclose()
    cancelled = await until_waiting(service.ask("Why?", "quote"))
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def cancelled_when_its_turn_came(service, assistant):
    first = asyncio.create_task(everything(service.ask("hold", "quote")))
    await held(assistant)
    second = await until_waiting(service.ask("Why?", "quote"))
    first.cancel()
    while not assistant.ended or assistant.ended[-1] != "hold":  # noqa: ASYNC110 - to see it before anybody else does
        await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)


ENDINGS = [
    answered, failed, broken, never_read, closed_at_once, closed_while_writing, cancelled_while_writing,
    stopped_before, stopped_while_writing, left_while_waiting, cancelled_when_its_turn_came,
]  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(ENDINGS), min_size=1, max_size=8), st.integers(1, 2))
def test_however_answers_end_their_places_come_back(endings, places):
    assistant = FakeAssistant(quoting=places)

    async def play(service):
        # with two places one is kept taken, so that there is always one to wait for
        kept = [asyncio.create_task(everything(service.ask("hold", "quote"))) for _ in range(places - 1)]
        for _ in kept:
            await held(assistant)
        for ending in endings:
            await ending(service, assistant)
            assert (await everything(service.ask("Why?", "quote")))[-1] == answer_to("Why?")
        last = asyncio.create_task(everything(service.ask("hold", "quote")))
        await held(assistant)
        waiting = await until_waiting(service.ask("Who?", "quote"))  # no place came back twice
        assistant.may_go_on.set()
        await asyncio.gather(*kept, last, waiting)

    with service_of(assistant) as service:
        played(play(service))


def test_a_closed_service_begins_nothing():
    assistant = FakeAssistant(quoting=1)
    service = Service(assistant)
    service.close()
    for engine in ("quote", "quote", "auto"):  # the second time nobody waits for what was never begun
        with pytest.raises(RuntimeError):
            played(everything(service.ask("Why?", engine)))
    assert assistant.begun == []


# -- conversations


def talks(most=2):
    return Conversations(FakeAssistant(conversations=most))


def turn(number):
    return Turn(f"Who is {number}?", f"Who is {number}?", answer_to(f"Who is {number}?"))


def test_the_one_that_was_silent_longest_is_forgotten_and_stopped():
    remembered = talks()
    first, second = remembered.begin(), remembered.begin()
    answering = {name: remembered.find(name).begin() for name in (second, first)}  # the first is looked at last
    third = remembered.begin()
    assert remembered.find(second) is None
    assert [answering[name].is_set() for name in (first, second)] == [False, True]
    assert remembered.find(first) is not None
    assert remembered.find(third) is not None


@given(st.integers(1, 4), st.lists(st.integers(0, 9), max_size=30))
def test_those_that_were_used_last_are_remembered(most, uses):
    remembered = talks(most)
    names, last_used = [], []
    for use in uses:
        known = [name for name in names if name in last_used[-most:]]
        name = known[use % len(known)] if known and use > 4 else remembered.begin()
        if name in names:
            assert remembered.find(name) is not None
            last_used.remove(name)
        else:
            names.append(name)
        last_used.append(name)
    for name in names:
        if name not in last_used[-most:]:
            assert remembered.find(name) is None
    assert all(remembered.find(name) is not None for name in last_used[-most:])


def test_nobody_finds_the_conversation_of_another():
    remembered = talks()
    name = remembered.begin("anna")
    for owner in ("", "bert", "Anna", "anna "):
        assert remembered.find(name, owner) is None
    assert remembered.find(name, "anna") is not None
    assert remembered.find("", "anna") is None


def test_names_cannot_be_guessed():
    remembered = talks()
    names = {remembered.begin() for _ in range(200)}
    assert len(names) == 200
    assert all(len(name) >= 20 for name in names)


def test_going_back_forgets_what_came_later():
    remembered = talks()
    talk = remembered.find(remembered.begin())
    for number in range(10):
        talk.add(turn(number))
    talk.asked = "Who is it?"
    answering = talk.begin()
    talk.rewind(3)
    assert answering.is_set()
    assert talk.turns == talk.conversation.turns == tuple(turn(number) for number in range(3))
    assert [talk.asked_as(number) for number in (0, 2, 3, -1)] == ["Who is 0?", "Who is 2?", *["Who is it?"] * 2]
    for count in (5, 3, 0, -1):
        talk.rewind(count)
        assert len(talk.turns) == max(min(3, count), 0)
    assert talk.conversation.turns == ()


def test_a_follow_up_after_going_back_leans_on_what_is_left():
    remembered = talks()
    talk = remembered.find(remembered.begin())
    for question in (CSTO, "Who built the crane?"):
        talk.add(talk.conversation.ask(question))
    talk.rewind(1)
    assert talk.conversation.ask("And Kyrgyzstan?").question == "And Kyrgyzstan? (Kazakhstan member CSTO)"


def test_a_long_conversation_is_shown_in_part_and_leant_on_in_less():
    remembered = talks()
    talk = remembered.find(remembered.begin())
    for number in range(120):
        talk.add(turn(number))
    assert talk.turns == tuple(turn(number) for number in range(70, 120))
    talk.rewind(25)
    assert talk.turns == tuple(turn(number) for number in range(70, 95))
    assert talk.conversation.turns == talk.turns[-6:]


def test_a_new_answer_stops_the_one_before():
    remembered = talks()
    talk = remembered.find(remembered.begin())
    talk.stop()
    first = talk.begin()
    second = talk.begin()
    assert (first.is_set(), second.is_set()) == (True, False)
    talk.stop()
    assert second.is_set()


def test_stopped_between_two_pieces_it_says_so(seeds_bot):
    def endless():
        while True:
            yield "and "

    seeds_bot.language_model = lambda _: Model(endless)
    stopped = threading.Event()

    async def play(service):
        answering = service.ask(CSTO, "ollama", stopped=stopped)
        while await anext(answering) != "and ":
            pass
        stopped.set()
        with pytest.raises(StoppedError):
            await everything(answering)

    with service_of(seeds_bot) as service:
        played(play(service))


def test_giving_up_in_the_moment_of_a_leave_is_a_cancellation():
    async def play():
        admission = Admission(1, 1)
        await admission.enter()
        waiting = asyncio.create_task(admission.enter())
        await settled()
        waiting.cancel()
        admission.leave()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    played(play())
