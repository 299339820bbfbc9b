"""Confidence: a probability that grows with what the reader and retrieval find."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.confidence import Signs, probability

SURE = Signs(reading=6.0, similarity=1.9, other_language=False)
UNSURE = Signs(reading=-6.0, similarity=1.6, other_language=False)


def test_a_sure_answer_is_given_and_an_unsure_one_is_not():
    assert probability(SURE) > 0.8
    assert probability(UNSURE) < 0.2


@pytest.mark.parametrize("what", ["reading", "similarity"])
@given(value=st.floats(-12, 12), more=st.floats(0, 5))
def test_it_is_a_probability_that_grows_with_the_evidence(what, value, more):
    low, high = (probability(replace(SURE, **{what: amount})) for amount in (value, value + more))
    assert 0 <= low <= high <= 1
