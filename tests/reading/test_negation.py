"""A lost or added negation is noticed; what only looks like one is none."""

from __future__ import annotations

import pytest

from qa.reading.negation import differing_negations, find_negations, opposites_swapped


def strong(text, language):
    return [negation.text for negation in find_negations(text, language) if negation.certain]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "He did not come, and nobody didn’t see it.", ["not", "nobody", "didn’t"]),
        ("en", "Not only the first, no later than No. 5, no doubt.", []),
        ("de", "Sie kam nicht nur spät, sondern auch ohne Geld.", ["ohne"]),
        ("de", "Kein Land hat jemals abgelehnt.", ["Kein"]),
        ("fr", "Il n'est pas venu.", ["n'est", "pas"]),
        ("es", "No solo vino, sin embargo habló.", []),
        ("ru", "Он не пришёл", ["не"]),
    ],
)
def test_negations_of_a_language(language, text, expected):
    assert strong(text, language) == expected


@pytest.mark.parametrize(
    ("claim", "evidence", "languages"),
    [
        ("The summit is against a country.", "The summit is not against any country.", ("en", "en")),
        ("The law was not passed.", "The law was passed.", ("en", "en")),
        ("Das Gesetz wurde nicht beschlossen.", "The law was passed.", ("de", "en")),
        ("The law was passed.", "Das Gesetz wurde nie beschlossen.", ("en", "de")),
    ],
)
def test_a_difference_is_certain_where_each_says_one_thing(claim, evidence, languages):
    (found,) = differing_negations(claim, languages[0], evidence, languages[1])
    assert found.certain
    assert found.text in claim + evidence


def test_a_negation_in_another_clause_is_no_difference():
    evidence = "The minister did not travel to the meeting, but the president signed the new treaty in Paris."
    assert not differing_negations("The president signed the new treaty in Paris.", "en", evidence, "en")
    assert differing_negations("The minister did travel to the meeting.", "en", evidence, "en")


def test_denying_is_a_way_of_saying_not():
    assert not differing_negations("He did not agree to the plan.", "en", "He refused to agree to the plan.", "en")


@pytest.mark.parametrize(
    ("claim", "evidence", "languages", "expected"),
    [
        ("Exports rose before the vote.", "Exports fell after the vote.", ("en", "en"), ["rose", "before"]),
        ("Exports rose.", "Exports rose, then fell.", ("en", "en"), []),
        ("Die Exporte stiegen.", "Exports fell.", ("de", "en"), ["stiegen"]),
        ("Exports rose.", "Exports were counted.", ("en", "en"), []),
    ],
)
def test_opposites_are_noticed(claim, evidence, languages, expected):
    found = opposites_swapped(claim, languages[0], evidence, languages[1])
    assert [particular.text for particular in found] == expected
    assert all(particular.certain is (languages[0] == languages[1]) for particular in found)
