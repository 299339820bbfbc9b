"""How often the verifier lets a false sentence through, or marks a true one, on labelled sentences.

    .venv/bin/python benchmarks/verification.py [--data ../shared/data] [--show]

The sentences are in ``labelled/`` (its README says how they were made): ``tune.jsonl``, by which the thresholds of
``qa/reading/support.py`` are set, and ``held_out.jsonl`` from other articles. Each is checked against its paragraph;
the verifier picks the sentences. Results go to ``results/verification.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from labelled_sentences import LabelledSentence, load
from machine import describe
from qa.models import make_reader
from qa.reading.support import CONTRADICTED, SourceSentence, Support, make_verifier
from qa.records import Span
from qa.settings import Settings
from qa.text.sentences import split_sentences

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results" / "verification.json"
SPLITS = ("tune", "held_out")
LET_THROUGH = 0.05


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
    verifier = make_verifier(make_reader(Settings()), trusted=False)
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


def threshold_for(outcomes: Sequence[Outcome]) -> float:
    """The score from which one false sentence in twenty gets through."""
    return float(np.quantile([one.support.score for one in outcomes if not one.true], 1 - LET_THROUGH))


def at(outcomes: Sequence[Outcome], threshold: float) -> list[Outcome]:
    """The same outcomes as they were with another threshold."""
    return [replace(o, support=replace(o.support, supported=o.support.score >= threshold)) for o in outcomes]


def contradicted(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Of what is called contradicted the share that is false, and of what is false the share so called."""
    called = [
        not one.true for one in outcomes if not one.support.supported and one.support.contradiction >= CONTRADICTED
    ]
    false = sum(not one.true for one in outcomes)
    return {"precision": round(float(np.mean(called)), 4) if called else 0.0, "recall": round(sum(called) / false, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--show", action="store_true", help="print the mistakes on the first half")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    threshold = None
    for split in SPLITS:
        outcomes = check_all(load(split, options.data))
        threshold = threshold or threshold_for(outcomes)  # of the first half, applied to the second
        results[split] = {**report(outcomes), "contradicted": {"all": contradicted(outcomes)}}
        results[split]["at the threshold"] = {f"{threshold:.3f}": rates(at(outcomes, threshold))}
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
