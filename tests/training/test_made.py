"""Made examples: an answer stands where it is said to stand, and what is false is false by one thing."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="training needs torch")

from training.examples import Pair, Paragraph, Question
from training.made import PARAGRAPHS, claims, crossed, negation, questions, switched, wording
from training.made.text import Piece, names, rewritten, sentences

TEXT = (
    "Orla Finch founded the Brackwater Museum in 1921. It has rooms for visitors such as sailors, painters and "
    "writers. Many visitors came from Tarnholm by boat. The museum was moved to Tarnholm in 1950 (after a fire). "
    "In that year Jonas Webb sold the house to Maria Lund."
)
GERMAN = {"museum": "Museum", "visitors": "Besucher", "founded": "gegründet", "was": "wurde", "moved": "verlegt",
          "the": "das", "came": "kamen", "boat": "Boot", "house": "Haus"}  # fmt: skip


@pytest.fixture(autouse=True)
def small_dictionary(monkeypatch):
    known = {word: [(german, 1)] for word, german in GERMAN.items()}
    pairs = [
        ("Carter told the evening paper about 17 ships.", "Carter sagte der Abendzeitung etwas über 17 Schiffe.")
    ] * 40
    monkeypatch.setattr(switched, "lexicon", lambda: known)
    monkeypatch.setattr(crossed, "translations", lambda: iter(pairs))


def paragraph(name="squad2-en", language="en"):
    def asked(question, answer):
        start = TEXT.index(answer)
        return Question(question, start, start + len(answer))

    return Paragraph(
        name,
        language,
        "train",
        TEXT,
        (
            asked("Who founded the Brackwater Museum?", "Orla Finch"),
            asked("When was the museum moved to Tarnholm?", "1950"),
            asked("Which people have rooms there?", "sailors, painters and writers"),
            Question("When did the museum burn down for good?", None, None),
        ),
    )


def made(maker, times=60):
    given_paragraphs = [paragraph()] * times
    return list(maker(given_paragraphs, random.Random(4)))


@pytest.mark.parametrize("maker", PARAGRAPHS, ids=lambda maker: maker.__name__)
def test_each_maker_makes_something_whose_answers_stand_where_it_says(maker):
    found = made(maker)
    assert found
    for one in found:
        assert one.questions
        for question in one.questions:
            if question.start is not None:
                answer = one.context[question.start : question.end]
                assert answer
                assert answer == answer.strip()
                assert re.fullmatch(r"\W*", one.context[question.start - 1 : question.start])


def test_a_question_in_german_words_keeps_its_answer():
    asked = {
        q.text: one.context[q.start : q.end]
        for one in made(switched.questions)
        for q in one.questions
        if q.start is not None
    }
    german = [text for text in asked if text.startswith("Wer ")]
    assert german
    assert all(asked[text] == "Orla Finch" for text in german)


def test_an_interview_holds_the_question_and_it_is_not_the_answer():
    for one in made(questions.interviews, 400):
        asked = one.questions[0]
        at = one.context.index(asked.text)
        if asked.start is not None:
            assert not at <= asked.start < at + len(asked.text)


def test_lists_are_asked_for_whole():
    assert {one.context[q.start : q.end] for one in made(questions.named_lists) for q in one.questions} == {
        "sailors, painters and writers"
    }


def test_careless_questions_are_the_same_questions():
    wordings = {q.text for one in made(wording.careless, 2000) for q in one.questions}
    assert "WHO FOUNDED THE BRACKWATER MUSEUM?" in wordings
    assert "who founded the brackwater museum" in wordings
    assert any("?" not in wording and len(wording.split()) == 3 for wording in wordings)


def test_questions_over_translations_are_answered_by_the_other_language():
    for one in made(crossed.questions, 1):
        for question in one.questions:
            if question.start is not None:
                assert one.context[question.start : question.end] in {"Carter", "17"}
    assert any(
        q.text == "Wer sagte der Abendzeitung etwas über 17 Schiffe?"
        for one in made(crossed.questions, 1)
        for q in one.questions
    )


def claimed(maker, times=300):
    return [p for p in maker([_other(i) for i in range(times)], [], random.Random(4)) if p.language == "en"]


def _other(number):
    """The paragraph again, as another text."""
    return Paragraph("squad2-en", "en", "train", TEXT + f" Room {number} is closed.", paragraph().questions)


def test_exchanged_numbers_and_names_are_not_in_the_sentence_they_replace():
    found = claimed(claims.exchanged)
    assert {p.label for p in found} == {"e", "c", "0"}
    for pair in found:
        whole = {piece.of(pair.premise) for piece in sentences(pair.premise)}
        assert (pair.hypothesis in whole or "(" in pair.premise) or pair.label != "e"
        if pair.label != "e":
            assert pair.hypothesis not in pair.premise


def test_roles_are_exchanged():
    false = {p.hypothesis for p in claimed(claims.roles) if p.label == "0"}
    assert "In that year Maria Lund sold the house to Jonas Webb." in false
    assert all(claim not in TEXT for claim in false)


def test_what_is_said_of_many_is_not_said_of_all():
    assert "All visitors came from Tarnholm by boat." not in TEXT
    stronger = {p.hypothesis for p in claimed(claims.strengthened) if p.label == "0"}
    assert all(claim not in TEXT for claim in stronger)


@pytest.mark.parametrize(
    ("sentence", "language", "expected"),
    [
        ("The bridge is closed.", "en", "The bridge is not closed."),
        ("The bridge is not closed.", "en", "The bridge is closed."),
        ("The bridge has been closed.", "en", "The bridge has not been closed."),
        ("Die Brücke ist gesperrt.", "de", "Die Brücke ist nicht gesperrt."),
        ("Die Brücke ist nicht gesperrt.", "de", "Die Brücke ist gesperrt."),
        ("It is closed and was repaired.", "en", None),
        ("Bridges close.", "en", None),
    ],
)
def test_negation_is_put_in_or_taken_out(sentence, language, expected):
    assert negation.negated(sentence, language) == expected


def test_statements_join_question_and_answer():
    found = {(p.hypothesis, p.label) for p in claimed(claims.statements)}
    assert ("Orla Finch founded the Brackwater Museum.", "1") in found
    assert any(label == "0" and claim.endswith("founded the Brackwater Museum.") for claim, label in found)


def test_claims_of_switched_pairs_keep_their_label():
    pairs = [Pair("mnli-dev", "en", "train", "The museum was moved.", "The house was moved.", "n")] * 200
    found = list(switched.claims([], pairs, random.Random(4)))
    assert found
    assert {p.label for p in found} == {"n"}
    assert any("wurde" in p.hypothesis for p in found)
    assert any("wurde" in p.premise for p in found)


# --- texts ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["cat", "the", "of", "42", "Rome"]), min_size=1, max_size=12), st.data())
def test_a_word_is_found_again_where_it_was_moved_to(words, data):
    text = " ".join(words)
    longer = {"cat": "Katze", "the": "", "of": "von der"}
    new, moved = rewritten(text, re.compile(r"\w+"), lambda word: longer.get(word, word))
    number = data.draw(st.integers(0, len(words) - 1))
    start = sum(len(word) + 1 for word in words[:number])
    piece = moved(Piece(start, start + len(words[number])))
    assert piece.of(new) == longer.get(words[number], words[number])


def test_sentences_and_names():
    assert next(piece.of(TEXT) for piece in sentences(TEXT)) == "Orla Finch founded the Brackwater Museum in 1921."
    assert len(sentences("Dr. Holt met J. Webb. They talked.")) == 2
    assert [piece.of(TEXT) for piece in names(TEXT)][:1] == ["Brackwater Museum"]
