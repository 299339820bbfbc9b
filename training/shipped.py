"""Reads trained weights back from the exported file, so that training can go on where no checkpoint was kept.

They are what 8 bits kept of them; some hundred steps make up for it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from training.network import LINEAR, NORMS, Body

_HEADS = ("span", "support_inner", "support_outer")


def shipped_state(path: Path, body: Body | None = None) -> dict[str, Tensor]:
    """The state of a ``ReaderNetwork``, from a file that ``export`` wrote."""
    model = onnx.load(path)
    found = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    state = {"positions": found["emb.pos"], **_plain(found, "emb.ln", "norm")}
    for head in _HEADS:
        state |= {f"{head}.weight": found[f"{head}.w"].T, f"{head}.bias": found[f"{head}.b"]}
    for number in range((body or Body()).layers):
        ours, theirs = f"layers.{number}.", f"l{number}."
        state |= _matrix(found, "+".join(f"{theirs}{part}" for part in "qkv"), f"{ours}qkv")
        for short, full in LINEAR.items():
            state |= _matrix(found, theirs + short, ours + full)
        for short, full in NORMS.items():
            state |= _plain(found, theirs + short, ours + full)
    return {name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in state.items()}


def _plain(found: dict[str, NDArray[np.float32]], theirs: str, ours: str) -> dict[str, NDArray[np.float32]]:
    return {f"{ours}.weight": found[f"{theirs}.w"], f"{ours}.bias": found[f"{theirs}.b"]}


def _matrix(found: dict[str, NDArray[np.float32]], theirs: str, ours: str) -> dict[str, NDArray[np.float32]]:
    if f"{theirs}.blocks" in found:
        blocks = found[f"{theirs}.blocks"].astype(np.float32) - 128
        matrix = (blocks * found[f"{theirs}.scales"].reshape(*blocks.shape[:2], 1)).reshape(len(blocks), -1)
        return {f"{ours}.weight": matrix, f"{ours}.bias": found[f"{theirs}.b"]}
    matrix = found[f"{theirs}.values"].astype(np.float32).T * found[f"{theirs}.scale"][:, np.newaxis]
    smaller = found.get(f"{theirs}.smaller", np.ones(1, dtype=np.float32))
    return {f"{ours}.weight": matrix * smaller, f"{ours}.bias": found[f"{theirs}.bias"]}
