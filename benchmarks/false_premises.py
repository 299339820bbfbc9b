"""Questions with a false premise, made from questions with answers by exchanging a name, a number or a date.

The other one is from a question about the same article that the paragraph itself does not have. Not all of the
results are nonsense ("How many points did the other team score?" may have an answer), so they count less in fitting.
What is exchanged for what is in ``labelled/false_premises.json``; a recogniser of names chose it once, so that the
measure does not change with what it measures.
"""

from __future__ import annotations

import json
from pathlib import Path

from quality import Language

EXCHANGES = Path(__file__).parent / "labelled" / "false_premises.json"


def false_premises(language: Language) -> list[str | None]:
    """For each question the same with a false premise; ``None`` where nothing can be exchanged. Always the same."""
    exchanges = json.loads(EXCHANGES.read_text(encoding="utf-8"))[language.code]
    made: list[str | None] = []
    for case, exchange in zip(language.cases, exchanges, strict=True):
        start, end, other = exchange or (0, 0, "")
        made.append(case.question[:start] + other + case.question[end:] if exchange else None)
    return made
