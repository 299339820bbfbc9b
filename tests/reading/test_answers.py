"""Choosing sentences: few, best first, and the one before where a sentence leans on it."""

import numpy as np

from qa.index.stored import StoredArticle, StoredPassage
from qa.reading.answers import select
from qa.records import Metadata, Span
from qa.retrieval.search import Question, RankedPassage


def ranked(texts, similarities, number=1, language="en"):
    """A passage of these sentences, as similar to the question as given."""
    spans, start = [], 0
    for text in texts:
        spans.append(Span(start, start + len(text)))
        start += len(text) + 1
    vectors = np.eye(len(texts), 16, k=number * 4, dtype=np.float32)
    passage = StoredPassage(number, number, f"s{number}", 0, start, " ".join(texts), tuple(spans), vectors)
    metadata = Metadata(language=language)
    article = StoredArticle(number, f"s{number}", "/s", "txt", True, "", metadata, (), (), number, start)
    return RankedPassage(passage, article, 1.8, 5.0, np.array(similarities, dtype=np.float32))


def ask(text, passages, most=3):
    question = Question(text, text, "en", np.ones(16, dtype=np.float32))
    selection = select(question, passages, lambda terms: dict.fromkeys(terms, 1.0), most)
    chosen = [c.ranked.passage.text[c.span.start : c.span.end] for c in selection.sentences]
    return chosen, selection.confidence


def test_nothing_gives_nothing():
    assert ask("Who?", []) == ([], 0.0)


def test_a_clear_answer_stands_alone():
    chosen, confidence = ask("Who founded Quorn?", [ranked(["Ada Bell founded Quorn.", "Rain fell."], [0.93, 0.78])])
    assert chosen == ["Ada Bell founded Quorn."]
    assert confidence > 0.5


def test_a_rival_is_shown_too_and_never_more_than_allowed():
    passages = [ranked(["Ada Bell founded Quorn."], [0.9], 1), ranked(["Bo Ek founded Quorn."], [0.9], 2)]
    assert len(ask("Who founded Quorn?", passages)[0]) == 2
    assert len(ask("Who founded Quorn?", passages, most=1)[0]) == 1


def test_a_sentence_that_leans_on_the_one_before_brings_it_along():
    chosen, _ = ask("When was Quorn founded?", [ranked(["Ada Bell came.", "She founded Quorn in 1874."], [0.75, 0.93])])
    assert chosen == ["She founded Quorn in 1874.", "Ada Bell came."]


def test_the_kind_of_answer_decides_between_equals():
    passages = [ranked(["Quorn was founded long ago.", "Quorn was founded in 1874."], [0.9, 0.9])]
    assert ask("When was Quorn founded?", passages)[0][0] == "Quorn was founded in 1874."


def test_words_of_the_question_decide_between_equals():
    passages = [ranked(["The mill was built by Ada Bell.", "The barn was built by Bo Ek."], [0.9, 0.9])]
    assert ask("Who built the barn?", passages)[0][0] == "The barn was built by Bo Ek."


def test_spelling_of_names_may_differ():
    passages = [ranked(["Kasachstan liefert Öl.", "Portugal liefert Kork."], [0.9, 0.9], language="de")]
    assert ask("Kazakhstan", passages)[0][0] == "Kasachstan liefert Öl."
