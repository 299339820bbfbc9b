"""Fits the weights of ``qa.reading.choosing`` and ``qa.reading.confidence`` on questions in SQuAD's format, by article.

    .venv/bin/python benchmarks/tune_reading.py ../shared/data/xquad-dev.en.json ../shared/data/xquad-dev.de.json

Reads what retrieval finds for every Nth question, once; takes the question's paragraph, or its article, away from that;
and asks unanswerable questions about the paragraphs that seem to answer them (development split of the training data).
Prints, on articles held out, how often the first and the first two sentences hold the answer, the area under the ROC
curve of the confidence for each kind of question without an answer, and how true the confidence is (reliability); then
the weights fitted on everything. Nothing is written but what was read (``--kept``): whoever changes the weights reads
the figures first.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from qa import Assistant
from qa.answering.finding import prepare
from qa.index.reader import open_reader
from qa.models import BUNDLED_MODEL, make_embedder, make_reader
from qa.reading import choosing, confidence
from qa.retrieval.search import Filters, Retriever
from quality import Case, Language, make_index, read

FOLDS = 4
READ, PASSAGES = 12, 8
"""Passages that are read for each question, and those that are left after some are taken away."""
REGULARISATION = 1e-3
COUNTS = {"paragraph": 0.13, "article": 0.1, "near": 0.1}
"""How much each kind of question without an answer counts; together a third of those with one."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Example:
    """A question and its candidate sentences.

    Attributes:
        pair: languages of the articles and of the question.
        source: the paragraph that it is about; the article is the part before the slash.
        answerable: whether that paragraph answers it.
        features: of each candidate, shape (n, 3).
        sources: the paragraph of each candidate.
        ranks: of each candidate's passage, from 0.
        other_language: whether each is in another language than the question.
        answers: which candidates answer, shape (n,).
    """

    pair: str
    source: str
    answerable: bool
    features: Matrix
    sources: tuple[str, ...]
    ranks: NDArray[np.int64]
    other_language: NDArray[np.bool_]
    answers: NDArray[np.bool_]

    @property
    def article(self) -> str:
        """By which examples are held out."""
        return self.source.split("/")[0]

    def without(self, start: str) -> Example:
        """The same after the paragraphs whose name begins so were taken away."""
        return replace(self._of([not source.startswith(start) for source in self.sources]), answerable=False)

    def shown(self) -> Example:
        """With as many passages as the program reads."""
        kept = sorted(set(self.ranks.tolist()))[:PASSAGES]
        return self._of([rank in kept for rank in self.ranks.tolist()])

    def _of(self, kept: Sequence[bool]) -> Example:
        mask = np.array(kept, dtype=bool)
        sources = tuple(source for source, keep in zip(self.sources, kept, strict=True) if keep)
        parts = (self.features, self.ranks, self.other_language, self.answers)
        features, ranks, other, answers = (part[mask] for part in parts)
        return replace(self, features=features, sources=sources, ranks=ranks, other_language=other, answers=answers)


def examples(bot: Assistant, pair: str, cases: Sequence[tuple[str, Case, bool]]) -> Iterator[Example]:
    """What is read for each question."""
    retriever = Retriever(open_reader(bot.settings.index_dir, model=BUNDLED_MODEL), 50)
    reader = make_reader(bot.settings)
    questions = prepare([text for text, _, _ in cases], "", make_embedder(bot.settings))
    for question, (_, case, answerable) in zip(questions, cases, strict=True):
        ranked = retriever.retrieve(question, Filters(), READ)
        order = {item.passage.id: number for number, item in enumerate(ranked)}
        candidates = choosing.read(question, ranked, reader)
        yield Example(
            pair,
            case.source,
            answerable,
            np.array([one.features for one in candidates]),
            tuple("/".join(Path(one.ranked.article.source).parts[-2:]) for one in candidates),
            np.array([order[one.ranked.passage.id] for one in candidates]),
            np.array([one.ranked.article.metadata.language != question.language for one in candidates]),
            np.array([_holds(one, case) for one in candidates]),
        )


def _holds(candidate: choosing.Candidate, case: Case) -> bool:
    here = candidate.ranked.article.source.endswith(case.source)
    return here and any(candidate.span.start <= start and end <= candidate.span.end for start, end in case.answers)


def near_language(every: int) -> tuple[Language, list[bool]]:
    """English questions of the development split, a part of which their paragraph only seems to answer."""
    from training.figures.development import dev_paragraphs

    paragraphs, cases, answerable = {}, [], []
    english = [paragraph for paragraph in dev_paragraphs() if paragraph.name == "squad2-en"]
    for number, paragraph in enumerate(english[:: max(1, every // 2)]):
        source = f"{number // 10:03}/{number % 10}.txt"
        paragraphs[source] = paragraph.context
        for question in paragraph.questions[:2]:
            places = () if question.start is None else ((question.start, question.end),)
            cases.append(Case(question.text, source, places))
            answerable.append(question.start is not None)
    return Language("near", paragraphs, tuple(cases)), answerable


def across(one: Example) -> bool:
    """Whether its articles are in another language than the question."""
    return one.pair in {"en-de", "de-en"}


def fit_logit(data: Sequence[Example]) -> Matrix:
    """Maximise the probability of the answering sentences among each question's (McFadden 1974), with a ridge."""
    usable = [example for example in data if example.answers.any()]
    tables = [example.features for example in usable]
    scale = np.maximum(np.concatenate(tables).std(axis=0), 1e-9)

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total, gradient = 0.0, np.zeros_like(weights)
        for example, table in zip(usable, tables, strict=True):
            scaled = table / scale
            odds = np.exp(scaled @ weights - (scaled @ weights).max())
            chance = odds / odds.sum()
            right = chance * example.answers
            total -= np.log(right.sum() + 1e-12)
            gradient -= scaled.T @ (right / right.sum() - chance)
        ridge = REGULARISATION * weights @ weights
        return total / len(usable) + ridge, gradient / len(usable) + 2 * REGULARISATION * weights

    fitted: Matrix = minimize(loss, np.zeros(len(choosing.FEATURES)), jac=True, method="L-BFGS-B").x / scale
    return fitted


def signs(one: Example, weights: Matrix) -> list[float]:
    """What the confidence is made of, in the order of ``confidence.Signs``."""
    best = int((one.features @ weights).argmax())
    log_odds = one.features[:, 0]
    return [log_odds[best], one.features[best, 1]]


@dataclass(frozen=True)
class Fitted:
    """Weights of the choice and of the confidence, within a language or across."""

    choice: Matrix
    weights: Matrix
    bias: float

    def log_odds(self, one: Example) -> float:
        """Of there being an answer."""
        return float(np.array(signs(one, self.choice)) @ self.weights + self.bias)

    def hits(self, one: Example) -> tuple[bool, bool]:
        """Whether the best sentence, and one of the best two, answers."""
        order = np.argsort(-(one.features @ self.choice))
        return bool(one.answers[order[0]]), bool(one.answers[order[:2]].any())


def fit(data: dict[str, list[Example]], keep: Callable[[Example], bool]) -> Fitted:
    """Fit both on some of the examples, given by kind ("" for those with an answer)."""
    kept = {kind: [one for one in found if keep(one)] for kind, found in data.items()}
    kept = {kind: found for kind, found in kept.items() if found}
    choice = choosing.WEIGHTS  # what is chosen decides what the confidence is about
    rows, labels, counts = [], [], []
    for kind, found in kept.items():
        rows += [signs(one, choice) for one in found]
        labels += [not kind] * len(found)
        counts += [COUNTS.get(kind, 1.0) / len(found)] * len(found)
    table = np.array(rows)
    mean, scale = table.mean(axis=0), table.std(axis=0) + 1e-9
    weight = np.array(counts) * len(counts) / 2
    model = LogisticRegression().fit((table - mean) / scale, labels, sample_weight=weight)
    weights = model.coef_[0] / scale
    return Fitted(choice, weights, float(model.intercept_[0] - weights @ mean))


def report(data: dict[str, list[Example]]) -> None:
    """Cross-validate, fit on everything, print."""
    articles = sorted({one.article for one in data[""]})
    hits: dict[str, list[tuple[float, float]]] = {}
    sure: dict[tuple[str, str], list[float]] = {}
    for fold in range(FOLDS):
        test = set(articles[fold::FOLDS])
        fitted = {
            side: fit(data, lambda one, test=test, side=side: one.article not in test and across(one) is side)
            for side in (False, True)
        }
        for kind, found in data.items():
            for one in found:
                if one.article in test:
                    sure.setdefault((one.pair, kind), []).append(fitted[across(one)].log_odds(one))
                    if not kind:
                        hits.setdefault(one.pair, []).append(fitted[across(one)].hits(one))
    for pair, rates in hits.items():
        first, two = np.mean(rates, axis=0)
        positive = sure[pair, ""]
        print(f"{pair}: first {first:.3f}, first two {two:.3f}, falsely refused {np.mean(np.array(positive) < 0):.3f}")
        for kind in COUNTS:
            negative = sure.get((pair, kind), [])
            if negative:
                area = roc_auc_score([1] * len(positive) + [0] * len(negative), positive + negative)
                print(f"    {kind}: AUROC {area:.3f}, refused {np.mean(np.array(negative) < 0):.3f}")
    print_reliability([(value, not kind) for (_, kind), values in sure.items() for value in values])
    for side in (False, True):
        found = fit_logit([one for one in data[""] if across(one) is side])
        print("choosing, fitted:", ", ".join(f"{n} {w:.4g}" for n, w in zip(choosing.FEATURES, found, strict=True)))
        print("across languages:" if side else "within a language:")
        print_weights(fit(data, lambda one, side=side: across(one) is side))


def print_reliability(every: Sequence[tuple[float, bool]]) -> None:
    """How often there is an answer, by how probable that was said to be."""
    chances = 1 / (1 + np.exp(-np.array([value for value, _ in every])))
    truth = np.array([answerable for _, answerable in every])
    print("reliability (held out; said, true, questions):")
    for low in np.arange(0, 1, 0.1):
        inside = (chances >= low) & (chances < low + 0.1 + 1e-9)
        if inside.any():
            print(f"    {chances[inside].mean():.2f} {truth[inside].mean():.2f} {inside.sum()}")


def print_weights(fitted: Fitted) -> None:
    """The weights, by name."""
    print(
        "choosing, as it is:", ", ".join(f"{n} {w:.4g}" for n, w in zip(choosing.FEATURES, fitted.choice, strict=True))
    )
    names = [field.name for field in fields(confidence.Signs)][:-1]
    weights = ", ".join(f"{n} {w:.4g}" for n, w in zip(names, fitted.weights, strict=True))
    print(f"confidence: {weights}; bias {fitted.bias:.4f}")


def gather(files: Sequence[Path], every: int) -> list[Example]:
    """Read everything once."""
    found: list[Example] = []
    languages = [read(path) for path in files]
    with tempfile.TemporaryDirectory() as folder:
        for documents in languages:
            bot = make_index(documents, Path(folder) / documents.code)
            for asked in languages:
                cases = list(zip((case.question for case in asked.cases), documents.cases, strict=True))[::every]
                found += examples(bot, f"{documents.code}-{asked.code}", [(text, case, True) for text, case in cases])
                print(f"read {len(found)}", flush=True)
        near, answerable = near_language(every)
        bot = make_index(near, Path(folder) / "near")
        found += examples(bot, "near", [(c.question, c, a) for c, a in zip(near.cases, answerable, strict=True)])
    return found


def main() -> None:
    """Read, or take what was read, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=5, help="use every Nth question (default 5)")
    parser.add_argument("--kept", type=Path, help="file that keeps what was read; taken from there if it exists")
    options = parser.parse_args()
    if options.kept is not None and options.kept.exists():
        everything: list[Example] = pickle.loads(options.kept.read_bytes())
    else:
        everything = list(gather(options.files, options.every))
        if options.kept is not None:
            options.kept.write_bytes(pickle.dumps(everything))
    there = [one for one in everything if one.answerable]
    report(
        {
            "": [one.shown() for one in there],
            "paragraph": [one.without(one.source).shown() for one in there if one.pair != "near"],
            "article": [one.without(f"{one.article}/").shown() for one in there if one.pair != "near"],
            "near": [one.shown() for one in everything if not one.answerable],
        }
    )


if __name__ == "__main__":
    main()
