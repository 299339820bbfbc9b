"""Processes of article-qa that the benchmark needs and no command offers: many questions, and growth without a model.

Prints JSON, as ``qa --json`` does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from qa import Assistant, Settings
from qa.models.e5 import BundledEmbedder
from qa.models.vectors import PassageText, PassageVectors, unit


def warm(index_dir: Path, questions: Path) -> dict[str, object]:
    """The median time of a whole answer: retrieved, quoted and verified."""
    bot = Assistant(Settings(index_dir=index_dir))
    first, *others = json.loads(questions.read_text(encoding="utf-8"))
    bot.ask(first, engine="quote")
    seconds = []
    for question in others:
        start = time.perf_counter()
        bot.ask(question, engine="quote")
        seconds.append(time.perf_counter() - start)
    return {"median_seconds": statistics.median(seconds), "questions": len(seconds)}


def index_synthetic(index_dir: Path, corpus: Path) -> dict[str, object]:
    """Index with random vectors in place of the network's, so that what is left is everything else."""

    def embed_passages(_: BundledEmbedder, passages: Sequence[PassageText]) -> Iterator[PassageVectors]:
        for passage in passages:
            random = np.random.default_rng(zlib.crc32(passage.text.encode()))
            vectors = unit(random.standard_normal((1 + len(passage.sentences), BundledEmbedder.dimensions), np.float32))
            counts = tuple(max(1, (span.end - span.start) // 4) for span in passage.sentences)
            yield PassageVectors(vectors[0], vectors[1:], sum(counts))

    BundledEmbedder.embed_passages = embed_passages
    return Assistant(Settings(index_dir=index_dir)).index([str(corpus)]).to_dict()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, function, parameter in (("warm", warm, "questions"), ("index-synthetic", index_synthetic, "corpus")):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        command.add_argument("index_dir", type=Path)
        command.add_argument(parameter, type=Path)
    arguments = vars(parser.parse_args())
    print(json.dumps(arguments.pop("function")(**arguments)))


if __name__ == "__main__":
    main()
