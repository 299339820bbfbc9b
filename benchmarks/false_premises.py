"""Questions with a false premise, made from questions with answers by exchanging a name, a number or a date.

The other one is from a question about the same article that the paragraph itself does not have. Not all of the
results are nonsense ("How many points did the other team score?" may have an answer), so they count less in fitting.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

from qa.reading.particulars import ParticularKind, particulars
from qa.text.particular import Particular
from quality import Case, Language

_EXCHANGED = frozenset({ParticularKind.NAME, ParticularKind.NUMBER, ParticularKind.DATE})


def false_premises(language: Language) -> list[str | None]:
    """For each question the same with a false premise; ``None`` where nothing can be exchanged. Always the same."""
    dice = random.Random(7)
    known: dict[tuple[str, ParticularKind], set[str]] = defaultdict(set)
    for case in language.cases:
        for found in _exchangeable(case, language.code):
            known[case.source[:4], found.kind].add(found.text)
    made: list[str | None] = []
    for case in language.cases:
        found = _exchangeable(case, language.code)
        dice.shuffle(found)
        options = ((one, _others(one, case, known[case.source[:4], one.kind], language)) for one in found)
        chosen = next(((one, others) for one, others in options if others), None)
        if chosen is None:
            made.append(None)
        else:
            one, others = chosen
            made.append(case.question[: one.start] + dice.choice(others) + case.question[one.end :])
    return made


def _exchangeable(case: Case, code: str) -> list[Particular]:
    return [found for found in particulars(case.question, code) if found.kind in _EXCHANGED]


def _others(one: Particular, case: Case, known: Iterable[str], language: Language) -> list[str]:
    """What may stand in the place of a particular: nothing that the question or its paragraph has."""
    said = f"{case.question}\n{language.paragraphs[case.source]}".casefold()
    return [
        text for text in sorted(known) if text.casefold() not in said and one.text.casefold() not in text.casefold()
    ]
