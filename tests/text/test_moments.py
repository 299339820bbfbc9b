"""Dates are found in the ways that languages write them, and one states another or does not."""

from __future__ import annotations

import datetime as dt

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from qa.text.moments import Moment, find_moments, states

DATES = st.dates(dt.date(1000, 1, 1), dt.date(2099, 12, 31))


def only(text, language):
    (found,) = find_moments(text, language)
    return found.value


@given(DATES)
@pytest.mark.parametrize(
    "language", ["en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "sv", "da", "fi", "tr", "cs"]
)
def test_a_date_is_the_same_in_every_language(language, date):
    found = only(format_date(date, "long", locale=language), language)
    assert (found.year, found.month, found.day, found.weekday) == (date.year, date.month, date.day, date.weekday())


@given(DATES)
def test_a_date_in_digits_is_read(date):
    for text, language in [(date.isoformat(), "en"), (f"{date.day}.{date.month}.{date.year}", "de")]:
        found = only(text, language)
        assert (found.year, found.month, found.day) == (date.year, date.month, date.day)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It may rain, and the march went on in May.", [Moment(month=5)]),
        ("en", "May I? Theresa May said so.", []),
        ("en", "from 3 to 5 October", [Moment(month=10, day=3), Moment(month=10, day=5)]),
        ("en", "September 17th", [Moment(month=9, day=17)]),
        ("de", "vom 3. bis 5. Mai", [Moment(month=5, day=3), Moment(month=5, day=5)]),
        ("en", "on Friday at 3:30 p.m.", [Moment(weekday=4), Moment(minutes=930)]),
        ("de", "um 15.30 Uhr", [Moment(minutes=930)]),
        ("en", "3/4/2023", [Moment(year=2023, either=frozenset((3, 4)))]),
        ("zh", "2023年9月17日", [Moment(2023, 9, 17, 6)]),
        ("en", "won 20-18 with 5.5 sacks", []),
    ],
)
def test_forms_of_dates_and_times(language, text, expected):
    assert [particular.value for particular in find_moments(text, language)] == expected


def test_a_date_states_every_component_that_is_asked_for_and_no_other():
    whole = Moment(2023, 9, 17, 6)
    assert states(whole, Moment(year=2023))
    assert states(whole, Moment(month=9))
    assert states(whole, Moment(weekday=6))
    assert not states(whole, Moment(month=9, day=18))
    assert not states(whole, Moment(weekday=5))
    assert not states(Moment(year=2023), whole)
    assert states(Moment(2023, 4, 3), Moment(year=2023, either=frozenset((3, 4))))
    assert states(Moment(minutes=930), Moment(minutes=210, twelve_hours=True))
    assert not states(Moment(minutes=930), Moment(minutes=210))


@given(st.text())
def test_any_text_is_read_and_offsets_are_right(text):
    for language in ("en", "de", "fr", None):
        for particular in find_moments(text, language):
            assert text[particular.start : particular.end] == particular.text
