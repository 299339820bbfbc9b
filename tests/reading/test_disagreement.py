"""What counts as a disagreement, and what does not: the values, their places, and whole statements."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.index.stored import StoredArticle, StoredPassage
from qa.reading.disagreement import Statement, copied_statement, find_disagreements, note, statements_of
from qa.reading.disagreement_values import Comparison, Text, compare, conflicts, values_of
from qa.records import Metadata, Span
from qa.retrieval.search import Question

DIRECTION = np.array([1.0, 0.0], dtype=np.float32)


def first_value(sentence: str, language: str = "en"):
    return values_of(sentence, language)[0]


def pairs_in(first: str, second: str, languages: tuple[str, str] = ("en", "en")) -> list[tuple[str, str]]:
    found = conflicts(Text(first, languages[0]), Text(second, languages[1]))
    return [(conflict.first.stated.text, conflict.second.stated.text) for conflict in found]


def article(number: int, language: str = "en", group: int | None = None) -> StoredArticle:
    return StoredArticle(
        id=number,
        source=f"{number}.txt",
        path=f"/{number}.txt",
        format="txt",
        verbatim=True,
        sha256="",
        metadata=Metadata(language=language),
        junk=(),
        sections=(),
        group=group or number,
        characters=1000,
    )


def said(number: int, text: str, language: str = "en", likeness: float = 1.0) -> Statement:
    """A statement of article ``number`` whose vector has this cosine to that of the others."""
    vector = np.array([likeness, (1 - likeness**2) ** 0.5], dtype=np.float32)
    return Statement(article(number, language), Span(0, len(text)), text, vector)


def asked(text: str = "What happened to the bridge?") -> Question:
    return Question(text, text, "en", DIRECTION)


def disputed(question: Question, *statements: Statement) -> list[tuple[str, ...]]:
    found = find_disagreements(question, statements[:1], statements[1:])
    return [tuple(side.value for side in contradiction.sides) for contradiction in found]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("with 5,000 seats", "with five thousand seats"),
        ("with about 5,000 seats", "with 4,987 seats"),
        ("with 5.2 million seats", "with 5.21 million seats"),
        ("with more than 5,000 seats", "with 5,600 seats"),
        ("with up to 5,000 seats", "with 4,100 seats"),
        ("in 2023", "on 17 September 2023"),
        ("on 17 September", "on September 17, 2023"),
        ("in the 1990s", "in 1994"),
        ("around 1850", "in 1853"),
    ],
)
def test_the_same_or_a_less_precise_value_is_no_contradiction(first: str, second: str) -> None:
    assert compare(first_value(first), first_value(second)) is Comparison.AGREE
    assert compare(first_value(second), first_value(first)) is Comparison.AGREE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("with 5,000 seats", "with 3,000 seats"),
        ("with about 5,000 seats", "with 8,000 seats"),
        ("with 12 seats", "with 10 seats"),
        ("with over 5,000 seats", "with over 8,000 seats"),
        ("with more than 5,000 seats", "with 4,000 seats"),
        ("in 2023", "on 17 September 2021"),
        ("on 17 September", "on 18 September"),
        ("in the 1990s", "in 1985"),
        ("on Monday", "on Tuesday"),
    ],
)
def test_values_that_cannot_both_be_right_exclude_each_other(first: str, second: str) -> None:
    assert compare(first_value(first), first_value(second)) is Comparison.EXCLUDE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("5 percent", "3 seats"),
        ("the third", "three"),
        ("5 km", "3 miles"),
        ("on Monday", "in 2019"),
    ],
)
def test_what_measures_something_else_is_not_compared(first: str, second: str) -> None:
    assert compare(first_value(first), first_value(second)) is Comparison.UNRELATED


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_comparing_numbers_does_not_depend_on_the_order(one: int, other: int) -> None:
    first, second = first_value(f"{one:,} seats"), first_value(f"{other:,} seats")
    assert compare(first, second) is compare(second, first)
    assert compare(first, first) is Comparison.AGREE


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.integers(1, 4000))
def test_different_days_always_exclude_each_other(day: date, later: int) -> None:
    other = day + timedelta(days=later)
    first, second = (first_value(f"{one.day} {one:%B} {one.year}") for one in (day, other))
    assert compare(first, second) is Comparison.EXCLUDE


def test_values_are_matched_by_what_is_said_around_them() -> None:
    first = "The bridge cost 12 million and is 340 metres long, with 4 lanes."
    second = "It has 4 lanes, is 340 metres long, and the bridge cost 15 million."
    assert pairs_in(first, second) == [("12 million", "15 million")]


def test_a_value_that_stands_elsewhere_in_the_other_sentence_still_conflicts() -> None:
    first = "The team won the match 23 to 16 by scoring 11 points in the last minutes."
    second = "The team won the match 23 to 16 by scoring 16 points in the last minutes."
    assert pairs_in(first, second) == [("11", "16")]


def test_values_are_matched_across_languages() -> None:
    first = "The Norwegian minister Kari Olsen opened the railway station in Bergen in 1987."
    second = "Die norwegische Ministerin Kari Olsen eröffnete den Bahnhof in Bergen im Jahr 1992."
    assert pairs_in(first, second, ("en", "de")) == [("1987", "1992")]


def test_a_name_or_number_written_otherwise_is_no_conflict() -> None:
    first = "The minister arrived in Kazakhstan in 1999."
    second = "Der Minister traf 1999 in Kasachstan ein."
    assert pairs_in(first, second, ("en", "de")) == []


def test_independent_articles_that_give_different_values_disagree() -> None:
    found = find_disagreements(
        asked(),
        [said(1, "The bridge over the river was closed in 1974 after a flood.")],
        [said(2, "After a flood the bridge over the river was closed in 1981.", likeness=0.97)],
    )
    assert [(side.value, side.statements[0].article.id) for side in found[0].sides] == [("1974", 1), ("1981", 2)]


def test_all_sources_of_a_value_are_named_and_three_values_are_one_disagreement() -> None:
    sentence = "The bridge over the river was closed in {} after a flood."
    found = find_disagreements(
        asked(),
        [said(1, sentence.format(1974))],
        [said(n, sentence.format(year)) for n, year in ((2, 1981), (3, 1990))],
    )
    assert [[side.value for side in one.sides] for one in found] == [["1974", "1981", "1990"]]
    found = find_disagreements(
        asked(), [said(1, sentence.format(1974))], [said(n, sentence.format(1981)) for n in (2, 3)]
    )
    assert [len(side.statements) for side in found[0].sides] == [1, 2]


@pytest.mark.parametrize(
    "other",
    [
        "The bridge over the river was closed in 1974 after a storm.",
        "In 1974 the bridge over the river was closed, a flood having damaged two of its five arches.",
        "The minister of transport retired in 1981 and moved to the coast.",
    ],
)
def test_rewordings_additions_and_other_facts_do_not_disagree(other: str) -> None:
    likeness = 0.97 if "bridge" in other else 0.6
    chosen = said(1, "The bridge over the river was closed in 1974 after a flood.")
    assert disputed(asked(), chosen, said(2, other, likeness=likeness)) == []


def test_sentences_that_differ_in_several_places_tell_of_different_things() -> None:
    first = "In 1974 a flood closed the bridge over the river for 12 days and 5 people drowned."
    second = "In 1981 a flood closed the bridge over the river for 30 days and 9 people drowned."
    assert disputed(asked(), said(1, first), said(2, second)) == []


def test_what_the_question_says_is_not_in_dispute() -> None:
    first, second = (f"In {year} a flood closed the bridge over the river." for year in (1974, 1981))
    assert disputed(asked("What closed the bridge in 1974?"), said(1, first), said(2, second)) == []
    assert disputed(asked("What closed the bridge?"), said(1, first), said(2, second)) == [("1974", "1981")]


def test_only_what_was_asked_for_is_in_dispute() -> None:
    first, second = (f"The engineer Paul Hansen closed the bridge in {year}." for year in (1974, 1981))
    assert disputed(asked("Who closed the bridge?"), said(1, first), said(2, second)) == []
    assert disputed(asked("When was the bridge closed?"), said(1, first), said(2, second)) == [("1974", "1981")]


def test_what_somebody_says_or_believes_is_no_claim_of_the_source() -> None:
    plain = "The bridge over the river will be opened again in 1974."
    quoted = "“The bridge over the river will be opened again in 1981,” the mayor said."
    believed = "The mayor believes the bridge over the river will be opened again in 1981."
    assert disputed(asked(), said(1, plain), said(2, quoted)) == []
    assert disputed(asked(), said(1, plain), said(2, believed)) == []


def test_an_article_does_not_disagree_with_itself() -> None:
    first, second = (said(1, f"The bridge over the river was closed in {year}.") for year in (1974, 1981))
    assert disputed(asked(), first, second) == []


def test_a_copy_with_another_number_is_found_by_what_its_sentence_means() -> None:
    text = "Die Brücke über den Fluss wurde 1981 geschlossen. Der Sommer war warm."
    spans = (Span(0, 49), Span(50, len(text)))
    vectors = np.array([[0.95, 0.3122], [0.0, 1.0]], dtype=np.float32)
    copy = article(2, "de", group=1)
    passage = StoredPassage(7, 2, "2.txt", 0, len(text), text, spans, vectors)
    chosen = said(1, "The bridge over the river was closed in 1974.")
    found = copied_statement(chosen, copy, [passage])
    assert found is not None
    assert found.text == text[:49] == next(statements_of(copy, passage)).text
    assert disputed(asked(), chosen, found) == [("1974", "1981")]


def test_the_note_is_in_the_asker_s_language() -> None:
    assert note([("1974", [1]), ("1981", [3, 4])], "en") == "The sources disagree: 1974 [1], 1981 [3][4]."
    assert note([("1974", [1]), ("1981", [3])], "de").startswith("Die Quellen widersprechen sich: 1974 [1]")
    assert note([("1974", [1])], "xx") == note([("1974", [1])], "en")
