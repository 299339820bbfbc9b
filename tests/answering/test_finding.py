"""What is found for each form of question, with a scripted reader over a small made-up corpus."""

from __future__ import annotations

import pytest

from qa import Assistant, Settings
from scripted_reader import ScriptedReader

ARTICLES = {
    "old.txt": "Toll of the bridge\n\n3 May 2021\n\nThe toll of the Lommel bridge is 4 euros a car, the town says.\n",
    "new.txt": "Lommel raises its toll\n\n9 June 2023\n\nThe toll of the Lommel bridge is 5 euros a car from Monday.\n",
    "zoo.txt": "Zoo of Genk\n\n1 May 2022\n\nThe zoo of Genk opens at 9 am. Its director is Ada Holm.\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("found")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    with Assistant(Settings(index_dir=folder / "index")) as bot:
        bot.index([str(folder / name) for name in ARTICLES])
    return folder / "index"


@pytest.fixture
def ask(index):
    """Asks with a reader that finds these answers."""

    def asking(question, *answers, **filters):
        with Assistant(Settings(index_dir=index)) as bot:
            bot._reader = ScriptedReader(*answers)
            return bot.ask(question, "quote", **filters)

    return asking


def values(answer):
    return [claim.value for disagreement in answer.disagreements for claim in disagreement.claims]


def test_the_answer_comes_in_a_few_words_with_its_place(ask):
    answer = ask("When does the zoo of Genk open?", ["9 am"])
    (citation,) = answer.citations
    assert (answer.short.text, answer.short.citation) == ("9 am", citation.number)
    (span,) = citation.answers
    assert citation.quote[span.start - citation.start : span.end - citation.start] == "9 am"
    assert answer.to_dict()["short"] == {"text": "9 am", "citation": 1}


def test_a_refusal_says_what_the_articles_do_say(ask):
    answer = ask("Who painted the moon?", [])
    assert (answer.status, answer.short, answer.citations) == ("refused", None, ())
    assert answer.related
    for sentence in answer.related:
        assert ARTICLES[sentence.source.rsplit("/", 1)[-1]][sentence.start : sentence.end] == sentence.text


def test_the_newest_of_different_values_is_quoted_first_and_the_older_one_named(ask):
    answer = ask("What is the toll of the Lommel bridge?", ["4 euros", "5 euros"])
    assert values(answer) == ["5 euros", "4 euros"]
    assert answer.citations[0].source.endswith("new.txt")
    assert answer.short.text == "5 euros"
    assert any("is older, of 2021-05-03" in note for note in answer.notes)


def test_two_questions_in_one_are_both_answered(ask):
    answer = ask("When does the zoo of Genk open and who is its director?", ["9 am", "Ada Holm"])
    assert "9 am" in answer.text
    assert answer.short is None


def test_a_topic_is_told_by_source_and_date(ask):
    answer = ask("What do the articles say about the Lommel bridge?")
    sources = [citation.source.rsplit("/", 1)[-1] for citation in answer.citations]
    assert answer.status == "answered"
    assert sources == sorted(sources, key=["old.txt", "zoo.txt", "new.txt"].index)
    assert {"old.txt", "new.txt"} <= set(sources)
    assert "zoo.txt" not in sources


def test_a_topic_of_which_nothing_is_said_is_refused(ask):
    assert ask("Tell me about penguins").status == "refused"


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("How many articles mention Lommel?", "2 of 3 articles mention it."),
        ("Wie viele Artikel erwähnen Lommel?", "2 von 3 Artikeln erwähnen das."),
        ("Combien d'articles parlent de Lommel ?", "2 articles sur 3 en parlent."),
    ],
)
def test_articles_that_mention_something_are_counted(ask, question, sentence):
    answer = ask(question)
    assert answer.sentences[0].text == sentence
    assert {citation.source.rsplit("/", 1)[-1] for citation in answer.citations} == {"old.txt", "new.txt"}


def test_filters_hold_for_counting_too(ask):
    assert (
        ask("How many articles mention Lommel?", after="2023-01-01").sentences[0].text == "1 of 1 articles mention it."
    )


def test_a_question_in_capitals_is_read_in_small_letters(index):
    reader = ScriptedReader(["9 am"])
    with Assistant(Settings(index_dir=index)) as bot:
        bot._reader = reader
        assert bot.ask("WHEN DOES THE ZOO OF GENK OPEN?", "quote").status == "answered"
    assert reader.asked == ["When does the zoo of genk open?"]
