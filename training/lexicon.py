"""A small dictionary from English to German, learned from the sentence pairs in the data.

    python -m training.lexicon

Words are aligned by the states of a middle layer of the embedding model: two words belong together where each is the
other's nearest (Jalili Sabet et al. 2020, SimAlign, arXiv 2004.08728). What it is for: questions and passages in which
words are exchanged for those of the other language teach a reader both languages at once (Qin et al. 2020, CoSDA-ML,
arXiv 2006.06402). Its words stand one by one, so what it writes is no good German; the model need not write any.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from qa.models.e5 import cores
from training.examples import pairs
from training.network import ReaderNetwork, pretrained
from training.places import BEGIN, END, PAD, cache, tokenizer, weights

_LAYERS = 8
_BATCH = 32
_LONGEST = 120
_LEAST_SIMILAR = 0.55
_LEAST_SHARE = 0.12
_KEPT = 4
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")

Lexicon = dict[str, list[tuple[str, int]]]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """English words in lower case with their German translations and how often each was seen.

    Made when there is none yet, in some minutes, and kept in the cache.
    """
    path = cache() / "lexicon.json"
    if not path.exists():
        path.write_text(json.dumps(_learn(list(translations())), ensure_ascii=False), encoding="utf-8")
    found: Lexicon = {word: [(t, n) for t, n in known] for word, known in json.loads(path.read_text("utf-8")).items()}
    return found


def translations() -> Iterator[tuple[str, str]]:
    """English and German sentences that say the same, each pair once."""
    seen = set()
    for pair in pairs("train"):
        if pair.name == "parallel" and pair.label == "1":
            english, german = pair.premise, pair.hypothesis
            if pair.language == "de-en":
                english, german = german, english
            if english not in seen:
                seen.add(english)
                yield english, german


def _learn(translations: Sequence[tuple[str, str]]) -> Lexicon:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    network = ReaderNetwork(weights().tensor("emb.word", -1, weights().shape.hidden).astype(np.float16)).eval()
    network.load_state_dict(pretrained(weights()), strict=False)
    ordered = sorted(translations, key=lambda pair: len(pair[0]))
    for first in range(0, len(ordered), _BATCH):
        batch = ordered[first : first + _BATCH]
        english, german = (_word_vectors(network, texts) for texts in zip(*batch, strict=True))
        for (own, ours), (other, theirs) in zip(english, german, strict=True):
            if not own or not other:
                continue
            similar = ours @ theirs.T
            best, back = similar.argmax(1), similar.argmax(0)
            for row, column in enumerate(best):
                if back[column] == row and similar[row, column] > _LEAST_SIMILAR:
                    counted[own[row].lower()][other[column]] += 1
    kept = {}
    for word, known in sorted(counted.items()):
        total = sum(known.values())
        likely = [(t, n) for t, n in known.most_common(_KEPT) if n / total >= _LEAST_SHARE]
        kept[word] = likely
    return kept


def _word_vectors(network: ReaderNetwork, texts: Iterable[str]) -> list[tuple[list[str], NDArray[np.float32]]]:
    """The words of each text and their vectors, of length 1."""
    encodings = tokenizer().encode_batch(list(texts))
    rows = [[BEGIN, *encoding.ids[:_LONGEST], END] for encoding in encodings]
    width = max(map(len, rows))
    ids = torch.tensor([row + [PAD] * (width - len(row)) for row in rows])
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        states = network(ids, ids != PAD, _LAYERS)
    found = []
    for text, encoding, own in zip(texts, encodings, states.float().numpy(), strict=True):
        words, vectors = [], []
        offsets = encoding.offsets[:_LONGEST]
        for match in WORD.finditer(text):
            inside = [i for i, (a, b) in enumerate(offsets, 1) if a < match.end() and b > match.start()]
            if inside:
                words.append(match[0])
                vectors.append(own[inside].mean(0))
        matrix = np.array(vectors, dtype=np.float32).reshape(len(words), -1)
        found.append((words, matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)))
    return found


if __name__ == "__main__":
    torch.set_num_threads(cores())
    print(len(lexicon()), "English words")
