"""Finds negations and opposites, and tells whether two sentences differ in them.

Knows words of negation, phrases that only look like one ("not only", "no later than"), verbs of negative sense
("deny"), and some opposites ("before" and "after"). The scope of a negation is out of its reach: it cuts sentences
into clauses, and compares each clause of the claim with the clause of the evidence that shares most words with it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from qa.reading.same_name import sound
from qa.text.language import function_words
from qa.text.particular import Particular, ParticularKind, tables, word_set
from qa.text.words import fold

NEGATED = "negated"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_CONTRACTED = re.compile(r"n['’]t$")
_STARTS_CLAUSE = re.compile(r"[;:–—]|, (?=\w)|\. (?=\w)")
_FEWEST_CLAUSE_WORDS = 4
_ALIKE_LETTERS = 5
_CERTAIN_SHARE = 0.5
"""Share of a clause's content words that the evidence's clause must have, for a difference between the two to be
certain."""


@dataclass(frozen=True, slots=True)
class _Clause:
    """A part of a sentence: its content words (stems, numbers), and its negations."""

    start: int
    end: int
    content: frozenset[str]
    strong: tuple[Particular, ...]
    has_weak: bool


_WITHOUT = frozenset({"without", "ohne", "sans", "sin", "senza", "sem", "zonder"})


def find_negations(sentence: str, language: str | None) -> tuple[Particular, ...]:
    """The negations of a sentence, in order; verbs and adverbs of negative sense are not certain."""
    return _negations(sentence, language)


@lru_cache(maxsize=4096)
def _negations(sentence: str, language: str | None) -> tuple[Particular, ...]:
    strong, weak = _words_of("negations", language), _words_of("weak_negations", language)
    idioms = [match.span() for pattern in _idioms(language) for match in pattern.finditer(sentence)]
    found: list[Particular] = []
    for match in _WORD.finditer(sentence):
        word = fold(match[0]).replace("’", "'")
        is_strong = word in strong or (language in ("en", None) and _CONTRACTED.search(word) is not None)
        if not is_strong and word not in weak:
            is_strong = _elided(word, strong)
            if not is_strong:
                continue
        if any(start <= match.start() < end for start, end in idioms):
            continue
        found.append(
            Particular(ParticularKind.NEGATION, match[0], match.start(), match.end(), NEGATED, certain=is_strong)
        )
    return tuple(found)


def _elided(word: str, strong: Collection[str]) -> bool:
    """The French "n'" before a vowel."""
    head, apostrophe, _ = word.partition("'")
    return bool(apostrophe) and len(head) == 1 and head in strong


@cache
def _words_of(section: str, language: str | None) -> frozenset[str]:
    return word_set(section, language or "en")


@cache
def _idioms(language: str | None) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(pattern, re.IGNORECASE) for pattern in tables()["negation_idioms"].get(language or "en", ())
    )


def differing_negations(
    claim: str, claim_language: str | None, evidence: str, evidence_language: str | None
) -> tuple[Particular, ...]:
    """Where two sentences differ in being negated.

    Returns:
        Negations of the claim that the evidence does not have, and negations of the evidence that the claim does not
        have (their offsets are into the evidence); not certain where it is not clear which clauses speak of the same.
    """
    ours, theirs = _negations(claim, claim_language), _negations(evidence, evidence_language)
    if not any(negation.certain for negation in (*ours, *theirs)):
        return ()
    same_language = claim_language == evidence_language
    clauses = _clauses(claim, claim_language)
    found: dict[tuple[str, int], Particular] = {}
    for clause in clauses:
        counterpart, certain = _counterpart(clause, _clauses(evidence, evidence_language), same_language=same_language)
        for negation in _difference(clause, counterpart):
            sure = not theirs or (certain and not ours)
            found.setdefault((negation.text, negation.start), _with_certainty(negation, certain=sure))
    return tuple(found.values())


def _with_certainty(negation: Particular, *, certain: bool) -> Particular:
    return Particular(negation.kind, negation.text, negation.start, negation.end, negation.value, certain)


def _difference(clause: _Clause, counterpart: _Clause) -> Sequence[Particular]:
    """The negation that only one of two clauses has.

    A verb of negative sense stands for a negation ("refused", "did not accept") where the other clause has none.
    """
    if clause.strong and counterpart.strong:
        ours, theirs = _kinds(clause), _kinds(counterpart)
        if theirs.keys() < ours.keys():
            return [ours[kind] for kind in ours.keys() - theirs.keys()][:1]
        return [theirs[kind] for kind in theirs.keys() - ours.keys()][:1] if ours.keys() < theirs.keys() else ()
    if clause.strong and (clause.has_weak or not counterpart.has_weak):
        return clause.strong[:1]
    if counterpart.strong and (counterpart.has_weak or not clause.has_weak):
        return counterpart.strong[:1]
    return ()


def _kinds(clause: _Clause) -> dict[bool, Particular]:
    """A negation of each kind: of something that comes along ("without"), or of what is said."""
    return {fold(negation.text) in _WITHOUT: negation for negation in clause.strong}


def _counterpart(clause: _Clause, candidates: Sequence[_Clause], *, same_language: bool) -> tuple[_Clause, bool]:
    """The clause that shares most content words with a clause, and whether that is clear."""
    if len(candidates) == 1:
        return candidates[0], True
    shared = [len(clause.content & other.content) for other in candidates]
    most = max(shared)
    best = [other for other, count in zip(candidates, shared, strict=True) if count == most]
    agreeing = [other for other in best if not _difference(clause, other)]
    identical = [other for other in best if other.content == clause.content]
    chosen = (identical or agreeing or best)[0]
    clear = (
        len(best) == 1 and most >= max(1, _CERTAIN_SHARE * len(clause.content))
        if same_language
        else len(best) == 1 < most
    )
    return chosen, clear


@lru_cache(maxsize=4096)
def _clauses(sentence: str, language: str | None) -> tuple[_Clause, ...]:
    negations = _negations(sentence, language)
    spans = _clause_spans(sentence, language)
    return tuple(
        _Clause(
            start,
            end,
            _content(sentence[start:end], language),
            tuple(item for item in negations if item.certain and start <= item.start < end),
            any(not item.certain and start <= item.start < end for item in negations),
        )
        for start, end in spans
    )


def _content(text: str, language: str | None) -> frozenset[str]:
    """Content words by what they begin with in sound, so that they can be found across languages."""
    skip = _words_of("negations", language) | {fold(word) for word in function_words(language or "")}
    words = [fold(match[0]) for match in _WORD.finditer(text)]
    return frozenset(sound(word)[:_ALIKE_LETTERS] for word in words if word not in skip)


def _clause_spans(sentence: str, language: str | None) -> list[tuple[int, int]]:
    """Cut at punctuation and before conjunctions, but never so that a part has fewer than four words."""
    openers = word_set("clauses", language or "en")
    cuts = sorted(
        {match.end() for match in _STARTS_CLAUSE.finditer(sentence)}
        | {match.start() for match in _WORD.finditer(sentence) if fold(match[0]) in openers}
    )
    spans: list[tuple[int, int]] = []
    start = 0
    for cut in cuts:
        long_enough = len(_WORD.findall(sentence[start:cut])) >= _FEWEST_CLAUSE_WORDS
        if long_enough and len(_WORD.findall(sentence[cut:])) >= _FEWEST_CLAUSE_WORDS:
            spans.append((start, cut))
            start = cut
    return [*spans, (start, len(sentence))]


# -- opposites


@cache
def _opposites(language: str | None) -> Mapping[str, frozenset[tuple[int, str]]]:
    """Stems of words with the rows and sides of the table of opposites where they stand."""
    found: dict[str, set[tuple[int, str]]] = {}
    for row, sides in enumerate(tables()["opposites"]):
        for side in ("one", "other"):
            for word in sides[side].get(language or "", "").split():
                found.setdefault(fold(word), set()).add((row, side))
    return {word: frozenset(sides) for word, sides in found.items()}


@lru_cache(maxsize=4096)
def _sides(sentence: str, language: str | None) -> tuple[tuple[re.Match[str], tuple[int, str]], ...]:
    opposites = _opposites(language)
    return tuple(
        (match, side) for match in _WORD.finditer(sentence) for side in sorted(opposites.get(fold(match[0]), ()))
    )


def opposites_swapped(
    claim: str, claim_language: str | None, evidence: str, evidence_language: str | None
) -> tuple[Particular, ...]:
    """The claim's words whose opposite the evidence has, and which it does not have themselves.

    Across languages, and in a negated sentence ("did not fall"), that is not certain.
    """
    if not _opposites(claim_language) or not _opposites(evidence_language):
        return ()
    theirs = {side for _, side in _sides(evidence, evidence_language)}
    ours = _sides(claim, claim_language)
    if not theirs or not ours:
        return ()
    mine = {side for _, side in ours}
    plain = claim_language == evidence_language and not any(
        negation.certain for negation in (*_negations(claim, claim_language), *_negations(evidence, evidence_language))
    )
    found: dict[int, Particular] = {}
    for match, (row, side) in ours:
        opposite = (row, "other" if side == "one" else "one")
        if opposite in theirs and (row, side) not in theirs and opposite not in mine:
            found.setdefault(
                match.start(),
                Particular(ParticularKind.NEGATION, match[0], match.start(), match.end(), (row, side), certain=plain),
            )
    return tuple(found.values())
