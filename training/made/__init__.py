"""Examples made by program, of kinds that the public sets lack or have few of.

Each maker is given what there is and yields more; adding one is a function and a line here. Makers draw from the
training and the development split alike, so that what they teach can also be measured. Counts stand in the model card.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from training.examples import Pair, Paragraph, Split
from training.made import claims, crossed, questions, switched, wording

ParagraphMaker = Callable[[Sequence[Paragraph], random.Random], Iterator[Paragraph]]
PairMaker = Callable[[Sequence[Paragraph], Sequence[Pair], random.Random], Iterator[Pair]]

PARAGRAPHS: tuple[ParagraphMaker, ...] = (
    questions.lists,
    questions.named_lists,
    questions.leaning,
    questions.interviews,
    wording.careless,
    switched.questions,
    switched.passages,
    crossed.questions,
)
PAIRS: tuple[PairMaker, ...] = (
    claims.exchanged,
    claims.roles,
    claims.negated_claims,
    claims.strengthened,
    claims.unsaid,
    claims.statements,
    switched.claims,
    crossed.claims,
)


def made_paragraphs(split: Split, given: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """Paragraphs with questions, made from those of one split."""
    for maker in PARAGRAPHS:
        yield from maker(given, random.Random(f"{split} {maker.__module__} {maker.__name__}"))


def made_pairs(split: Split, given: Sequence[Paragraph], pairs: Sequence[Pair]) -> Iterator[Pair]:
    """Pairs of claim and evidence, made from the paragraphs and pairs of one split."""
    for maker in PAIRS:
        yield from maker(given, pairs, random.Random(f"{split} {maker.__module__} {maker.__name__}"))
