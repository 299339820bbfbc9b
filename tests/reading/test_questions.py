"""Forms of questions in several languages, and two questions in one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.reading.questions import Kind, asks_yes_or_no, form_of, questions_in


@pytest.mark.parametrize(
    ("question", "kind", "subject"),
    [
        ("What do the articles say about China?", Kind.TOPIC, "China"),
        ("Tell me about the port of Selmora.", Kind.TOPIC, "the port of Selmora"),
        ("Summarise the strike", Kind.TOPIC, "the strike"),
        ("Was sagen die Artikel über China?", Kind.TOPIC, "China"),
        ("Erzähl mir etwas über den Zoo", Kind.TOPIC, "den Zoo"),
        ("Fasse den Streik zusammen!", Kind.TOPIC, "den Streik"),
        ("Wie steht Kasachstan zum Krieg?", Kind.TOPIC, "Kasachstan Krieg"),
        ("Que disent les articles sur la Chine ?", Kind.TOPIC, "la Chine"),
        ("¿Qué dicen los artículos sobre China?", Kind.TOPIC, "China"),
        ("Cosa dicono gli articoli su Roma?", Kind.TOPIC, "Roma"),
        ("O que dizem os artigos sobre a China?", Kind.TOPIC, "a China"),
        ("Wat zeggen de artikelen over China?", Kind.TOPIC, "China"),
        ("How many articles mention Blinken?", Kind.MENTIONS, "Blinken"),
        ("Which articles mention the bridge?", Kind.MENTIONS, "the bridge"),
        ("Wie viele Artikel erwähnen die Brücke?", Kind.MENTIONS, "die Brücke"),
        ("Combien d'articles parlent de la Chine ?", Kind.MENTIONS, "la Chine"),
        ("List all ports of the region", Kind.LIST, "ports of the region"),
        ("Nenne alle Häfen", Kind.LIST, "Häfen"),
        ("Compare the two reports", Kind.COMPARE, "the two reports"),
        ("Was hat sich bei den Preisen geändert?", Kind.COMPARE, "den Preisen"),
    ],
)
def test_forms_are_recognised_with_what_they_are_about(question, kind, subject):
    form = form_of(question)
    assert form is not None
    assert (form.kind, form.subject) == (kind, subject)


@pytest.mark.parametrize(
    "question",
    [
        "Who built the crane?",
        "What did the minister say about the treaty?",
        "How many people mention the noise?",
        "What did the report say about the dam in 1999?",
        "Wer hat den Kran gebaut?",
        "",
        "?",
    ],
)
def test_anything_else_is_a_plain_question(question):
    assert form_of(question) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("How many took part in it and how long did it last?", ("How many took part in it?", "how long did it last?")),
        ("Who came to town? And when did they leave?", ("Who came to town?", "And when did they leave?")),
        ("Wer hat den Kran gebaut und wann war das?", ("Wer hat den Kran gebaut?", "wann war das?")),
        ("Who came and went?", ("Who came and went?",)),
        ("When and where was she born?", ("When and where was she born?",)),
        ("He came. Why?", ("He came. Why?",)),
        ("Who won?", ("Who won?",)),
    ],
)
def test_two_questions_in_one_are_told_apart(text, parts):
    assert questions_in(text) == parts


@given(st.text(max_size=60))
def test_whatever_is_asked_is_asked(text):
    parts = questions_in(text)
    assert len(parts) > 1 or parts == (text,) or parts[0] == text.strip()
    form_of(text)


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("Did she come?", "en", True),
        ("Is it open?", "en", True),
        ("Hat sie unterschrieben?", "de", True),
        ("Who did it?", "en", False),
        ("Wie ist das Wetter?", "de", False),
    ],
)
def test_questions_for_yes_or_no_are_known_by_their_first_word(question, language, expected):
    assert asks_yes_or_no(question, language) is expected
