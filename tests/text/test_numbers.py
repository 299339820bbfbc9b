"""Numbers are read as the language means them: separators, words, ordinals, units, decades."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text.numbers import find_numbers, parse_digits


def amounts(text, language):
    return [found.amount for found in find_numbers(text, language)]


def only(text, language="en"):
    (found,) = find_numbers(text, language)
    return found


@pytest.mark.parametrize(
    ("written", "language", "value"),
    [
        ("1,234", "en", 1234),
        ("1,234", "de", Fraction(1234, 1000)),
        ("1.234", "de", 1234),
        ("1.234", "en", Fraction(1234, 1000)),
        ("1.234,5", "de", Fraction(12345, 10)),
        ("1,234.5", "en", Fraction(12345, 10)),
        ("1.234.567", "en", 1234567),
        ("12,34,567", "en", 1234567),
        ("1’234", "de", 1234),
        ("3,5", "en", Fraction(7, 2)),
        ("0,123", "en", Fraction(123, 1000)),
        ("١٢٣", "ar", 123),
        ("1.2.3", "en", None),
    ],
)
def test_separators_mean_what_they_mean_in_the_language(written, language, value):
    assert parse_digits(written, language) == value


@given(st.integers(0, 10**12))
def test_grouped_digits_are_the_number_in_both_conventions(number):
    english = f"{number:,}"
    assert parse_digits(english, "en") == number
    assert parse_digits(english.replace(",", "."), "de") == number
    assert amounts(f"es waren {english.replace(',', ' ')} Menschen", "de") == [number]


@pytest.mark.parametrize(
    ("language", "words", "value"),
    [
        ("en", "one hundred and twenty three thousand", 123_000),
        ("en", "twenty-one", 21),
        ("de", "neunzehnhundertfünfundneunzig", 1995),
        ("de", "zweihundertdreiundvierzigtausend", 243_000),
        ("de", "zwei Billionen", 2 * 10**12),
        ("en", "two billion", 2 * 10**9),
        ("fr", "quatre vingt dix neuf", 99),
        ("fr", "mille neuf cent quatre-vingt-dix-huit", 1998),
        ("es", "cinco mil millones", 5 * 10**9),
        ("it", "trecentocinquantuno", 351),
        ("nl", "tweeëntwintig", 22),
        ("pt", "vinte e três", 23),
    ],
)
def test_number_words_make_numbers(language, words, value):
    found = only(words, language)
    assert (found.amount, found.text, found.in_words) == (value, words, True)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "US$5bn and €3 million", [5 * 10**9, 3 * 10**6]),
        ("de", "1,5 Mio. Euro", [1_500_000]),
        ("de", "der 3. von fünfundzwanzig", [3, 25]),
        ("en", "88 in 1990–95", [88, 1990, 1995]),
        ("en", "I said MIX and CIVIL, a tent, v1.2.3", []),
        ("zh", "5万人", [50_000]),
        ("ru", "три и 4", [4]),
    ],
)
def test_numbers_stand_among_words(language, text, expected):
    assert amounts(text, language) == expected


def test_units_are_known_in_the_language():
    assert only("5 km").unit == only("5 kilometres").unit == only("5 Kilometer", "de").unit is not None
    assert only("5 km").unit != only("5 miles").unit is not None
    assert only("5 per cent").unit == only("5 Prozent", "de").unit == only("5%").unit == "percent"
    assert [only(text).unit for text in ("$5", "€5", "EUR 5", "5 euros", "5 dollars")] == [
        "USD", "EUR", "EUR", "EUR", "USD"
    ]  # fmt: skip
    assert only("5 seats").unit is None


def test_a_unit_may_stand_with_the_last_of_a_series():
    assert [found.unit for found in find_numbers("from 5 to 10 percent", "en")] == ["percent", "percent"]


def test_ordinals_and_decades_are_not_counts():
    assert only("the third").ordinal
    assert only("dritte", "de").ordinal
    assert only("the 3rd").ordinal
    assert not only("three").ordinal
    assert only("the 1990s").decade
    assert only("90er Jahre", "de").decade
    assert not only("90 men").decade


def test_four_digits_may_be_a_year():
    assert only("in 1995").year == 1995
    assert only("1,995 men").year is only("1995 km").year is only("the 90s").year is None


@given(st.text())
def test_any_text_is_read_and_offsets_are_right(text):
    for language in ("en", "de", "fr", None):
        for found in find_numbers(text, language):
            assert text[found.start : found.end] == found.text
