"""Fits the two linear models of ``qa/quote.py`` on questions in SQuAD's format, and cross-validates them by article.

    .venv/bin/python benchmarks/tune_quoting.py ../shared/data/xquad-dev.en.json ../shared/data/xquad-dev.de.json

Prints the share of held-out questions whose first and first two sentences hold the answer, then the weights fitted on
everything: of the conditional logit over sentences, and of the probability that the best sentence answers at all,
within a language and across. Nothing is written: whoever changes ``qa/quote.py`` reads the figures first.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from qa import Assistant
from qa.quote import FEATURES, score_sentences
from qa.retrieve import Filters, Retriever
from quality import Case, Language, make_index, read

FOLDS = 4
PASSAGES = 8
REGULARISATION = 1e-3

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Example:
    """The candidate sentences of a question: features (n, 7), which of them answer (n,), and the question's article."""

    features: Matrix
    answers: NDArray[np.bool_]
    article: str


def examples(bot: Assistant, asked: Language, documents: Language, *, removed: str = "") -> list[Example]:
    """One example a question; ``removed`` takes away its ``paragraph`` or its ``article``."""
    retriever = Retriever(bot.reader(), 50)
    sources = [article.source for article in retriever.articles]
    questions = bot.prepare([case.question for case in asked.cases])
    found = []
    for question, target in zip(questions, documents.cases, strict=True):
        gone = {"paragraph": target.source, "article": target.source[:4]}.get(removed)
        kept = tuple(source for source in sources if f"articles/{gone}" not in source) if gone else ()
        passages = retriever.retrieve(question, Filters(sources=kept), PASSAGES)
        candidates = score_sentences(question, passages, retriever.term_weights)
        spans = [(item.ranked.passage.source, item.span.start, item.span.end) for item in candidates]
        answers = np.array([answers_in(place, target) for place in spans])
        found.append(Example(np.array([item.features for item in candidates]), answers, target.source[:4]))
    return found


def answers_in(place: tuple[str, int, int], case: Case) -> bool:
    """Whether a sentence holds an answer to the question."""
    source, first, last = place
    return source.endswith(case.source) and any(first <= start and end <= last for start, end in case.answers)


def fit_logit(data: Sequence[Example]) -> Matrix:
    """Maximise the probability of the answering sentences among each question's (McFadden 1974), with a ridge."""
    usable = [example for example in data if example.answers.any()]
    scale = np.concatenate([example.features for example in usable]).std(axis=0)

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total, gradient = 0.0, np.zeros_like(weights)
        for example in usable:
            scaled = example.features / scale
            odds = np.exp(scaled @ weights - (scaled @ weights).max())
            chance = odds / odds.sum()
            right = chance * example.answers
            total -= np.log(right.sum() + 1e-12)
            gradient -= scaled.T @ (right / right.sum() - chance)
        count = len(usable)
        ridge = REGULARISATION * weights @ weights
        return total / count + ridge, gradient / count + 2 * REGULARISATION * weights

    fitted: Matrix = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x / scale
    return fitted


def hit_rates(data: Sequence[Example], weights: Matrix) -> tuple[float, float]:
    """Share of questions whose best, and one of whose best two sentences answer."""
    order = [np.argsort(-(example.features @ weights)) for example in data]
    first = [example.answers[best[0]] for example, best in zip(data, order, strict=True)]
    two = [example.answers[best[:2]].any() for example, best in zip(data, order, strict=True)]
    return float(np.mean(first)), float(np.mean(two))


def cross_validated(by_pair: dict[str, list[Example]]) -> dict[str, tuple[float, float]]:
    """Hit rates of each pair of languages on articles that the weights were not fitted on."""
    articles = sorted({example.article for data in by_pair.values() for example in data})
    held_out: dict[str, list[tuple[int, float, float]]] = {pair: [] for pair in by_pair}
    for fold in range(FOLDS):
        test = set(articles[fold::FOLDS])
        weights = fit_logit([e for data in by_pair.values() for e in data if e.article not in test])
        for pair, data in by_pair.items():
            part = [example for example in data if example.article in test]
            held_out[pair].append((len(part), *hit_rates(part, weights)))
    return {
        pair: tuple(np.average([rates[1:] for rates in parts], axis=0, weights=[rates[0] for rates in parts]).round(3))
        for pair, parts in held_out.items()
    }


def calibrate(weights: Matrix, there: Sequence[Example], removed: Sequence[Example]) -> tuple[float, float]:
    """Slope and midpoint of the probability that the best sentence answers, half of the questions having no answer."""
    values = [float((example.features @ weights).max()) for example in (*there, *removed)]
    answerable = [1] * len(there) + [0] * len(removed)
    share = [len(removed) / len(there)] * len(there) + [1.0] * len(removed)
    model = LogisticRegression(C=1000).fit(np.array(values)[:, np.newaxis], answerable, sample_weight=share)
    slope = float(model.coef_[0, 0])
    return slope, float(-model.intercept_[0] / slope)


def main() -> None:
    """Fit, cross-validate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    languages = [read(path) for path in parser.parse_args().files]
    there: dict[str, list[Example]] = {}
    gone: dict[str, list[Example]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for documents in languages:
            bot = make_index(documents, Path(folder) / documents.code)
            for asked in languages:
                pair = f"{documents.code}-{asked.code}"
                there[pair] = examples(bot, asked, documents)
                gone[pair] = [
                    *examples(bot, asked, documents, removed="paragraph"),
                    *examples(bot, asked, documents, removed="article"),
                ]
    for pair, rates in cross_validated(there).items():
        print(f"{pair}: first sentence {rates[0]:.3f}, first two {rates[1]:.3f} (held out)")
    weights = fit_logit([example for data in there.values() for example in data])
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"{name}: {weight:.4g}")
    for name, same in (("same language", True), ("other language", False)):
        pairs = [pair for pair in there if (pair[:2] == pair[-2:]) is same]
        fitted = calibrate(weights, [e for p in pairs for e in there[p]], [e for p in pairs for e in gone[p]])
        print(f"{name}: slope {fitted[0]:.3f}, midpoint {fitted[1]:.2f}")


if __name__ == "__main__":
    main()
