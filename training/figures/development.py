"""Questions and claims of the development split, made once."""

from __future__ import annotations

from functools import lru_cache

from training.examples import Pair, Paragraph, paragraphs
from training.made import made_pairs


@lru_cache(maxsize=1)
def dev_paragraphs() -> list[Paragraph]:
    """All paragraphs."""
    return list(paragraphs("dev"))


def dev_questions() -> list[tuple[str, str, bool]]:
    """English questions with their paragraphs, and whether these answer them."""
    return [
        (question.text, paragraph.context, question.start is not None)
        for paragraph in dev_paragraphs()
        if paragraph.name == "squad2-en"
        for question in paragraph.questions
    ]


def some_questions(count: int) -> list[tuple[str, str]]:
    """Questions of the development split, spread over it."""
    every = dev_questions()
    return [(question, context) for question, context, _ in every[:: max(1, len(every) // count)]][:count]


@lru_cache(maxsize=1)
def made_claims() -> list[Pair]:
    """What is made by program from the paragraphs."""
    return list(made_pairs("dev", dev_paragraphs(), []))


def some_claims(count: int) -> list[tuple[str, str]]:
    """Claims with their evidence, spread over all that were made from the development split."""
    every = made_claims()
    return [(pair.hypothesis, pair.premise) for pair in every[:: max(1, len(every) // count)]][:count]
