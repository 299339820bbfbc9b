"""The network in PyTorch behind the interface of the one that ships, so that both are measured by the same code."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.network import ReaderNetwork
from training.places import weights


class TorchNetwork:
    """Trained weights as a ``qa.models.reader.PairNetwork``.

    Args:
        state: as ``train`` writes them.
        half: compute in bfloat16, as in training.
    """

    def __init__(self, state: dict[str, Tensor], *, half: bool) -> None:
        words = weights().tensor("emb.word", -1, weights().shape.hidden)
        self._network = ReaderNetwork(words.astype(np.float16) if half else words).eval()
        self._network.load_state_dict(state)
        self._half = half

    @property
    def layers(self) -> Iterable[nn.Module]:
        """The layers, the lowest first."""
        return self._network.layers

    def spans(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """As ``PairNetwork`` says."""
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._half):
            readable = torch.ones(1, len(ids), dtype=torch.bool)
            logits: NDArray[np.float32] = self._network.spans(self._states(ids), readable)[0].numpy()
            return logits

    def claim(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """As ``PairNetwork`` says."""
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._half):
            logits: NDArray[np.float32] = self._network.support(self._states(ids))[0].numpy()
            return logits

    def _states(self, ids: NDArray[np.int64]) -> Tensor:
        states: Tensor = self._network(torch.from_numpy(ids)[None], torch.ones(1, len(ids), dtype=torch.bool))
        return states
