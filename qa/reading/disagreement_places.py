"""Which values stand in the same place of two sentences, and exclude each other.

Values are matched one to one by the words around them: in one language by their stems, across languages by how they
begin in sound, so that names, loan words and numbers count. Does not know what the sentences come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from qa.reading.disagreement_values import Comparison, Sort, Value, compare, value_of
from qa.reading.particulars import Particular, ParticularKind, missing, particulars
from qa.reading.same_name import same_name, sound
from qa.text.language import function_words
from qa.text.moments import Moment
from qa.text.quantity import Quantity
from qa.text.words import fold, stem

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_WINDOW = 5
"""Words on either side of a value that tell its place."""
_SOUNDS = 5
_OFFSET_WEIGHT = 0.1
_OFFSET_WEIGHT_ACROSS = 0.5
"""How much less likely two values that stand at the two ends of their sentences are matched."""
_MAY_BE_TRANSLATED = 50
"""Likeness of the letters of two names, in percent, from which one may be the other's translation."""
_AGREEMENT = 0.5
_AGREEMENT_ACROSS = 0.8
"""How much more shared context two values that exclude each other must have than two that agree, to be matched; across
languages context is poor evidence."""
_CERTAINTY = 0.2
"""The same against what is surely a name."""


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence and its ISO 639-1 language, or ``None``."""

    text: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two values that exclude each other.

    Attributes:
        first: of the one sentence; a value of sort ``NEGATION`` covers the negated words, or their counterpart.
        second: of the other sentence.
        context: share of the words around the one that are around the other, from 0 to 1.
        alone: no other value of their sort is in only one of the sentences.
    """

    first: Value
    second: Value
    context: float
    alone: bool = True

    @property
    def certain(self) -> bool:
        """Whether both surely are what they look like; a capitalised German noun need not be a name."""
        return self.first.particular.certain and self.second.particular.certain


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    key: str


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two sentences: its words, its values, and which particulars the other sentence lacks."""

    sentence: Text
    tokens: tuple[_Token, ...]
    values: tuple[Value, ...]
    lacking: tuple[Particular, ...]

    def lacks(self, value: Value) -> bool:
        """Whether the other sentence does not have a value."""
        return _overlaps(value.particular, self.lacking)

    def near(self, particular: Particular) -> tuple[set[str], set[str]]:
        """The keys of the words before a value, and of those behind it."""
        before = [token.key for token in self.tokens if token.end <= particular.start][-_WINDOW:]
        after = [token.key for token in self.tokens if token.start >= particular.end][:_WINDOW]
        return set(before), set(after)

    def position(self, value: Value) -> float:
        """Where in the sentence a value stands, from 0 to 1."""
        return value.particular.start / len(self.sentence.text)

    def count_lacking(self, sort: Sort) -> int:
        """How many sure values of a sort the other sentence lacks; 1 if none, for then one stands elsewhere."""
        return max(
            1, sum(value.sort is sort and value.particular.certain and self.lacks(value) for value in self.values)
        )


@lru_cache(maxsize=2048)
def conflicts(first: Text, second: Text) -> tuple[Conflict, ...]:
    """The conflicts of two sentences, in the order of the first one."""
    ours = missing(first.text, first.language, second.text, second.language)
    theirs = missing(second.text, second.language, first.text, first.language)
    if not ours and not theirs:
        return ()
    by_sound = first.language != second.language
    one, other = (
        _Side(sentence, _tokens(sentence, by_sound=by_sound), _values(sentence), lacking)
        for sentence, lacking in ((first, ours), (second, theirs))
    )
    found = [*_matched(one, other), *_opposites(one, other)]
    if not by_sound:  # which clause a negation is in cannot be told across languages
        found += _negated(one, other)
    return tuple(sorted(found, key=lambda conflict: conflict.first.particular.start))


def _matched(first: _Side, second: _Side) -> Iterator[Conflict]:
    """Match the values greedily, those with the most context in common first."""
    candidates: list[tuple[float, bool, Conflict]] = []
    across = first.sentence.language != second.sentence.language
    agreement, farness = (_AGREEMENT_ACROSS, _OFFSET_WEIGHT_ACROSS) if across else (_AGREEMENT, _OFFSET_WEIGHT)
    nearby = [(value, second.near(value.particular)) for value in second.values]
    for one in first.values:
        near = first.near(one.particular)
        for other, other_near in nearby:
            relation = _relation(first, one, second, other)
            if relation is not Comparison.UNRELATED:
                shared = _shared(near, other_near, ordered=not across)
                offset = abs(first.position(one) - second.position(other))
                alone = first.count_lacking(one.sort) == second.count_lacking(other.sort) == 1
                if across and not alone and relation is Comparison.EXCLUDE and one.sort is Sort.NAME:
                    continue
                conflict = Conflict(one, other, shared, alone)
                rank = shared - farness * offset + _CERTAINTY * conflict.certain
                rank += agreement * (relation is Comparison.AGREE)
                candidates.append((rank, relation is Comparison.EXCLUDE, conflict))
    used: set[tuple[int, int]] = set()
    for _, exclude, conflict in sorted(candidates, key=lambda candidate: -candidate[0]):
        places = {(0, conflict.first.particular.start), (1, conflict.second.particular.start)}
        if not used & places:
            used |= places
            if exclude:
                yield conflict


def _relation(first: _Side, one: Value, second: _Side, other: Value) -> Comparison:
    """What two values are to each other, given which of them the other sentence lacks altogether."""
    lacks, other_lacks = first.lacks(one), second.lacks(other)
    if one.sort is other.sort is Sort.NAME:
        if lacks and other_lacks and _are_two_names(first, one, second, other):
            return Comparison.EXCLUDE
        same = not lacks and not other_lacks and _same_names(first, one, second, other)
        return Comparison.AGREE if same else Comparison.UNRELATED
    relation = compare(one, other)
    return relation if relation is Comparison.AGREE or lacks or other_lacks else Comparison.UNRELATED


def _are_two_names(first: _Side, one: Value, second: _Side, other: Value) -> bool:
    """Whether two values surely are names, and neither is the other in another language."""
    certain = one.particular.certain, other.particular.certain
    if first.sentence.language == second.sentence.language:
        return any(certain)
    return all(certain) and fuzz.ratio(fold(one.particular.text), fold(other.particular.text)) < _MAY_BE_TRANSLATED


def _same_names(first: _Side, one: Value, second: _Side, other: Value) -> bool:
    return any(
        same_name(fold(word), first.sentence.language, fold(other_word), second.sentence.language)
        for word in _WORD.findall(one.particular.text)
        for other_word in _WORD.findall(other.particular.text)
    )


def _shared(near: tuple[set[str], set[str]], other_near: tuple[set[str], set[str]], *, ordered: bool) -> float:
    """Share of the words around one value that are around the other too; half of it on the same side if ``ordered``."""
    around, other_around = near[0] | near[1], other_near[0] | other_near[1]
    most = max(1, min(len(around), len(other_around)))
    share = len(around & other_around) / most
    if not ordered:
        return share
    same_side = len((near[0] & other_near[0]) | (near[1] & other_near[1])) / most
    return (share + same_side) / 2


def _values(sentence: Text) -> tuple[Value, ...]:
    return tuple(
        value_of(found, sentence.text, sentence.language)
        for found in particulars(sentence.text, sentence.language)
        if found.kind is ParticularKind.NAME or (found.certain and found.kind is not ParticularKind.NEGATION)
    )


def _negated(first: _Side, second: _Side) -> Iterator[Conflict]:
    """Negations that only one of the sentences has."""
    for negation in first.lacking:
        if negation.kind is not ParticularKind.NEGATION or not negation.certain or isinstance(negation.value, tuple):
            continue
        in_first = any(
            found.kind is ParticularKind.NEGATION and (found.start, found.text) == (negation.start, negation.text)
            for found in particulars(first.sentence.text, first.sentence.language)
        )
        owner, other = (first, second) if in_first else (second, first)
        near = set().union(*owner.near(negation))
        shared = len(near & {token.key for token in other.tokens}) / max(1, len(near))
        following = next((token for token in owner.tokens if token.start >= negation.end), None)
        negated = _phrase(owner, negation.start, following.end if following is not None else negation.end)
        same = next((token for token in other.tokens if following is not None and token.key == following.key), None)
        plain = _phrase(other, same.start, same.end) if same is not None else _phrase(other, 0, None)
        yield Conflict(negated, plain, shared) if in_first else Conflict(plain, negated, shared)


def _phrase(side: _Side, start: int, end: int | None) -> Value:
    """These characters and the word before them, as a value."""
    text = side.sentence.text
    before = [match.start() for match in _WORD.finditer(text, 0, start)]
    start, end = before[-1] if before else start, len(text) if end is None else end
    return Value(Particular(ParticularKind.NEGATION, text[start:end], start, end, text[start:end]), Sort.NEGATION)


def _opposites(first: _Side, second: _Side) -> Iterator[Conflict]:
    """Words such as "rose" where the other sentence has "fell"."""
    for one in first.lacking:
        for other in second.lacking:
            if not (isinstance(one.value, tuple) and isinstance(other.value, tuple) and one.certain):
                continue
            if one.kind is other.kind is ParticularKind.NEGATION and one.value[0] == other.value[0]:
                shared = _shared(first.near(one), second.near(other), ordered=True)
                yield Conflict(Value(one, Sort.NEGATION), Value(other, Sort.NEGATION), shared)


def _overlaps(one: Particular, others: Iterable[Particular]) -> bool:
    return any(other.kind is one.kind and other.start < one.end and one.start < other.end for other in others)


@lru_cache(maxsize=2048)
def _tokens(sentence: Text, *, by_sound: bool) -> tuple[_Token, ...]:
    """The content words, numbers and dates of a sentence, with what they are compared by."""
    function = {fold(word) for word in function_words(sentence.language or "")}
    exact = [
        (found.start, found.end, _key(found))
        for found in particulars(sentence.text, sentence.language)
        if found.kind in (ParticularKind.NUMBER, ParticularKind.DATE)
    ]
    words = [
        (match.start(), match.end(), folded)
        for match in _WORD.finditer(sentence.text)
        if (folded := fold(match[0])) not in function
        and not any(start <= match.start() < end for start, end, _ in exact)
    ]
    folded_words = [word for _, _, word in words]
    keys = [sound(word)[:_SOUNDS] for word in folded_words] if by_sound else stem(folded_words, sentence.language)
    keyed = [(start, end, key) for (start, end, _), key in zip(words, keys, strict=True)]
    return tuple(_Token(*token) for token in sorted([*keyed, *exact]))


def _key(particular: Particular) -> str:
    """A number or date, the same in any language."""
    value = particular.value
    if isinstance(value, Quantity):
        return f"={value.amount}"
    if isinstance(value, Moment):
        return f"={value.year}" if value.month is None and value.year else f"={value.day}.{value.month}"
    return particular.text
