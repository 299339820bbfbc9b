"""Copies are found, and articles that only tell the same events are not taken for copies."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa.index.duplicates import ComparableArticle, best_alignment, find_relation, group_copies
from qa.records import CopyPair, Span
from qa.text.words import words

WORDS = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "sigma",
    "tau",
]


def article(source, text, vectors, language="en"):
    lengths = np.full(len(vectors), 100, dtype=np.float32)
    return ComparableArticle(source, language, tuple(words(text)), lengths, np.array(vectors, dtype=np.float32))


def directions(*angles):
    return [(np.cos(angle), np.sin(angle)) for angle in angles]


def axes(order, size=8):
    return np.eye(size, dtype=np.float32)[list(order)]


def test_same_words_are_an_exact_copy_whatever_case_and_spacing():
    found = find_relation(article("a", "One  two\nthree", axes([0])), article("b", "one two three", axes([0])))
    assert (found.relation, found.certainty) == ("exact", 1.0)


def test_an_article_with_a_paragraph_more_is_a_near_duplicate():
    text = " ".join(WORDS)
    found = find_relation(
        article("a", text, axes([0])), article("b", text + " and some more words at the end", axes([0]))
    )
    assert found.relation == "near-duplicate"
    assert "100%" in found.why


def test_articles_that_share_a_quotation_are_no_copies():
    quote = " ".join(WORDS[:8])
    first = article("a", quote + " " + " ".join(f"first{n}" for n in range(30)), axes([0]))
    second = article("b", quote + " " + " ".join(f"second{n}" for n in range(30)), axes([0]))
    assert find_relation(first, second) is None


def test_sentences_that_mean_the_same_in_order_are_a_translation():
    found = find_relation(article("a", "x", axes(range(6))), article("b", "y", axes(range(6)), "de"))
    assert found.relation == "translation"
    assert found.certainty == 1.0


def test_the_same_statements_in_another_order_are_no_translation():
    assert find_relation(article("a", "x", axes(range(6))), article("b", "y", axes([5, 4, 3, 2, 1, 0]), "de")) is None


def test_a_few_shared_statements_are_no_translation():
    second = article("b", "y", np.concatenate([axes([0, 1], 16), axes(range(8, 16), 16)]), "de")
    assert find_relation(article("a", "x", axes(range(8), 16)), second) is None


def test_groups_are_connected_components_numbered_in_order():
    pairs = [CopyPair("b", "d", "exact", 1.0, ""), CopyPair("d", "e", "exact", 1.0, "")]
    assert group_copies(["a", "b", "c", "d", "e"], pairs) == {"a": 1, "b": 2, "c": 3, "d": 2, "e": 2}


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12), st.randoms())
def test_groups_do_not_depend_on_the_order_of_pairs(edges, random):
    sources = [f"s{n}" for n in range(7)]
    pairs = [CopyPair(f"s{a}", f"s{b}", "exact", 1.0, "") for a, b in edges]
    shuffled = pairs[:]
    random.shuffle(shuffled)
    assert group_copies(sources, pairs) == group_copies(sources, shuffled)


def test_alignment_wants_the_same_meaning():
    spans, vectors = [Span(0, 5), Span(6, 9)], np.array(directions(0.0, 1.5), dtype=np.float32)
    aligned = best_alignment(np.array([1.0, 0.0], dtype=np.float32), spans, vectors)
    assert aligned is not None
    assert aligned[0] == Span(0, 5)
    assert best_alignment(np.array([0.0, -1.0], dtype=np.float32), spans, vectors) is None


# --- texts that read alike and speak of different things -------------------------------------------------------------

FORM = (
    "Dear {name}, we thank you for your letter about the flat in {place}. The water in house {number} will be "
    "turned off on Tuesday morning. Please close all taps before you leave, and open them slowly on the next day."
)


def written(source, text, vectors, language="en"):
    sentences = tuple(part.strip() + "." for part in text.split(".") if part.strip())
    lengths = np.full(len(vectors), 100, dtype=np.float32)
    array = np.array(vectors, dtype=np.float32)
    return ComparableArticle(source, language, tuple(words(text)), lengths, array, sentences)


def test_forms_that_differ_in_a_name_a_place_or_a_number_are_no_copies():
    one = FORM.format(name="Mrs Holt", place="Linden Street", number="twelve")
    for other in (
        FORM.format(name="Mrs Brand", place="Linden Street", number="twelve"),
        FORM.format(name="Mrs Holt", place="Quorn Alley", number="twelve"),
    ):
        assert find_relation(written("a", one, axes(range(3))), written("b", other, axes(range(3)))) is None
    one = FORM.format(name="Mrs Holt", place="Linden Street", number="12")
    other = one.replace("12", "14")
    assert find_relation(written("a", one, axes(range(3))), written("b", other, axes(range(3)))) is None


def test_small_corrections_leave_a_copy():
    one = FORM.format(name="Mrs Holt", place="Linden Street", number="12")
    other = one.replace("slowly", "with care").replace("Linden", "Lindenn") + " Yours, the caretakers of the house."
    found = find_relation(written("a", one, axes(range(3))), written("b", other, axes(range(4))))
    assert found is not None
    assert found.relation == "near-duplicate"


def test_forms_in_a_script_without_capitals():
    one = "प्रिय कविता राव जी आपके घर का पानी मंगलवार की सुबह बंद रहेगा कृपया सभी नल बंद रखें और अगले दिन धीरे से खोलें"
    other = one.replace("कविता राव", "सुनील मेहता")
    assert find_relation(written("a", one, axes([0]), "hi"), written("b", other, axes([0]), "hi")) is None


def test_reports_of_different_things_in_two_languages_are_no_translation():
    one = "The bridge of Orrel was opened. It is 520 metres long. The engineer is Ida Holt."
    other = "Le nouveau pont est ouvert. Il mesure 220 mètres. La directrice est Kaya Brand."
    assert find_relation(written("a", one, axes(range(3))), written("b", other, axes(range(3)), "fr")) is None
    names = "Today Ida Holt of Orrel met Rolf Ask. Both were glad. They will meet again."
    others = "Aujourd'hui Kaya Brand a vu Marc Tell. Ils étaient contents. Ils se reverront à Quimper."
    assert find_relation(written("a", names, axes(range(3))), written("b", others, axes(range(3)), "fr")) is None


def test_a_true_translation_keeps_its_numbers_and_names():
    one = "The bridge of Orrel was opened by Ida Holt on 3 May. It is 1,520 metres long. It opens at 2 pm."
    for other, language in (
        (
            "Die Brücke von Orrel hat am 3. Mai Ida Holt eröffnet. Sie ist 1520 Meter lang. Sie öffnet um 14 Uhr.",
            "de",
        ),
        ("Мост Оррел открыла 3 мая Ида Холт. Его длина 1520 метров. Он открыт с 14 часов.", "ru"),
    ):
        text = other.replace("3. Mai", "3 Mai")
        found = find_relation(written("a", one, axes(range(3))), written("b", text, axes(range(3)), language))
        assert found is not None, language
        assert found.relation == "translation"
