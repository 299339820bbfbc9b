"""Languages: told apart by function words, and by the heavy model only when these do not suffice."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text.language import detect, function_words

QUESTIONS = [
    ("en", "Who is Blinken?"),
    ("en", "Which countries are members of the CIS?"),
    ("de", "Wer ist Blinken?"),
    ("de", "Was hat Lady Gaga gesungen?"),
    ("de", "Wie heißt die Hauptstadt?"),
    ("fr", "Qui est Blinken ?"),
    ("fr", "Quels pays sont membres de la CEI ?"),
    ("es", "¿Quién es Blinken?"),
    ("it", "Chi è Blinken?"),
    ("pt", "Quem é Blinken?"),
    ("nl", "Welke landen zijn lid van het GOS?"),
    ("sv", "Vem är Blinken?"),
    ("da", "Hvad sagde han om det?"),
    ("no", "Hva sa han om det?"),
    ("pl", "Kim jest Blinken?"),
    ("cs", "Kdo je Blinken?"),
    ("ro", "Cine este Blinken?"),
    ("ru", "Кто такой Токаев?"),
    ("uk", "Хто такий Токаєв?"),
    ("bg", "Кой беше Токаев и какво каза той?"),
    ("el", "Ποιος είναι πρόεδρος;"),
    ("he", "מי הוא בלינקן?"),
    ("ar", "من هو بلينكن؟"),
    ("fa", "بلینکن کیست؟"),
    ("hi", "ब्लिंकन कौन है?"),
    ("th", "ใครคือบลิงเคน"),
    ("ko", "블링컨은 누구입니까?"),
    ("ja", "ブリンケンとは誰ですか"),
    ("zh", "布林肯是谁"),
]


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise AssertionError("the model was loaded")

    monkeypatch.setattr("qa.text.language._model", refuse)


@pytest.mark.usefixtures("no_model")
@pytest.mark.parametrize(("language", "question"), QUESTIONS)
def test_questions_show_their_language_without_the_model(language: str, question: str) -> None:
    assert detect(question) == language


# "Was", "die", "war" and "will" are words of both languages.
@pytest.mark.usefixtures("no_model")
def test_words_of_two_languages_do_not_mislead() -> None:
    assert detect("Was Tesla born before the war?") == "en"
    assert detect("Was The Edge will, war nicht klar.") == "de"


@pytest.mark.usefixtures("no_model")
@pytest.mark.parametrize("text", ["", "?", "Tokayev", "Antony Blinken", "42"])
def test_a_name_shows_no_language(text: str) -> None:
    assert detect(text) == "en"
    assert detect(text, default="de") == "de"


def test_the_model_is_asked_when_words_do_not_suffice() -> None:
    assert detect("Blinken kimdir ve nereye gitti?") == "tr"
    assert detect("Antony Blinken Jake Sullivan Joe Biden", default="fr") == "fr"


def test_importing_and_asking_loads_no_model() -> None:
    code = "import sys; from qa.text.language import detect; detect('Who is he?'); sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_function_words_are_lower_case_and_none_for_an_unknown_language() -> None:
    assert {"who", "the", "is", "of"} <= function_words("en")
    assert {"wer", "der", "ist", "heißt"} <= function_words("de")
    assert all(word == word.lower() for word in function_words("de"))
    assert function_words("xx") == frozenset()


@given(st.text(max_size=100), st.sampled_from(["en", "de"]))
def test_any_text_has_a_code(text: str, default: str) -> None:
    assert detect(text, default).isalpha()
