"""Dates are found in the ways that languages write them."""

from __future__ import annotations

import datetime as dt

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from qa.text.dates import find_dates

DATES = st.dates(dt.date(1000, 1, 1), dt.date(2099, 12, 31))


def only(text, language):
    (found,) = find_dates(text, language)
    return found


@given(DATES)
@pytest.mark.parametrize(
    "language", ["en", "de", "fr", "es", "it", "pt", "nl", "ru", "pl", "sv", "da", "fi", "tr", "cs"]
)
def test_a_date_is_the_same_in_every_language(language, date):
    assert only(format_date(date, "long", locale=language), language).complete == date


@given(DATES, st.sampled_from(["en", "de", "fr", "es", "it", "pt", "nl"]))
def test_a_complete_date_is_read_without_knowing_the_language(date, language):
    assert only(format_date(date, "long", locale=language), None).complete == date


@given(DATES)
def test_a_date_in_digits_is_read(date):
    for text, language in [(date.isoformat(), "en"), (f"{date.day}.{date.month}.{date.year}", "de")]:
        assert only(text, language).complete == date


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It may rain, and the march went on in June.", [(None, 6, None)]),
        ("en", "May I? Theresa May said so.", []),
        ("en", "from 3 to 5 October", [(None, 10, 3), (None, 10, 5)]),
        ("en", "September 17th", [(None, 9, 17)]),
        ("de", "vom 3. bis 5. Mai", [(None, 5, 3), (None, 5, 5)]),
        ("zh", "2023年9月17日", [(2023, 9, 17)]),
        ("en", "won 20-18 with 5.5 sacks", []),
    ],
)
def test_forms_of_dates(language, text, expected):
    assert [(found.year, found.month, found.day) for found in find_dates(text, language)] == expected


def test_a_numeric_date_that_two_continents_read_differently_keeps_both_readings():
    found = only("3/4/2023", "en")
    assert (found.year, found.month, found.day, found.either) == (2023, None, None, (3, 4))
    assert only("3/14/2023", "en").complete == dt.date(2023, 3, 14)
    assert only("3/4/2023", "fr").complete == dt.date(2023, 4, 3)


def test_weekdays_have_their_capital():
    assert [found.weekday for found in find_dates("on Friday, not on the friday club", "en")] == [4]


@given(st.text())
def test_any_text_is_read_and_offsets_are_right(text):
    for language in ("en", "de", "fr", None):
        for found in find_dates(text, language):
            assert text[found.start : found.end] == found.text
