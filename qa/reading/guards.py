"""Two small, visible guards that no score overrules: a claim's numbers are in its evidence, and so are its negations.

A model that judges meaning may take "12" for "13" and "was" for "was not", so these are compared as they are written.
Knows numbers and dates in any notation, and words of negation of seven languages. Does not know names, meaning, or what
a negation negates.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from qa.text.dates import Date, find_dates
from qa.text.numbers import WORDS_READ, Number, find_numbers
from qa.text.words import find_words

_NEGATIONS = {
    "en": "not no never none nothing nobody neither nor without cannot nowhere t",
    "de": "nicht kein keine keinem keinen keiner keines nie niemals niemand niemanden niemandem weder ohne nichts",
    "fr": "pas jamais aucun aucune rien personne sans ni",
    "es": "no nunca jamas ningun ninguno ninguna nada nadie sin tampoco ni",
    "it": "non mai nessun nessuno nessuna niente nulla senza ne",
    "pt": "nao nunca jamais nenhum nenhuma nada ninguem sem nem",
    "nl": "niet geen nooit niemand niets noch zonder",
}
"""Folded; "t" is what is left of "isn't"."""
_WORDS = {language: frozenset(words.split()) for language, words in _NEGATIONS.items()}
_CANCELLING = frozenset({"en", "de", "nl"})
"""Languages in which two negations make none; in the others they make one ("no vio nada")."""


def missing(claim: str, claim_language: str | None, evidence: str, evidence_language: str | None) -> tuple[str, ...]:
    """What of a claim its evidence lacks, as written: numbers, dates, and a negation that only one of them has."""
    theirs = {key for value in values(evidence, evidence_language) for key in _keys(value)}
    words_are_read = evidence_language in WORDS_READ
    lacking = [
        value.text
        for value in values(claim, claim_language)
        if not (isinstance(value, Number) and value.in_words and (not words_are_read or value.amount <= 1))
        and not _keys(value) <= theirs
    ]
    if claim_language in _WORDS and evidence_language in _WORDS:
        ours, others = _negations(claim, claim_language), _negations(evidence, evidence_language)
        if _negated(ours, claim_language) != _negated(others, evidence_language):
            lacking.append((ours or others)[0])
    return tuple(lacking)


@lru_cache(maxsize=4096)
def values(sentence: str, language: str | None) -> tuple[Number | Date, ...]:
    """The numbers and dates of a sentence, in order."""
    dates = find_dates(sentence, language)
    numbers = find_numbers(sentence, language, tuple((date.start, date.end) for date in dates))
    return tuple(sorted((*dates, *numbers), key=lambda value: value.start))


def _keys(value: Number | Date) -> frozenset[tuple[str, Fraction]]:
    """What must be in the evidence: amounts, and of dates each part, so that "May 2021" is in "4 May 2021"."""
    return frozenset(_parts(value))


def _parts(value: Number | Date) -> Iterator[tuple[str, Fraction]]:
    if isinstance(value, Number):
        yield "number", value.amount
        return
    for day_or_year in (value.year, value.day, *(value.either or ())):
        if day_or_year is not None:
            yield "number", Fraction(day_or_year)
    if value.month is not None:
        yield "month", Fraction(value.month)
    if value.weekday is not None and value.year is None:
        yield "weekday", Fraction(value.weekday)


def _negations(sentence: str, language: str) -> list[str]:
    return [sentence[word.start : word.end] for word in find_words(sentence) if word.folded in _WORDS[language]]


def _negated(negations: list[str], language: str) -> bool:
    return len(negations) % 2 == 1 if language in _CANCELLING else bool(negations)
