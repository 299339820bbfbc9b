"""Claims about sentences of the reading sets: true, or false by one thing only.

Sets of entailment are written by people who change much; a model that learned from them alone lets a claim through that
is true but for its number. The evidence is the sentence with up to three neighbours. One claim in three is worded in
German by the dictionary, so that words in common are no proof.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from training.examples import Pair, Paragraph, Question
from training.lexicon import WORD
from training.made.negation import negated
from training.made.switched import translator
from training.made.text import NUMBER, Piece, around, names, overlapping, replaced, rewritten, sentences, usable

_LANGUAGES = {"en", "fi", "fr"}
_NUMBERS_IN = _LANGUAGES | {"tr"}
_PER_PARAGRAPH = 0.5
_GERMAN = 0.35
_TRUE_SHARE = 0.5
"""How often the sentence a false claim was made from comes as a true one, so that its form gives nothing away."""
_PARENTHESIS = re.compile(r" \([^()]*\)")
_ASIDE = re.compile(r", (?:which|who|where|jossa|joka|qui)\b[^,.;]*(?=[,.])")
_STRONGER = [
    (re.compile(rf"\b{weak}\b"), strong)
    for weak, strong in (
        ("some of the", "all of the"), ("many", "all"), ("most", "all"), ("several", "all"), ("some", "all"),
        ("may", "will"), ("might", "will"), ("could", "will"), ("often", "always"), ("usually", "always"),
        ("sometimes", "always"), ("generally", "always"), ("one of the", "the only one of the"),
        ("nearly", "more than"), ("almost", "more than"), ("up to", "at least"), ("partly", "entirely"),
        ("planned to", "managed to"), ("tried to", "managed to"), ("likely", "certain"),
    )
]  # fmt: skip
_SAYS = re.compile(
    r" (?:said|says|told|announced|argued|claimed|stated|reported|believed|suggested|wrote|declared|warned)\b"
)
_SUBJECT = re.compile(r"(?:The )?(?:[A-Z][\w.'’-]+ ?){1,4}(?:[a-z]+)?")
_CROWDS = (
    "Everyone", "All the ministers", "Most experts", "The neighbouring countries", "The European countries",
    "All of the leaders", "Scientists", "The central banks", "The critics", "Both sides", "The Asian countries",
)  # fmt: skip
_JOINED = re.compile(r"(?:[\s,;/&-]|\b(?:and|or|with|ja|sekä|tai|et|ou|avec)\b)*")
_ASKS_FOR_SUBJECT = re.compile(
    r"(?:Who|What|Which(?: [\w-]+){1,4}?|What(?: [\w-]+){1,3}?) "
    r"(?P<rest>(?!(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|of)\b)"
    r"[a-z]+(?:ed|s|d|t|k|n|de|ote)\b .+)\?"
)
_STATEMENT_SHARE = 0.9


def exchanged(given: Sequence[Paragraph], _: Sequence[Pair], chance: random.Random) -> Iterator[Pair]:
    """Claims with one number or name of another place, and as many true ones."""
    for paragraph, pieces, place in _chosen(given, _NUMBERS_IN, chance):
        text = paragraph.context
        sentence = pieces[place].of(text)
        evidence = around(text, pieces, place, chance.randint(0, 3), chance.randint(0, 2))
        numbers = list(NUMBER.finditer(sentence))
        spoken = names(sentence) if paragraph.language in _LANGUAGES else []
        yield _pair("made-exchanged", paragraph, evidence, _shorter(sentence, chance), "e", chance)
        if numbers:
            match = chance.choice(numbers)
            other = _other_number(match[0], [m[0] for m in NUMBER.finditer(text)], chance)
            yield _pair(
                "made-exchanged", paragraph, evidence, replaced(sentence, Piece(*match.span()), other), "c", chance
            )
        if spoken:
            name = chance.choice(spoken)
            known = {p.of(text) for p in names(text)} - {p.of(sentence) for p in spoken}
            others = [
                n for n in known if n not in sentence and abs(len(n.split()) - len(name.of(sentence).split())) < 2
            ]
            if others:
                claim = replaced(sentence, name, chance.choice(sorted(others)))
                yield _pair("made-exchanged", paragraph, evidence, claim, "0", chance)


def _other_number(number: str, around_it: list[str], chance: random.Random) -> str:
    """A number of the same form: another of the text, or with a digit or two changed."""
    alike = sorted({n for n in around_it if n != number and len(n) == len(number)})
    if alike and chance.random() < 0.4:
        return chance.choice(alike)
    if len(number) < 3 and number.isdigit():
        return (
            str(max(1, int(number) + chance.choice((-3, -2, -1, 1, 2, 3, 5, 10))))
            if number != "1"
            else chance.choice("234")
        )
    places = [i for i, c in enumerate(number) if c.isdigit()]
    changed = chance.choice(places[1:] or places)
    digit = chance.choice([d for d in "0123456789" if d != number[changed]])
    return number[:changed] + digit + number[changed + 1 :]


def roles(given: Sequence[Paragraph], _: Sequence[Pair], chance: random.Random) -> Iterator[Pair]:
    """Claims in which two names stand in each other's place, and as many true ones from such sentences."""
    for paragraph, pieces, place in _chosen(given, _LANGUAGES, chance):
        sentence = pieces[place].of(paragraph.context)
        spoken = names(sentence)
        apart = [
            (a, b)
            for a, b in pairwise(spoken)
            if a.of(sentence) != b.of(sentence) and not _JOINED.fullmatch(sentence, a.end, b.start)
        ]
        if not apart:
            continue
        first, second = chance.choice(apart)
        claim = replaced(replaced(sentence, second, first.of(sentence)), first, second.of(sentence))
        evidence = around(paragraph.context, pieces, place, chance.randint(0, 2), chance.randint(0, 2))
        yield _pair("made-roles", paragraph, evidence, claim, "0", chance)
        if chance.random() < _TRUE_SHARE:
            yield _pair("made-roles", paragraph, evidence, sentence, "1", chance)


def negated_claims(given: Sequence[Paragraph], _: Sequence[Pair], chance: random.Random) -> Iterator[Pair]:
    """Claims that deny what the evidence says, or say what it denies."""
    for paragraph, pieces, place in _chosen(given, _LANGUAGES, chance):
        claim = negated(pieces[place].of(paragraph.context), paragraph.language)
        if claim is not None:
            evidence = around(paragraph.context, pieces, place, chance.randint(0, 2), chance.randint(0, 2))
            yield _pair("made-negated", paragraph, evidence, claim, "c", chance)
            if chance.random() < _TRUE_SHARE:
                yield _pair("made-negated", paragraph, evidence, pieces[place].of(paragraph.context), "1", chance)


def strengthened(given: Sequence[Paragraph], _: Sequence[Pair], chance: random.Random) -> Iterator[Pair]:
    """Claims that say more than the evidence: of all instead of some, surely instead of perhaps, many for one."""
    for paragraph in given:
        if paragraph.name != "squad2-en":
            continue
        pieces = sentences(paragraph.context)
        for place, piece in enumerate(pieces):
            sentence = piece.of(paragraph.context)
            claim = _stronger(sentence, chance) if usable(sentence) and chance.random() < _PER_PARAGRAPH else None
            if claim is not None:
                evidence = around(paragraph.context, pieces, place, chance.randint(0, 1), chance.randint(0, 1))
                yield _pair("made-strengthened", paragraph, evidence, claim, "0", chance)
                if chance.random() < _TRUE_SHARE:
                    yield _pair("made-strengthened", paragraph, evidence, sentence, "1", chance)


def _stronger(sentence: str, chance: random.Random) -> str | None:
    said = _SAYS.search(sentence)
    if said and _SUBJECT.fullmatch(sentence, 0, said.start()):
        return chance.choice(_CROWDS) + sentence[said.start() :]
    found = [(match, strong) for weak, strong in _STRONGER for match in weak.finditer(sentence)]
    if not found:
        return None
    match, strong = chance.choice(found)
    return replaced(sentence, Piece(*match.span()), strong)


def unsaid(given: Sequence[Paragraph], _: Sequence[Pair], chance: random.Random) -> Iterator[Pair]:
    """True sentences of the paragraph with evidence from elsewhere in it: on the matter, but it does not say so."""
    for paragraph, pieces, place in _chosen(given, _LANGUAGES | {"tr", "ja", "zh"}, chance):
        apart = [other for other in range(len(pieces)) if abs(other - place) > 1]
        if len(apart) > 1:
            other = chance.choice(apart)
            before = chance.randint(0, 1) if other - place != 2 else 0
            after = chance.randint(0, 1) if place - other != 2 else 0
            evidence = around(paragraph.context, pieces, other, before, after)
            yield _pair("made-unsaid", paragraph, evidence, pieces[place].of(paragraph.context), "0", chance)


def statements(given: Sequence[Paragraph], _: Sequence[Pair], chance: random.Random) -> Iterator[Pair]:
    """Questions for the subject as statements with their answer, or with the answer of another such question."""
    for paragraph in given:
        if paragraph.name != "squad2-en" or chance.random() > _STATEMENT_SHARE:
            continue
        pieces = sentences(paragraph.context)
        asked = [(q, m) for q in paragraph.questions if (m := _ASKS_FOR_SUBJECT.fullmatch(q.text))]
        answers = {_answer(paragraph.context, q) for q in paragraph.questions} - {None}
        for question, match in asked:
            right = _answer(paragraph.context, question)
            if right is None or question.start is None or question.end is None:
                continue
            place = next(overlapping(pieces, question.start, question.end))
            evidence = around(paragraph.context, pieces, place, chance.randint(1, 2), chance.randint(0, 2))
            yield _pair("made-statements", paragraph, evidence, _state(right, match["rest"]), "1", chance)
            wrong = sorted(
                a for a in answers if a and a != right and a not in right and right not in a and not a[0].isdigit()
            )
            if wrong:
                yield _pair(
                    "made-statements", paragraph, evidence, _state(chance.choice(wrong), match["rest"]), "0", chance
                )


def _answer(context: str, question: Question) -> str | None:
    return None if question.start is None else context[question.start : question.end]


def _state(subject: str, rest: str) -> str:
    return subject[0].upper() + subject[1:] + " " + rest.rstrip(" .") + "."


def _chosen(
    given: Sequence[Paragraph], languages: set[str], chance: random.Random
) -> Iterator[tuple[Paragraph, list[Piece], int]]:
    """A sentence of each paragraph in these languages; each text comes once."""
    seen = set()
    for paragraph in given:
        if paragraph.language in languages and paragraph.context not in seen and chance.random() < _PER_PARAGRAPH:
            seen.add(paragraph.context)
            pieces = sentences(paragraph.context)
            whole = [place for place, piece in enumerate(pieces) if usable(piece.of(paragraph.context))]
            if whole:
                yield paragraph, pieces, chance.choice(whole)


def _shorter(sentence: str, chance: random.Random) -> str:
    """The sentence without what stands in parentheses or is said by the way; true if the sentence is."""
    if chance.random() < 0.7:
        sentence = _PARENTHESIS.sub("", sentence)
    return _ASIDE.sub("", sentence) if chance.random() < 0.5 else sentence


def _pair(  # noqa: PLR0917  they are the fields of a pair
    name: str, paragraph: Paragraph, evidence: str, claim: str, label: str, chance: random.Random
) -> Pair:
    language = paragraph.language
    if language == "en" and chance.random() < _GERMAN:
        claim, language = rewritten(claim, WORD, translator(chance))[0], "en-de"
    return Pair(name, language, paragraph.split, evidence, claim, label)
