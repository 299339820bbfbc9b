"""Server-sent events, as the WHATWG HTML standard (section 9.2) has them.

Knows the wire format, and that a silent connection is taken for a dead one. Does not know what the events are about.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator

from starlette.responses import StreamingResponse

_SILENCE_SECONDS = 10.0


def event(data: object, name: str = "") -> str:
    """One event with JSON as its data."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n"


class EventStream(StreamingResponse):
    """Events as they come, with a comment wherever nothing came for a while. Who leaves, closes ``events``."""

    def __init__(self, events: AsyncGenerator[str, None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_never_silent(events), media_type="text/event-stream", headers=headers)


async def _never_silent(events: AsyncGenerator[str, None]) -> AsyncIterator[str]:
    coming: asyncio.Task[str] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait([coming], timeout=_SILENCE_SECONDS)
            if not done:
                yield ": still at work\n\n"
                continue
            try:
                piece = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield piece
    finally:
        if coming is not None:
            coming.cancel()
            with contextlib.suppress(BaseException):
                await coming
        await events.aclose()
