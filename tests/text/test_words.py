"""Terms: what BM25 sees of a text."""

from hypothesis import given
from hypothesis import strategies as st

from qa.text.words import content_words, fold, query_terms, terms


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_inflected_words_share_a_term():
    assert set(terms("Der Vertrag des Ministers", "de")) & set(terms("die Verträge der Minister", "de")) >= {"minist"}
    assert terms("meetings", "en") == terms("meeting", "en")


def test_numbers_stay_whole():
    assert "1,250.5" in terms("It cost 1,250.5 dollars", "en")


def test_a_question_drops_function_words_unless_nothing_else_is_left():
    assert query_terms("Who is the minister?", "en", ["en"]) == ["minist"]
    assert query_terms("Who is it?", "en", ["en"])


def test_a_question_is_stemmed_for_every_language_of_the_index():
    found = query_terms("Welche Verträge gelten?", "de", ["en", "de"])
    assert set(terms("Verträge", "de")) <= set(found)
    assert set(terms("Verträge", "en")) <= set(found)


def test_a_language_without_stemmer_keeps_its_words():
    assert terms("Praha hlavní", "cs") == ["praha", "hlavni"]


def test_content_words_have_no_repeats():
    assert content_words("the dog and the dog", "en") == ["dog"]
