"""Confidence: a probability, lower where the passage lacks what the question names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.confidence import FEATURES, confidence_features, probability

PASSAGE = "Mira Holt opened the bridge of Lommel in 2015. It cost 40 million euros."


def evidence(question, value=100.0):
    return confidence_features(question, PASSAGE, value, 0.8)


@pytest.mark.parametrize(
    ("question", "names", "numbers"),
    [
        ("When did Mira Holt open the bridge?", 0, 0),
        ("When did Mira Hold open the bridge of Lommel?", 0, 0),  # spelled otherwise
        ("When did Jon Aske open the bridge?", 1, 0),
        ("When did Mira Aske open the bridge?", 0.5, 0),
        ("What happened in 2015?", 0, 0),
        ("What happened in 2016?", 0, 1),
        ("Who is it?", 0, 0),
    ],
)
def test_missing_names_and_numbers_are_counted(question, names, numbers):
    found = dict(zip(FEATURES, evidence(question), strict=True))
    assert (found["missing_names"], found["missing_numbers"]) == (names, numbers)


# A question with a false premise has all the right words but one.
@pytest.mark.parametrize("same_language", [True, False])
@pytest.mark.parametrize("with_tokens", [True, False])
@pytest.mark.parametrize("false", ["When did Jon Aske open the bridge?", "What did Mira Holt open in 2016?"])
def test_a_false_premise_lowers_confidence(same_language, with_tokens, false):
    how = {"same_language": same_language, "with_tokens": with_tokens}
    right = evidence("When did Mira Holt open the bridge?")
    assert probability(evidence(false), **how) < probability(right, **how)


@given(st.floats(-1e6, 1e6), st.tuples(st.text(), st.text()), st.floats(0, 1), st.booleans(), st.booleans())
def test_it_is_a_probability_that_grows_with_the_sentence_s_worth(value, texts, coverage, same, tokens):
    low = confidence_features(*texts, value, coverage)
    high = confidence_features(*texts, value + 10, coverage)
    how = {"same_language": same, "with_tokens": tokens}
    assert 0 <= probability(low, **how) <= probability(high, **how) <= 1
