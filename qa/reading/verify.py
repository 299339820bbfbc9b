"""Does a sentence of a source support a sentence of an answer?

Two things must hold. Meaning: the content words of the claim have counterparts in the evidence, in much the same order.
Particulars: every number, date, name and negation of the claim is in the evidence, none of the evidence's negations or
hedges is lost, and no two names or values have changed places. The evidence is one sentence of a source, or one that
leans on the sentence before ("He ...") together with that.

Meaning is a logistic regression on how well the words align, fitted on labelled sentences by
``benchmarks/verification.py``, which also measures it; false sentences count nine times as much as true ones. A natural
language inference model can take its place. Does not know who wrote the claim, or where the evidence comes from. No
language model judges.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.models.cross_encoders import EntailmentModel
from qa.models.e5 import word_encoder
from qa.reading.alignment import AnalysedSentence, WordAligner, similarities
from qa.reading.hedges import hedges
from qa.reading.particulars import Particular, ParticularKind, missing, particulars
from qa.reading.swaps import Placed, swapped
from qa.records import Span
from qa.text.pronouns import leans

FEATURES = (
    "mean_alignment",
    "share_out_of_order",
    "uncertain_missing",
    "other_language",
)
_WEIGHTS = np.array([17.91, -7.07, -0.55, 3.27])
_BIAS = -16.7

_ALIGNED = 0.62
"""Similarity from which two words are taken for counterparts; of unrelated words one in twenty is more alike."""
_TRANSLATED = 0.65
"""The same, for a word that may be a name: a wrong name is more like the right one than other wrong words are."""
_AS_GOOD = 0.02
"""Counterparts that are alike to within this are equally good."""
_NEAR = 12
"""Code points around the counterparts within which a hedge concerns them."""
_SUPPORTED = 0.5
_PROMISING = 4
"""Of how many sentences, best aligned first, the particulars are compared too."""


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence that may be evidence. ``continues`` says that it directly follows the one before it in the list."""

    text: str
    language: str | None
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Support:
    """What came of checking a claim.

    Attributes:
        score: the probability, from 0 to 1, that the evidence supports it; 0 if a particular is missing.
        supported: whether that is enough.
        evidence: which source sentences, the first one first; the closest ones if it is not supported.
        missing: particulars of the claim that the evidence does not have, as they are written.
    """

    score: float
    supported: bool
    evidence: tuple[int, ...]
    missing: tuple[str, ...] = ()


class Verifier:
    """Checks claims. Threads may share one."""

    def __init__(self, entailment_model: str = "") -> None:
        """Check particulars, and meaning by words or, if one is named, by a natural language inference model."""
        self._aligner = WordAligner()
        self._entailment = EntailmentModel(entailment_model) if entailment_model else None

    def prepare(self) -> None:
        """Open the encoder in the background, while a model writes."""
        threading.Thread(target=word_encoder, daemon=True).start()

    def check(
        self, claim: str, language: str | None, sources: Sequence[SourceSentence], allowed: Collection[int]
    ) -> Support:
        """Look for the evidence that supports a claim best.

        Args:
            claim: one sentence, without citation marks.
            language: its language, ISO 639-1.
            sources: sentences of the sources, in order.
            allowed: indexes of those that may be evidence.

        Raises:
            EmbeddingError: words cannot be compared on this machine.
            ConfigError: the entailment model cannot be used.
        """
        best = Support(0.0, supported=False, evidence=())
        for alignment, unit in self._ranked(claim, language, sources, set(allowed)):
            support = self._judge(claim, language, alignment, unit, sources)
            if (support.supported, support.score) > (best.supported, best.score) or not best.evidence:
                best = support
        return best

    def best_features(
        self, claim: str, language: str | None, sources: Sequence[SourceSentence]
    ) -> list[tuple[NDArray[np.float64], bool]]:
        """For fitting: the features of the most promising evidence, and whether a particular rules it out."""
        ranked = self._ranked(claim, language, sources, range(len(sources)))
        judged = (self._evidence(claim, language, alignment, unit, sources) for alignment, unit in ranked)
        return [(features, ruled_out) for features, _, ruled_out in judged]

    def _ranked(
        self, claim: str, language: str | None, sources: Sequence[SourceSentence], allowed: Collection[int]
    ) -> list[tuple[Alignment, tuple[int, ...]]]:
        """The most promising evidence first."""
        analysed = self._aligner.analyse(claim, language)
        aligned = ((self._alignment(analysed, unit, sources), unit) for unit in _units(sources, allowed))
        return sorted(aligned, key=lambda pair: (-pair[0].promise, len(pair[1]), pair[1]))[:_PROMISING]

    def _evidence(
        self,
        claim: str,
        language: str | None,
        alignment: Alignment,
        unit: tuple[int, ...],
        sources: Sequence[SourceSentence],
    ) -> tuple[NDArray[np.float64], tuple[Particular, ...], bool]:
        """Features, particulars that are missing, and whether something rules this evidence out."""
        text = " ".join(sources[index].text for index in unit)
        evidence_language = sources[unit[0]].language
        lacking = missing(claim, language, text, evidence_language)
        features = feature_vector(
            alignment,
            lacking,
            other_language=language != evidence_language,
        )
        ruled_out = (
            any(_counts(particular, alignment) for particular in lacking)
            or _particulars_swapped(claim, language, text, alignment)
            or _hedge_dropped(claim, language, text, evidence_language, alignment)
        )
        return features, lacking, ruled_out

    def _alignment(
        self, claim: AnalysedSentence, unit: tuple[int, ...], sources: Sequence[SourceSentence]
    ) -> Alignment:
        evidence = [self._aligner.analyse(sources[index].text, sources[index].language) for index in unit]
        alignment = align(claim, evidence)
        return alignment if len(unit) == 1 else _only_names_from_before(claim, alignment, align(claim, evidence[1:]))

    def _judge(
        self,
        claim: str,
        language: str | None,
        alignment: Alignment,
        unit: tuple[int, ...],
        sources: Sequence[SourceSentence],
    ) -> Support:
        text = " ".join(sources[index].text for index in unit)
        features, lacking, ruled_out = self._evidence(claim, language, alignment, unit, sources)
        score = 0.0 if ruled_out else 1 / (1 + math.exp(-float(features @ _WEIGHTS + _BIAS)))
        if self._entailment is not None and not ruled_out:
            score = self._entailment.probability(text, claim)
        named = tuple(particular.text for particular in lacking)
        return Support(score, supported=score >= _SUPPORTED, evidence=unit, missing=named)


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How the content words of a claim find counterparts in the evidence.

    Attributes:
        best: similarity of each to its counterpart, shape (n,).
        words: where each stands in the claim.
        places: where the counterpart stands in the evidence, its sentences joined by spaces.
    """

    best: NDArray[np.float32]
    words: tuple[Span, ...]
    places: tuple[Span, ...]

    @property
    def promise(self) -> float:
        """By which evidence is tried first: the mean similarity."""
        return float(self.best.mean()) if len(self.best) else 0.0


def align(claim: AnalysedSentence, evidence: Sequence[AnalysedSentence]) -> Alignment:
    """Find the counterpart of each content word; of several that are as good, the one after the last counterpart."""
    table = np.concatenate([similarities(claim, sentence) for sentence in evidence], axis=1)[claim.content]
    words = tuple(word for word, counts in zip(claim.words, claim.content, strict=True) if counts)
    if not table.size:
        return Alignment(np.zeros(len(words), dtype=np.float32), words, tuple(Span(0, 0) for _ in words))
    shifted: list[Span] = []
    offset = 0
    for sentence in evidence:
        shifted.extend(Span(word.start + offset, word.end + offset) for word in sentence.words)
        offset += len(sentence.text) + 1
    best: NDArray[np.float32] = table.max(axis=1)
    columns: list[int] = []
    for row, value in zip(table, best, strict=True):
        equal = np.flatnonzero(row >= value - _AS_GOOD)
        later = equal[equal > columns[-1]] if columns else equal
        columns.append(int(later[0] if len(later) else equal[0]))
    return Alignment(best, words, tuple(shifted[column] for column in columns))


def _only_names_from_before(claim: AnalysedSentence, both: Alignment, last: Alignment) -> Alignment:
    """The alignment with two sentences, of which the first may only say who or what the second leans on."""
    names = [one for one in particulars(claim.text, claim.language) if one.kind is ParticularKind.NAME]
    is_name = np.array([any(one.start <= word.start < one.end for one in names) for word in both.words], dtype=np.bool_)
    return Alignment(np.where(is_name, both.best, last.best), both.words, both.places)


def _counts(particular: Particular, alignment: Alignment) -> bool:
    """Whether a particular that the evidence seems to lack rules the evidence out.

    What may be a name, or may be an ordinary word that was translated, is lacking if it has no counterpart either.
    """
    if particular.certain or particular.kind is not ParticularKind.NAME:
        return True
    return any(
        best < _TRANSLATED and particular.start <= word.start < particular.end
        for word, best in zip(alignment.words, alignment.best, strict=True)
    )


def _hedge_dropped(
    claim: str, language: str | None, evidence: str, evidence_language: str | None, alignment: Alignment
) -> bool:
    """Whether the evidence hedges where it says what the claim says, and the claim does not."""
    places = [place for place, best in zip(alignment.places, alignment.best, strict=True) if best >= _ALIGNED]
    if not places or hedges(claim, language):
        return False
    first, last = min(place.start for place in places) - _NEAR, max(place.end for place in places) + _NEAR
    return any(first <= start and end <= last for start, end in hedges(evidence, evidence_language))


def _particulars_swapped(claim: str, language: str | None, evidence: str, alignment: Alignment) -> bool:
    """Whether the claim exchanges names, or numbers and dates, of the evidence."""
    others = {
        number: Placed(word.start, word.end, place.start, place.end)
        for number, (word, place) in enumerate(zip(alignment.words, alignment.places, strict=True))
        if alignment.best[number] >= _ALIGNED
    }
    by_kind: dict[ParticularKind, list[Placed]] = {}
    for particular in particulars(claim, language):
        if particular.kind is ParticularKind.NEGATION or not particular.certain:
            continue
        inside = [number for number, word in enumerate(alignment.words)
                  if number in others and particular.start <= word.start < particular.end]  # fmt: skip
        if inside:
            words = [others.pop(number) for number in inside]
            place, place_end = min(one.place for one in words), max(one.place_end for one in words)
            by_kind.setdefault(particular.kind, []).append(Placed(particular.start, particular.end, place, place_end))
    for kind, alike in by_kind.items():
        unlike = [one for other, several in by_kind.items() if other is not kind for one in several]
        if swapped(claim, evidence, alike, [*others.values(), *unlike]):
            return True
    return False


def feature_vector(alignment: Alignment, lacking: Sequence[Particular], *, other_language: bool) -> NDArray[np.float64]:
    """The evidence for support, in the order of ``FEATURES``."""
    places = [place.start for place, best_ in zip(alignment.places, alignment.best, strict=True) if best_ >= _ALIGNED]
    steps = np.diff(places)
    return np.array(
        [
            alignment.promise,
            (steps < 0).mean() if len(steps) else 0.0,
            sum(not particular.certain for particular in lacking),
            other_language,
        ],
        dtype=np.float64,
    )


def _units(sources: Sequence[SourceSentence], allowed: Collection[int]) -> Iterator[tuple[int, ...]]:
    """Single sentences, and those that lean on the one before together with that."""
    for index in allowed:
        yield (index,)
        sentence = sources[index]
        if index - 1 in allowed and sentence.continues and leans(sentence.text, sentence.language):
            yield (index - 1, index)
