"""Fits the models of ``qa.reading.answers`` and ``qa.reading.confidence`` on questions in SQuAD's format, by article.

    .venv/bin/python benchmarks/tune_quoting.py ../shared/data/xquad-dev.en.json ../shared/data/xquad-dev.de.json

Prints, on articles held out, the share of questions whose first and first two sentences hold the answer, and the area
under the ROC curve of the confidence with the question's paragraph or article taken away, or a false premise put in.
Then the weights fitted on everything: of the conditional logit over sentences, and of the confidence within a language
and across; all of it also for embedding models without token vectors. Nothing is written: whoever changes the weights
reads the figures first. Takes about ten minutes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from false_premises import false_premises
from qa import Assistant
from qa.index.reader import open_reader
from qa.models import BUNDLED_MODEL
from qa.reading import answers, confidence
from qa.reading.answers import score_sentences
from qa.retrieval.search import Filters, Question, Retriever
from quality import Case, make_index, read

FOLDS = 4
PASSAGES = 8
REGULARISATION = 1e-3
TOKEN_FEATURES = [answers.FEATURES.index(name) for name in ("token_match", "token_match_by_sentence_before")]
UNANSWERABLE = {"paragraph": 0.4, "article": 0.4, "premise": 0.2}
"""How much each kind of question without an answer counts; together as much as those with one."""
BORROWED = 0.05
"""What a question in another language counts within a language: it stands for questions that share few words with the
articles, of which question sets that were written while reading the paragraph have hardly any."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Example:
    """A question and its candidate sentences.

    Attributes:
        question: as it was asked.
        article: the one it is about.
        features: of each candidate, shape (n, 10).
        passages: the text around each candidate.
        answers: which candidates answer, shape (n,).
    """

    question: str
    article: str
    features: Matrix
    passages: tuple[str, ...]
    answers: NDArray[np.bool_]


def examples(bot: Assistant, questions: Iterable[tuple[str, Case]], removed: str = "") -> list[Example]:
    """One example a question; ``removed`` takes away its ``paragraph`` or its ``article``."""
    retriever = Retriever(open_reader(bot.settings.index_dir, model=BUNDLED_MODEL), 50)
    sources = [article.source for article in retriever.articles]
    asked = list(questions)
    found = []
    for question, (_, target) in zip(bot.prepare([text for text, _ in asked]), asked, strict=True):
        gone = {"paragraph": target.source, "article": target.source[:4]}.get(removed)
        kept = tuple(source for source in sources if f"articles/{gone}" not in source) if gone else ()
        found.append(example(question, target, retriever, Filters(sources=kept)))
    return found


def example(question: Question, target: Case, retriever: Retriever, filters: Filters) -> Example:
    passages = retriever.retrieve(question, filters, PASSAGES)
    candidates = score_sentences(question, passages, retriever.term_weights)
    places = [(item.ranked.passage.source, item.span.start, item.span.end) for item in candidates]
    return Example(
        question.text,
        target.source[:4],
        np.array([item.features for item in candidates]),
        tuple(item.ranked.passage.text for item in candidates),
        np.array([answers_in(place, target) for place in places]),
    )


def without_tokens(data: Sequence[Example]) -> list[Example]:
    """The same as an embedding model without token vectors would see it."""
    return [replace(one, features=_zeroed(one.features)) for one in data]


def _zeroed(features: Matrix) -> Matrix:
    zeroed = features.copy()
    zeroed[:, TOKEN_FEATURES] = 0
    return zeroed


def answers_in(place: tuple[str, int, int], case: Case) -> bool:
    """Whether a sentence holds an answer to the question."""
    source, first, last = place
    return source.endswith(case.source) and any(first <= start and end <= last for start, end in case.answers)


def fit_logit(data: Sequence[Example]) -> Matrix:
    """Maximise the probability of the answering sentences among each question's (McFadden 1974), with a ridge."""
    usable = [example for example in data if example.answers.any()]
    scale = np.maximum(np.concatenate([example.features for example in usable]).std(axis=0), 1e-9)

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

    fitted: Matrix = minimize(loss, np.zeros(len(answers.FEATURES)), jac=True, method="L-BFGS-B").x / scale
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


def evidence(data: Sequence[Example], weights: Matrix) -> Matrix:
    """What the confidence is made from, for the best sentence of each question, shape (n, 4)."""
    coverage = answers.FEATURES.index("passage_coverage")
    rows = []
    for one in data:
        values = one.features @ weights
        best = int(values.argmax())
        rows.append(
            confidence.confidence_features(
                one.question, one.passages[best], float(values[best]), float(one.features[best, coverage])
            )
        )
    return np.array(rows)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Evidence, shape (n, 4), whether there is an answer, shape (n,), and how much each row counts, shape (n,)."""

    evidence: Matrix
    answerable: NDArray[np.bool_]
    counts: Matrix


def labelled(parts: Iterable[tuple[str, Matrix, float]]) -> Labelled:
    """Put evidence together.

    Args:
        parts: what was taken away (nothing for questions with an answer), the evidence, how much it counts.
    """
    rows, answerable, counts = [], [], []
    for removed, found, weight in parts:
        rows.append(found)
        answerable.append(np.full(len(found), not removed))
        counts.append(np.full(len(found), weight * UNANSWERABLE.get(removed, 1.0)))
    return Labelled(np.concatenate(rows), np.concatenate(answerable), np.concatenate(counts))


def calibrate(data: Labelled) -> tuple[Matrix, float]:
    """Weights and bias of the probability that there is an answer."""
    mean, scale = data.evidence.mean(axis=0), data.evidence.std(axis=0) + 1e-9
    model = LogisticRegression().fit((data.evidence - mean) / scale, data.answerable, sample_weight=data.counts)
    weights = model.coef_[0] / scale
    return weights, float(model.intercept_[0] - weights @ mean)


Data = dict[tuple[str, str], list[Example]]
"""Examples by pair of languages (documents, then questions) and by what was taken away."""


def parts_for(data: Data, weights: Matrix, *, same: bool, keep: set[str]) -> Iterable[tuple[str, Matrix, float]]:
    """The evidence that the confidence within a language, or across, is fitted on, of some articles."""
    for (pair, removed), found in data.items():
        belongs = (pair[:2] == pair[-2:]) is same
        if belongs or same:
            kept = [one for one in found if one.article in keep]
            yield removed, evidence(kept, weights), 1.0 if belongs else BORROWED


def print_areas(data: Data, articles: Sequence[str]) -> None:
    """The area under the ROC curve on articles held out from both models."""
    found: dict[tuple[str, str], list[float]] = {key: [] for key in data}
    for fold in range(FOLDS):
        test = set(articles[fold::FOLDS])
        train = set(articles) - test
        weights = fit_logit(
            [e for (_, removed), part in data.items() if not removed for e in part if e.article in train]
        )
        for same in (True, False):
            fitted, bias = calibrate(labelled(parts_for(data, weights, same=same, keep=train)))
            for (pair, removed), part in data.items():
                if (pair[:2] == pair[-2:]) is same:
                    mine = [one for one in part if one.article in test]
                    found[pair, removed] += (evidence(mine, weights) @ fitted + bias).tolist()
    for pair in dict.fromkeys(pair for pair, _ in data):
        positive = found[pair, ""]
        print(f"{pair}: answered {np.mean(np.array(positive) > 0):.3f}", end="")
        for removed in UNANSWERABLE:
            negative = found[pair, removed]
            area = roc_auc_score([1] * len(positive) + [0] * len(negative), positive + negative)
            print(f"; {removed} gone: AUROC {area:.3f}, answered {np.mean(np.array(negative) > 0):.3f}", end="")
        print(" (held out)")


def report(title: str, data: Data) -> None:
    """Cross-validate, fit on everything, print."""
    print(f"--- {title}")
    there = {pair: found for (pair, removed), found in data.items() if not removed}
    articles = sorted({example.article for found in there.values() for example in found})
    for pair, rates in cross_validated(there).items():
        print(f"{pair}: first sentence {rates[0]:.3f}, first two {rates[1]:.3f} (held out)")
    print_areas(data, articles)
    weights = fit_logit([example for found in there.values() for example in found])
    for name, weight in zip(answers.FEATURES, weights, strict=True):
        print(f"{name}: {weight:.4g}")
    for name, same in (("same language", True), ("other language", False)):
        fitted, bias = calibrate(labelled(parts_for(data, weights, same=same, keep=set(articles))))
        print(f"{name}: {', '.join(f'{weight:.4g}' for weight in fitted)}; bias {bias:.3f}")


def main() -> None:
    """Collect the examples, then fit with and without token vectors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    languages = [read(path) for path in parser.parse_args().files]
    data: Data = {}
    with tempfile.TemporaryDirectory() as folder:
        for documents in languages:
            bot = make_index(documents, Path(folder) / documents.code)
            for asked in languages:
                pair = f"{documents.code}-{asked.code}"
                texts = [case.question for case in asked.cases]
                for removed in ("", "paragraph", "article"):
                    data[pair, removed] = examples(bot, zip(texts, documents.cases, strict=True), removed)
                false = zip(false_premises(asked), documents.cases, strict=True)
                data[pair, "premise"] = examples(bot, [(text, case) for text, case in false if text is not None])
    report("with token vectors", data)
    report("without", {key: without_tokens(found) for key, found in data.items()})


if __name__ == "__main__":
    main()
