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
        ("[answer]\nengine = 'magic'\n", "answer.engine"),
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


def test_fingerprints_follow_what_they_stand_for():
    base = Settings()
    other = Settings.model_validate({"split": {"max_characters": 500}})
    assert base.index_fingerprint() != other.index_fingerprint()
    assert base.answer_fingerprint() == other.answer_fingerprint()
