"""Makes ``qa/models/data/token_basis.npy``: what ``late_interaction`` subtracts from and projects token states on.

    .venv/bin/python benchmarks/token_basis.py seeds tests/news

The file has 1 + 128 rows of 768 numbers in half precision: the mean of the states of the two layers, then the first
principal components of the states less that mean, each layer's scaled to length 1. Prints what share of the variance
they keep. Questions and answers play no part, only texts in some languages.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from qa.models.e5 import word_encoder
from qa.models.late_interaction import centred

OUTPUT = Path(__file__).parents[1] / "qa" / "data" / "token_basis.npy"
COMPONENTS = 128
SHORTEST = 60
"""Characters from which a paragraph is text rather than a headline or a menu."""


def main() -> None:
    """Make the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    files = [path for folder in parser.parse_args().folders for path in sorted(folder.iterdir())]
    paragraphs = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    encoder = word_encoder()
    texts = list(dict.fromkeys(line.strip() for line in paragraphs if len(line.strip()) >= SHORTEST))
    states = np.concatenate([np.hstack(encoder.token_states(text)) for text in texts])
    mean = states.mean(axis=0)
    described = centred(states, mean)
    variances, directions = np.linalg.eigh(described.T @ described)
    components = directions[:, ::-1][:, :COMPONENTS].T
    np.save(OUTPUT, np.vstack([mean, components]).astype(np.float16))
    kept = variances[-COMPONENTS:].sum() / variances.sum()
    print(f"{len(states)} tokens of {len(texts)} paragraphs; {kept:.3f} of the variance kept")


if __name__ == "__main__":
    main()
