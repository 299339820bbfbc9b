"""Questions and claims over sentence pairs of translators: one language asks, the other answers.

"Carter told the paper …" becomes "Who told the paper …?", and "Carter sagte der Zeitung …" becomes "Wer sagte der
Zeitung …?", which is good German because the subject stands first. Each is asked of the other language's sentence among
others of that language.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from qa.text.language import function_words
from training.examples import Pair, Paragraph, Question
from training.lexicon import translations
from training.made.negation import negated
from training.made.text import NUMBER, Piece, replaced

_SUBJECT = re.compile(
    r"(?P<name>(?:(?:Mr|Mrs|Ms|Dr|Herr|Frau)\.? )?[A-ZÄÖÜ][\w'’.-]+(?: (?:[a-z]{2,3} )?[A-ZÄÖÜ][\w'’.-]+){0,3})"
    r" (?P<rest>[a-zäöü]{2,}\b.*)"
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_IN_YEAR = {
    "en": re.compile(r"\b[Ii]n (?:1[5-9]|20)\d\d\b"),
    "de": re.compile(r"\b(?:[Ii]m Jahre? )(?:1[5-9]|20)\d\d\b"),
}
_ASKED_YEAR = {"en": "in which year", "de": "in welchem Jahr"}
_ASKED_NUMBER = {"en": "how many", "de": "wie viele"}
_WHO = {"en": ("Who", "Who", "What"), "de": ("Wer", "Wer", "Was")}
_LEAST, _MOST = 40, 260
_NONE = 0.25
_OTHERS = (2, 6)


def questions(given: Sequence[Paragraph], chance: random.Random) -> Iterator[Paragraph]:
    """A question in one language, a made-up paragraph in the other that answers it or, one time in four, does not."""
    if not given or given[0].split != "train":
        return
    known = _known()
    for both in known:
        for asking, other in (("en", "de"), ("de", "en")):
            source, target = (both, both[::-1])[asking == "de"]
            for wording, answer in _questions(source, target, asking, chance):
                side = 1 if other == "de" else 0
                sentences = [known[chance.randrange(len(known))][side] for _ in range(chance.randint(*_OTHERS))]
                missing = chance.random() < _NONE
                at = chance.randrange(len(sentences) + 1)
                if not missing:
                    sentences.insert(at, target)
                start = sum(len(sentence) + 1 for sentence in sentences[:at])
                found = (None, None) if missing else (start + answer.start, start + answer.end)
                yield Paragraph(
                    f"made-{asking}-{other}-pairs",
                    f"{asking}-{other}",
                    "train",
                    " ".join(sentences),
                    (Question(wording, *found),),
                )


def _known() -> list[tuple[str, str]]:
    """The sentence pairs that are neither short nor long."""
    return [pair for pair in translations() if all(_LEAST <= len(text) <= _MOST for text in pair)]


def _questions(source: str, target: str, language: str, chance: random.Random) -> Iterator[tuple[str, Piece]]:
    """Questions made from ``source``, and where ``target`` answers each."""
    subject = _SUBJECT.fullmatch(source)
    is_name = subject and subject["name"].lower() not in function_words("en") | function_words("de")
    if subject and is_name and (answer := _once(target, subject["name"])):
        yield chance.choice(_WHO[language]) + " " + subject["rest"].rstrip(".! ") + "?", answer
    for match in NUMBER.finditer(source):
        answer = _once(target, match[0])
        if answer is None or match.start() == 0:
            continue
        if _YEAR.fullmatch(match[0]):
            year = next((m for m in _IN_YEAR[language].finditer(source) if m.end() == match.end()), None)
            if year is not None:
                yield _as_question(replaced(source, Piece(*year.span()), _ASKED_YEAR[language])), answer
        elif source[match.end() : match.end() + 2].strip().isalpha():
            yield _as_question(replaced(source, Piece(*match.span()), _ASKED_NUMBER[language])), answer


def _as_question(text: str) -> str:
    return text.rstrip('.!"” ') + "?"


def _once(text: str, part: str) -> Piece | None:
    """Where the part stands in the text, if it does just once, as a whole word."""
    found = list(re.finditer(rf"(?<!\w){re.escape(part)}(?!\w)", text))
    return Piece(*found[0].span()) if len(found) == 1 else None


def claims(given: Sequence[Paragraph], _: Sequence[Pair], chance: random.Random) -> Iterator[Pair]:
    """A sentence and its translation among others (entailed), the others alone (not), or with "not" put in."""
    if not given or given[0].split != "train":
        return
    known = _known()
    for both in known:
        side = chance.randrange(2)
        claim, target = both[side], both[1 - side]
        others = [known[chance.randrange(len(known))][1 - side] for _ in range(chance.randint(1, 3))]
        at = chance.randrange(len(others) + 1)
        what = chance.random()
        label = "1"
        if what < 0.3:
            label = "0"
        else:
            others.insert(at, target)
            if what < 0.5 and (denied := negated(claim, "de" if side else "en")):
                claim, label = denied, "c"
        yield Pair("made-pairs", "de-en" if side == 0 else "en-de", "train", " ".join(others), claim, label)
