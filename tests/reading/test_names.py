"""Names are found by their shape, and matched over spelling, inflection, script and translation, but never confused."""

from __future__ import annotations

import pytest

from qa.reading.name_words import find_names
from qa.reading.names import name_words
from qa.reading.places import place_of_word
from qa.reading.same_name import same_name
from qa.text.locale_names import country_adjectives, place_names
from qa.text.words import fold


def names(text, language):
    return [(name.text, name.certain) for name in find_names(name_words(text, language), text)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Leaders met Joe Biden in Almaty.", [("Leaders", False), ("Joe Biden", True), ("Almaty", True)]),
        ("en", "The iPhone and the F16, said NATO", [("iPhone", True), ("F16", True), ("NATO", True)]),
        ("en", "It was Ludwig van Beethoven’s house.", [("Ludwig van Beethoven", True)]),
        ("en", "The U.S. sent J. K. Smith.", [("U.S.", True), ("J. K. Smith", True)]),
        ("de", "Die Regierung lobte das Gesetz.", [("Regierung", False), ("Gesetz", False)]),
        (
            "de",
            "Gestern traf Präsident Kowalke die NATO.",
            [("Gestern", False), ("Präsident Kowalke", True), ("NATO", True)],
        ),
        ("de", "Er reiste nach Kasachstan.", [("Kasachstan", True)]),
        ("ar", "التقى Biden الرئيس", [("Biden", True)]),
        ("en", "NEWS IN CAPITALS HERE", [("NEWS", False), ("CAPITALS", False)]),
    ],
)
def test_names_by_shape(language, text, expected):
    assert [found for found in names(text, language) if found[0] != "HERE"] == expected


@pytest.mark.parametrize(
    ("first", "one", "second", "other"),
    [
        ("Tschaikowski", "de", "Tchaikovsky", "en"),
        ("Wladimir", "de", "Vladimir", "en"),
        ("Selenskyj", "de", "Zelensky", "en"),
        ("Chruschtschow", "de", "Khrushchev", "en"),
        ("Путин", "ru", "Putin", "en"),
        ("Горбачёв", "ru", "Gorbachev", "en"),
        ("Θεσσαλονίκη", "el", "Thessaloniki", "en"),
        ("Aristotle", "en", "Aristoteles", "de"),
        ("Normans", "en", "Normannen", "de"),
        ("Norman", "en", "Normandy", "en"),
        ("European", "en", "europäischen", "de"),
        ("Luthers", "de", "Luther", "de"),
    ],
)
def test_one_name_in_two_spellings(first, one, second, other):
    assert same_name(fold(first), one, fold(second), other)
    assert same_name(fold(second), other, fold(first), one)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Johnson", "Johnston"),
        ("Austria", "Australia"),
        ("Iran", "Iraq"),
        ("Slovakia", "Slovenia"),
        ("Kazakhstan", "Tajikistan"),
        ("Uzbekistan", "Pakistan"),
        ("Maria", "Mario"),
        ("Julia", "Julian"),
        ("Hansen", "Hanson"),
        ("Newton", "Newman"),
    ],
)
@pytest.mark.parametrize("other", ["en", "de"])
def test_two_names_that_look_alike(first, second, other):
    assert not same_name(fold(first), "en", fold(second), other)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ([("Kazakh", "en"), ("Kasachstan", "de"), ("kasachischen", "de"), ("Kazakhstan", "fr")], "territory:KZ"),
        ([("British", "en"), ("Briten", "de"), ("Britain", "en"), ("britisches", "de")], "territory:GB"),
        ([("Swiss", "en"), ("Schweizer", "de"), ("suisse", "fr")], "territory:CH"),
        ([("Nigerian", "en"), ("Nigeria", "de")], "territory:NG"),
        ([("Niger", "en"), ("Nigers", "de")], "territory:NE"),
        ([("Warsaw", "en"), ("Warschauer", "de")], "city:Europe/Warsaw"),
        ([("Rom", "de"), ("Rome", "fr")], "city:Europe/Rome"),
    ],
)
def test_places_are_known_in_every_language_with_their_adjectives(words, key):
    for word, language in words:
        assert key in place_of_word(fold(word), language), word


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_no_country_is_taken_for_another(language):
    for name, key in place_names(language).items():
        if key.startswith("territory:") and name.isalpha() and len(name) > 3:
            assert key in place_of_word(name, language)
            assert len({found for found in place_of_word(name, language) if found.startswith("territory:")}) <= 2


def test_what_belongs_to_several_countries_is_no_place():
    for word in ("dollar", "franc", "pound", "rupee"):
        assert word not in country_adjectives("en")
    assert country_adjectives("en")["british"] == "territory:GB"


def test_codes_count_only_in_capitals():
    assert not place_of_word("us", "en")
    assert "territory:US" in place_of_word("us", "en", in_capitals=True)
