"""Does a sentence of a source support a sentence of an answer? What is asked, and who is asked.

Knows the question and the answer's form. Does not know how it is judged: a ``Verifier`` does, and ``make_verifier``
chooses it. Whoever writes another one gives it these two methods and a line there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence that may be evidence. ``continues`` says that it directly follows the one before it in the list."""

    text: str
    language: str | None
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Support:
    """What came of checking a claim.

    Attributes:
        score: the probability, from 0 to 1, that the evidence supports it; 0 if something is missing.
        supported: whether that is enough.
        evidence: which source sentences, the first one first; the closest ones if it is not supported.
        missing: numbers, dates and negations of the claim that the evidence does not have, as they are written.
    """

    score: float
    supported: bool
    evidence: tuple[int, ...]
    missing: tuple[str, ...] = ()


class Verifier(Protocol):
    """Checks claims. Threads may share one."""

    def prepare(self) -> None:
        """Load in the background what checking needs, while a model writes."""

    def check(
        self, claim: str, language: str | None, sources: Sequence[SourceSentence], allowed: Collection[int]
    ) -> Support:
        """Look for the evidence that supports a claim best.

        Args:
            claim: one sentence, without citation marks.
            language: its language, ISO 639-1.
            sources: sentences of the sources, in order.
            allowed: indexes of those that may be evidence.

        Raises:
            QAError: what the verifier needs cannot be used on this machine.
        """
        ...


def make_verifier(settings: Settings) -> Verifier:
    """The verifier that the settings ask for."""
    from qa.reading.alignment import AligningVerifier

    return AligningVerifier(settings.answer.nli_model)
