"""Trains the reader, from its last checkpoint where there is one, until it is stopped or the time is over.

    python -m training.train [--minutes 60] [--cool 1.5]

Two batches of questions, then one of pairs. The learning rate rises, then stays; ``--cool`` lowers it to nothing over
that many million tokens and writes what comes out beside the checkpoint, which can go on as if nothing had happened
(Hägele et al. 2024, arXiv 2405.18392). A running mean of the weights is kept, and measured. On processors the products
are computed in bfloat16, and there is no dropout, whose random numbers would take half of the time.
"""

from __future__ import annotations

import argparse
import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from qa.models.e5 import cores
from training.batches import Batch, Data, Stream
from training.dev import Dev
from training.network import ReaderNetwork, pretrained
from training.places import cache

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
BUDGET = 32768 if DEVICE == "cuda" else 3072
_SEED = 11
_WARM_UP = 150
_DECAY = 0.01
_AVERAGE = 0.998
_SAVE_SECONDS = 600
_TELL_SECONDS = 60
_DEV_TOKENS = 1_500_000


def reading_loss(network: ReaderNetwork, batch: Batch) -> Tensor:
    """The mean cross entropy of where the answer starts and where it ends."""
    logits = network.spans(network(batch.ids, batch.mask), batch.readable)
    start, end = batch.targets.unbind(1)
    return (functional.cross_entropy(logits[..., 0], start) + functional.cross_entropy(logits[..., 1], end)) / 2


def support_loss(network: ReaderNetwork, batch: Batch) -> Tensor:
    """The mean cross entropy of the labels; "not entailed" is neutral or contradicted."""
    three = network.support(network(batch.ids, batch.mask))
    five = torch.cat([three, three[:, :1], torch.logsumexp(three[:, 1:], 1, keepdim=True)], 1)
    return functional.nll_loss(five, batch.targets)


LOSSES = {"reading": reading_loss, "support": support_loss}


@dataclass
class Progress:
    """How far training has come."""

    step: int = 0
    tokens: int = 0
    positions: tuple[int, int] = (0, 0)


class Training:
    """A network in training, with its optimiser, its running mean, and its data.

    Args:
        data: the prepared data.
        rate: the learning rate once it has risen.
        budget: tokens a batch.
    """

    def __init__(self, data: Data, rate: float, budget: int) -> None:
        torch.manual_seed(_SEED)
        self.network = ReaderNetwork(data.words).to(DEVICE)
        self.rate = rate
        self._data, self._budget = data, budget
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        others = [p for p in self.network.parameters() if p.ndim < 2]
        groups = [{"params": decayed, "weight_decay": _DECAY}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), eps=1e-6, fused=True)
        self.progress = Progress()
        self.mean: dict[str, Tensor] = {}
        self.losses = dict.fromkeys(LOSSES, 0.0)

    def begin(self, checkpoint: Path, weights: Path | None) -> None:
        """Go on from the checkpoint; without one, start from given weights, or from the embedding model."""
        if checkpoint.exists():
            kept = torch.load(checkpoint, map_location=DEVICE, weights_only=True)
            self.network.load_state_dict(kept["network"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.progress = Progress(kept["step"], kept["tokens"], tuple(kept["positions"]))
            self.mean = kept["mean"]
            print(f"goes on at step {self.progress.step}, after {self.progress.tokens / 1e6:.2f}M tokens", flush=True)
        else:
            state, name = _first_weights(weights)
            missing, _ = self.network.load_state_dict(state, strict=False)
            print(f"starts from {name}; not in it: {', '.join(missing) or 'nothing'}", flush=True)
            self.mean = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        reading, support = self.progress.positions
        self._streams = {
            "reading": Stream(self._data, "reading", self._budget, _SEED, reading),
            "support": Stream(self._data, "support", self._budget, _SEED + 1, support),
        }

    def step(self, rate: float) -> None:
        """One batch."""
        kind = "support" if self.progress.step % 3 == 2 else "reading"
        batch = next(self._streams[kind]).to(DEVICE)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * min(1.0, (self.progress.step + 1) / _WARM_UP)
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            loss = LOSSES[kind](self.network, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self.progress.tokens += batch.tokens
        keep = min(_AVERAGE, self.progress.step / (self.progress.step + 9))
        current = [p.detach() for p in self.network.parameters()]
        torch._foreach_lerp_(list(self.mean.values()), current, 1 - keep)
        value = loss.item()
        self.losses[kind] = 0.98 * self.losses[kind] + 0.02 * value if self.losses[kind] else value

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all."""
        positions = self._streams["reading"].position, self._streams["support"].position
        kept: dict[str, Any] = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "mean": self.mean,
            "step": self.progress.step,
            "tokens": self.progress.tokens,
            "positions": positions,
        }
        _write(kept, path)

    def save_weights(self, state: dict[str, Tensor], path: Path) -> None:
        """Write weights alone."""
        _write({name: tensor.detach().float().cpu() for name, tensor in state.items()}, path)


def _first_weights(given: Path | None) -> tuple[dict[str, Tensor], str]:
    """Weights to start from: given ones, or those that ship, or those of the embedding model; and what they are."""
    if given is not None:
        state: dict[str, Tensor] = torch.load(given, map_location=DEVICE, weights_only=True)
        return state, str(given)
    from qa.models.reader import packaged_reader

    if packaged_reader().exists():
        from training.shipped import shipped_state

        return shipped_state(packaged_reader()), "the reader that ships"
    from training.places import weights

    return pretrained(weights()), "the embedding model"


def _write(content: object, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    torch.save(content, unfinished)
    unfinished.replace(path)


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=None, help="prepared data and checkpoint (default: the cache)")
    parser.add_argument("--minutes", type=float, default=None, help="stop after so long (default: when told to)")
    parser.add_argument(
        "--cool", type=float, default=None, help="lower the rate to nothing over so many million tokens"
    )
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--budget", type=int, default=BUDGET, help="tokens a batch")
    parser.add_argument(
        "--weights", type=Path, default=None, help="begin with these where there is no checkpoint (default: what ships)"
    )
    options = parser.parse_args()
    folder: Path = options.folder or cache()
    if DEVICE == "cpu":
        torch.set_num_threads(cores())
    data = Data(folder / "prepared")
    training = Training(data, options.rate, options.budget)
    checkpoint = folder / "checkpoint.pt"
    training.begin(checkpoint, options.weights)
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopped.append(received))
    _run(training, Dev(data), folder, options, stopped)


def _run(training: Training, dev: Dev, folder: Path, options: argparse.Namespace, stopped: list[int]) -> None:
    began = told = saved = time.monotonic()
    first = measured = training.progress.tokens
    cool = options.cool and options.cool * 1e6
    log = folder / "log.jsonl"
    while not stopped:
        now = time.monotonic()
        new = training.progress.tokens - first
        if (options.minutes and now - began > 60 * options.minutes) or (cool and new >= cool):
            break
        training.step(options.rate * (max(0.01, 1 - new / cool) if cool else 1.0))
        if now - told > _TELL_SECONDS:
            told = now
            losses = ", ".join(f"{kind} {value:.3f}" for kind, value in training.losses.items())
            speed = new / (now - began)
            print(
                f"step {training.progress.step}, {training.progress.tokens / 1e6:.2f}M tokens, {losses}, {speed:.0f}/s",
                flush=True,
            )
        if training.progress.tokens - measured > _DEV_TOKENS:
            measured = training.progress.tokens
            _tell(training, dev, log)
        if not cool and now - saved > _SAVE_SECONDS:
            saved = now
            training.save(folder / "checkpoint.pt")
    _tell(training, dev, log)
    if cool:
        training.save_weights(dict(training.network.named_parameters()), folder / "cooled.pt")
    else:
        training.save(folder / "checkpoint.pt")
    training.save_weights(training.mean, folder / "mean.pt")


def _tell(training: Training, dev: Dev, log: Path) -> None:
    """Measure the running mean of the weights on a part of the development data."""
    current = {name: p.detach().clone() for name, p in training.network.named_parameters()}
    training.network.load_state_dict(training.mean, strict=False)
    figures = dev.measure(training.network, DEVICE)
    training.network.load_state_dict(current, strict=False)
    line = {"tokens": training.progress.tokens, "step": training.progress.step, **training.losses, **figures}
    print(json.dumps({name: round(value, 4) for name, value in line.items()}), flush=True)
    with log.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
