"""Draws examples from the prepared data and puts them into batches of like length.

An example is drawn anew each time: another window of its passage, now and then a passage of the same article that does
not answer. Which examples come is decided by the seed and a counter, so that training goes on after a stop where it
was. Knows token ids only. Does not know the network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.places import BEGIN, END, PAD

Ints = NDArray[np.int32]
Random = np.random.Generator

LONGEST = 256
_QUESTION, _CLAIM = 48, 100
_POOL = 1024
_WINDOWS = (72, 224)
"""The least and the most tokens of passage that a window has; short ones are as instructive and cost less."""

SHARES: dict[str, float] = {
    "squad2-en": 50, "squad2-fi": 7, "squad2-en-fi": 7, "nq-fi": 5, "jaquad": 4, "jsquad": 1, "tquad": 5, "piaf": 6,
    "drcd": 3, "cmrc": 2, "arcd": 2, "iapp": 3, "policyqa": 1, "made-de-en": 12, "made-en-de": 8, "made-de": 8,
    "made-careless": 4, "made-leaning": 4, "made-interview": 4, "made-lists": 4, "made-named-lists": 1,
    "made-en-de-pairs": 2, "made-de-en-pairs": 2,
}  # fmt: skip
"""How often a set of questions is drawn, against the others."""
SUPPORT_SHARES: dict[str, float] = {
    "ling": 18, "mnli-dev": 14, "mnli-de": 12, "parallel": 10, "qa-squad2-en": 8, "indonli": 6, "cad": 5,
    "qa-squad2-fi": 4, "farstail": 3, "healthver": 2, "summedits": 2, "fool": 2, "qa-squad2-en-fi": 2, "wice": 2,
    "pawsx-de": 2, "rte3-de": 2, "qa-tquad": 1, "qa-piaf": 1, "rte3-en": 1, "rte3-it": 0.5, "made-switched": 14,
    "made-exchanged": 14, "made-roles": 6, "made-negated": 5, "made-strengthened": 4, "made-unsaid": 5,
    "made-statements": 8, "made-pairs": 5,
}  # fmt: skip
"""The same for sets of pairs."""
ALL_ANSWERED, OTHERS = 0.3, 0.08
"""How often an answerable question gets a passage that does not answer it: in sets that have no unanswerable questions,
so that a language says nothing about whether there is an answer, and in the others."""


@dataclass(frozen=True)
class Batch:
    """Sequences of like length, shape (batch, tokens).

    Attributes:
        ids: the tokens; ``mask`` is true where there is one.
        readable: true where an answer may be: in the passage, and at the first token, which means "none".
        targets: for questions the first and the last token of the answer, shape (batch, 2); for pairs the labels.
        sets: the set that each is from.
    """

    ids: Tensor
    mask: Tensor
    readable: Tensor
    targets: Tensor
    sets: NDArray[np.int64]

    @property
    def tokens(self) -> int:
        """How many there are, without padding."""
        return int(self.mask.sum())

    def to(self, device: str) -> Batch:
        """The same on a device."""
        moved = (part.to(device, non_blocking=True) for part in (self.ids, self.mask, self.readable, self.targets))
        return Batch(*moved, self.sets)


@dataclass(frozen=True)
class Example:
    """One example as the network reads it."""

    ids: Ints
    passage: int
    target: tuple[int, ...]
    name: int


class Data:
    """The prepared data of a folder; texts stay on disk until they are used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids = np.load(folder / "ids.npy", mmap_mode="r")
        self._offsets = np.load(folder / "offsets.npy")
        self.sets: list[str] = json.loads((folder / "sets.json").read_text(encoding="utf-8"))

    @cached_property
    def words(self) -> NDArray[np.float16]:
        """The vectors of the words that occur."""
        vectors: NDArray[np.float16] = np.load(self._folder / "words.npy")
        return vectors

    def rows(self, kind: str, split: str) -> Ints:
        """The examples of a kind ("reading", "support"), one a row; ``prepare`` says what is in them."""
        rows: Ints = np.load(self._folder / f"{kind}-{split}.npy")
        return rows

    def text(self, number: int) -> Ints:
        """The ids of a text."""
        return np.asarray(self._ids[self._offsets[number] : self._offsets[number + 1]], dtype=np.int32)

    def question(self, row: Ints, random: Random, *, negative: float = 0.0, room: int | None = None) -> Example:
        """A question with a window of its passage.

        Args:
            row: of "reading".
            random: where the window begins.
            negative: how probably the passage is exchanged for one that does not answer.
            room: tokens of the window; ``None``: chosen.
        """
        question, passage, first, last, other, name = map(int, row)
        if other >= 0 and negative and random.random() < negative:
            passage, first, last = other, -1, -1
        head = self._head(question, _QUESTION)
        text = self.text(passage)
        room = min(room or int(random.integers(*_WINDOWS)), LONGEST - len(head) - 1)
        low = 0
        if len(text) > room:
            # Windows are drawn evenly from those that hold the answer; one too small for it is made to begin with it.
            least, most = (
                (0, len(text) - room) if first < 0 else (max(0, last - room + 1), min(first, len(text) - room))
            )
            low = int(random.integers(min(least, most), most + 1))
            text = text[low : low + room]
        target = (0, 0) if first < 0 else (len(head) + first - low, min(len(head) + last - low, len(head) + room - 1))
        return Example(np.concatenate([head, text, [END]]).astype(np.int32), len(head), target, name)

    def _head(self, number: int, longest: int) -> Ints:
        """What stands before a passage or evidence: the question or claim between its marks."""
        return np.concatenate([[BEGIN], self.text(number)[:longest], [END, END]]).astype(np.int32)

    def pair(self, row: Ints, _: Random) -> Example:
        """A claim with its evidence, or with what fits of it."""
        premise, hypothesis, label, name = map(int, row)
        head = self._head(hypothesis, _CLAIM)
        evidence = self.text(premise)[: LONGEST - len(head) - 1]
        return Example(np.concatenate([head, evidence, [END]]).astype(np.int32), len(head), (label,), name)


class Stream:
    """Endless batches of one kind. ``position`` is where it stands; another stream can be told to begin there.

    Args:
        data: where from.
        kind: "reading" or "support".
        budget: tokens a batch, padding counted.
        seed: which draw.
        position: how many batches were taken.
    """

    def __init__(self, data: Data, kind: str, budget: int, seed: int, position: int = 0) -> None:
        self._data, self._kind, self._budget, self._seed = data, kind, budget, seed
        self._rows = data.rows(kind, "train")
        self._chances = _chances(self._rows, data.sets, SHARES if kind == "reading" else SUPPORT_SHARES)
        names = self._rows[:, -1]
        bare = {
            int(n) for n in np.unique(names) if kind == "reading" and (self._rows[names == n, 2] >= 0).mean() > 0.98
        }
        self._negative = np.array([ALL_ANSWERED if n in bare else OTHERS for n in range(len(data.sets))])
        self._pool, self._left = position, list[Batch]()

    @property
    def position(self) -> int:
        """The next pool of examples; what is left of the present one is not drawn again."""
        return self._pool

    def __next__(self) -> Batch:
        if not self._left:
            random = np.random.default_rng((self._seed, self._pool))
            self._pool += 1
            drawn = self._rows[np.searchsorted(self._chances, random.random(_POOL))]
            if self._kind == "reading":
                found = [self._data.question(row, random, negative=self._negative[row[-1]]) for row in drawn]
            else:
                found = [self._data.pair(row, random) for row in drawn]
            made = list(batches(found, self._budget))
            self._left = [made[i] for i in random.permutation(len(made))]
        return self._left.pop()


def _chances(rows: Ints, sets: Sequence[str], shares: dict[str, float]) -> NDArray[np.float64]:
    """The cumulated chance of each row; a set that has no share is not drawn."""
    counts = np.bincount(rows[:, -1], minlength=len(sets))
    each = np.array([shares.get(name, 0.0) / max(1, count) for name, count in zip(sets, counts, strict=True)])[
        rows[:, -1]
    ]
    cumulated: NDArray[np.float64] = np.cumsum(each / each.sum())
    cumulated[-1] = 1.0
    return cumulated


def batches(sequences: Sequence[Example], budget: int) -> Iterator[Batch]:
    """Batches of like length, the shortest sequences first, of at most ``budget`` tokens with padding."""
    batch: list[Example] = []
    for sequence in sorted(sequences, key=lambda sequence: len(sequence.ids)):
        if batch and len(sequence.ids) * (len(batch) + 1) > budget:
            yield _batch(batch)
            batch = []
        batch.append(sequence)
    if batch:
        yield _batch(batch)


def _batch(sequences: Sequence[Example]) -> Batch:
    width = -(-len(sequences[-1].ids) // 8) * 8
    ids = np.full((len(sequences), width), PAD, dtype=np.int64)
    readable = np.zeros(ids.shape, dtype=bool)
    readable[:, 0] = True
    mask = np.zeros(ids.shape, dtype=bool)
    for row, sequence in enumerate(sequences):
        length = len(sequence.ids)
        ids[row, :length], mask[row, :length] = sequence.ids, True
        readable[row, sequence.passage : length - 1] = True
    targets: Any = [s.target if len(s.target) > 1 else s.target[0] for s in sequences]
    parts = (torch.from_numpy(part) for part in (ids, mask, readable))
    return Batch(*parts, torch.tensor(targets), np.array([s.name for s in sequences]))
