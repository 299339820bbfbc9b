"""Answers of several sentences: by source and date, copies of statements once, lists, comparisons, mentions."""

from __future__ import annotations

from dataclasses import replace

from qa.reading import overview
from reading.made_passages import asked, ranked
from scripted_reader import ScriptedReader


def about(topic, *passages, language="en"):
    return overview.about(replace(asked(topic, language), topic=topic), passages)


def texts(selection):
    return [candidate.text for candidate in selection.sentences]


def test_what_is_said_of_a_topic_stands_by_source_oldest_first():
    new = ranked(["China builds a port.", "It rains."], [0.9, 0.9], number=1, published="2024-02-01")
    old = ranked(["China buys grain."], [0.9], number=2, published="2023-05-01")
    selection = about("China", new, old)
    assert texts(selection) == ["China buys grain.", "China builds a port."]
    assert selection.confidence > 0.5


def test_a_topic_that_nobody_names_is_not_answered():
    selection = about("China", ranked(["It rains in Lommel.", "The mayor smiled."]))
    assert selection.sentences == ()
    assert selection.confidence < 0.5
    assert selection.candidates


def test_names_are_known_in_other_spellings_and_forms():
    assert overview.names(["kasachstan"], "Kazakhstan sells oil.")
    assert overview.names(["port"], "The ports are closed.")
    assert not overview.names(["china"], "Chile sells copper.")
    assert not overview.names([], "Anything.")


def test_one_source_may_say_more_than_one_of_several():
    several = ranked([f"China number {n}." for n in range(5)], [0.9] * 5)
    assert len(about("China", several).sentences) == 4
    other = ranked(["China again."], number=2)
    assert [c.ranked.article.id for c in about("China", several, other).sentences].count(1) == 2


def test_all_answers_of_a_list_are_found_each_once():
    passages = [
        ranked(["Ada lives in Lommel.", "Rain fell."], number=1),
        ranked(["Bo lives in Genk."], number=2),
        ranked(["Lommel is where Cy lives."], number=3),
    ]
    selection = overview.all_answers(asked("List all towns"), passages, ScriptedReader(["Lommel", "Genk"]))
    assert sorted(overview.answer_text(one) for one in selection.sentences) == ["genk", "lommel"]


def test_sources_are_compared_in_order_of_date():
    passages = [
        ranked(["The toll is 5 euros."], number=1, published="2024-01-01"),
        ranked(["The toll is 4 euros."], number=2, published="2022-01-01"),
    ]
    selection = overview.each_source(asked("Compare the tolls"), passages, ScriptedReader(["5 euros", "4 euros"]))
    assert texts(selection) == ["The toll is 4 euros.", "The toll is 5 euros."]


def test_every_source_that_mentions_something_is_shown_once():
    passages = [
        ranked(["Rain fell.", "The crane of Lommel stands.", "The crane of Lommel fell."], [0.9] * 3, number=1),
        ranked(["A crane came to Lommel."], number=2),
    ]
    question = replace(asked("crane Lommel"), topic="crane Lommel")
    assert texts(overview.mentions(question, passages)) == ["The crane of Lommel stands.", "A crane came to Lommel."]
