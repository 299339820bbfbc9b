"""Questions, passages and claims in which English words are exchanged for German ones (see ``training.lexicon``)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from training.examples import Pair, Paragraph, Question
from training.lexicon import WORD, lexicon
from training.made.text import Piece, rewritten

_QUESTION_SHARE, _PASSAGE_SHARE, _PAIR_SHARE = 0.35, 0.2, 0.3
_SOME, _MOST = 0.5, 0.95
_ASKING = {
    "who": ("wer",), "whom": ("wen", "wem"), "whose": ("wessen",), "what": ("was", "welche", "welches"),
    "which": ("welche", "welcher", "welches"), "when": ("wann",), "where": ("wo",), "why": ("warum", "weshalb"),
    "how": ("wie",), "did": ("",), "does": ("",), "do": ("",),
}  # fmt: skip
"""In a question these mean something else than in the sentences that the dictionary was learned from."""


def questions(given: Sequence[Paragraph], chance: random.Random) -> Iterator[Paragraph]:
    """German questions about English paragraphs."""
    for paragraph in given:
        if paragraph.name == "squad2-en" and chance.random() < _QUESTION_SHARE:
            asked = tuple(Question(_asked(q.text, chance), q.start, q.end) for q in paragraph.questions)
            yield Paragraph("made-de-en", "de-en", paragraph.split, paragraph.context, asked)


def passages(given: Sequence[Paragraph], chance: random.Random) -> Iterator[Paragraph]:
    """German paragraphs, with English questions about half of them and German ones about the others."""
    for paragraph in given:
        if paragraph.name != "squad2-en" or chance.random() > _PASSAGE_SHARE:
            continue
        context, moved = rewritten(paragraph.context, WORD, translator(chance))
        german = chance.random() < 0.5
        asked = []
        for question in paragraph.questions:
            text = _asked(question.text, chance) if german else question.text
            if question.start is None or question.end is None:
                asked.append(Question(text, None, None))
            else:
                piece = moved(Piece(question.start, question.end))
                asked.append(Question(text, piece.start, piece.end))
        name = "made-de" if german else "made-en-de"
        yield Paragraph(name, name.removeprefix("made-"), paragraph.split, context, tuple(asked))


def claims(_: Sequence[Paragraph], pairs: Sequence[Pair], chance: random.Random) -> Iterator[Pair]:
    """Pairs of which the claim, the evidence, or both are German."""
    for pair in pairs:
        if pair.language != "en" or chance.random() > _PAIR_SHARE:
            continue
        which = chance.random()
        premise, hypothesis = pair.premise, pair.hypothesis
        if which > 0.45:
            premise = rewritten(premise, WORD, translator(chance))[0]
        if which < 0.7:
            change = translator(chance)
            hypothesis = _asked(hypothesis, chance) if "?" in hypothesis else rewritten(hypothesis, WORD, change)[0]
        yield Pair("made-switched", "en-de", pair.split, premise, hypothesis, pair.label)


def _asked(question: str, chance: random.Random) -> str:
    translate = translator(chance)

    def change(word: str) -> str:
        asking = _ASKING.get(word.lower())
        if asking is None:
            return translate(word)
        chosen = chance.choice(asking)
        return chosen.capitalize() if word[0].isupper() else chosen

    return re.sub(r"\s{2,}", " ", rewritten(question, WORD, change)[0]).strip()


def translator(chance: random.Random) -> Callable[[str], str]:
    """Exchanges half of the words of one text, or nearly all of them."""
    share = chance.choice((_SOME, _MOST, _MOST))

    def change(word: str) -> str:
        known = lexicon().get(word.lower())
        if not known or chance.random() > share:
            return word
        chosen = chance.choices([t for t, _ in known], [n for _, n in known])[0]
        return chosen.capitalize() if word[0].isupper() else chosen

    return change
