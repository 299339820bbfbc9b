"""What a sentence says in particular, and which particulars of a claim its evidence lacks.

Particulars are numbers, dates, names and negations: what a language model gets wrong while the sentence around it stays
plausible. The claim and the evidence may be in different languages. Knows how the four kinds are put together and
compared; how each is found is in the modules it imports. Does not know meaning: two sentences with the same
particulars may say different things, and who does what to whom is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from qa.reading.name_evidence import SentenceNames, is_translatable, missing_words, sentence_names
from qa.reading.name_words import NameWord, find_names, name_of
from qa.reading.names import name_words
from qa.reading.negation import differing_negations, find_negations, opposites_swapped
from qa.reading.ordinary_words import ends_in_ordinary_word, is_frequent
from qa.text.moments import Moment, find_moments, states
from qa.text.numbers import find_numbers
from qa.text.particular import Particular, ParticularKind, word_set
from qa.text.quantity import PERCENT, Quantity, same_quantity

__all__ = ["Particular", "ParticularKind", "missing", "particulars"]


@dataclass(frozen=True, slots=True)
class _Analysis:
    """All that is read of one sentence."""

    quantities: tuple[Particular, ...]
    names: SentenceNames


@lru_cache(maxsize=4096)
def _analyse(sentence: str, language: str | None) -> _Analysis:
    moments = find_moments(sentence, language)
    numbers = find_numbers(sentence, language, _spans(moments))
    quantities = tuple(sorted((*moments, *numbers), key=lambda particular: particular.start))
    words = name_words(sentence, language, _spans(quantities))
    return _Analysis(quantities, sentence_names(sentence, language, words))


def _spans(found: Sequence[Particular]) -> list[tuple[int, int]]:
    return [(particular.start, particular.end) for particular in found]


def particulars(sentence: str, language: str | None) -> tuple[Particular, ...]:
    """What a sentence says in particular, in order.

    Args:
        sentence: any text, best one sentence.
        language: ISO 639-1 code; without one, number words, months and names of places are not known.
    """
    analysis = _analyse(sentence, language)
    names = find_names(analysis.names.words, sentence)
    found = (*analysis.quantities, *names, *find_negations(sentence, language))
    return tuple(sorted(found, key=lambda particular: (particular.start, particular.end)))


def missing(
    claim: str, claim_language: str | None, evidence: str, evidence_language: str | None
) -> tuple[Particular, ...]:
    """The particulars of a claim that its evidence does not have.

    Order does not matter. Negations are compared both ways: a negation that only the evidence has is returned with its
    text and offsets there. Where the two are in different languages, what a translation may change is left out or not
    ``certain``: capitalised nouns, titles, and names made of words that are translated.

    Args:
        claim: a sentence.
        claim_language: ISO 639-1 code or ``None``.
        evidence: a sentence or two of a source.
        evidence_language: ISO 639-1 code or ``None``.

    Returns:
        Numbers and dates, then names, then negations and opposites. Nothing for a claim that is its own evidence.
    """
    ours, theirs = _analyse(claim, claim_language), _analyse(evidence, evidence_language)
    return (
        *_missing_quantities(ours, theirs),
        *_missing_names(ours.names, theirs.names),
        *differing_negations(claim, claim_language, evidence, evidence_language),
        *opposites_swapped(claim, claim_language, evidence, evidence_language),
    )


def _missing_quantities(claim: _Analysis, evidence: _Analysis) -> Iterator[Particular]:
    same_language = claim.names.language == evidence.names.language
    for particular in claim.quantities:
        if any(_says(other, particular) for other in evidence.quantities):
            continue
        if particular.certain or (same_language and not _is_article(particular)):
            yield particular


def _is_article(particular: Particular) -> bool:
    """Whether a number word is as often an article ("one", "ein"): it is never asked for."""
    value = particular.value
    return not particular.certain and isinstance(value, Quantity) and value.amount == 1 and value.ordinal is False


def _says(evidence: Particular, claim: Particular) -> bool:
    """Whether a number or date of the evidence says what one of the claim does."""
    theirs, ours = evidence.value, claim.value
    if isinstance(theirs, Moment) and isinstance(ours, Moment):
        return states(theirs, ours)
    if isinstance(theirs, Quantity) and isinstance(ours, Quantity):
        return same_quantity(theirs, ours)
    if isinstance(theirs, Quantity) and isinstance(ours, Moment):
        return _same_digits(theirs, ours)
    if isinstance(theirs, Moment) and isinstance(ours, Quantity):
        return _same_digits(ours, theirs) or (ours.ordinal is not False and ours.amount == theirs.day)  # "on the 17th"
    return False


def _same_digits(quantity: Quantity, moment: Moment) -> bool:
    """Whether what was taken for a year may be a number: "2000 people" is "2,000 people", but not "the 2000s"."""
    is_plain = quantity.decade is not True and quantity.ordinal is not True and quantity.unit != PERCENT
    return is_plain and moment == Moment(year=moment.year) and quantity.amount == moment.year


def _missing_names(claim: SentenceNames, evidence: SentenceNames) -> Iterator[Particular]:
    lacking = missing_words(claim, evidence)
    same_language = claim.language == evidence.language
    if not same_language:
        lacking = tuple(_judged_across(word, claim, evidence) for word in lacking)
        lacking = tuple(word for word in lacking if word.certain or not _may_be_noun(word, claim.language))
    for group in sorted({word.group for word in lacking}):
        members = [word for word in lacking if word.group == group]
        yield from _runs(members, claim)


def _may_be_noun(word: NameWord, language: str | None) -> bool:
    """Whether a word may well be a common noun of a language that writes all nouns with a capital."""
    if language not in word_set("names", "capital_noun_languages"):
        return False
    if word.is_common or word.is_derived or is_frequent(word.written):
        return True
    return not word.is_acronym and ends_in_ordinary_word(word.written)


def _judged_across(word: NameWord, claim: SentenceNames, evidence: SentenceNames) -> NameWord:
    """A word of a name without its certainty, if a translation may have changed it."""
    if evidence.language in word_set("names", "caseless_languages") or word.is_title:
        return replace(word, certain=False)
    return replace(word, certain=word.certain and not is_translatable(word, claim))


def _runs(members: Sequence[NameWord], claim: SentenceNames) -> Iterator[Particular]:
    """One particular for the words of a name that follow each other."""
    position = {word.start: index for index, word in enumerate(claim.words)}
    run: list[NameWord] = []
    for word in members:
        follows = bool(run) and position[word.start] == position[run[-1].start] + 1
        if run and not (follows and word.certain == run[-1].certain):
            yield name_of(run, claim.text)
            run = []
        run.append(word)
    if run:
        yield name_of(run, claim.text)
