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
