"""The reader in PyTorch, for training: the body of multilingual-e5-small and two heads.

Reads ``<s> question </s></s> passage </s>``. The word embeddings are frozen, and those of words that the data never
use are left out. Does not know the data, or how it is trained.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from qa.models.e5_weights import Weights

LINEAR = {"ao": "out", "fi": "inner", "fo": "outer"}
NORMS = {"aln": "attention_norm", "oln": "output_norm"}


@dataclass(frozen=True)
class Body:
    """The sizes of the body."""

    hidden: int = 384
    layers: int = 12
    heads: int = 12
    inner: int = 1536
    positions: int = 512
    epsilon: float = 1e-12


class Layer(nn.Module):
    """One layer of BERT (Devlin et al. 2019): attention, then a feed-forward part, each with its sum and norm."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self.heads = body.heads
        self.qkv = nn.Linear(body.hidden, 3 * body.hidden)
        self.out = nn.Linear(body.hidden, body.hidden)
        self.attention_norm = nn.LayerNorm(body.hidden, eps=body.epsilon)
        self.inner = nn.Linear(body.hidden, body.inner)
        self.outer = nn.Linear(body.inner, body.hidden)
        self.output_norm = nn.LayerNorm(body.hidden, eps=body.epsilon)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """States in, states out, both of shape (batch, tokens, hidden); ``mask`` has shape (batch, 1, 1, tokens)."""
        batch, tokens, hidden = states.shape
        parts = self.qkv(states).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        context = _attention(parts[0], parts[1], parts[2], mask)
        states = self.attention_norm(self.out(context.transpose(1, 2).reshape(batch, tokens, hidden)) + states)
        normed: Tensor = self.output_norm(self.outer(functional.gelu(self.inner(states))) + states)
        return normed


def _attention(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Scaled dot-product attention (Vaswani et al. 2017), each of shape (batch, heads, tokens, width).

    On processors in single steps, in bfloat16 where that is asked for: the fused kernel takes three times as long.
    """
    if queries.device.type != "cpu":
        return functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
    with torch.autocast("cpu", enabled=False):
        hidden = torch.zeros_like(mask, dtype=queries.dtype).masked_fill_(~mask, -1e4)
        scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(2, 3) + hidden
        return torch.softmax(scores, -1) @ values


class ReaderNetwork(nn.Module):
    """Body and heads. What is trained is all but ``words``, which are no parameters."""

    words: Tensor

    def __init__(self, words: NDArray[np.float16], body: Body | None = None) -> None:
        super().__init__()
        self.body = body or Body()
        self.register_buffer("words", torch.from_numpy(words), persistent=False)
        self.positions = nn.Parameter(torch.zeros(self.body.positions, self.body.hidden))
        self.norm = nn.LayerNorm(self.body.hidden, eps=self.body.epsilon)
        self.layers = nn.ModuleList(Layer(self.body) for _ in range(self.body.layers))
        self.span = nn.Linear(self.body.hidden, 2)
        self.support_inner = nn.Linear(self.body.hidden, self.body.hidden)
        self.support_outer = nn.Linear(self.body.hidden, 3)

    def forward(self, ids: Tensor, mask: Tensor, layers: int | None = None) -> Tensor:
        """The states, shape (batch, tokens, hidden), of ids, shape (batch, tokens); the mask is true for tokens.

        ``layers`` is after how many of them; ``None``: after all.
        """
        states = self.norm(self.words[ids].float() + self.positions[: ids.shape[1]])
        attended = mask[:, None, None, :]
        for layer in self.layers[:layers]:
            states = layer(states, attended)
        return states

    def spans(self, states: Tensor, readable: Tensor) -> Tensor:
        """Logits that the answer starts and ends at each token, shape (batch, tokens, 2).

        Args:
            states: from ``forward``.
            readable: shape (batch, tokens): the tokens of the passage, and the first one, which stands for "none".
        """
        return self.span(states).float().masked_fill(~readable[..., None], -1e4)

    def support(self, states: Tensor) -> Tensor:
        """Log probabilities of entailed, neutral and contradicted, shape (batch, 3)."""
        inner = torch.tanh(self.support_inner(states[:, 0]))
        return functional.log_softmax(self.support_outer(inner).float(), -1)


def pretrained(weights: Weights) -> dict[str, Tensor]:
    """The state of a network whose body is that of multilingual-e5-small; the heads are not in it."""
    hidden = weights.shape.hidden
    positions = weights.tensor("emb.pos", -1, hidden) + weights.tensor("emb.type", -1, hidden)[0]
    state: dict[str, NDArray[np.float32]] = {"positions": positions}
    state |= {f"norm.{name}": weights.tensor(f"emb.ln.{part}", -1) for part, name in _PARTS}
    for number in range(weights.shape.layers):
        ours, theirs = f"layers.{number}.", f"l{number}."
        for part, name in _PARTS:
            rows = [weights.tensor(f"{theirs}{one}.{part}", *_form(part, hidden)) for one in "qkv"]
            state[f"{ours}qkv.{name}"] = np.concatenate(rows)
            for short, full in LINEAR.items():
                inputs = weights.shape.feed_forward if short == "fo" else hidden
                state[f"{ours}{full}.{name}"] = weights.tensor(f"{theirs}{short}.{part}", *_form(part, inputs))
            for short, full in NORMS.items():
                state[f"{ours}{full}.{name}"] = weights.tensor(f"{theirs}{short}.{part}", -1)
    return _tensors(state)


_PARTS = (("w", "weight"), ("b", "bias"))


def _form(part: str, inputs: int) -> tuple[int, ...]:
    return (-1, inputs) if part == "w" else (-1,)


def _tensors(arrays: Mapping[str, NDArray[np.float32]]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
