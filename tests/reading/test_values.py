"""Numbers and dates as their sentences mean them, and which of them exclude each other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.values import Comparison, compare, is_opinion, is_plan, values_of


def first_value(sentence: str, language: str = "en"):
    return values_of(sentence, language)[0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("with 5,000 seats", "with five thousand seats"),
        ("with about 5,000 seats", "with 4,987 seats"),
        ("with 5.2 million seats", "with 5.21 million seats"),
        ("with more than 5,000 seats", "with 5,600 seats"),
        ("with up to 5,000 seats", "with 4,100 seats"),
        ("in 2023", "on 17 September 2023"),
        ("on 17 September", "on September 17, 2023"),
        ("in the 1990s", "in 1994"),
        ("around 1850", "in 1853"),
    ],
)
def test_the_same_or_a_less_precise_value_is_no_contradiction(first: str, second: str) -> None:
    assert compare(first_value(first), first_value(second)) is Comparison.AGREE
    assert compare(first_value(second), first_value(first)) is Comparison.AGREE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("with 5,000 seats", "with 3,000 seats"),
        ("with about 5,000 seats", "with 8,000 seats"),
        ("with 12 seats", "with 10 seats"),
        ("with over 5,000 seats", "with over 8,000 seats"),
        ("with more than 5,000 seats", "with 4,000 seats"),
        ("in 2023", "on 17 September 2021"),
        ("on 17 September", "on 18 September"),
        ("in the 1990s", "in 1985"),
        ("on Monday", "on Tuesday"),
    ],
)
def test_values_that_cannot_both_be_right_exclude_each_other(first: str, second: str) -> None:
    assert compare(first_value(first), first_value(second)) is Comparison.EXCLUDE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("5 percent", "3 seats"),
        ("the third", "three"),
        ("5 km", "3 miles"),
        ("on Monday", "in 2019"),
    ],
)
def test_what_measures_something_else_is_not_compared(first: str, second: str) -> None:
    assert compare(first_value(first), first_value(second)) is Comparison.UNRELATED


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_comparing_numbers_does_not_depend_on_the_order(one: int, other: int) -> None:
    first, second = first_value(f"{one:,} seats"), first_value(f"{other:,} seats")
    assert compare(first, second) is compare(second, first)
    assert compare(first, first) is Comparison.AGREE


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.integers(1, 4000))
def test_different_days_always_exclude_each_other(day: date, later: int) -> None:
    other = day + timedelta(days=later)
    first, second = (first_value(f"{one.day} {one:%B} {one.year}") for one in (day, other))
    assert compare(first, second) is Comparison.EXCLUDE


def test_opinions_and_plans_are_known_by_their_words() -> None:
    assert is_opinion("He believes that it will rain.", "en")
    assert not is_opinion("It rains.", "en")
    assert is_plan("The city plans to build 300 flats.", "en")
    assert is_plan("Die Stadt will 300 Wohnungen bauen.", "de")
    assert not is_plan("The city has built 240 flats.", "en")
    assert not is_plan("300", None)
