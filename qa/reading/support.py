"""Does some evidence support a claim, contradict it, or not say?

Knows the evidence's sentences, in what runs they are read, and the guard. Does not know how a run is judged (a
``JudgesClaims``: the reader, or another network), or who wrote the claim.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from qa.models.spans import JudgesClaims
from qa.reading.guards import missing
from qa.records import Span
from qa.text.language import detect
from qa.text.sentences import split_sentences

SUPPORTED, CONTRADICTED = 0.5, 0.5
"""Probabilities from which a claim is shown as supported or contradicted; see ``benchmarks/verification.py``."""
_LONGEST_RUN = 3


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
        contradiction: the probability that some of the evidence contradicts it.
        supported: whether the score is enough.
        evidence: which source sentences, the first one first; if it is not supported, those that contradict it or else
            come nearest to supporting it.
        missing: numbers and dates of the claim that the evidence does not have, as they are written.
    """

    score: float
    contradiction: float
    supported: bool
    evidence: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()


class Verifier:
    """Checks claims. Threads may share one.

    The judge reads the claim with every run of up to three evidence sentences that follow each other, and the surest
    counts. One guard stays visible: a number or date of the claim that its evidence does not have.
    """

    def __init__(self, judge: JudgesClaims) -> None:
        self._judge = judge

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
            QAError: what the judge needs cannot be used on this machine.
        """
        runs = list(_runs(sources, sorted(set(allowed))))
        if not runs:
            return Support(0.0, 0.0, supported=False)
        texts = [" ".join(sources[index].text for index in run) for run in runs]
        judged = self._judge.supports([(claim, text) for text in texts])
        lacking = [
            missing(claim, language, text, sources[run[0]].language) for run, text in zip(runs, texts, strict=True)
        ]
        scores = [0.0 if lacks else one.entailed for one, lacks in zip(judged, lacking, strict=True)]
        best = max(range(len(runs)), key=lambda number: (scores[number], judged[number].entailed, -len(runs[number])))
        against = max(range(len(runs)), key=lambda number: (judged[number].contradicted, -len(runs[number])))
        supported = scores[best] >= SUPPORTED
        contradiction = judged[against].contradicted
        shown = best if supported or contradiction < CONTRADICTED else against
        return Support(scores[best], contradiction, supported, runs[shown], lacking[best])


def support_of(claim: str, evidence: str, judge: JudgesClaims) -> Support:
    """What a text, of any length and language, says about a claim."""
    language = detect(evidence)
    sentences = [
        SourceSentence(evidence[span.start : span.end], language, continues=number > 0)
        for number, span in enumerate(split_sentences(evidence, Span(0, len(evidence)), language))
    ]
    return Verifier(judge).check(claim, detect(claim), sentences, range(len(sentences)))


def _runs(sources: Sequence[SourceSentence], allowed: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every run of up to ``_LONGEST_RUN`` allowed sentences, each directly following the one before."""
    for place, first in enumerate(allowed):
        run: tuple[int, ...] = (first,)
        yield run
        for following in allowed[place + 1 : place + _LONGEST_RUN]:
            if following != run[-1] + 1 or not sources[following].continues:
                break
            run = (*run, following)
            yield run
