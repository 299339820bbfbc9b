"""What a question asks for."""

import pytest

from qa.reading.questions import AnswerKind, answer_kind, has_kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who signed the treaty?", AnswerKind.PERSON),
        ("Wer hat den Vertrag unterzeichnet?", AnswerKind.PERSON),
        ("In what year did the mine close?", AnswerKind.TIME),
        ("Seit wann gilt das Gesetz?", AnswerKind.TIME),
        ("In welchem Jahr schloss die Mine?", AnswerKind.TIME),
        ("How many people were hurt?", AnswerKind.QUANTITY),
        ("Wie viele Menschen wurden verletzt?", AnswerKind.QUANTITY),
        ("Wie hoch ist der Turm?", AnswerKind.QUANTITY),
        ("Where was the treaty signed?", AnswerKind.PLACE),
        ("In welcher Stadt wurde er geboren?", AnswerKind.PLACE),
        ("Combien de personnes ?", AnswerKind.QUANTITY),
        ("¿Cuándo cerró la mina?", AnswerKind.TIME),
        ("Why did it fail?", None),
        ("Was sagte der Minister?", None),
    ],
)
def test_kind_of_answer(question, kind):
    assert answer_kind(question) is kind


@pytest.mark.parametrize(
    ("sentence", "kind", "question", "found"),
    [
        ("It closed in 1987.", AnswerKind.TIME, "When did it close?", True),
        ("It closed in 1987.", AnswerKind.TIME, "When, if not in 1987, did it close?", False),
        ("Sie schloss vergangene Woche.", AnswerKind.TIME, "Wann schloss sie?", True),
        ("Sie schloss bald.", AnswerKind.TIME, "Wann schloss sie?", False),
        ("Am Dienstag schloss sie.", AnswerKind.TIME, "Wann schloss sie?", True),
        ("There were twelve of them.", AnswerKind.QUANTITY, "How many?", True),
        ("There were some of them.", AnswerKind.QUANTITY, "How many?", False),
        ("The prize went to Ada Jones.", AnswerKind.PERSON, "Who won the prize?", True),
        ("The prize went to Ada Jones.", AnswerKind.PERSON, "Who gave Ada Jones the prize?", False),
    ],
)
def test_a_sentence_holds_what_is_asked_for(sentence, kind, question, found):
    assert has_kind(sentence, kind, question) is found
