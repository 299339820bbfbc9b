"""Numbers are read as the language means them: separators, words, ordinals, units, decades, Roman numerals."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text.moments import Moment
from qa.text.number_words import read_number
from qa.text.numbers import find_numbers
from qa.text.quantity import Quantity, parse_digits, roman_value, same_quantity


def values(text, language):
    return [
        particular.value.year if isinstance(particular.value, Moment) else particular.value.amount
        for particular in find_numbers(text, language)
    ]


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
        ("1.2.3", "en", "1.2.3"),
    ],
)
def test_separators_mean_what_they_mean_in_the_language(written, language, value):
    assert parse_digits(written, language) == value


@given(st.integers(0, 10**12))
def test_grouped_digits_are_the_number_in_both_conventions(number):
    english = f"{number:,}"
    assert parse_digits(english, "en") == number
    assert parse_digits(english.replace(",", "."), "de") == number
    assert values(f"es waren {english.replace(',', ' ')} Menschen", "de") == [number]


@pytest.mark.parametrize(
    ("language", "words", "value"),
    [
        ("en", "one hundred and twenty three thousand", 123_000),
        ("en", "nineteen ninety five", 1995),
        ("en", "two thirds", Fraction(2, 3)),
        ("de", "neunzehnhundertfünfundneunzig", 1995),
        ("de", "zweihundertdreiundvierzigtausend", 243_000),
        ("de", "zwei billionen", 2 * 10**12),
        ("en", "two billion", 2 * 10**9),
        ("fr", "quatre vingt dix neuf", 99),
        ("fr", "soixante et onze", 71),
        ("fr", "mille neuf cent quatre vingt dix huit", 1998),
        ("es", "cinco mil millones", 5 * 10**9),
        ("it", "trecentocinquantuno", 351),
        ("nl", "tweeentwintig", 22),
        ("pt", "vinte e tres", 23),
    ],
)
def test_number_words_make_numbers(language, words, value):
    read = read_number([word.replace("ü", "u") for word in words.split()], language)
    assert read is not None
    assert (read.value, read.length) == (value, len(words.split()))


@pytest.mark.parametrize(
    ("language", "word"), [("en", "tent"), ("de", "dreist"), ("it", "settembre"), ("fr", "centre")]
)
def test_a_word_that_begins_like_a_number_is_none(language, word):
    assert read_number([word], language) is None


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "F-16 jets and COVID-19, a 3D map of v1.2.3", []),
        ("en", "6½ of 88 in 1990–95", [Fraction(13, 2), 88, 1990, 1995]),
        ("en", "US$5bn and €3 million", [5 * 10**9, 3 * 10**6]),
        ("de", "1,5 Mio. Euro", [1_500_000]),
        ("de", "der 3. von fünfundzwanzig", [3, 25]),
        ("fr", "le XIXe siècle", [19]),
        ("en", "Henry V after World War II", [5, 2]),
        ("en", "I said MIX and CIVIL", []),
        ("en", "the machine Turing M and Vitamin C", []),
        ("zh", "5万人", [50_000]),
        ("en", "-5 degrees Celsius", [-5]),
    ],
)
def test_numbers_stand_among_words(language, text, expected):
    assert values(text, language) == expected


def same(first, second, languages=("en", "en")):
    (one,), (other,) = (find_numbers(text, language) for text, language in zip((first, second), languages, strict=True))
    return same_quantity(one.value, other.value)


def test_units_of_one_dimension_tell_equal_numbers_apart():
    assert same("5 km", "5 kilometres")
    assert not same("5 km", "5 miles")
    assert same("5 km", "5")
    assert not same("5 percent", "5")
    assert same("5 per cent", "5 Prozent", ("en", "de"))
    assert not same("$5", "€5")


def test_a_unit_may_stand_with_the_last_of_a_series():
    five, ten = find_numbers("from 5 to 10 percent", "en")
    assert same_quantity(five.value, Quantity(Fraction(5), unit="percent"))
    assert same_quantity(five.value, Quantity(Fraction(5)))
    assert not same_quantity(ten.value, Quantity(Fraction(10)))


def test_ordinals_and_decades_are_not_counts():
    assert same("the third", "dritte", ("en", "de"))
    assert same("3rd", "3. Platz", ("en", "de"))
    assert not same("third-rate", "three")
    assert same("the 1990s", "90er Jahre", ("en", "de"))
    assert not same("the 1990s", "1980s")
    assert not same("the 90s", "90 men")


ROMAN = {
    "M": 1000,
    "CM": 900,
    "D": 500,
    "CD": 400,
    "C": 100,
    "XC": 90,
    "L": 50,
    "XL": 40,
    "X": 10,
    "IX": 9,
    "V": 5,
    "IV": 4,
    "I": 1,
}


@given(st.integers(1, 3999))
def test_roman_numerals_are_read_back(number):
    rest, numeral = number, ""
    for letters, value in ROMAN.items():
        numeral, rest = numeral + letters * (rest // value), rest % value
    assert roman_value(numeral) == number


@given(st.text())
def test_any_text_is_read_and_offsets_are_right(text):
    for language in ("en", "de", "fr", None):
        for particular in find_numbers(text, language):
            assert text[particular.start : particular.end] == particular.text
