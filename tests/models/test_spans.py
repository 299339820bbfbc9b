"""Probabilities of spans: together 1, the best is the best, and parts are no more than the whole."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.models.spans import LONGEST_ANSWER, Reading
from qa.records import Span

LOGITS = st.floats(-8, 8, width=32)


@st.composite
def readings(draw, least=1):
    count = draw(st.integers(least, 12))
    logits = np.array(draw(st.lists(st.tuples(LOGITS, LOGITS), min_size=count, max_size=count)), dtype=np.float32)
    places = np.array([(3 * i, 3 * i + 2) for i in range(count)], dtype=np.int32)
    return Reading(places, logits.reshape(count, 2), draw(st.floats(-16, 16)))


def every_span(reading):
    """Each allowed span's tokens and its share of the odds, one by one."""
    odds = {}
    for first in range(len(reading.places)):
        for last in range(first, min(len(reading.places), first + LONGEST_ANSWER)):
            odds[first, last] = math.exp(
                float(reading.logits[first, 0]) + float(reading.logits[last, 1]) - reading.none
            )
    return odds


@given(readings())
def test_spans_and_none_are_together_certain(reading):
    odds = every_span(reading)
    assert math.exp(reading.margin) == pytest.approx(sum(odds.values()), rel=1e-3)
    assert reading.no_answer == pytest.approx(1 / (1 + sum(odds.values())), rel=1e-3)


@given(readings())
def test_the_best_span_is_the_most_probable_one(reading):
    odds = every_span(reading)
    best = reading.best()
    first, last = max(odds, key=odds.get)
    assert best.probability == pytest.approx(odds[first, last] / (1 + sum(odds.values())), rel=1e-3, abs=1e-6)
    assert (best.start, best.end) in {
        (3 * a, 3 * b + 2) for (a, b), value in odds.items() if value > 0.999 * max(odds.values())
    }


@given(readings(least=3), st.data())
def test_parts_are_at_most_as_probable_as_the_whole(reading, data):
    cut = 3 * data.draw(st.integers(1, len(reading.places) - 1))
    end = int(reading.places[-1, 1])
    parts = [math.exp(reading.log_odds(part)) for part in (Span(0, cut), Span(cut, end))]
    assert sum(parts) <= math.exp(reading.margin) * 1.001


@given(readings(least=3), st.data())
def test_the_best_span_of_a_part_is_inside_it(reading, data):
    start = 3 * data.draw(st.integers(0, len(reading.places) - 1))
    part = Span(start, int(reading.places[-1, 1]))
    best = reading.best(part)
    assert part.start <= best.start < best.end <= part.end


def test_an_empty_passage_answers_nothing():
    nothing = Reading(np.zeros((0, 2), dtype=np.int32), np.zeros((0, 2), dtype=np.float32), 0.0)
    assert nothing.best() is None
    assert nothing.margin == -math.inf
    assert nothing.no_answer == pytest.approx(1.0)


def test_a_part_without_tokens_answers_nothing():
    reading = Reading(np.array([[0, 4]], dtype=np.int32), np.zeros((1, 2), dtype=np.float32), 0.0)
    assert reading.log_odds(Span(10, 12)) == -math.inf
    assert reading.best(Span(10, 12)) is None


def test_an_answer_is_not_longer_than_allowed():
    count = LONGEST_ANSWER + 10
    logits = np.zeros((count, 2), dtype=np.float32)
    logits[0, 0] = logits[-1, 1] = 5.0
    places = np.array([(2 * i, 2 * i + 1) for i in range(count)], dtype=np.int32)
    best = Reading(places, logits, 0.0).best()
    assert best.end - best.start < 2 * LONGEST_ANSWER
