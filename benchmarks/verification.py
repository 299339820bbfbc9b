"""How often the verifier lets a false sentence through, or marks a true one, on labelled sentences.

    .venv/bin/python benchmarks/verification.py [--data ../shared/data] [--fit] [--show]

The sentences are in ``labelled/`` (its README says how they were made): ``tune.jsonl``, on which the weights of
``qa/reading/alignment.py`` are fitted, and ``held_out.jsonl`` from other articles. Each is checked against its
paragraph; the verifier picks the sentences. ``--fit`` prints new weights, fitted on the first half only. Results go to
``results/verification.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labelled_sentences import LabelledSentence, load
from machine import describe
from qa.reading import alignment
from qa.reading.guards import missing
from qa.reading.support import SourceSentence, Support
from qa.records import Span
from qa.text.sentences import split_sentences

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results" / "verification.json"
SPLITS = ("tune", "held_out")
RIDGE = 0.5
FALSE_COST = 9.0


@dataclass(frozen=True)
class Outcome:
    """A labelled sentence and what the verifier said."""

    labelled: LabelledSentence
    support: Support

    @property
    def true(self) -> bool:
        """Whether it is labelled as supported."""
        return self.labelled.supported


def sources_of(item: LabelledSentence) -> tuple[SourceSentence, ...]:
    """The sentences of the paragraph that an item is judged against."""
    text, language = item.evidence, item.evidence_language
    spans = split_sentences(text, Span(0, len(text)), language)
    return tuple(
        SourceSentence(text[span.start : span.end], language, continues=number > 0) for number, span in enumerate(spans)
    )


def check_all(items: Sequence[LabelledSentence]) -> list[Outcome]:
    verifier = alignment.AligningVerifier()
    outcomes = []
    for item in items:
        sources = sources_of(item)
        outcomes.append(Outcome(item, verifier.check(item.sentence, item.language, sources, range(len(sources)))))
    return outcomes


def rates(outcomes: Iterable[Outcome]) -> dict[str, float | int]:
    """Of the false sentences the share that got through, of the true ones the share that was marked."""
    chosen = list(outcomes)
    false = [o.support.supported for o in chosen if not o.true]
    true = [not o.support.supported for o in chosen if o.true]
    return {
        "false": len(false),
        "false_through": round(float(np.mean(false)), 4) if false else 0.0,
        "true": len(true),
        "true_marked": round(float(np.mean(true)), 4) if true else 0.0,
    }


GROUPS: dict[str, Callable[[LabelledSentence], object]] = {
    "all": lambda _: "all",
    "origin": lambda item: item.origin,
    "language": lambda item: item.language,
    "languages": lambda item: f"{item.evidence_language}-{item.language}",
    "corruption": lambda item: item.corruption or "none",
}


def report(outcomes: Sequence[Outcome]) -> dict[str, dict[str, dict[str, float | int]]]:
    return {
        group: {
            str(name): rates(o for o in outcomes if key(o.labelled) == name)
            for name in sorted({key(o.labelled) for o in outcomes}, key=str)
        }
        for group, key in GROUPS.items()
    }


def fit(items: Sequence[LabelledSentence]) -> None:
    """Print weights: a ridge logistic regression on each sentence's best evidence, which the weights before chose.

    A false sentence that gets through costs nine times a true one that is marked. Sentences without evidence that the
    guards allow have no part, as they are refused whatever the weights; nor do those that are false only by a
    role, a predicate or an addition, which the alignment of words can hardly tell.
    """
    verifier = alignment.AligningVerifier()
    found = []
    for item in items:
        if item.corruption not in {"role", "predicate", "added"}:
            sources = sources_of(item)
            ranked = verifier.ranked(item.sentence, item.language, sources, range(len(sources)))
            allowed = [
                alignment.features(one, item.language)
                for one in ranked
                if not missing(item.sentence, item.language, one.text, one.language)
            ]
            found.append((item, allowed))
    kept = [(item, allowed) for item, allowed in found if allowed]
    target = np.array([float(item.supported) for item, _ in kept])
    cost = np.where(target == 1, 1.0, FALSE_COST)
    weights = np.array([20.0, -2.0, 1.5])
    bias = 0.0
    for _ in range(4):
        matrix = np.array([max(allowed, key=lambda features: float(features @ weights)) for _, allowed in kept])
        mean, scale = matrix.mean(axis=0), matrix.std(axis=0) + 1e-9
        design = np.column_stack([(matrix - mean) / scale, np.ones(len(matrix))])
        fitted = _logistic(design, target, cost)
        weights = fitted[:-1] / scale
        bias = float(fitted[-1] - mean @ weights)
    print(
        dict(zip(alignment.FEATURES, np.round(weights, 2).tolist(), strict=True)),
        "bias",
        round(bias, 2),
        "from",
        len(kept),
    )


def _logistic(
    design: NDArray[np.float64], target: NDArray[np.float64], cost: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Newton's method; the last column is the bias and not penalised."""
    weights = np.zeros(design.shape[1])
    penalty = np.append(np.full(len(weights) - 1, RIDGE), 0.0)
    for _ in range(50):
        probability = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (cost * (target - probability)) - penalty * weights
        curvature = design.T @ (design * (cost * probability * (1 - probability))[:, None]) + np.diag(penalty)
        weights += np.linalg.solve(curvature, gradient)
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--fit", action="store_true", help="fit new weights on the first half and print them")
    parser.add_argument("--show", action="store_true", help="print the mistakes on the first half")
    options = parser.parse_args()
    if options.fit:
        fit(load("tune", options.data))
        return
    results = {}
    for split in SPLITS:
        outcomes = check_all(load(split, options.data))
        results[split] = report(outcomes)
        for group, parts in results[split].items():
            for name, figures in parts.items():
                print(f"{split:9} {group:11} {name:12} {figures}")
        if options.show and split == "tune":
            for o in outcomes:
                if o.true != o.support.supported:
                    what = "MARKED " if o.true else "THROUGH"
                    print(f"{what} {o.support.score:.2f} {o.labelled.id} {o.labelled.sentence} {o.support.missing}")
                    print("        ", [sources_of(o.labelled)[i].text for i in o.support.evidence])
    RESULTS.write_text(json.dumps({"machine": describe(ROOT), **results}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
