"""Choosing sentences: few, best first, with their answering words, and the one before where one leans on it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.choosing import choose, whole_list, whole_words
from qa.records import Span
from reading.made_passages import asked, ranked
from scripted_reader import ScriptedReader


def ask(question, passages, *answers, most=3):
    return choose(asked(question), passages, ScriptedReader(*answers), most)


def texts(selection):
    return [candidate.text for candidate in selection.sentences]


def marked(candidate):
    span, start = candidate.answer, candidate.span.start
    return candidate.text[span.start - start : span.end - start]


def test_nothing_gives_nothing():
    selection = choose(asked("Who?"), [], ScriptedReader(), 3)
    assert (selection.sentences, selection.confidence) == ((), 0.0)


def test_a_clear_answer_stands_alone_with_its_words_marked():
    passages = [ranked(["Rain fell.", "Ada Bell founded Quorn."])]
    selection = ask("Who founded Quorn?", passages, ["Ada Bell"])
    assert texts(selection) == ["Ada Bell founded Quorn."]
    assert marked(selection.sentences[0]) == "Ada Bell"


def test_what_the_reader_finds_beats_what_only_looks_alike():
    passages = [ranked(["Quorn was founded.", "It was Ada Bell."], [0.95, 0.8])]
    assert texts(ask("Who founded Quorn?", passages, ["Ada Bell"]))[0] == "It was Ada Bell."


def test_a_rival_is_shown_too_and_never_more_than_allowed():
    passages = [ranked(["Ada Bell founded Quorn."], number=1), ranked(["Bo Ek founded Quorn."], number=2)]
    assert len(ask("Who founded Quorn?", passages, ["Ada Bell", "Bo Ek"]).sentences) == 2
    assert len(ask("Who founded Quorn?", passages, ["Ada Bell", "Bo Ek"], most=1).sentences) == 1


def test_a_sentence_that_leans_on_the_one_before_brings_it_along():
    passages = [ranked(["Ada Bell came.", "She founded Quorn in 1874."])]
    selection = ask("When was Quorn founded?", passages, ["1874"])
    assert texts(selection) == ["She founded Quorn in 1874.", "Ada Bell came."]


def test_a_question_is_nobody_s_answer():
    passages = [ranked(["When is the zoo open?", "From 9 am."], [0.99, 0.7])]
    assert texts(ask("When is the zoo open?", passages, {"zoo": 1.0, "9 am": 0.4})) == ["From 9 am."]


def test_a_headline_is_read_and_quoted_once():
    passages = [
        ranked(["He died on Sunday."], heading="Astronomer Rupert Sohl dies at 91"),
        ranked(["He found four comets."], heading="Astronomer Rupert Sohl dies at 91"),
    ]
    selection = ask("How old was Rupert Sohl?", passages, ["91"])
    assert texts(selection) == ["Astronomer Rupert Sohl dies at 91"]
    assert marked(selection.sentences[0]) == "91"


def test_confidence_is_lower_where_the_reader_finds_nothing():
    passages = [ranked(["Ada Bell founded Quorn.", "Rain fell."])]
    assert ask("Who?", passages, []).confidence < ask("Who?", passages, ["Ada Bell"]).confidence


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("It cost 31.5 million.", "5 million", "31.5 million"),
        ("It cost 31.5 million.", "31", "31.5"),
        ("from 9:30 on", "9", "9:30"),
        ("He said “forty-two”.", "“forty-two”.", "forty-two"),
        ("in Lommel, Belgium", "ommel,", "Lommel"),
        ("in 1999.", "1999.", "1999"),
        ("the end. The next", "end.", "end"),
    ],
)
def test_answers_are_whole_words_without_the_marks_around(text, found, expected):
    start = text.index(found)
    low, high = whole_words(text, start, start + len(found), Span(0, len(text)))
    assert text[low:high] == expected


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("Members are Lommel, Genk, and New Bree today.", "Bree", "Lommel, Genk, and New Bree"),
        ("Mitglieder sind Lommel, Genk und Bree.", "Lommel, Genk", "Lommel, Genk und Bree"),
        ("Ada Bell and Bo Ek came.", "Bo Ek", "Bo Ek"),
        ("It is in Paris, France.", "Paris", "Paris"),
        ("Members are Lommel, Genk and Bree, says Ada.", "Ada", "Ada"),
    ],
)
def test_one_name_of_a_list_stands_for_the_list(text, found, expected):
    start = text.index(found)
    low, high = whole_list(text, start, start + len(found), Span(0, len(text)))
    assert text[low:high] == expected


@given(st.text(max_size=30), st.data())
def test_answers_stay_inside_their_sentence(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    low, high = data.draw(st.integers(0, start)), data.draw(st.integers(end, len(text)))
    first, last = whole_words(text, start, end, Span(low, high))
    assert low <= first <= last <= high
