"""Scores are what one gets by hand, with intervals around them, and never NaN."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_up_evaluation import evaluation
from qa.evaluation.facts import Fact
from qa.evaluation.gate import check, load_thresholds, thresholds_from_options
from qa.evaluation.judge import Case
from qa.evaluation.metrics import METRICS, by_language, by_tag, metric, scores
from qa.evaluation.reports import REPORTS
from qa.evaluation.run import document
from qa.evaluation.statistics import auroc, calibration_error, reliability
from qa.records import Answer, Citation, Claim, Disagreement, Hit

FACT = Fact("a", "Who?", 1, language="en", expect=(("Ann",),), sources=("a",))
UNANSWERABLE = Fact("d", "Why?", 9, language="en", answerable=False)
WRONG = {"failures": ("It is wrong.",), "citations": 0, "right_citations": 0, "found": 0, "exact_quotes": 0}


def answered(text="x" * 100, confidence=0.9, **changes):
    citation = Citation(1, "a.txt", None, None, "en", 0, 3, "Ann")
    plain = Answer("Who?", "en", "answered", text, (), (citation,), 1, (), confidence, "quote", "f")
    return replace(plain, **changes)


def refused(confidence=0.1):
    return answered("", confidence, status="refused", citations=())


def hits(rank):
    """What a search found, with the answer at a rank, or nowhere."""
    return tuple(Hit("a.txt", 0, 3, "Ann" if number == rank else "Bo", 0.5) for number in range(1, 11))


def case(name="a", fact=FACT, answer=None, *, rank=1, **changes):
    plain = {"citations": 1, "right_citations": 1, "found": 1, "exact_quotes": 1, "hits": hits(rank)}
    return Case(replace(fact, id=name), answer or answered(), **(plain | changes))


@st.composite
def some_cases(draw):
    return [
        case(
            f"case-{number}",
            fact=draw(st.sampled_from([FACT, UNANSWERABLE, replace(FACT, sources=())])),
            answer=draw(st.sampled_from([answered, refused]))(confidence=draw(st.floats(0, 1))),
            failures=draw(st.sampled_from([(), ("It is wrong.",)])),
            error=draw(st.sampled_from([None, "boom"])),
            citations=draw(st.integers(0, 3)),
            right_citations=0,
            rank=draw(st.sampled_from([None, 1, 4])),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


def as_they_are(statistic, numbers, label):
    """A statistic without resampling; ``None`` where there is nothing to count."""
    numbers, label = np.array(numbers, dtype=float), np.array(label, dtype=bool)
    value = float(statistic(numbers, label, np.ones((1, len(label))))[0])
    return None if np.isnan(value) else value


def test_auroc_by_hand():
    assert as_they_are(auroc, [0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0]) == pytest.approx(3.5 / 4)
    assert as_they_are(auroc, [1], [1]) is None
    assert as_they_are(auroc, [], []) is None


def test_calibration_error_by_hand():
    # Two cases at 0.8 of which one is right (gap 0.3), one at 0.1 that is wrong (gap 0.1).
    assert as_they_are(calibration_error, [0.8, 0.8, 0.1], [1, 0, 0]) == pytest.approx((2 * 0.3 + 0.1) / 3)
    assert as_they_are(calibration_error, [], []) is None


def test_an_upper_bound_belongs_to_its_bin_and_empty_bins_are_left_out():
    bins = reliability(np.array([0.0, 0.7, 1.0]), np.array([True, True, False]))
    assert [(one.start, one.end, one.count) for one in bins] == [(0.0, 0.1, 1), (0.6, 0.7, 1), (0.9, 1.0, 1)]


def test_scores_by_hand():
    both = replace(FACT, expect=(("Ann",), ("Bo",)))
    shown = (Disagreement((Claim("1", (1,)), Claim("2", (1,)))),)
    found = scores([
        case("a", fact=both, citations=3),
        case("b", answer=answered("x" * 50), rank=4),
        case("c", answer=refused(0.9), rank=None, **WRONG),
        case("d", fact=UNANSWERABLE, answer=replace(refused(), disagreements=shown), citations=0, right_citations=0,
             found=0, exact_quotes=0),
    ])  # fmt: skip
    values = {name: score.value for name, score in found.items()}
    assert tuple(found) == tuple(METRICS)
    assert values["accuracy"] == 0.75
    assert values["answer_accuracy"] == pytest.approx(2 / 3)
    assert (values["refusal_precision"], values["refusal_recall"]) == (0.5, 1.0)
    assert (values["citation_precision"], values["citation_recall"]) == (0.5, 0.5)
    assert values["quote_exactness"] == 1.0
    assert values["confidence_auroc"] == 1.0
    assert [values[f"hit_at_{k}"] for k in (1, 3, 10)] == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert values["mrr"] == pytest.approx(1.25 / 3)
    assert values["answer_characters"] == 75
    assert values["disagreements_unexpected"] == 1
    assert values["independent_sources"] is None


def test_a_crash_counts_as_wrong_and_not_as_absent():
    crashed = Case(replace(FACT, id="b"), error="boom", failures=("No answer came: boom",), hits=hits(1))
    found = scores([case("a"), crashed])
    assert (found["accuracy"].value, found["accuracy"].count) == (0.5, 2)
    assert (found["hit_at_10"].value, found["hit_at_10"].count) == (0.5, 2)
    assert (found["refusal_precision"].count, crashed.confidence) == (0, 0)


@settings(deadline=None, max_examples=30)
@given(some_cases(), st.randoms())
def test_order_does_not_matter_and_nothing_is_nan(cases, chance: random.Random):
    shuffled = chance.sample(cases, len(cases))
    assert scores(cases) == scores(shuffled)
    json.dumps([score.to_dict() for score in scores(cases).values()], allow_nan=False)


@settings(deadline=None, max_examples=30)
@given(some_cases())
def test_the_interval_holds_the_value(cases):
    for name in ("accuracy", "hit_at_10", "confidence_auroc", "calibration_error"):
        score = scores(cases)[name]
        assert score.value is None or score.low - 1e-9 <= score.value <= score.high + 1e-9, name


def test_groups_are_sorted_and_a_case_counts_under_each_tag():
    cases = [
        case("a", fact=replace(FACT, language="fr", tags=("x", "y"))),
        case("b", fact=replace(FACT, language="de", tags=("x",)), **WRONG),
    ]
    assert list(by_language(cases)) == ["de", "fr"]
    assert {tag: found["accuracy"].value for tag, found in by_tag(cases).items()} == {"x": 0.5, "y": 1.0}


# Adding a metric, as docs/extending.md shows it: one function, and everything that shows or checks metrics knows it.


@pytest.fixture
def doubts():
    """A metric that a newcomer might add."""

    @metric("doubts", "answers given with a confidence under one half", lower_is_better=True)
    def doubtful_answers(sample):
        return sample.share(lambda case: case.confidence < 0.5, among=lambda case: not case.refused)

    yield "doubtful_answers"
    del METRICS["doubtful_answers"]


def test_an_added_metric_is_in_the_json_the_gate_and_every_report(doubts, tmp_path):
    cases = [case("a"), case("b", answer=answered(confidence=0.2)), case("c", answer=refused(), **WRONG)]
    found = document("f", "quote", cases, {"always_refuse": cases})
    assert found["summary"]["scores"][doubts] | {"low": 0, "high": 1} == {
        "value": 0.5, "low": 0, "high": 1, "count": 2,
    }  # fmt: skip
    path = tmp_path / "thresholds.yaml"
    path.write_text(f"{doubts}: {{maximum: 0.25}}", encoding="utf-8")
    (line,) = check(load_thresholds(path), found["summary"])
    assert (line.value, line.passed) == (0.5, False)
    found["summary"]["gate"] = [line.to_dict()]
    for name, report in REPORTS.items():
        shown = report(found)
        assert "doubts" in shown or doubts in shown, name
        assert "0.25" in shown, name
    with pytest.raises(Exception, match="less is better"):
        thresholds_from_options([f"{doubts}=0.5"])


def test_a_metric_has_a_name_of_its_own():
    with pytest.raises(ValueError, match="already a metric 'accuracy'"):

        @metric("accuracy", "again")
        def accuracy(sample):
            return sample.share(lambda _: True)


def test_an_added_report_is_one_of_the_files(monkeypatch):
    def csv(document):
        scores = document["summary"]["scores"]
        return "".join(f"{name},{score['value']}\n" for name, score in scores.items())

    monkeypatch.setitem(REPORTS, "scores.csv", csv)
    assert REPORTS["scores.csv"](evaluation()).startswith("accuracy,0.4\n")
