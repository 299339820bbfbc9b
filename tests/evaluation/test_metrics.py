"""Scores are what one gets by hand, with intervals around them, and never NaN."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.evaluation.metrics import NAMES, CaseScore, by_language, by_tag, scores
from qa.evaluation.statistics import auroc, expected_calibration_error, reliability


def case(name="a", **changes):
    plain = {
        "id": name, "language": "en", "tags": (), "answerable": True, "answered": True, "passed": True,
        "confidence": 0.9, "citations": 1, "right_citations": 1, "wanted": 1, "found": 1, "quotes": 1,
        "exact_quotes": 1, "independent_right": None, "retrieved_rank": 1, "retrieval_counts": True,
        "answer_characters": 100, "disagreement_found": None, "unexpected_disagreement": False,
    }  # fmt: skip
    return CaseScore(**(plain | changes))


@st.composite
def some_cases(draw):
    return [
        case(
            f"case-{number}",
            answerable=draw(st.booleans()),
            answered=draw(st.booleans()),
            passed=draw(st.booleans()),
            confidence=draw(st.floats(0, 1)),
            citations=draw(st.integers(0, 3)),
            right_citations=0,
            retrieved_rank=draw(st.sampled_from([None, 1, 4])),
            retrieval_counts=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 12)))
    ]


def test_auroc_by_hand():
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)
    assert auroc([1], []) is None
    assert auroc([], []) is None


def test_calibration_error_by_hand():
    # Two cases at 0.8 of which one is right (gap 0.3), one at 0.1 that is wrong (gap 0.1).
    assert expected_calibration_error([0.8, 0.8, 0.1], [True, False, False]) == pytest.approx((2 * 0.3 + 0.1) / 3)
    assert expected_calibration_error([], []) is None


def test_an_upper_bound_belongs_to_its_bin_and_empty_bins_are_left_out():
    assert [(one.start, one.end, one.count) for one in reliability([0.0, 0.7, 1.0], [True, True, False])] == [
        (0.0, 0.1, 1), (0.6, 0.7, 1), (0.9, 1.0, 1),
    ]  # fmt: skip


def test_scores_by_hand():
    found = scores([
        case("a", citations=3, right_citations=1, wanted=2, found=1),
        case("b", retrieved_rank=4, answer_characters=50),
        case("c", answered=False, passed=False, citations=0, right_citations=0, found=0, retrieved_rank=None,
             answer_characters=None),
        case("d", answerable=False, answered=False, confidence=0.1, citations=0, right_citations=0, wanted=0,
             found=0, retrieval_counts=False, answer_characters=None, unexpected_disagreement=True),
    ])  # fmt: skip
    values = {name: score.value for name, score in found.items()}
    assert tuple(found) == NAMES
    assert values["accuracy"] == 0.75
    assert values["answer_accuracy"] == pytest.approx(2 / 3)
    assert (values["refusal_precision"], values["refusal_recall"]) == (0.5, 1.0)
    assert (values["citation_precision"], values["citation_recall"]) == (0.5, 0.5)
    assert values["confidence_auroc"] == 1.0
    assert [values[f"hit_at_{k}"] for k in (1, 3, 10)] == pytest.approx([1 / 3, 1 / 3, 2 / 3])
    assert values["mrr"] == pytest.approx(1.25 / 3)
    assert values["answer_characters"] == 75
    assert values["disagreements_unexpected"] == 1
    assert values["independent_sources"] is None


def test_a_crash_counts_as_wrong_and_not_as_absent():
    crashed = case("b", answered=False, passed=False, confidence=0.0, retrieved_rank=None, answer_characters=None)
    found = scores([case("a"), crashed])
    assert (found["accuracy"].value, found["accuracy"].count) == (0.5, 2)
    assert (found["hit_at_10"].value, found["hit_at_10"].count) == (0.5, 2)


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
    cases = [case("a", language="fr", tags=("x", "y")), case("b", language="de", tags=("x",), passed=False)]
    assert list(by_language(cases)) == ["de", "fr"]
    assert {tag: found["accuracy"].value for tag, found in by_tag(cases).items()} == {"x": 0.5, "y": 1.0}
