"""The answerer that has a language model write where one answers, and quotes where none does or it fails.

Does not know how either is done.
"""

from __future__ import annotations

from collections.abc import Iterator

from qa.answering import ENGINES, Bench
from qa.answering.finding import Found
from qa.errors import LLMError
from qa.records import Answer


class AutomaticAnswerer:
    """Writes or quotes."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def stream(self, found: Found, /) -> Iterator[str | Answer]:
        """As ``Answerer`` says; why no LLM wrote the answer is in its notes."""
        notes: tuple[str, ...] = ()
        begun = False
        try:
            if self._bench.language_model() is not None:
                for event in ENGINES["ollama"].make(self._bench).stream(found):
                    begun = True
                    yield event
                return
        except LLMError as error:
            notes = (f"no LLM wrote this: {error.message}" + (f"; {error.hint}" if error.hint else ""),)
        answer = self._bench.quoting.answer(found, notes)
        if not begun:
            yield answer.text
        yield answer
