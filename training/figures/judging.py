"""Does the reader know a claim that the evidence supports from one that it does not?"""

from __future__ import annotations

import random
import sys

import numpy as np

from qa.models.reader import Reader
from qa.records import Span
from qa.text.sentences import split_sentences
from training.examples import pairs
from training.figures.development import made_claims
from training.figures.scores import Figures, auroc
from training.places import ROOT, SHARED

LET_THROUGH = 0.05
"""The share of false sentences at which the true ones are counted."""


def exchanged(reader: Reader, every: int) -> Figures:
    """Of claims with one thing exchanged the share that is taken as supported; and of the true ones, that is not."""
    chosen = random.Random(3).sample(made_claims(), min(len(made_claims()), 1600 // every))
    said = reader.supports([(pair.hypothesis, pair.premise) for pair in chosen])
    through: dict[str, list[bool]] = {}
    for pair, one in zip(chosen, said, strict=True):
        true = pair.label in "e1"
        kind = "true, refused" if true else pair.name.removeprefix("made-")
        through.setdefault(kind, []).append((one.entailed <= 0.5) if true else (one.entailed > 0.5))
    figures = {f"through {kind}": float(np.mean(values)) for kind, values in through.items()}
    exchanged_kinds = [v for kind in ("exchanged", "roles", "negated") for v in through.get(kind, [])]
    return figures | {"through": float(np.mean(exchanged_kinds))}


def german_entailment(reader: Reader, every: int) -> Figures:
    """Accuracy on XNLI in German."""
    chosen = [pair for pair in pairs("dev") if pair.name == "xnli-de"][:: 5 * every]
    said = reader.supports([(pair.hypothesis, pair.premise) for pair in chosen])
    right = [
        max((one.entailed, "e"), (one.neutral, "n"), (one.contradicted, "c"))[1] == pair.label
        for pair, one in zip(chosen, said, strict=True)
    ]
    return {"xnli-de": float(np.mean(right))}


def labelled(reader: Reader, every: int) -> Figures:
    """Sentences labelled by hand: the true ones that are marked where one false one in twenty gets through."""
    sys.path.append(str(ROOT / "benchmarks"))
    from labelled_sentences import load

    items = load("held_out", SHARED / "data")[::every]
    said = [support(reader, item.sentence, item.evidence, item.evidence_language) for item in items]
    true = [score for item, score in zip(items, said, strict=True) if item.supported]
    false = [score for item, score in zip(items, said, strict=True) if not item.supported]
    threshold = float(np.quantile(false, 1 - LET_THROUGH))
    return {"labelled marked": float(np.mean([s <= threshold for s in true])), "labelled auroc": auroc(true, false)}


def support(reader: Reader, claim: str, evidence: str, language: str) -> float:
    """P(entailed) by the best of all runs of up to three sentences, and by the whole."""
    sentences = list(split_sentences(evidence, Span(0, len(evidence)), language))
    runs = {(0, len(evidence))} | {
        (sentences[first].start, sentences[last].end)
        for first in range(len(sentences))
        for last in range(first, min(first + 3, len(sentences)))
    }
    return max(one.entailed for one in reader.supports([(claim, evidence[a:b]) for a, b in sorted(runs)]))
