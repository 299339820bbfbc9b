"""Which articles tell one story: exact copies, near-duplicates, translations.

Knows how two articles are compared and how pairs become groups. Does not know where candidates come from: the index
proposes each article's nearest neighbours by meaning, so the cost grows with the number of articles and not with its
square.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.records import CopyPair, Span

_SHINGLE_WORDS = 5
_NEAR_DUPLICATE_CONTAINMENT = 0.6
"""Share of the shorter article's word 5-grams that the other one has too (Broder 1997, "On the resemblance and
containment of documents"). Articles that merely quote the same speech stay far below."""
_MEANS_THE_SAME = 0.85
"""Cosine from which two sentences in different languages say the same. In the development data, 95% of translated
sentences of a paragraph pair are above it and 99% of sentence pairs from other paragraphs of the same article below."""
_TRANSLATION_COVERAGE = 0.6
_TRANSLATION_ORDER = 0.7
_FEWEST_ALIGNED_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class ComparableArticle:
    """What the comparison looks at.

    Attributes:
        source: the article's name.
        language: ISO 639-1 code or ``None``.
        words: of its passages, without junk, folded.
        sentence_lengths: code points of each sentence, shape (n,).
        sentence_vectors: unit vectors, shape (n, d).
        sentences: their texts, where it matters which numbers and names are in them.
    """

    source: str
    language: str | None
    words: tuple[str, ...]
    sentence_lengths: NDArray[np.float32]
    sentence_vectors: NDArray[np.float32]
    sentences: tuple[str, ...] = ()


def find_relation(first: ComparableArticle, second: ComparableArticle) -> CopyPair | None:
    """Compare two articles; ``None`` if neither is a copy of the other.

    Articles whose numbers, names or places differ are none, however alike they read.

    The certainty is the measured overlap: shared word 5-grams, or the aligned share of the text.
    """
    if first.language == second.language:
        return _same_language(first, second)
    return _translation(first, second)


def _same_language(first: ComparableArticle, second: ComparableArticle) -> CopyPair | None:
    if first.words == second.words:
        return CopyPair(first.source, second.source, "exact", 1.0, "the same words in the same order")
    shingles, others = _shingles(first.words), _shingles(second.words)
    smaller = min(len(shingles), len(others))
    if not smaller:
        return None
    containment = len(shingles & others) / smaller
    if containment < _NEAR_DUPLICATE_CONTAINMENT:
        return None
    from qa.index.differences import substitution  # only writing an index needs it

    if substitution(first.sentences, second.sentences, first.language) is not None:
        return None
    why = f"{containment:.0%} of the shorter article's word sequences are in the other one"
    return CopyPair(first.source, second.source, "near-duplicate", round(containment, 4), why)


def _shingles(text_words: Sequence[str]) -> set[tuple[str, ...]]:
    last = len(text_words) - _SHINGLE_WORDS + 1
    return {tuple(text_words[start : start + _SHINGLE_WORDS]) for start in range(last)}


def _translation(first: ComparableArticle, second: ComparableArticle) -> CopyPair | None:
    if not len(first.sentence_vectors) or not len(second.sentence_vectors):
        return None
    similarity = first.sentence_vectors @ second.sentence_vectors.T
    forward, backward = similarity.argmax(axis=1), similarity.argmax(axis=0)
    aligned = [
        (row, int(column))
        for row, column in enumerate(forward)
        if backward[column] == row and similarity[row, column] >= _MEANS_THE_SAME
    ]
    fewest = min(_FEWEST_ALIGNED_SENTENCES, len(forward), len(backward))
    if len(aligned) < fewest:
        return None
    rows, columns = [row for row, _ in aligned], [column for _, column in aligned]
    coverage = max(
        float(first.sentence_lengths[rows].sum() / first.sentence_lengths.sum()),
        float(second.sentence_lengths[columns].sum() / second.sentence_lengths.sum()),
    )
    in_order = _longest_increasing(columns)
    if coverage < _TRANSLATION_COVERAGE or in_order < _TRANSLATION_ORDER * len(aligned):
        return None
    if _speak_of_other_things(first, second, aligned):
        return None
    mean = float(similarity[rows, columns].mean())
    why = (
        f"{len(aligned)} sentences mean the same ({coverage:.0%} of the text, mean similarity {mean:.2f}), "
        f"{in_order} of them in the same order"
    )
    return CopyPair(first.source, second.source, "translation", round(min(coverage, 1.0), 4), why)


def _speak_of_other_things(
    first: ComparableArticle, second: ComparableArticle, aligned: Sequence[tuple[int, int]]
) -> bool:
    if not first.sentences or not second.sentences:
        return False
    from qa.index.differences import names_missing, numbers_conflict  # only writing an index needs them

    pairs = [(first.sentences[row], second.sentences[column]) for row, column in aligned]
    languages = (first.language, second.language)
    conflict = numbers_conflict(pairs, languages)
    return conflict is not None or names_missing([one for one, _ in pairs], [other for _, other in pairs], languages)


def _longest_increasing(values: Iterable[int]) -> int:
    """Length of the longest increasing subsequence (patience sorting)."""
    tails: list[int] = []
    for value in values:
        place = bisect_left(tails, value)
        tails[place : place + 1] = [value]
    return len(tails)


def group_copies(sources: Sequence[str], pairs: Iterable[CopyPair]) -> dict[str, int]:
    """Number the groups of copies (connected components), in the order of ``sources``, from 1."""
    parent = {source: source for source in sources}

    def root(source: str) -> str:
        while parent[source] != source:
            parent[source] = parent[parent[source]]
            source = parent[source]
        return source

    for pair in pairs:
        parent[root(pair.first)] = root(pair.second)
    numbers: dict[str, int] = {}
    return {source: numbers.setdefault(root(source), len(numbers) + 1) for source in sources}


def best_alignment(
    vector: NDArray[np.float32], spans: Sequence[Span], vectors: NDArray[np.float32]
) -> tuple[Span, float] | None:
    """The sentence of a copy that says what ``vector`` says, and how alike they are, or ``None``.

    Args:
        vector: a sentence's unit vector, shape (d,).
        spans: the copy's sentences.
        vectors: their unit vectors, shape (len(spans), d).
    """
    if not len(spans):
        return None
    similarities = vectors @ vector
    best = int(similarities.argmax())
    similarity = float(similarities[best])
    return (spans[best], similarity) if similarity >= _MEANS_THE_SAME else None
