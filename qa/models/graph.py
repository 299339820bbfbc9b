"""Builds the graph of a BERT-like encoder for ONNX Runtime, with 8-bit matrix products.

Weights are quantised by output channel, activations by tensor, as ONNX Runtime's dynamic quantisation does. Where it is
known how large each input channel gets, the large ones are made smaller and their weights larger first (SmoothQuant,
Xiao et al. 2023, arXiv 2211.10438), and the second product of the feed-forward part, whose inputs differ most from
token to token, is quantised token by token. Word embeddings are not in the graph: embedded tokens go in. Every text is
a pass of its own: no padding, and no other text has a part in its activation scale, so the result for a text does not
depend on what it is computed with.

Does not know: where the weights come from, or what the states are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from qa.models.e5_weights import Shape
from qa.models.session import SOURCE

_MICROSOFT = "com.microsoft"
_OPSETS = {"": 20, _MICROSOFT: 1}
_IR_VERSION = 10
_BLOCK = 128
"""Inputs that share a scale."""
_BY_TOKEN = 4
"""What ONNX Runtime calls 8-bit activations, quantised by token and block."""
_SMOOTHING = 0.8
"""How much of the difference between input channels goes to the weights."""


class Tensors(Protocol):
    """The weights of an encoder, named as ``qa.weights.Weights.tensor`` says."""

    shape: Shape

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """The named tensor in the given shape."""
        ...


class Graph:
    """Collects the nodes and constants of a graph; every method adds a step and returns the name of its result."""

    def __init__(self, weights: Tensors, largest: Mapping[str, NDArray[np.float32]] | None = None) -> None:
        """Use the weights; ``largest`` is the largest input of each channel, by the name of (the first) matrix."""
        self._weights = weights
        self._largest = largest or {}
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: NDArray[Any], name: str = "") -> str:
        """A value that is part of the graph; what was learned has a name by which it can be found again."""
        name = name or f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def nodes(self, operator: str, *inputs: str, results: int, domain: str = "", **attributes: int) -> list[str]:
        """A step with several results."""
        names = [f"{operator}_{len(self._nodes)}_{number}" for number in range(results)]
        self._nodes.append(helper.make_node(operator, list(inputs), names, domain=domain, **attributes))
        return names

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: int) -> str:
        """A step with one result."""
        return self.nodes(operator, *inputs, results=1, domain=domain, **attributes)[0]

    def linear(self, states: str, *names: str, inputs: int) -> str:
        """One 8-bit product with the named matrices side by side; the result is in float32."""
        matrix = np.concatenate([self._weights.tensor(f"{name}.w", -1, inputs) for name in names])
        bias = np.concatenate([self._weights.tensor(f"{name}.b", -1) for name in names])
        if names[0] in self._largest:
            smaller = _smaller(self._largest[names[0]], np.abs(matrix).max(axis=0))
            matrix = matrix / smaller
            states = self.node("Mul", states, self.constant(smaller, f"{'+'.join(names)}.smaller"))
        scale = np.maximum(np.abs(matrix).max(axis=1), 1e-12) / 127
        quantised = np.rint(matrix / scale[:, np.newaxis]).astype(np.int8)
        zero = np.zeros(len(bias), dtype=np.int8)
        learned = {"values": quantised.T, "scale": scale.astype(np.float32), "zero": zero, "bias": bias}
        constants = [self.constant(value, f"{'+'.join(names)}.{part}") for part, value in learned.items()]
        return self.node("DynamicQuantizeMatMul", states, *constants, domain=_MICROSOFT)

    def linear_by_token(self, states: str, name: str, inputs: int) -> str:
        """The same for one matrix, in blocks of inputs, with an activation scale for each block of each token."""
        blocks = self._weights.tensor(f"{name}.w", -1, inputs // _BLOCK, _BLOCK)
        scale = np.maximum(np.abs(blocks).max(axis=2), 1e-12) / 127
        values = (np.rint(blocks / scale[..., np.newaxis]) + 128).astype(np.uint8)
        learned = {"blocks": values, "scales": scale.astype(np.float32).reshape(-1)}
        constants = [self.constant(value, f"{name}.{part}") for part, value in learned.items()]
        form = {"K": inputs, "N": len(blocks), "bits": 8, "block_size": _BLOCK, "accuracy_level": _BY_TOKEN}
        product = self.node("MatMulNBits", states, *constants, domain=_MICROSOFT, **form)
        return self.node("Add", product, self._learned(f"{name}.b"))

    def head(self, states: str, name: str) -> str:
        """A product in float32 with a named matrix of few outputs."""
        matrix = self._weights.tensor(f"{name}.w", -1, self._weights.shape.hidden)
        product = self.node("MatMul", states, self.constant(matrix.T, f"{name}.w"))
        return self.node("Add", product, self._learned(f"{name}.b"))

    def layer_norm(self, states: str, name: str) -> str:
        """Layer normalisation in single steps, which run faster than the fused operator does on one thread."""
        gain, bias = (self._learned(f"{name}.{part}") for part in "wb")
        last_axis = self.constant(np.array([2]))
        epsilon = self.constant(np.array([self._weights.shape.layer_norm_epsilon], dtype=np.float32))
        centred = self.node("Sub", states, self.node("ReduceMean", states, last_axis))
        variance = self.node("ReduceMean", self.node("Mul", centred, centred), last_axis)
        deviation = self.node("Sqrt", self.node("Add", variance, epsilon))
        normalised = self.node("Mul", centred, self.node("Reciprocal", deviation))
        return self.node("Add", self.node("Mul", normalised, gain), bias)

    def positioned(self, states: str) -> str:
        """The states with the embedding of each one's position added."""
        table = self.constant(self._weights.tensor("emb.pos", -1, self._weights.shape.hidden), "emb.pos")
        length = self.node("Slice", self.node("Shape", states), *(self.constant(np.array([n])) for n in (1, 2)))
        return self.node("Add", states, self.node("Slice", table, self.constant(np.array([0])), length))

    def layer(self, states: str, number: int) -> str:
        """One layer: attention, then the feed-forward part."""
        return self._feed_forward(self._attention(states, f"l{number}."), f"l{number}.")

    def _learned(self, name: str) -> str:
        return self.constant(self._weights.tensor(name, -1), name)

    def _attention(self, states: str, layer: str) -> str:
        shape = self._weights.shape
        projected = self.linear(states, f"{layer}q", f"{layer}k", f"{layer}v", inputs=shape.hidden)
        parts = self.constant(np.array([shape.hidden] * 3))
        queries, keys, values = self.nodes("Split", projected, parts, results=3, axis=2)
        context = self.node("MultiHeadAttention", queries, keys, values, domain=_MICROSOFT, num_heads=shape.heads)
        output = self.linear(context, f"{layer}ao", inputs=shape.hidden)
        return self.layer_norm(self.node("Add", output, states), f"{layer}aln")

    def _feed_forward(self, states: str, layer: str) -> str:
        shape = self._weights.shape
        inner = self.linear(states, f"{layer}fi", inputs=shape.hidden)
        active = self.node("Gelu", inner, domain=_MICROSOFT)
        last = self.linear_by_token if self._largest else self.linear
        output = last(active, f"{layer}fo", inputs=shape.feed_forward)
        return self.layer_norm(self.node("Add", output, states), f"{layer}oln")

    def serialise(self, outputs: Mapping[str, str], ranks: Mapping[str, int], metadata: Mapping[str, str]) -> bytes:
        """The graph from ``SOURCE``, of shape (1, tokens, hidden), to what is asked for.

        Args:
            outputs: what each output is called, and the result that it is.
            ranks: how many dimensions each has.
            metadata: what the file says about itself.
        """
        for name, result in outputs.items():
            self._nodes.append(helper.make_node("Identity", [result], [name]))
        source = helper.make_tensor_value_info(SOURCE, TensorProto.FLOAT, [1, "tokens", self._weights.shape.hidden])
        results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * ranks[name]) for name in outputs]
        graph = helper.make_graph(self._nodes, "encoder", [source], results, self._constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        helper.set_model_props(model, dict(metadata))
        serialised: bytes = model.SerializeToString()
        return serialised


def _smaller(inputs: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """What to multiply each input channel with, given the largest inputs and the largest weights of each."""
    large = np.maximum(inputs, 1e-5) ** _SMOOTHING / np.maximum(weights, 1e-5) ** (1 - _SMOOTHING)
    return (1 / large).astype(np.float32)
