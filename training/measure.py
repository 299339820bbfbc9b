"""How well the reader reads: every figure beside what it replaces, from what ships or from a checkpoint.

    python -m training.measure [--weights FILE] [--every N] [--only NAME]

On development data only. The table goes to ``training/results/figures.md`` and ``.json`` when all of it is measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from qa.models.reader import PackagedNetwork, Reader
from training.figures import FIGURES
from training.figures.scores import Figures
from training.places import RESULTS

ROWS = (
    ("first quoted sentence holds the answer, English", "first en-en", ".843", ".93"),
    ("the same, German", "first de-de", ".799", ".90"),
    ("the same, German question on English articles", "first de-en", ".777", ".86"),
    ("the same, English question on German articles", "first en-de", ".759", ".86"),
    ("F1 of the short answer, English", "f1 en-en", "–", ".80"),
    ("the same, German", "f1 de-de", "–", ".70"),
    ("the same, across (mean of both)", "f1 across", "–", ".65"),
    ("MLQA German, right paragraph: F1 of the span", "mlqa f1", "–", ".58"),
    ("the same: its sentence", "mlqa sentence", "–", ".85"),
    ("answerable against unanswerable, same paragraph: AUROC", "unanswerable", "~.5", ".85"),
    ("right paragraph taken away: AUROC, English", "removed en-en", ".970", ".98"),
    ("the same, German", "removed de-de", ".953", ".97"),
    ("the same, across (mean of both)", "removed across", ".90", ".94"),
    ("labelled sentences: true ones marked at .05 of the false through", "labelled marked", ".70", ".30"),
    ("XNLI German: accuracy", "xnli-de", "–", ".70"),
    ("exchanged numbers, names, roles, negations: let through", "through", "a third", ".05"),
    ("lists of three or more: F1 of the short answer", "lists", "–", ".70"),
    ("eight passages of 220 tokens and a question, seconds", "seconds", "–", ".25"),
)
"""What is shown: a description, the figure, what it was before the reader (commit 45aedd4), and what was aimed at."""


def table(figures: Figures) -> str:
    """The figures as a Markdown table."""
    lines = ["| | before | aimed at | now |", "|---|---|---|---|"]
    shown = (f"{figures[name]:.3f}".removeprefix("0") if name in figures else "not measured" for _, name, _, _ in ROWS)
    lines += [f"| {what} | {before} | {aim} | {now} |" for (what, _, before, aim), now in zip(ROWS, shown, strict=True)]
    return "\n".join(lines) + "\n"


def measured(reader: Reader, names: Iterable[str], every: int) -> Figures:
    """The named groups of figures; what each took is told on stderr."""
    figures: Figures = {}
    for name in names:
        began = time.monotonic()
        found = FIGURES[name](reader, every)
        figures |= found
        shown = {figure: round(value, 4) for figure, value in found.items()}
        print(f"{name}, {time.monotonic() - began:.0f} s: {json.dumps(shown)}", file=sys.stderr, flush=True)
    return figures


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=None, help="a file of train.py instead of what ships")
    parser.add_argument("--every", type=int, default=1, help="use every Nth question only")
    parser.add_argument("--only", choices=FIGURES, action="append", help="measure this alone; may be repeated")
    options = parser.parse_args()
    if options.weights is None:
        network = PackagedNetwork()
        reader = Reader(network, network.fingerprint)
    else:
        import torch

        from training.torch_reader import TorchNetwork

        state = torch.load(options.weights, map_location="cpu", weights_only=True)
        reader = Reader(TorchNetwork(state, half=True), options.weights.name)
    figures = measured(reader, options.only or FIGURES, options.every)
    print(table(figures))
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}, indent=1))
    if options.weights is None and not options.only:
        RESULTS.mkdir(exist_ok=True)
        rounded = {name: round(value, 4) for name, value in figures.items()}
        kept = {"fingerprint": reader.fingerprint, "every": options.every, **rounded}
        (RESULTS / "figures.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "figures.md").write_text(table(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
