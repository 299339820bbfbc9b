"""Says of new and changed articles which others they are copies or translations of.

Does not know: how two articles are compared (``qa.index.duplicates``), or how an index is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from qa.index.duplicates import ComparableArticle, find_relation, group_copies
from qa.index.stored import StoredArticle
from qa.index.writer import IndexWriter
from qa.records import CopyPair
from qa.text.words import words

_CANDIDATES_FOR_COPIES = 20
"""Nearest articles that each new one is compared with: cost grows with the number of new articles, nothing else."""
_ARTICLES_AT_HAND = 500
"""How many articles are kept in memory while they are compared with others."""


def relate(writer: IndexWriter, changed: Sequence[str]) -> None:
    """Compare every new or changed article with its nearest neighbours, and number the groups of copies anew."""
    known = writer.known()
    pairs = {
        frozenset((pair.first, pair.second)): pair
        for pair in writer.copies()
        if pair.first in known and pair.second in known and not {pair.first, pair.second} & set(changed)
    }
    comparable = lru_cache(maxsize=_ARTICLES_AT_HAND)(lambda source: _comparable(writer, known[source]))
    for source in changed:
        for other, _ in writer.nearest_articles(source, _CANDIDATES_FOR_COPIES):
            both = frozenset((source, other))
            if both not in pairs:
                first, second = sorted(both)
                found = find_relation(comparable(first), comparable(second))
                if found is not None:
                    pairs[both] = found
    ordered: list[CopyPair] = sorted(pairs.values(), key=lambda pair: (pair.first, pair.second))
    writer.set_copies(ordered, group_copies(sorted(known), ordered))


def _comparable(writer: IndexWriter, article: StoredArticle) -> ComparableArticle:
    passages = writer.passages_of(article.source)
    lengths = [span.end - span.start for passage in passages for span in passage.sentences]
    vectors = [passage.sentence_vectors for passage in passages]
    return ComparableArticle(
        source=article.source,
        language=article.metadata.language,
        words=tuple(word for passage in passages for word in words(passage.text)),
        sentence_lengths=np.array(lengths, dtype=np.float32),
        sentence_vectors=np.concatenate(vectors) if vectors else np.zeros((0, 1), dtype=np.float32),
        sentences=tuple(
            passage.text[span.start - passage.start : span.end - passage.start]
            for passage in passages
            for span in passage.sentences
        ),
    )
