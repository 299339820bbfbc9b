"""Answers that a language model writes, with models that write what each test says."""

from pathlib import Path

import pytest

from qa import Assistant, Settings
from qa.errors import LLMError
from qa.records import Answer

CSTO = "Which countries are members of the CSTO?"
TRUE = "Kazakhstan, Kyrgyzstan and Uzbekistan are members of the Collective Security Treaty Organization"


class Model:
    """Writes a text, piece by piece, and keeps the prompts."""

    name = "scripted"

    def __init__(self, text, error=None, context_tokens=8192):
        self.text, self.error, self.context_tokens = text, error, context_tokens
        self.prompts = []
        self.closed = False

    def stream(self, messages, *, max_tokens=None):
        self.prompts.append(messages)
        try:
            for start in range(0, len(self.text), 7):
                yield self.text[start : start + 7]
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True

    def complete(self, messages, *, max_tokens=None):
        return "".join(self.stream(messages))


@pytest.fixture
def ask(seeds_index):
    """Asks the seeds with a model that writes a text."""

    def asking(text, question=CSTO, *, engine="ollama", error=None, **settings):
        with Assistant(Settings.model_validate({"index_dir": seeds_index, **settings})) as bot:
            bot.language_model = lambda _: Model(text, error)
            return bot.ask(question, engine)

    return asking


def quotes_stand_in_their_sources(answer):
    for citation in answer.citations:
        assert Path(citation.source).read_text(encoding="utf-8")[citation.start : citation.end] == citation.quote
    return True


def test_a_true_sentence_is_shown_with_the_exact_sentence_it_rests_on(ask):
    answer = ask(f"{TRUE} [1].")
    assert (answer.status, answer.engine, answer.model) == ("answered", "ollama", "scripted")
    (sentence,) = answer.sentences
    assert sentence.supported
    assert sentence.support > 0.5
    (citation,) = answer.citations
    assert "Collective Security Treaty Organization" in citation.quote
    assert "\n" not in citation.quote
    assert quotes_stand_in_their_sources(answer)
    assert answer.text == f"{TRUE}. [1]"
    assert answer.independent_sources == 1


@pytest.mark.parametrize(
    "written",
    [
        "Kazakhstan, Kyrgyzstan and Uzbekistan are not members of the Collective Security Treaty Organization [1].",
        "Kazakhstan, Kyrgyzstan and Uzbekistan left the Collective Security Treaty Organization in 2012 [1].",
    ],
)
def test_a_false_sentence_beside_a_true_one_is_marked(ask, written):
    answer = ask(f"{TRUE} [1]. {written}")
    assert [sentence.supported for sentence in answer.sentences] == [True, False]
    assert answer.sentences[1].citations == ()
    assert answer.text.endswith("[?]")
    assert any("could not be confirmed" in note for note in answer.notes)


def test_strict_support_leaves_the_false_sentence_out(ask):
    answer = ask(f"{TRUE} [1]. It was founded by Napoleon in 1815 [1].", answer={"strict_support": True})
    assert [sentence.text for sentence in answer.sentences] == [f"{TRUE}."]
    assert "Napoleon" not in answer.text
    assert any("left out" in note for note in answer.notes)


def test_where_nothing_is_supported_the_answer_is_quoted_and_says_why(ask):
    answer = ask("The organisation was founded by Napoleon in 1815 [1].")
    assert (answer.engine, answer.model, answer.status) == ("quote", None, "answered")
    assert any("quoted instead" in note for note in answer.notes)
    assert "Napoleon" not in answer.text


@pytest.mark.parametrize("mark", ["[7]", "[99]", ""])
def test_a_wrong_or_missing_citation_is_repaired(ask, mark):
    (citation,) = ask(f"{TRUE} {mark}.").citations
    assert "Collective Security Treaty Organization" in citation.quote


def test_the_same_sentence_is_cited_under_one_number(ask):
    answer = ask(f"{TRUE} [1]. Uzbekistan is a member of the Collective Security Treaty Organization [1].")
    assert [sentence.citations for sentence in answer.sentences] == [(1,), (1,)]


def test_a_repeated_sentence_is_shown_once(ask):
    assert len(ask(f"{TRUE} [1]. " * 5).sentences) == 1


def test_thinking_that_was_not_announced_is_no_part_of_the_answer(ask):
    answer = ask(f"Let me see. Napoleon comes to mind.</think>{TRUE} [1].")
    assert answer.text == f"{TRUE}. [1]"


def test_the_models_refusal_is_a_refusal_where_nothing_likely_was_found(ask):
    answer = ask("The sources do not say.", "Who will win the football match on Saturday in Astana?")
    assert answer.status == "refused"
    assert answer.citations == ()


def test_the_models_refusal_does_not_hide_a_likely_answer(ask):
    answer = ask("The sources do not say.")
    assert (answer.status, answer.engine) == ("answered", "quote")
    assert any("found no answer" in note for note in answer.notes)


def test_a_question_far_from_everything_is_refused_without_asking_the_model(seeds_index):
    model = Model("Bananas are yellow [1].")
    with Assistant(Settings(index_dir=seeds_index)) as bot:
        bot.language_model = lambda _: model
        assert bot.ask("Wie backt man einen Hefezopf mit Rosinen?", "ollama").status == "refused"
    assert model.prompts == []


def test_a_german_answer_is_checked_against_an_english_article(ask):
    members = "Kasachstan, Kirgisistan und Usbekistan sind Mitglieder"
    text = f"{members} der Organisation des Vertrags über kollektive Sicherheit [1]."
    answer = ask(text, "Welche Staaten gehören der OVKS an?", answer={"threshold": 0.0})
    assert answer.engine == "ollama"
    assert answer.sentences[0].supported


@pytest.mark.parametrize("begun", ["", "Kazakhstan, Kyrg"])
def test_a_failing_model_is_replaced_by_quoting_unless_it_was_asked_for(ask, begun):
    error = LLMError("the connection broke off", "ask again")
    answer = ask(begun, engine="auto", error=error)
    assert (answer.engine, answer.status) == ("quote", "answered")
    assert any("the connection broke off" in note for note in answer.notes)
    with pytest.raises(LLMError, match="broke off"):
        ask(begun, engine="ollama", error=error)


def test_the_prompt_is_short_and_has_the_sentences_that_were_read(seeds_index):
    model = Model(f"{TRUE}.")
    with Assistant(Settings(index_dir=seeds_index)) as bot:
        bot.language_model = lambda _: model
        bot.ask(CSTO, "ollama")
    prompt = model.prompts[0][1].content
    assert 1 <= prompt.count("</passage ") <= 3
    assert "Collective Security Treaty Organization" in prompt
    assert len(prompt) < 2400


def test_what_does_not_fit_into_the_context_is_left_out(seeds_index):
    model = Model(f"{TRUE}.", context_tokens=900)
    with Assistant(Settings(index_dir=seeds_index)) as bot:
        bot.language_model = lambda _: model
        bot.ask(CSTO, "ollama")
    assert model.prompts[0][1].content.count("</passage ") == 1


def test_where_nothing_is_supported_the_model_is_asked_once_more(seeds_index):
    model = Model("The organisation was founded by Napoleon in 1815.")
    with Assistant(Settings(index_dir=seeds_index)) as bot:
        bot.language_model = lambda _: model
        answer = bot.ask("What does Biden want to discuss in New York?", "ollama")
    assert len(model.prompts) == 2
    assert model.prompts[1][1].content.count("</passage ") == 1
    assert answer.engine == "quote"


def test_the_draft_is_kept_whatever_becomes_of_it(ask):
    assert ask(f"{TRUE}.").draft == f"{TRUE}."
    assert "Napoleon" in ask("The organisation was founded by Napoleon in 1815.").draft
    assert ask("The sources do not say.").draft == "The sources do not say."


def test_what_is_written_streams_and_the_checked_answer_comes_last(seeds_index):
    with Assistant(Settings(index_dir=seeds_index)) as bot:
        bot.language_model = lambda _: Model(f"{TRUE} [1].")
        *pieces, answer = bot.stream(CSTO, "ollama")
    assert "".join(pieces) == f"{TRUE} [1]."
    assert isinstance(answer, Answer)


def test_a_reader_who_leaves_stops_the_model(seeds_index):
    model = Model(f"{TRUE} [1].")
    with Assistant(Settings(index_dir=seeds_index)) as bot:
        bot.language_model = lambda _: model
        events = bot.stream(CSTO, "ollama")
        next(events)
        events.close()
    assert model.closed


def test_the_fingerprint_tells_models_and_prompts_apart(ask, tmp_path):
    (tmp_path / "answer.md").write_text(
        "# System\nBe brief, in {language}. {refusal}\n# User\n{passages}\n{question}\n", encoding="utf-8"
    )
    answers = [ask(f"{TRUE} [1]."), ask(f"{TRUE} [1]."), ask(f"{TRUE} [1].", prompts_dir=tmp_path)]
    first, again, other = [answer.fingerprint for answer in answers]
    assert first == again != other
