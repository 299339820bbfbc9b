"""Lets so many in at once, lets so many wait, and asks everybody else to come back.

Knows numbers. Does not know what is being done inside.
"""

from __future__ import annotations

import asyncio
from collections import deque

from qa.errors import QAError


class BusyError(QAError):
    """Too many are waiting already."""


class Admission:
    """Places that are taken in the order of coming. For one event loop, without threads."""

    def __init__(self, places: int, waiting: int) -> None:
        """Give ``places`` at once, and let ``waiting`` more wait for one."""
        self._free = places
        self._most_waiting = waiting
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def must_wait(self) -> bool:
        """Whether whoever comes now has to wait."""
        return self._free == 0

    async def enter(self) -> None:
        """Take a place, as soon as there is one; it has to be given back with ``leave``.

        Raises:
            BusyError: as many as may wait are waiting.
        """
        if self._free > 0:
            self._free -= 1
            return
        if len(self._waiting) >= self._most_waiting:
            raise BusyError(
                f"too many questions are being answered ({len(self._waiting)} are waiting)", "ask again in a moment"
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # the place was given in the moment in which it was no longer wanted
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def leave(self) -> None:
        """Give the place back; the next in turn takes it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
