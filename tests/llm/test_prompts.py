"""Prompt templates and the fence around untrusted text."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ConfigError
from qa.llm.prompts import fenced, load_prompt, untrusted

VARIABLES = ("question", "passages")
TEMPLATE = "# System\n\nBe brief.\n\n# User\n\n{passages}\n\nQuestion: {question}\n"


def written(folder, text):
    (folder / "answer.md").write_text(text, encoding="utf-8")
    return folder


def test_the_programs_own_answer_prompt_loads():
    prompt = load_prompt("answer.md", ("language", "refusal", "passages", "question"), None)
    system, user = prompt.messages(language="German", refusal="Nein.", passages="PASSAGES", question="Wer?")
    assert (system.role, user.role) == ("system", "user")
    assert "German" in system.content
    assert "Nein." in system.content
    assert user.content == "PASSAGES\n\nQuestion: Wer?"


def test_a_prompt_of_the_users_replaces_the_programs(tmp_path):
    prompt = load_prompt("answer.md", VARIABLES, written(tmp_path, TEMPLATE))
    assert prompt.system == "Be brief."


def test_without_a_file_of_that_name_the_programs_own_is_used(tmp_path):
    assert load_prompt("answer.md", ("language", "refusal", "passages", "question"), tmp_path).system


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (TEMPLATE.replace("{question}", ""), "{question} is missing"),
        (TEMPLATE.replace("brief", "{tone}"), "{tone} is not known"),
        (TEMPLATE.replace("# System", ""), "needs the headings"),
        (TEMPLATE + "# User\n", "needs the headings"),
        ("Hello.\n" + TEMPLATE, None),
        ("", "needs the headings"),
    ],
)
def test_a_prompt_that_does_not_fit_is_refused_with_the_reason(tmp_path, text, complaint):
    folder = written(tmp_path, text)
    if complaint is None:  # words before the first heading are for people
        assert load_prompt("answer.md", VARIABLES, folder)
        return
    with pytest.raises(ConfigError, match=re.escape(complaint)):
        load_prompt("answer.md", VARIABLES, folder)


def test_a_value_is_not_searched_for_variables(tmp_path):
    prompt = load_prompt("answer.md", VARIABLES, written(tmp_path, TEMPLATE))
    assert prompt.messages(passages="{question} {system}", question="Who?")[1].content.startswith("{question} {system}")


@given(st.text(max_size=200))
def test_untrusted_text_can_close_no_fence_and_name_no_role(text):
    safe = untrusted(text)
    assert not set(safe) & set("<>[]【】`\n\r")
    assert not {unicodedata.category(character) for character in safe} & {"Cc", "Cf", "Co", "Cs"}
    assert untrusted(safe) == safe


@given(st.text(max_size=60), st.text(max_size=200))
def test_a_passage_has_one_beginning_and_one_end(heading, text):
    lines = fenced(3, heading, text).split("\n")
    assert len(lines) == 4
    assert (lines[0], lines[-1]) == ("<passage 3>", "</passage 3>")


def test_letters_of_every_script_stay():
    words = "Größe, naïve, Владимир, 東京, العربية, हिन्दी"
    assert untrusted(words) == unicodedata.normalize("NFKC", words)
