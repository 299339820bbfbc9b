"""Answers of the whole program without an LLM: right sentence, exact citation, copies named, refusals."""

import json

import pytest

from folders import GOLDEN, SEEDS
from qa.errors import InputError


def assert_exact(answer, root):
    """Every citation and every copy of it is where it says, on disk."""
    for citation in answer.citations:
        for place in (citation, *citation.also_in):
            text = (root / place.source).read_bytes().decode("utf-8")
            assert text[place.start : place.end] == place.quote


@pytest.mark.parametrize(
    ("question", "source", "words"),
    [
        ("Who built the crane?", "news/harbour.txt", "Ida Brandt"),
        ("Wer baute den Kran?", "news/hafen.txt", "Ida Brandt"),
        ("How much will the move of the crane cost?", "news/harbour.txt", "1.4 million"),
        ("How many weeks will the bridge be closed?", "news/bridge.md", "eleven weeks"),
        ("Wann wird die Brücke über den Tarn gesperrt?", "news/bridge.md", "3 June"),
        ("What did inspectors find in the cables?", "news/bridge.md", "rust"),
        ("When was the article about the old harbour crane published?", "news/harbour.txt", "12 March 2024"),
        ("Wie lautet die Überschrift des Artikels über den Hafenkran?", "news/hafen.txt", "Alter Hafenkran"),
    ],
)
def test_the_first_sentence_answers(made_up_bot, made_up, question, source, words):
    answer = made_up_bot.ask(question)
    assert answer.status == "answered"
    assert words in answer.citations[0].quote
    assert answer.citations[0].source == source
    assert len(answer.citations) == len(answer.sentences) <= 3
    assert_exact(answer, made_up)


@pytest.mark.parametrize(
    "question",
    ["Who is the president of Peru?", "What colour is the crane?", "Wie hoch ist die Zugspitze?", "Qui a gagné ?"],
)
def test_what_the_sources_do_not_say_is_refused(made_up_bot, question):
    answer = made_up_bot.ask(question)
    assert answer.status == "refused"
    assert not answer.citations
    assert not answer.sentences
    assert answer.passages
    assert answer.confidence < 0.5


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Wer hat den Nobelpreis für Physik gewonnen?", "Das sagen die Quellen nicht."),
        ("Who won the Nobel prize in physics?", "The sources do not say."),
        ("Qui a gagné le prix Nobel de physique ?", "Les sources ne le disent pas."),
    ],
)
def test_refusals_speak_the_language_of_the_question(made_up_bot, question, words):
    assert made_up_bot.ask(question).text == words


def test_a_translation_counts_once_and_is_named_with_its_own_sentence(made_up_bot, made_up):
    answer = made_up_bot.ask("Which engineer built the crane?")
    (copy,) = answer.citations[0].also_in
    assert answer.independent_sources == 1
    assert (copy.source, copy.language, copy.relation) == ("news/hafen.txt", "de", "translation")
    assert "von der Ingenieurin Ida Brandt" in copy.quote
    assert_exact(answer, made_up)


def test_copies_are_collapsed_in_search(made_up_bot):
    sources = [hit.source for hit in made_up_bot.search("harbour crane museum", k=10)]
    assert "news/harbour.txt" in sources
    assert "news/hafen.txt" not in sources
    assert len(sources) == len(set(sources)) == 3


def test_junk_is_neither_retrieved_nor_quoted(made_up_bot, seeds_bot):
    for bot in (made_up_bot, seeds_bot):
        for query in (
            "newsletter",
            "Sign up",
            "Read more",
            "latest stories",
            "weather",
            "temperature 17.1 C",
            "author biography",
        ):
            for hit in bot.search(query, k=30):
                assert not any(
                    junk in hit.text for junk in ("Sign up", "Read more", "Latest stories", "17.1 C", "HomeWorld")
                )
                assert "news author" not in hit.text


def test_filters_by_source_and_date(made_up_bot):
    assert {hit.source for hit in made_up_bot.search("winter", sources=["bees*"])} == {"news/bees.txt"}
    assert {hit.source for hit in made_up_bot.search("winter", after="2024-04-01")} == {
        "news/bees.txt",
        "news/bridge.md",
    }
    assert {hit.source for hit in made_up_bot.search("winter", before="2024-03-31")} == {"news/harbour.txt"}
    assert made_up_bot.search("winter", sources=["nothing*"]) == []
    assert made_up_bot.ask("Who built the crane?", sources=["bees*"]).status == "refused"


@pytest.mark.parametrize("wrong", [{"after": "yesterday"}, {"before": "2024-13-01"}, {"k": 0}])
def test_arguments_that_do_not_fit_are_named(made_up_bot, wrong):
    with pytest.raises(InputError) as error:
        made_up_bot.ask("Who built the crane?", **wrong)
    assert str(next(iter(wrong.values()))) in error.value.message


def test_confidence_orders_answerable_above_unanswerable(made_up_bot):
    answerable = [
        "Who built the crane?",
        "How many hives does Petra Nowak keep?",
        "How many kilometres does the motorway add?",
    ]
    unanswerable = ["Who repaired the crane?", "How many bees live in Norway?", "Who designed the motorway in Spain?"]
    sure, unsure = (
        [made_up_bot.ask(question).confidence for question in asked] for asked in (answerable, unanswerable)
    )
    ordered = [one > other for one in sure for other in unsure]
    assert sum(ordered) >= len(ordered) - 1


def test_asking_many_equals_asking_one_by_one(made_up_bot):
    questions = ["Who built the crane?", "Wann wird die Brücke gesperrt?", "Who is the president of Peru?"]

    def comparable(answer):
        return {**answer.to_dict(), "timings_ms": None}

    together = [comparable(answer) for answer in made_up_bot.ask_many(questions)]
    assert together == [comparable(made_up_bot.ask(question)) for question in questions]
    assert made_up_bot.ask_many([]) == []


def test_streaming_ends_with_the_answer(made_up_bot):
    *text, answer = made_up_bot.stream("Who built the crane?")
    assert "".join(text) == answer.text


QUESTIONS_ABOUT_SEEDS = [
    "Which leaders will Biden meet in New York?",
    "Mit wem trifft sich Biden in New York?",
    "Which countries are members of the Collective Security Treaty Organization?",
    "Who is the foreign minister of Kazakhstan?",
    "Wann wurde der Artikel über Bidens Treffen mit Zentralasien veröffentlicht?",
    "How many personal messages did Tokayev receive?",
    "Who is Merry Vega?",
    "What is the capital of France?",
]


def test_answers_about_the_seeds_are_as_they_were(seeds_bot, update_golden):
    """Golden: read the diff, then rewrite with ``pytest tests/test_assistant.py --update-golden``."""
    answers = []
    for question in QUESTIONS_ABOUT_SEEDS:
        answer = seeds_bot.ask(question)
        assert_exact(answer, SEEDS.parent)
        citations = [
            (c.source, c.start, c.end, [(a.source, a.start, a.end) for a in c.also_in]) for c in answer.citations
        ]
        answers.append({"question": question, "text": answer.text, "status": answer.status, "citations": citations})
    golden = GOLDEN / "answers.json"
    if update_golden:
        golden.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert json.loads(golden.read_text(encoding="utf-8")) == json.loads(json.dumps(answers))


def test_the_seeds_are_four_stories(seeds_bot):
    groups = {source.source[6:9]: source.group for source in seeds_bot.sources()}
    assert groups["000"] == groups["001"]
    assert len(set(groups.values())) == 4
    (pair,) = seeds_bot.copies()
    assert pair.relation == "translation"


def test_no_sentence_of_the_seeds_is_lost(seeds_bot):
    """Every line that is not marked as junk is in the passages, whole."""
    for source in seeds_bot.sources():
        article, text = seeds_bot.article(source.source)
        passages = seeds_bot.passages_of(article)
        covered = sum(len("".join(passage.text.split())) for passage in passages)
        junk = sum(len("".join(text[junk.start : junk.end].split())) for junk in article.junk)
        assert covered + junk == len("".join(text.replace("\ufeff", "").split()))
