"""No particular that the evidence lacks passes, in one language or two; a true sentence raises no alarm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.particulars import ParticularKind, missing, particulars

EVIDENCE = (
    "US President Joe Biden will meet the leaders of Kazakhstan and Niger on 17 September 2023, and 12 of 15 experts "
    "of the Collective Security Treaty Organization expect 5 percent growth."
)
SAME = [
    "Biden meets leaders of Kazakhstan.",
    "The Kazakh leader meets Joe Biden in September.",
    "On Sunday, twelve of the fifteen experts met Biden.",
    "Experts of the CSTO expect 5% growth in 2023.",
    "Biden’s meeting is on the 17th of September.",
]
FALSE = [
    ("Biden meets leaders of Tajikistan.", "Tajikistan"),
    ("Biden meets leaders of Nigeria.", "Nigeria"),
    ("Leaders meet Jill Biden.", "Jill"),
    ("Leaders meet Joe Bidden-Smith.", "Smith"),
    ("Biden meets them on 18 September.", "18 September"),
    ("Biden meets them in October.", "October"),
    ("Biden meets them on Monday.", "Monday"),
    ("Biden meets them in 2022.", "2022"),
    ("Thirteen experts expect growth.", "Thirteen"),
    ("The experts expect 5 growth.", "5"),
    ("Experts of NATO expect growth.", "NATO"),
    ("Biden will not meet the leaders of Kazakhstan.", "not"),
    ("Half of 150 experts expect growth.", "150"),
]
GERMAN = [
    "US-Präsident Joe Biden trifft die Staatschefs von Kasachstan und Niger.",
    "Biden trifft sie am 17.09.2023, einem Sonntag.",
    "Zwölf von 15 Experten erwarten 5 Prozent Wachstum.",
    "Der kasachische Präsident trifft Biden.",
]
GERMAN_FALSE = [
    ("Joe Biden trifft den Präsidenten von Tadschikistan.", "Tadschikistan"),
    ("Biden trifft sie am 18.09.2023.", "18.09.2023"),
    ("Dreizehn von 15 Experten erwarten Wachstum.", "Dreizehn"),
    ("Biden trifft die Staatschefs von Kasachstan nicht.", "nicht"),
    ("Die NATO erwartet Wachstum.", "NATO"),
    ("Wladimir Putin trifft die Staatschefs.", "Wladimir"),
]


@pytest.mark.parametrize(
    ("claim", "language"), [*((claim, "en") for claim in SAME), *((claim, "de") for claim in GERMAN)]
)
def test_what_the_evidence_says_is_not_missing(claim, language):
    assert not [particular for particular in missing(claim, language, EVIDENCE, "en") if particular.certain]


@pytest.mark.parametrize(
    ("claim", "language", "wrong"),
    [*((*row[:1], "en", row[1]) for row in FALSE), *((*row[:1], "de", row[1]) for row in GERMAN_FALSE)],
)
def test_what_the_evidence_does_not_say_is_missing(claim, language, wrong):
    certain = [particular for particular in missing(claim, language, EVIDENCE, "en") if particular.certain]
    assert any(wrong in particular.text or particular.text in wrong for particular in certain), certain
    for particular in certain:
        assert claim[particular.start : particular.end] == particular.text


def test_a_number_inside_another_does_not_count():
    for claim in ("It was 19.", "It was 5.", "It was 95."):
        assert missing(claim, "en", "In 1995 there were 1.5 and 195 of them.", "en")


def test_a_year_and_a_count_are_the_same_digits_but_a_decade_is_neither():
    assert not missing("There were 2,000 people.", "en", "There were 2000 people.", "en")
    assert missing("It was in 1990.", "en", "It was in the 1990s.", "en")


def test_a_name_absent_from_a_script_without_capitals_is_not_certain():
    (found,) = [item for item in missing("Then Sullivan spoke.", "en", "ثم تحدث المستشار", "ar") if item.kind == "name"]
    assert not found.certain
    assert not missing("It was in Kazakhstan.", "en", "كان ذلك في كازاخستان", "ar")


def test_a_compound_begins_or_ends_with_a_name_but_a_country_does_not_begin_another():
    assert not missing("Luther wrote it.", "en", "Es steht in der Lutherbibel.", "de")
    assert not missing("It was in California.", "en", "Es war in Südkalifornien.", "de")
    assert missing("It was in Russia.", "en", "Es war in Belarus.", "de")
    assert missing("It was in Austria.", "en", "It was in Austrasia and Australia.", "en")
    assert missing("It was Dominican.", "en", "It was in Dominica.", "en")
    assert missing("It was in Guinea.", "en", "Es war in Äquatorialguinea.", "de")


def test_a_translation_may_change_titles_and_ordinary_words_but_not_persons():
    evidence = "Sullivan sprach in Almaty."
    for claim, expected in [
        ("Then Chancellor Sullivan spoke.", [("Chancellor", False)]),
        ("Then Sullivan of the Supreme Court spoke.", [("Supreme Court", False)]),
        ("Then Jake Sullivan spoke.", [("Jake", True)]),
    ]:
        found = missing(claim, "en", evidence, "de")
        assert [(particular.text, particular.certain) for particular in found] == expected


def test_a_body_is_its_acronym_both_ways():
    long, short = "The Collective Security Treaty Organization met.", "The CSTO met."
    assert not missing(long, "en", short, "en")
    assert not missing(short, "en", long, "en")
    assert missing(long, "en", "The NATO met.", "en")


def test_german_nouns_are_not_names_that_english_lacks():
    assert not missing("Menschen mit Verteidigung und Sicherheit halfen der Stadt.", "de", "They helped.", "en")
    assert not missing("Dann half der Kowalke.", "de", "Then they helped.", "en")
    (found,) = missing("Dann half Kowalke.", "de", "Then they helped.", "en")
    assert (found.text, found.certain) == ("Kowalke", False)


def test_particulars_come_in_order_with_their_kinds():
    found = particulars("In May 2023, Joe Biden did not send 5 men.", "en")
    assert [particular.kind for particular in found] == [
        ParticularKind.DATE,
        ParticularKind.NAME,
        ParticularKind.NEGATION,
        ParticularKind.NUMBER,
    ]


WORDS = [
    "Biden",
    "not",
    "5",
    "five",
    "Mai",
    "May",
    "1995",
    "Kasachstan",
    "and",
    "der",
    "Der",
    "U.S.",
    "17.",
    "XIV",
    "%",
    ",",
    "but",
    "nie",
]
SENTENCES = st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join))
LANGUAGES = st.sampled_from(["en", "de", "fr", "ru", "zh", "xx", None])


@given(SENTENCES, LANGUAGES)
def test_a_sentence_is_its_own_evidence(sentence, language):
    assert not missing(sentence, language, sentence, language)


@given(SENTENCES, LANGUAGES)
def test_offsets_are_right(sentence, language):
    for particular in particulars(sentence, language):
        assert sentence[particular.start : particular.end] == particular.text
        hash(particular)


@given(SENTENCES, SENTENCES, LANGUAGES, LANGUAGES)
def test_whatever_the_two_say_they_can_be_compared(claim, evidence, one, other):
    for particular in missing(claim, one, evidence, other):
        sentence = claim if claim[particular.start : particular.end] == particular.text else evidence
        assert sentence[particular.start : particular.end] == particular.text
