"""The page as people use it: real Chromium, the real server, the seeds.

Every page of every test fails if it asks another host for anything, opens a dialog, or makes the server complain
(``fixtures_browser``).
"""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest

from fixtures_browser import PHONE
from fixtures_web import copy_articles, serving
from folders import SEEDS

pytestmark = pytest.mark.slow

LEADERS = "Which leaders will Biden meet in New York?"
POPULATION = "Wie viele Einwohner hat Kasachstan?"
GERMAN = "Wen trifft Biden in New York?"


def asked_by_program(server, question: str) -> dict:
    """The answer of the server's API."""
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(f"{server.url}/api/ask", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def in_view(window, selector: str) -> bool:
    """Whether an element can be seen in what holds it."""
    return window.page.evaluate(
        """(selector) => { const box = document.querySelector(selector).getBoundingClientRect();
             const frame = document.getElementById('reader').getBoundingClientRect();
             return box.top >= frame.top && box.top < frame.bottom }""",
        selector,
    )


def test_an_english_question_and_its_citation_opened_at_its_place(web_server, windows, picture):
    window = windows(web_server)
    window.page.wait_for_selector("#chat .examples button")
    picture(window, "start")
    window.ask(LEADERS)
    answer = asked_by_program(web_server, LEADERS)
    assert window.last.locator(".sentences").inner_text().startswith(answer["sentences"][0]["text"])
    for citation in answer["citations"]:
        window.page.click(f"#chat .sentences a.cite >> text=[{citation['number']}]")
        window.page.wait_for_function(
            "(quote) => document.getElementById('quote')?.textContent === quote", arg=citation["quote"]
        )
        assert window.marked() == citation["quote"]
        assert in_view(window, "#quote")
        assert citation["title"] in window.page.inner_text("#reader header h2")
        assert citation["published"] in window.page.inner_text("#reader .facts")
    picture(window, "answer")
    assert window.axe() == []


def test_a_translation_stands_beside_with_the_same_sentence_marked(web_server, windows, picture):
    window = windows(web_server)
    window.ask(LEADERS)
    (copy,) = asked_by_program(web_server, LEADERS)["citations"][0]["also_in"]
    window.page.locator("#chat .also a.cite").first.click()
    assert window.marked("quote-beside") == copy["quote"]
    assert in_view(window, "#quote")
    assert in_view(window, "#quote-beside")
    heights = window.page.evaluate(
        "['quote', 'quote-beside'].map((id) => document.getElementById(id).getBoundingClientRect().top)"
    )
    assert abs(heights[0] - heights[1]) <= 2
    assert window.page.locator("#quote-beside").evaluate("(mark) => mark.closest('[lang]').lang") == "de"
    picture(window, "beside")


def test_a_german_question_is_answered_from_the_german_version(web_server, windows):
    window = windows(web_server)
    window.ask(GERMAN)
    assert "Biden" in window.last.locator(".sentences").inner_text()
    assert "German" in window.last.locator("ol.cited .about").first.inner_text()


def test_a_follow_up_is_made_whole_and_the_page_says_as_what(web_server, windows):
    window = windows(web_server)
    window.ask("What is said about Kazakhstan?")
    window.ask("And about Kyrgyzstan?")
    assert "Kyrgyzstan" in window.last.locator(".hint q").inner_text()


def test_a_refusal_looks_like_one_and_offers_what_comes_closest(web_server, windows):
    window = windows(web_server)
    window.ask(POPULATION)
    assert window.last.locator(".verdict").inner_text() == "Das sagen die Quellen nicht."
    assert window.last.locator(".sentences, ol.cited").count() == 0
    closest = asked_by_program(web_server, POPULATION)["related"][0]
    window.last.locator(".closest a.cite").first.click()
    window.page.wait_for_selector("#quote")
    assert window.marked() == closest["text"]


def test_dark_looks_right_and_is_kept(web_server, windows, picture):
    window = windows(web_server, color_scheme="dark")
    window.ask(POPULATION)
    assert window.page.evaluate("document.body.classList.contains('dark')")
    assert window.axe() == []
    picture(window, "refusal-dark")
    window.page.click("#theme")
    window.page.reload()
    window.page.wait_for_selector("#question textarea")
    window.page.wait_for_function("!document.body.classList.contains('dark')")


def test_a_conversation_survives_a_reload_and_can_be_ended(web_server, windows):
    window = windows(web_server)
    window.ask(LEADERS)
    said = window.last.inner_text()
    window.page.reload()
    window.wait_for_answers(1)
    assert window.last.inner_text() == said
    window.page.click("#fresh")
    window.wait_for_answers(0)
    window.page.reload()
    window.page.wait_for_selector("#chat .examples button")
    assert window.answers.count() == 0


def test_a_conversation_that_the_server_forgot_is_not_lost_without_a_word(web_server, windows, tmp_path):
    copy_articles(web_server, tmp_path)
    with serving(tmp_path, environment={"QA_SERVE_CONVERSATIONS": "1"}) as server:
        window = windows(server)
        window.ask(LEADERS)
        windows(server).page.goto("about:blank")  # that page's conversation takes the only place
        window.page.click("#retry-0")
        window.page.wait_for_selector("#status-line >> text=no longer has")
        assert window.answers.count() == 1
        window.ask(POPULATION, count=1)
        window.page.wait_for_selector("#status-line >> text=began a new one")
        windows(server).page.goto("about:blank")
        window.page.reload()
        window.page.wait_for_selector("#status-line >> text=no longer has")
        window.ask(LEADERS, count=1)
        assert "Answered" in window.page.inner_text("#status-line")
        window.page.goto("about:blank")


def test_two_people_do_not_see_each_other(web_server, windows):
    one, other = windows(web_server), windows(web_server)
    one.page.fill("#question textarea", LEADERS)
    other.page.fill("#question textarea", POPULATION)
    one.page.keyboard.press("Enter")
    other.page.keyboard.press("Enter")
    one.wait_for_answers(1)
    other.wait_for_answers(1)
    assert LEADERS not in other.page.inner_text("#chat")
    assert POPULATION not in one.page.inner_text("#chat")
    theirs = one.page.evaluate("sessionStorage.getItem('article-qa-conversation')")
    guessed = other.page.request.get(f"{web_server.url}/conversation/{theirs[:-1]}")
    assert guessed.status == 400


def test_the_examples_are_questions_in_both_languages_that_are_answered(web_server, windows):
    window = windows(web_server)
    window.page.wait_for_selector("#chat .examples button")
    offered = window.page.locator("#chat .examples .example-text").all_inner_texts()
    assert {asked_by_program(web_server, question)["language"] for question in offered} >= {"en", "de"}
    window.page.locator("#chat .examples button").first.click()
    window.wait_for_answers(1)
    assert window.last.locator(".sentences").count() == 1


def test_a_question_is_changed_and_what_followed_is_dropped(web_server, windows):
    window = windows(web_server)
    window.ask(LEADERS)
    window.ask(POPULATION)
    window.page.click("#edit-0")
    window.page.wait_for_function("document.querySelector('#question textarea').value !== ''")
    assert window.page.input_value("#question textarea") == LEADERS
    window.ask("What is said about Kyrgyzstan?", count=1)
    assert LEADERS not in window.page.inner_text("#chat")


def test_a_question_is_asked_again(web_server, windows):
    window = windows(web_server)
    window.ask(LEADERS)
    said = window.last.locator(".sentences").inner_text()
    window.ask(POPULATION)
    window.page.click("#retry-0")
    window.wait_for_answers(1)
    assert window.last.locator(".sentences").inner_text() == said


def test_an_answer_is_copied_and_the_conversation_exported(web_server, windows):
    window = windows(web_server)
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.page.click("#export")
    window.page.wait_for_function("document.querySelector('.status').textContent.includes('nothing to export')")
    window.ask(LEADERS)
    citation = asked_by_program(web_server, LEADERS)["citations"][0]
    window.page.click("#copy-0")
    window.page.wait_for_function("document.getElementById('copy-0').textContent === 'Copied'")
    copied = window.page.evaluate("navigator.clipboard.readText()")
    assert citation["quote"] in copied
    assert "Ask again" not in copied
    with window.page.expect_download() as download:
        window.page.click("#export")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert f"> {citation['quote']}" in text
    assert f"characters {citation['start']}–{citation['end']}" in text
    link = re.search(r"\((http://[^)]+)\)", text).group(1)
    window.page.goto(link)
    assert window.marked() == citation["quote"]


def test_filters_apply_and_a_wrong_date_is_explained(web_server, windows):
    window = windows(web_server)
    window.page.click("#filters button")
    window.page.fill("#after textarea, #after input", "yesterday")
    window.page.fill("#question textarea", LEADERS)
    window.page.keyboard.press("Control+Enter")
    window.page.wait_for_function("document.querySelector('.status').textContent.includes('not a date')")
    assert window.page.input_value("#question textarea") == LEADERS
    window.page.fill("#after textarea, #after input", "2030-01-01")
    window.ask(LEADERS)
    assert window.last.locator(".verdict").count() == 1
    window.page.fill("#after textarea, #after input", "2023-09-01")
    window.ask(LEADERS)
    assert window.last.locator(".sentences").count() == 1


def test_a_question_that_is_too_long_cannot_be_typed_and_an_empty_one_is_not_asked(web_server, windows):
    window = windows(web_server)
    window.page.locator("#question textarea").focus()
    window.page.keyboard.insert_text("x" * 2500)
    assert len(window.page.input_value("#question textarea")) == 2000
    window.page.fill("#question textarea", "   ")
    window.page.keyboard.press("Control+Enter")
    window.page.wait_for_function("document.querySelector('.status').textContent.includes('Type a question')")


# Nothing but the keyboard: to the box, ask, to the citation, open it, and back to where one was.
def test_everything_can_be_done_with_the_keyboard(web_server, windows):
    window = windows(web_server)
    window.page.locator("#question textarea").focus()
    window.page.keyboard.type(LEADERS)
    window.page.keyboard.press("Control+Enter")
    window.wait_for_answers(1)
    for _ in range(40):
        window.page.keyboard.press("Shift+Tab")
        if window.page.evaluate("document.activeElement.matches('.sentences a.cite')"):
            break
    where = window.page.evaluate("document.activeElement.getAttribute('href')")
    assert "/read?" in where
    window.page.keyboard.press("Enter")
    window.page.wait_for_selector("#quote")
    window.page.wait_for_function("document.activeElement.id === 'quote'")
    window.page.keyboard.press("Escape")
    assert window.page.evaluate("document.activeElement.getAttribute('href')") == where
    assert window.page.locator("#quote").count() == 0


def test_on_a_phone_the_article_is_a_sheet(web_server, windows, picture):
    window = windows(web_server, viewport=PHONE, has_touch=True, is_mobile=True)
    window.ask(LEADERS)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert not window.page.locator("#reader-panel").is_visible()
    window.page.locator("#chat .sentences a.cite").first.tap()
    window.page.wait_for_selector("#quote")
    assert window.page.locator("#reader-panel").get_attribute("role") == "dialog"
    assert in_view(window, "#quote")
    picture(window, "phone")
    assert window.axe() == []
    for _ in range(8):
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("document.getElementById('reader-panel').contains(document.activeElement)")
    window.page.click("#close-reader")
    assert not window.page.locator("#reader-panel").is_visible()


@pytest.mark.parametrize("tab", ["Ask", "Articles", "Status"])
def test_axe_finds_nothing_serious(web_server, windows, tab, picture):
    window = windows(web_server)
    window.page.wait_for_selector("#chat .examples button")
    window.tab(tab)
    window.page.wait_for_timeout(500)
    assert window.axe() == []
    if tab == "Articles":
        window.page.wait_for_selector("table.corpus")
        picture(window, "articles")


def test_the_page_of_a_citation_stands_alone(web_server, windows):
    window = windows(web_server)
    citation = asked_by_program(web_server, LEADERS)["citations"][0]
    place = f"source={citation['source']}&at={citation['start']}:{citation['end']}"
    window.page.goto(f"{web_server.url}/read?{place}#quote")
    assert window.marked() == citation["quote"]
    assert window.axe() == []
    window.page.goto(f"{web_server.url}/read?source=nothing")
    assert "is not indexed" in window.page.inner_text("main")


HOSTILE = """The <script>alert(1)</script> bridge of Ommen

12 May 2021

The bridge of Ommen <img src="http://example.com/a.png" onerror="alert(2)"> carries 4000 cars a day. It was built in
1931 by ${alert(3)} {{alert(4)}} <a href="javascript:alert(5)">the company</a> of Ommen. </mark></article><script
src="http://example.com/b.js"></script> ![](http://example.com/c.png) The bridge of Ommen is painted green every year.
<iframe src="http://example.com/d"></iframe> <style>@import "http://example.com/e.css";</style> Ommen lies on the river.
"""


def test_hostile_markup_in_an_article_stays_text(own_server, windows, tmp_path):
    path = tmp_path / "<img src=x onerror=alert(6)>.txt"
    path.write_text(HOSTILE, encoding="utf-8")
    window = windows(own_server)
    window.tab("Articles")
    window.page.set_input_files("#add-articles input[type=file]", path)
    window.page.wait_for_selector("#report >> text=1 added", timeout=120_000)
    window.page.wait_for_selector("table.corpus button.remove")
    assert window.page.locator("table.corpus img, table.corpus script").count() == 0
    window.tab("Ask")
    for question in ("How many cars does the bridge of Ommen carry?", "When was the bridge of Ommen built?"):
        window.ask(question)
        window.last.locator("a.cite").first.click()
        window.page.wait_for_selector("#quote")
    assert window.page.locator("#chat :is(img, iframe, script), #reader :is(img, iframe, script, style)").count() == 0
    assert "alert(3)" in window.page.inner_text("#reader")
    assert "<script>alert(1)</script>" in window.page.inner_text("#reader")
    assert window.axe() == []


def test_an_article_is_added_asked_removed_and_brought_back(own_server, windows, tmp_path):
    path = tmp_path / "lighthouse.md"
    path.write_text("# The lighthouse of Vlie\n\nThe lighthouse of Vlie is 54 metres tall.\n", encoding="utf-8")
    (tmp_path / "notes.exe").write_bytes(b"MZ")
    window = windows(own_server)
    question = "How tall is the lighthouse of Vlie?"
    window.tab("Articles")
    window.page.set_input_files("#add-articles input[type=file]", path)
    window.page.wait_for_selector("#report >> text=1 added", timeout=120_000)
    window.tab("Ask")
    window.ask(question)
    assert "54 metres" in window.last.inner_text()
    window.tab("Articles")
    window.page.click("table.corpus button.remove")
    window.page.wait_for_selector("#report >> text=1 removed", timeout=120_000)
    assert not (own_server.folder / "uploads" / "lighthouse.md").exists()
    window.tab("Ask")
    window.ask(question)
    assert window.last.locator(".verdict").count() == 1
    window.tab("Articles")
    window.page.click("#restore")
    window.page.wait_for_selector("#report >> text=1 added", timeout=120_000)
    assert (own_server.folder / "uploads" / "lighthouse.md").exists()
    assert sorted(one.name for one in (own_server.folder / "seeds").iterdir()) == sorted(
        one.name for one in SEEDS.iterdir()
    )


def test_uploads_survive_a_restart(web_server, windows, tmp_path):
    copy_articles(web_server, tmp_path)
    article = tmp_path / "mill.txt"
    article.write_text("The mill of Zaan grinds mustard. It stands beside the river Zaan.\n", encoding="utf-8")
    with serving(tmp_path) as server:
        window = windows(server)
        window.tab("Articles")
        window.page.set_input_files("#add-articles input[type=file]", article)
        window.page.wait_for_selector("#report >> text=1 added", timeout=120_000)
        window.page.goto("about:blank")
    with serving(tmp_path) as server:
        window = windows(server)
        window.ask("What does the mill of Zaan grind?")
        assert "mustard" in window.last.inner_text()


def test_a_changed_file_is_noticed_and_indexed_again(own_server, windows):
    window = windows(own_server)
    window.tab("Articles")
    window.page.wait_for_selector("#corpus table")
    window.tab("Ask")
    path = next((own_server.folder / "seeds").glob("003*"))
    path.write_text("The lighthouse of Ameland is 55 metres high. It is painted red and white.\n", encoding="utf-8")
    window.tab("Articles")
    window.page.wait_for_selector("table.corpus td.failed >> text=was changed")
    window.page.click("#index-again")
    window.page.wait_for_selector("#report >> text=1 updated", timeout=120_000)
    window.page.wait_for_selector("table.corpus:not(:has(td.failed))")


def test_files_that_cannot_be_read_are_reported(own_server, windows, tmp_path):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4 not really")
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    window = windows(own_server)
    window.tab("Articles")
    window.page.set_input_files("#add-articles input[type=file]", [broken, empty])
    window.page.wait_for_selector("#said >> text=is empty", timeout=60_000)
    window.page.wait_for_selector("#report >> text=not read", timeout=120_000)
    window.page.wait_for_selector("table.corpus td.failed >> text=not indexed")


def test_disagreement_shows_both_sides(web_server, windows, tmp_path, picture):
    news = {
        "post.txt": "Harbour fire\n\n2 May 2021\n\nThe fire in the harbour of Lommel killed 12 people on Saturday "
        "night. The mayor thanked the firemen.\n",
        "times.txt": "Blaze at the docks\n\n3 May 2021\n\nLommel is in mourning. The fire in the harbour of Lommel "
        "killed 17 people on Saturday night. Ships were moved away in time.\n",
    }
    (tmp_path / "seeds").mkdir()
    for name, text in news.items():
        (tmp_path / "seeds" / name).write_text(text, encoding="utf-8")
    with serving(tmp_path) as server:
        window = windows(server)
        window.ask("How many people did the fire in the harbour of Lommel kill?")
        told = window.last.locator(".disagreement")
        assert {side.split()[0] for side in told.locator("li").all_inner_texts()} == {"12", "17"}
        picture(window, "disagreement")
        told.locator("a.cite").last.click()
        window.page.wait_for_selector("#quote")
        assert window.marked() in " ".join(news.values())
        assert window.axe() == []
        window.page.goto("about:blank")


def test_text_from_right_to_left_reads_that_way(web_server, windows, tmp_path):
    (tmp_path / "seeds").mkdir()
    text = "الجسر\n\nيبلغ طول الجسر في أومن 400 متر. تم بناء الجسر عام 1931.\n"
    (tmp_path / "seeds" / "bridge.txt").write_text(text, encoding="utf-8")
    with serving(tmp_path) as server:
        window = windows(server)
        window.ask("كم يبلغ طول الجسر في أومن؟")
        direction = "(element) => getComputedStyle(element).direction"
        assert window.page.locator("#chat .asked p").evaluate(direction) == "rtl"
        window.last.locator("a.cite").first.click()
        window.page.wait_for_selector("#quote, #reader .article-text")
        assert window.page.locator("#reader .article-text p").last.evaluate(direction) == "rtl"
        window.page.goto("about:blank")


# Browsers send the name and password with whatever the page asks for, and a conversation belongs to who began it.
def test_people_who_sign_in_have_conversations_of_their_own(web_server, windows, tmp_path):
    copy_articles(web_server, tmp_path)
    accounts = tmp_path / "accounts"
    accounts.write_text("ada:lovelace\nbob:marley\n", encoding="utf-8")
    accounts.chmod(0o600)
    with serving(tmp_path, "--auth", str(accounts)) as server:
        ada = windows(server, http_credentials={"username": "ada", "password": "lovelace"})
        bob = windows(server, http_credentials={"username": "bob", "password": "marley"})
        ada.ask(LEADERS)
        name = ada.page.evaluate("sessionStorage.getItem('article-qa-conversation')")
        assert ada.page.request.get(f"{server.url}/conversation/{name}").status == 200
        assert bob.page.request.get(f"{server.url}/conversation/{name}").status == 400
        bob.page.evaluate("(name) => sessionStorage.setItem('article-qa-conversation', name)", name)
        bob.page.reload()
        bob.page.wait_for_selector("#chat .examples button")
        assert bob.answers.count() == 0
        ada.page.goto("about:blank")
        bob.page.goto("about:blank")
