"""Questions as people type them: in capitals, in small letters, as a few key words, with a slip of the finger."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from qa.text.language import function_words
from training.examples import Paragraph, Question

_SHARE = 0.06
_LANGUAGES = {"en", "fi", "fr", "tr", "en-fi"}
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_LONG_WORD = 5


def careless(given: Sequence[Paragraph], chance: random.Random) -> Iterator[Paragraph]:
    """Paragraphs whose questions are worded carelessly; the answers stay."""
    for paragraph in given:
        if paragraph.language in _LANGUAGES and chance.random() < _SHARE:
            asked = tuple(
                Question(_careless(question.text, paragraph.language[:2], chance), question.start, question.end)
                for question in paragraph.questions
            )
            yield Paragraph("made-careless", paragraph.language, paragraph.split, paragraph.context, asked)


def _careless(text: str, language: str, chance: random.Random) -> str:
    bare = text.rstrip(" ?.!")
    kind = chance.choice(("small", "capitals", "slip", "keywords", "keywords"))
    if kind == "small":
        return bare.lower()
    if kind == "capitals":
        return text.upper()
    if kind == "slip":
        return _slipped(text, chance)
    left_out = function_words(language)
    kept = [word for word in _WORD.findall(bare) if word.lower() not in left_out]
    return " ".join(kept) if len(kept) > 1 else bare


def _slipped(text: str, chance: random.Random) -> str:
    """Two letters of a long word the other way round, or one left out."""
    long = [match for match in _WORD.finditer(text) if len(match[0]) > _LONG_WORD]
    if not long:
        return text.lower()
    word = chance.choice(long)
    place = chance.randrange(word.start() + 1, word.end() - 1)
    pair = text[place : place + 2]
    return text[:place] + (pair[::-1] if chance.random() < 0.5 else pair[1]) + text[place + 2 :]
