"""What programs may ask of the server, and what it says when something is wrong: shapes, limits, statuses.

Knows JSON and HTTP statuses. Does not know routes, or how anything is answered.
"""

from __future__ import annotations

import re
from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from qa.assistant import LONGEST_QUESTION
from qa.chat import Filters
from qa.errors import InputError, LLMError, QAError
from qa.server.admission import BusyError


class NotFoundError(QAError):
    """There is nothing at this address."""


def _day(value: object) -> object:
    """Only a date as people write it: a number would be taken for a time."""
    if value is None or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("write it like 2023-09-17")


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_Day = Annotated[date | None, BeforeValidator(_day)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sources: list[str] = Field(default_factory=list, max_length=100, description="globs of the only sources to use")
    after: _Day = Field(default=None, description="only articles published on this day or later")
    before: _Day = Field(default=None, description="only articles published on this day or earlier")

    def filters(self, k: int | None) -> Filters:
        """As ``Assistant.ask`` takes them."""
        after = self.after.isoformat() if self.after else None
        before = self.before.isoformat() if self.before else None
        return Filters(sources=self.sources, after=after, before=before, k=k)


class AskRequest(_Request):
    """A question."""

    question: str = Field(max_length=LONGEST_QUESTION, description="in any language")
    engine: Literal["auto", "quote", "ollama"] | None = Field(
        default=None, description="who writes: the LLM, quotation, or whichever works (auto)"
    )
    model: str | None = Field(default=None, max_length=200, description="the LLM, as Ollama names it")
    k: int | None = Field(default=None, ge=1, le=100, description="passages that the answer may draw on")
    stream: bool = Field(default=False, description="answer with server-sent events: stage, draft, answer or error")


class SearchRequest(_Request):
    """A query for passages."""

    query: str = Field(max_length=LONGEST_QUESTION)
    k: int = Field(default=10, ge=1, le=1000, description="how many")


def engine_name(engine: str | None, model: str | None) -> str | None:
    """The engine as ``Assistant.ask`` takes it; a model alone means that it is to write.

    Raises:
        InputError: a model to quote with.
    """
    if not model:
        return engine
    if engine == "quote":
        raise InputError("no model writes where the engine is quote", "leave out the model, or take the engine ollama")
    return f"ollama:{model}"


def status_of(error: QAError) -> HTTPStatus:
    """The status that tells a program whose fault an error is, and whether to try again."""
    if isinstance(error, InputError):
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, NotFoundError):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, LLMError):
        return HTTPStatus.BAD_GATEWAY
    return HTTPStatus.SERVICE_UNAVAILABLE


def error_body(error: QAError) -> dict[str, Any]:
    """What happened and what to do, as JSON; ``type`` is what clients of the OpenAI API look at."""
    kind = "invalid_request_error" if isinstance(error, InputError | NotFoundError) else "server_error"
    busy = {"code": "busy"} if isinstance(error, BusyError) else {}
    return {"error": {"message": error.message, "hint": error.hint, "type": kind, **busy}}
