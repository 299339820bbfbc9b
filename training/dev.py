"""Quick figures on a part of the development split, while training goes on. ``measure`` has those that count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from training.batches import Batch, Data, batches
from training.network import ReaderNetwork

_QUESTIONS, _PAIRS = 100, 150
_BUDGET = 4096


class Dev:
    """The first questions and pairs of each set, always the same."""

    def __init__(self, data: Data) -> None:
        self._sets = data.sets
        random = np.random.default_rng(5)
        self._reading, self._support = (
            list(batches([make(row, random) for row in _some(data.rows(kind, "dev"), count)], _BUDGET))
            for kind, make, count in (("reading", data.question, _QUESTIONS), ("support", data.pair, _PAIRS))
        )

    def measure(self, network: ReaderNetwork, device: str) -> dict[str, float]:
        """Three figures of each set.

        ``f1`` of the best span's tokens where there is an answer, ``auroc`` of answerable questions against the
        others, and ``accuracy`` of the labels.
        """
        figures: dict[str, float] = {}
        network.eval()
        with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16):
            read = [_read(network, batch.to(device)) for batch in self._reading]
            said = [_say(network, batch.to(device)) for batch in self._support]
        network.train()
        names, f1, score, answerable = (np.concatenate(parts) for parts in zip(*read, strict=True))
        for number in np.unique(names):
            here = names == number
            yes, no = score[here & answerable], score[here & ~answerable]
            figures[f"f1 {self._sets[number]}"] = float(f1[here & answerable].mean())
            if len(no):
                figures[f"auroc {self._sets[number]}"] = float((yes[:, None] > no).mean())
        names, right = (np.concatenate(parts) for parts in zip(*said, strict=True))
        figures |= {
            f"accuracy {self._sets[number]}": float(right[names == number].mean()) for number in np.unique(names)
        }
        return figures


def _some(rows: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """About ``count`` rows of each set, evenly from the whole."""
    picked = [np.flatnonzero(rows[:, -1] == name) for name in np.unique(rows[:, -1])]
    return rows[np.concatenate([here[:: max(1, len(here) // count)] for here in picked])]


def best_spans(logits: torch.Tensor, longest: int = 40) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The first and last token of the best span of each row, and how far its score is above that of "none"."""
    start, end = logits[..., 0].clone(), logits[..., 1].clone()
    none = start[:, 0] + end[:, 0]
    start[:, 0] = end[:, 0] = -1e4
    both = start[:, :, None] + end[:, None, :]
    size = both.shape[1]
    band = torch.ones(size, size, dtype=torch.bool, device=both.device).triu().tril(longest - 1)
    best = both.masked_fill(~band, -1e9).flatten(1).max(1)
    return best.indices // size, best.indices % size, best.values - none


def _read(network: ReaderNetwork, batch: Batch) -> Sequence[NDArray[np.float64]]:
    logits = network.spans(network(batch.ids, batch.mask), batch.readable).cpu()
    first, last, margin = best_spans(logits)
    start, end = batch.targets.cpu().unbind(1)
    common = (torch.minimum(last, end) - torch.maximum(first, start) + 1).clamp(min=0)
    f1 = 2 * common / (last - first + 1 + end - start + 1)
    return batch.sets, f1.numpy(), margin.numpy(), (start > 0).numpy()


def _say(network: ReaderNetwork, batch: Batch) -> Sequence[NDArray[np.float64]]:
    three = network.support(network(batch.ids, batch.mask)).cpu()
    targets = batch.targets.cpu()
    yes_or_no = targets > 2
    entailed = three[:, 0] > torch.logsumexp(three[:, 1:], 1)
    right = torch.where(yes_or_no, entailed == (targets == 3), three.argmax(1) == targets)
    return batch.sets, right.numpy()
