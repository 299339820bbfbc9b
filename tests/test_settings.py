"""Settings: order of precedence, and mistakes that name the setting."""

import pytest

from qa.errors import ConfigError
from qa.settings import Settings, load_settings


def test_later_sources_win(tmp_path):
    file = tmp_path / "qa.toml"
    file.write_text('corpus = ["a", "b"]\n[retrieve]\npassages = 3\ncandidates = 7\n[answer]\nthreshold = 0.25\n')
    environ = {"QA_RETRIEVE_PASSAGES": "4", "QA_ANSWER_THRESHOLD": "0.75"}
    settings = load_settings(file, environ, {"answer": {"threshold": 0.9}})
    assert settings.corpus == ("a", "b")
    assert (settings.retrieve.candidates, settings.retrieve.passages, settings.answer.threshold) == (7, 4, 0.9)


def test_defaults_without_any_source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}) == Settings()


@pytest.mark.parametrize(
    ("host", "expected"), [("10.0.0.5:11434", "http://10.0.0.5:11434"), ("https://llm.example", "https://llm.example")]
)
def test_ollama_host_is_honoured(tmp_path, monkeypatch, host, expected):
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {"OLLAMA_HOST": host}).ollama_host == expected


def test_several_corpus_paths_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {"QA_CORPUS": "one:two"}).corpus == ("one", "two")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[retrieve]\npassages = 0\n", "retrieve.passages"),
        ("[retrieve]\npasages = 3\n", "retrieve.pasages"),
        ("[answer]\nthreshold = 2\n", "answer.threshold"),
        ("corpus = 3\n", "corpus"),
        ("not toml", "not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path, text, named):
    file = tmp_path / "qa.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_settings(file, {})
    assert named in error.value.message
    assert error.value.hint


@pytest.mark.parametrize(
    ("environ", "overrides", "named"),
    [
        ({"QA_RETRIEVE_PASSAGES": "none"}, {}, "QA_RETRIEVE_PASSAGES"),
        ({"QA_RETRIEVE_PASAGES": "3"}, {}, "QA_RETRIEVE_PASAGES"),
        ({"QA_LLM_OPTIONS": "{x"}, {}, "QA_LLM_OPTIONS"),
        ({"QA_LLM_OPTIONS": "[1]"}, {}, "QA_LLM_OPTIONS"),
        ({"QA_RETRIEVE_PASSAGES": "3"}, {"retrieve": {"passages": 0}}, "command line"),
        ({"QA_RETRIEVE_CANDIDATES": "3"}, {}, "other.toml"),
    ],
)
def test_a_mistake_is_found_where_it_was_made(tmp_path, environ, overrides, named):
    file = tmp_path / "other.toml"
    file.write_text("" if named != "other.toml" else "[retrieve]\npassages = -1\n")
    with pytest.raises(ConfigError) as error:
        load_settings(file, environ, overrides)
    assert named in f"{error.value.message}; {error.value.hint}"


def test_tables_in_the_environment_are_json(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = load_settings(
        None, {"QA_LLM_OPTIONS": '{"num_thread": 2}', "QA_LLM_MAX_TOKENS": "99", "QA_OTHER_TOOL": "x"}
    )
    assert (found.llm.options, found.llm.max_tokens) == ({"num_thread": 2}, 99)


def test_settings_made_in_a_program_do_not_read_the_environment(monkeypatch):
    monkeypatch.setenv("QA_RETRIEVE_PASSAGES", "3")
    assert Settings() == Settings.model_validate({})
    assert Settings(index_dir="here").retrieve.passages == 8


@pytest.mark.parametrize("wrong", ["missing.toml", "."])
def test_a_file_that_is_named_must_be_there(tmp_path, wrong):
    with pytest.raises(ConfigError, match="cannot read"):
        load_settings(tmp_path / wrong, {})


def test_fingerprints_follow_what_they_stand_for():
    base = Settings()
    other = Settings.model_validate({"split": {"max_characters": 500}})
    assert base.index_fingerprint() != other.index_fingerprint()
    assert base.answer_fingerprint() == other.answer_fingerprint()
