"""The page with a language model: drafts, checks, stopping, and a server that comes and goes."""

from __future__ import annotations

import threading

import pytest

from fixtures_web import copy_articles, serving
from scripted_ollama import ScriptedOllama

pytestmark = pytest.mark.slow

LEADERS = "Which leaders will Biden meet in New York?"
TRUE = (
    "US President Joe Biden will meet with the leaders of five Russia-allied Central Asian nations in New York next "
    "week. [1]"
)
INVENTED = "The talks will be opened by a choir of nine hundred children. [1]"


class Held:
    """An answer that comes word by word, and waits in the middle until it is let go on."""

    def __init__(self, text: str) -> None:
        self.words = [f"{word} " for word in text.split()]
        self.go_on = threading.Event()

    def __call__(self, _body):
        for number, word in enumerate(self.words):
            if number == len(self.words) // 2:
                self.go_on.wait(60)
            yield word


@pytest.fixture(scope="module")
def ollama():
    with ScriptedOllama(f"{TRUE} {INVENTED}", models=["scripted:latest", "another:latest"]) as scripted:
        yield scripted


@pytest.fixture(scope="module")
def server(web_server, ollama, tmp_path_factory):
    """A server with the shared one's index, and a language model."""
    folder = tmp_path_factory.mktemp("llm")
    copy_articles(web_server, folder)
    with serving(folder, environment={"OLLAMA_HOST": ollama.url}) as running:
        yield running


@pytest.fixture
def held(ollama):
    """Makes the model wait in the middle of its answer."""
    answer = Held(f"{TRUE} {INVENTED}")
    ollama.answer, before = answer, ollama.answer
    yield answer
    answer.go_on.set()
    ollama.answer = before


def test_what_no_source_confirms_is_visibly_so(server, windows, picture):
    window = windows(server)
    window.ask(LEADERS)
    sentences = window.last.locator(".sentence")
    assert sentences.count() == 2
    assert sentences.first.locator("a.cite").count() == 1
    assert "unsupported" in sentences.last.get_attribute("class")
    assert "not confirmed" in sentences.last.inner_text()
    assert "written by scripted:latest, checked" in window.last.inner_text()
    picture(window, "checked")
    assert window.axe() == []


def test_a_draft_is_shown_as_one_and_nothing_jumps_while_it_comes(server, held, windows):
    window = windows(server)
    box = "document.querySelector('#question textarea').getBoundingClientRect().top"
    top = window.page.evaluate(box)
    window.page.fill("#question textarea", LEADERS)
    window.page.keyboard.press("Control+Enter")
    window.page.wait_for_selector("#chat .answer.draft >> text=Biden")
    assert "checked" in window.page.inner_text("#chat .answer.draft .hint")
    assert "Writing with scripted:latest" in window.page.inner_text("#status-line")
    asked = "document.querySelector('#chat .asked').getBoundingClientRect().top"
    places = window.page.evaluate(box), window.page.evaluate(asked)
    held.go_on.set()
    window.wait_for_answers(1)
    assert (window.page.evaluate(box), window.page.evaluate(asked)) == places
    assert places[0] == top


def test_an_answer_is_stopped_in_the_middle_and_the_model_too(server, ollama, held, windows):
    ollama.disconnected.clear()
    window = windows(server)
    window.page.fill("#question textarea", LEADERS)
    window.page.keyboard.press("Control+Enter")
    window.page.wait_for_selector("#chat .answer.draft")
    window.page.click("#question button.stop-button")
    window.page.wait_for_selector("#chat .answer.failed >> text=Stopped")
    held.go_on.set()
    assert ollama.disconnected.wait(20)
    ollama.answer = TRUE
    window.page.click("#retry-0")
    window.wait_for_answers(1)


# The model thinks for ever; whoever wants a quotation does not wait for it.
def test_one_slow_answer_does_not_hold_up_the_rest(server, held, windows):
    slow, quick = windows(server), windows(server)
    slow.page.fill("#question textarea", LEADERS)
    slow.page.keyboard.press("Control+Enter")
    slow.page.wait_for_selector("#chat .answer.draft")
    choose(quick, "Quotes only")
    quick.ask(LEADERS)
    assert "quoted" in quick.last.inner_text()
    held.go_on.set()
    slow.wait_for_answers(1)


def choose(window, label: str) -> None:
    """Pick who writes."""
    window.page.click("#engine input")
    window.page.get_by_role("option", name=label).click()


def test_the_model_is_picked_on_the_page(server, windows):
    window = windows(server)
    choose(window, "another:latest, checked")
    window.ask(LEADERS)
    assert "written by another:latest" in window.last.inner_text()
    window.tab("Status")
    window.page.wait_for_selector("dl.facts >> text=another:latest")


def test_a_model_server_that_goes_away_and_comes_back_needs_no_reload(web_server, windows, tmp_path):
    copy_articles(web_server, tmp_path)
    with ScriptedOllama(TRUE) as scripted, serving(tmp_path, environment={"OLLAMA_HOST": scripted.url}) as server:
        window = windows(server)
        window.ask(LEADERS)
        assert "written by scripted:latest" in window.last.inner_text()
        choose(window, "scripted:latest, checked")
        scripted.stop()
        window.page.wait_for_function("document.querySelector('#engine input').value.includes('not there now')")
        window.page.fill("#question textarea", LEADERS)
        window.page.keyboard.press("Control+Enter")
        window.page.wait_for_selector("#chat .answer.failed")
        assert "Ollama" in window.page.inner_text("#chat .answer.failed")
        choose(window, "Automatic")
        window.ask(LEADERS, count=2)
        assert "quoted" in window.last.inner_text()
        window.tab("Status")
        window.page.click("#look-again")
        window.page.wait_for_selector("dl.facts >> text=ollama serve")
        window.page.goto("about:blank")


# What a page has picked may be of a list that the server has changed since, or of the server before this one.
@pytest.mark.parametrize(
    ("picked", "told"),
    [('"ollama:gone:latest"', "gone:latest"), ('"nobody"', "there is no engine"), ('{"a": [1]}', "written by")],
)
def test_a_choice_that_the_server_does_not_offer_is_explained(server, windows, picked, told):
    window = windows(server)
    changed = []

    def change(route):
        body = route.request.post_data
        changed.append('"auto"' in body)
        route.continue_(post_data=body.replace('"auto"', picked))

    window.page.route("**/queue/join*", change)
    window.page.fill("#question textarea", LEADERS)
    window.page.keyboard.press("Control+Enter")
    window.page.wait_for_selector(f"#desk >> text={told}")
    assert any(changed)
