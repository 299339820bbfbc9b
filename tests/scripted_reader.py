"""A reader that finds what it was told to find, to test what is made of its readings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from qa.models.spans import Entailment, Reading

HIGH, LOW = 6.0, -4.0


class ScriptedReader:
    """Reads words; those of an answer that stand together are found.

    Args:
        answers: words to find, each with how sure (0 to 1, against none; 1 by default).
        judge: what to say of a claim and evidence: "e", "n" or "c"; entailed where every word of the claim is there.
    """

    fingerprint = "scripted"

    def __init__(
        self, answers: Mapping[str, float] | Sequence[str] = (), judge: Callable[[str, str], str] | None = None
    ) -> None:
        self.answers = dict(answers) if isinstance(answers, Mapping) else dict.fromkeys(answers, 1.0)
        self.judge = judge or (lambda claim, evidence: "e" if words(claim) <= words(evidence) else "n")
        self.asked: list[str] = []

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        self.asked.append(question)
        return [self._read(passage) for passage in passages]

    def _read(self, passage: str) -> Reading:
        places = [match.span() for match in re.finditer(r"\w+|[^\w\s]", passage)]
        logits = np.full((len(places), 2), LOW, dtype=np.float32)
        for answer, sure in self.answers.items():
            start = passage.find(answer)
            if start >= 0:
                inside = [n for n, (a, b) in enumerate(places) if a >= start and b <= start + len(answer)]
                logits[inside[0], 0] = logits[inside[-1], 1] = HIGH * sure
        return Reading(np.array(places, dtype=np.int32).reshape(-1, 2), logits, 2.0)

    def supports(self, claims: Sequence[tuple[str, str]]) -> list[Entailment]:
        said = {"e": Entailment(0.9, 0.08, 0.02), "n": Entailment(0.05, 0.9, 0.05), "c": Entailment(0.02, 0.08, 0.9)}
        return [said[self.judge(claim, evidence)] for claim, evidence in claims]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))
