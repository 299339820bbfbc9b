"""What a model wrote, read as sentences with citations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.model_text import read_sentences, refuses, repeats


def read(text, passages=5, language="en"):
    return [(sentence.text, sentence.cited) for sentence in read_sentences(text, passages, language)]


@pytest.mark.parametrize(
    "mark",
    [
        "[1, 3]",
        "[1][3]",
        "[1] [3]",
        "(1)(3)",
        "(1, 3)",
        "【1】【3】",
        "[Source 1, 3]",
        "[1 and 3]",
        "[^1][^3]",
        "【1†a】[3]",
    ],
)
def test_every_way_of_citing_is_read(mark):
    assert read(f"The bridge opened in May {mark}. It is long.") == [
        ("The bridge opened in May.", (1, 3)),
        ("It is long.", ()),
    ]
    assert read(f"The bridge opened in May. {mark} It is long.") == [
        ("The bridge opened in May.", (1, 3)),
        ("It is long.", ()),
    ]
    assert read(f"The bridge opened in May.{mark}") == [("The bridge opened in May.", (1, 3))]


def test_a_range_is_all_of_its_numbers():
    assert read("The bridge is long [2-4].") == [("The bridge is long.", (2, 3, 4))]


def test_a_mark_that_begins_a_line_belongs_to_what_follows():
    assert read("[1] Tolls rose.\n[2] Traffic fell.") == [("Tolls rose.", (1,)), ("Traffic fell.", (2,))]


def test_numbers_of_no_passage_are_dropped():
    assert read("Tolls rose [9]. Traffic fell [0][2].") == [("Tolls rose.", ()), ("Traffic fell.", (2,))]


def test_a_number_in_round_brackets_that_is_no_passage_is_text():
    assert read("It opened late (1995) and cost more (12, 3).") == [
        ("It opened late (1995) and cost more (12, 3).", ())
    ]


def test_markdown_and_html_become_plain_text():
    linked = "**Tolls** [rose](http://example.invalid/x) `twice` [1](http://example.invalid)."
    written = f"## Answer\n{linked}\n- <b>Traffic</b> fell\n"
    assert read(written) == [("Answer", ()), ("Tolls rose twice.", (1,)), ("Traffic fell", ())]


def test_images_scripts_and_invisible_characters_are_gone():
    written = "![stolen](http://example.invalid/?q=secret)<script>alert(1)</script>Tolls\u202e ro\u200bse\x1b[31m [1]."
    ((text, cited),) = read(written)
    assert cited == (1,)
    assert text.startswith("Tolls rose")
    assert not set(text) & set("\u202e\u200b\x1b<>!")


def test_a_list_loses_its_numbers_and_a_date_does_not():
    assert read("1. Tolls rose [1].\n2. Traffic fell [2].") == [("Tolls rose.", (1,)), ("Traffic fell.", (2,))]
    assert read("3. Oktober 1990 war ein Feiertag [1].", language="de") == [("3. Oktober 1990 war ein Feiertag.", (1,))]


@pytest.mark.parametrize("nothing", ["", " \n ", "[1]", "**", "[1] [2]\n"])
def test_nothing_written_is_no_sentence(nothing):
    assert read(nothing) == []


@given(st.text(alphabet=st.sampled_from("aB1 .,[]()【】!\n*#<>`-–3?\u200b"), max_size=80), st.integers(1, 9))
def test_whatever_is_written_citations_are_of_passages_and_text_is_plain(text, passages):
    for sentence in read_sentences(text, passages, "en"):
        assert all(1 <= number <= passages for number in sentence.cited)
        assert len(set(sentence.cited)) == len(sentence.cited)
        assert "\u200b" not in sentence.text
        assert "\n" not in sentence.text
        assert sentence.text == sentence.text.strip() != ""


@pytest.mark.parametrize(
    "sentence",
    [
        "The passages do not mention the price.",
        "The provided text doesn't say who won.",
        "I cannot find this in the passages.",
        "There is no information about the mayor.",
        "Die Texte nennen keine Zahl.",
        "Dazu gibt es keine Angaben in den Artikeln.",
        "Les textes ne le disent pas.",
        "Los textos no lo dicen.",
        "I testi non lo dicono.",
        "Os textos não o dizem.",
        "De teksten zeggen dat niet.",
    ],
)
def test_a_refusal_in_a_models_own_words_is_known(sentence):
    assert refuses(sentence)


@pytest.mark.parametrize(
    "sentence",
    ["The minister did not say when.", "Kazakhstan has not condemned the war.", "Er sagt nicht, wann.", "No one died."],
)
def test_what_the_articles_deny_is_no_refusal(sentence):
    assert not refuses(sentence)


def test_a_question_again_is_no_answer():
    assert repeats("Who built the crane", "Who built the crane?")
    assert repeats("Shall I go on?", "Who built the crane?")
    assert not repeats("Ida Brandt built the crane.", "Who built the crane?")
