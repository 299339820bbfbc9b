"""The guards: numbers, dates and negations of a claim are in its evidence, in whatever notation and language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.guards import missing, values


@pytest.mark.parametrize(
    ("claim", "of", "evidence", "in_language"),
    [
        ("It cost 12 million.", "en", "Es kostete 12.000.000 Euro.", "de"),
        ("Es kamen zwölf Leute.", "de", "12 people came.", "en"),
        ("Twelve people came.", "en", "Il y avait 12 personnes.", "fr"),
        ("It opened in May 2021.", "en", "Die Brücke wurde am 4. Mai 2021 eröffnet.", "de"),
        ("It opened on 4 May.", "en", "It opened on 04.05.2021.", "de"),
        ("It rose by 5.5 percent.", "en", "Es stieg um 5,5 Prozent.", "de"),
        ("One man came.", "en", "A man came.", "en"),
        ("In 1995 it closed.", "en", "It was open in 1990–95.", "en"),
        ("No one came.", "en", "Niemand kam.", "de"),
        ("No vio nada.", "es", "He did not see anything.", "en"),
        ("It isn't open.", "en", "It is not open.", "en"),
        ("Three came.", "en", "Пришли трое.", "ru"),
    ],
)
def test_what_the_evidence_says_otherwise_is_not_missing(claim, of, evidence, in_language):
    assert missing(claim, of, evidence, in_language) == ()


@pytest.mark.parametrize(
    ("claim", "of", "evidence", "in_language", "what"),
    [
        ("It cost 13 million.", "en", "It cost 12 million.", "en", "13 million"),
        ("It cost 12 billion.", "en", "It cost 12 million.", "en", "12 billion"),
        ("Es kamen zwölf Leute.", "de", "13 people came.", "en", "zwölf"),
        ("It opened on 5 May 2021.", "en", "It opened on 4 May 2021.", "en", "5 May 2021"),
        ("It opened in June.", "en", "It opened in July.", "en", "June"),
        ("It opened in 2020.", "en", "It opened on 4 May 2021.", "en", "2020"),
        ("It was not built.", "en", "Es wurde gebaut.", "de", "not"),
        ("It was built.", "en", "Es wurde nicht gebaut.", "de", "nicht"),
    ],
)
def test_what_the_evidence_lacks_is_named(claim, of, evidence, in_language, what):
    assert missing(claim, of, evidence, in_language) == (what,)


@given(st.text(max_size=200), st.sampled_from(["en", "de", "fr", "ru", None]))
def test_any_text_is_its_own_evidence_and_offsets_are_right(text, language):
    assert missing(text, language, text, language) == ()
    for value in values(text, language):
        assert text[value.start : value.end] == value.text
