"""What the real client of OpenAI's API gets: the same checked answers, with the marks and quotes of their citations.

No test may make the server print a traceback.
"""

import threading

import openai
import pytest

from fixtures_web import copy_articles, serving
from scripted_ollama import ScriptedOllama

CSTO = "Is Kazakhstan a member of the CSTO?"
TRUE = "Kazakhstan, Kyrgyzstan and Uzbekistan are members of the Collective Security Treaty Organization"
INVENTED = "It was founded by Napoleon in 1815"
MODEL = "scripted:latest"


def client_of(server):
    return openai.OpenAI(base_url=f"{server.url}/v1", api_key="anything", max_retries=0, timeout=120)


@pytest.fixture
def client(web_server):
    """A client of the server; a traceback in the server's log fails the test."""
    with client_of(web_server) as opened:
        yield opened
    assert web_server.complaints == ""


@pytest.fixture(scope="module")
def ollama():
    """An Ollama server whose model writes what a test tells it to."""
    with ScriptedOllama() as running:
        yield running


@pytest.fixture(scope="module")
def server_with_llm(web_server, ollama, tmp_path_factory):
    """A server of the same articles that has that model."""
    folder = tmp_path_factory.mktemp("with_llm")
    copy_articles(web_server, folder)
    with serving(folder, environment={"OLLAMA_HOST": ollama.url}) as running:
        yield running


@pytest.fixture
def writing_client(server_with_llm):
    """A client of that server; a traceback in its log fails the test."""
    with client_of(server_with_llm) as opened:
        yield opened
    assert server_with_llm.complaints == ""


def user(text):
    return {"role": "user", "content": text}


def ask(client, *messages, model="article-qa"):
    """The text of an answer, and its JSON."""
    completion = client.chat.completions.create(model=model, messages=messages)
    (choice,) = completion.choices
    assert (completion.model, choice.finish_reason, choice.message.role) == (model, "stop", "assistant")
    assert completion.article_qa["schema"] == 1
    return choice.message.content, completion.article_qa


def streamed(client, *messages, model="article-qa"):
    """The same from a stream."""
    *chunks, last = client.chat.completions.create(model=model, messages=messages, stream=True)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in (*chunks, last)] == [None] * len(chunks) + ["stop"]
    assert len({chunk.id for chunk in (*chunks, last)}) == 1
    return "".join(chunk.choices[0].delta.content for chunk in chunks), last.article_qa


def timeless(answer):
    """An answer without how long it took, which is all that may differ."""
    return {name: value for name, value in answer.items() if name != "timings_ms"}


# -- by quotation


def test_who_can_be_asked(client):
    assert [model.id for model in client.models.list()] == ["article-qa", "article-qa-quote"]
    assert client.models.retrieve("article-qa").id == "article-qa"


@pytest.mark.parametrize("model", ["article-qa", "article-qa-quote"])
@pytest.mark.parametrize("question", [CSTO, "Wen trifft Biden in New York?", "How many moons does Jupiter have?"])
def test_a_stream_gives_what_is_given_at_once(client, model, question):
    (text, answer), (streamed_text, streamed_answer) = (
        way(client, user(question), model=model) for way in (ask, streamed)
    )
    assert text == streamed_text
    assert timeless(answer) == timeless(streamed_answer)


def test_a_text_has_the_marks_and_the_quotes_that_they_stand_for(client):
    text, answer = ask(client, user("When did Blinken arrive in Kazakhstan?"))
    assert text.startswith(answer["text"])
    assert len(answer["citations"]) > 1
    for citation in answer["citations"]:
        assert f"[{citation['number']}]" in answer["text"]
        assert f"[{citation['number']}] “{' '.join(citation['quote'].split())}” (" in text
        assert f"{citation['source']}, characters {citation['start']}–{citation['end']})" in text


def test_a_refusal_cites_nothing(client):
    text, answer = ask(client, user("How many moons does Jupiter have?"))
    assert (answer["status"], answer["citations"]) == ("refused", [])
    assert text.startswith(answer["text"])


def test_a_follow_up_is_understood_from_the_questions_before_whatever_was_answered(client):
    history = [
        {"role": "system", "content": "You are a pirate."},
        user(CSTO),
        {"role": "assistant", "content": "No. It is a member of the League of Hats."},
        user("And Kyrgyzstan?"),
    ]
    for way in (ask, streamed):
        text, answer = way(client, *history)
        assert answer["question"] == "And Kyrgyzstan?"
        assert "Kyrgyzstan, and Uzbekistan are members" in text
        assert "Hats" not in text


def test_what_could_not_be_asked_before_does_not_hinder_what_is_asked_now(client):
    text, answer = ask(client, user(""), user("x" * 3000), user(CSTO), user(" "), user("And Kyrgyzstan?"))
    assert answer["question"] == "And Kyrgyzstan?"
    assert "Kyrgyzstan, and Uzbekistan are members" in text


def test_a_question_in_parts_is_one_question(client):
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    text, answer = ask(client, user([{"type": "text", "text": CSTO}, picture]))
    assert answer["question"] == CSTO
    assert text == ask(client, user(CSTO))[0]


def test_settings_of_sampling_change_nothing(client):
    completion = client.chat.completions.create(
        model="article-qa", messages=[user(CSTO)], temperature=2, max_tokens=1, seed=7, stop=["a"], n=3
    )
    assert completion.choices[0].message.content == ask(client, user(CSTO))[0]


# -- errors


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([user(CSTO), {"role": "assistant", "content": "Yes."}], "the last message is not a question"),
        ([{"role": "system", "content": "Hello."}], "the last message is not a question"),
        ([user("")], "the question is empty"),
        ([{"role": "user", "content": None}], "the question is empty"),
        ([user([{"type": "image_url", "image_url": {"url": "data:,"}}])], "the question is empty"),
        ([user("x" * 2001)], "2001 characters"),
    ],
)
def test_what_is_no_question_is_a_bad_request(client, messages, said):
    with pytest.raises(openai.BadRequestError, match=said) as caught:
        client.chat.completions.create(model="article-qa", messages=messages)
    assert caught.value.type == "invalid_request_error"
    assert caught.value.body["hint"]


def test_no_messages_are_refused_in_our_words(client):
    with pytest.raises(openai.UnprocessableEntityError, match="messages does not fit"):
        client.chat.completions.create(model="article-qa", messages=[])


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_nobody_has_is_an_error_with_our_message(client, stream):
    with pytest.raises(openai.APIError, match="no Ollama server answers"):
        list(client.chat.completions.create(model="llama3", messages=[user(CSTO)], stream=stream))


def test_an_error_in_a_stream_reaches_the_caller(client):
    with pytest.raises(openai.APIError, match="the question is empty"):
        list(client.chat.completions.create(model="article-qa", messages=[user("")], stream=True))


# -- by an LLM


@pytest.mark.slow
def test_the_models_of_ollama_can_be_asked(writing_client):
    assert [model.id for model in writing_client.models.list()] == ["article-qa", "article-qa-quote", MODEL]


@pytest.mark.slow
@pytest.mark.parametrize("model", [MODEL, "article-qa"])
def test_an_invented_sentence_is_marked_and_no_draft_is_sent(writing_client, ollama, model):
    ollama.answer = f"{TRUE} [1]. {INVENTED} [1]."
    for way in (ask, streamed):
        text, answer = way(writing_client, user(CSTO), model=model)
        assert (answer["engine"], answer["model"]) == ("ollama", MODEL)
        assert [sentence["supported"] for sentence in answer["sentences"]] == [True, False]
        assert text.startswith(f"{TRUE}. [1] {INVENTED}. [?]")
        assert text.count(INVENTED) == 1


@pytest.mark.slow
def test_of_an_answer_that_is_all_invented_nothing_is_sent(writing_client, ollama):
    ollama.answer = f"{INVENTED} [1]."
    for way in (ask, streamed):
        text, answer = way(writing_client, user(CSTO), model=MODEL)
        assert answer["engine"] == "quote"
        assert "Napoleon" not in text


@pytest.mark.slow
def test_quotation_asks_no_model(writing_client, ollama):
    asked = len(ollama.prompts)
    assert ask(writing_client, user(CSTO), model="article-qa-quote")[1]["engine"] == "quote"
    assert len(ollama.prompts) == asked


@pytest.mark.slow
def test_a_model_that_ollama_does_not_have_is_named(writing_client):
    with pytest.raises(openai.APIError, match="missing"):
        ask(writing_client, user(CSTO), model="missing")


@pytest.mark.slow
def test_who_leaves_a_stream_stops_the_model(writing_client, ollama):
    writing = threading.Event()

    def endless(_):
        while True:
            writing.set()
            yield "and "

    ollama.answer, ollama.pause = endless, 0.01
    ollama.disconnected.clear()
    stream = writing_client.chat.completions.create(model=MODEL, messages=[user(CSTO)], stream=True)
    next(stream)
    assert writing.wait(60)
    stream.close()
    assert ollama.disconnected.wait(60)
    ollama.answer, ollama.pause = f"{TRUE} [1].", 0.0
    assert ask(writing_client, user(CSTO), model=MODEL)[1]["model"] == MODEL
