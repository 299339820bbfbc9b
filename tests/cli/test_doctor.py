"""``qa doctor`` finds what is wrong and names the cure."""

import json
import socket
import sys
from importlib.metadata import PackageNotFoundError, version

import pytest

from qa import Assistant, Settings
from qa.cli import doctor, main
from qa.cli.doctor import examine
from qa.phrases import prompt_file
from scripted_ollama import Model, ScriptedOllama

EMBEDDER = Model("nomic-embed-text:latest", capabilities=("embedding",))
SMALL = Model("small:latest", size=2 << 30, parameters=1_500_000_000, context=4096)
LARGE = Model(
    "large:8b", size=5 << 30, parameters=8_000_000_000, context=40960, capabilities=("completion", "thinking")
)


@pytest.fixture
def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def checks_of_llm(host, *, engine="auto", prompts_dir=None, **settings):
    tree = {"ollama_host": host, "answer": {"engine": engine}, "prompts_dir": prompts_dir, "llm": settings}
    checks = [*doctor._language_model(Settings.model_validate(tree)), *doctor._prompts(Settings.model_validate(tree))]
    assert all(check.cure for check in checks if not check.ok), "each fault has a cure"
    assert not any(check.cure for check in checks if check.ok), "nothing else needs one"
    return {check.name: check for check in checks if check.name != "models that fit"}


def without_packages(*missing):
    def look_up(name):
        if name in missing:
            raise PackageNotFoundError(name)
        return version(name)

    return look_up


def test_all_is_well(made_up, monkeypatch, capsys):
    monkeypatch.chdir(made_up)
    assert main(["doctor", "--json", "--index", "index"]) in {0, 1}
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert checks["index"]["ok"]
    assert checks["embedding model"]["ok"]
    assert checks["chromadb"]["ok"]


def test_each_fault_has_a_cure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failing = {check.name: check for check in examine(Settings()) if not check.ok}
    assert "qa index" in failing["index"].cure
    assert failing["corpus"].cure
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/a.txt").write_text("One sentence is here. Another follows it at once.")
    Assistant(Settings()).index()
    assert all(check.ok for check in examine(Settings()) if check.name in {"index", "corpus"})
    (tmp_path / "seeds/a.txt").unlink()
    assert "sources" in {check.name for check in examine(Settings()) if not check.ok}
    (tmp_path / ".qa/current/catalog.sqlite").write_bytes(b"rubbish")
    assert "--rebuild" in next(check for check in examine(Settings()) if check.name == "index").cure


def test_the_whole_examination_has_the_language_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ScriptedOllama(models=[SMALL]) as server:
        names = {check.name for check in examine(Settings(ollama_host=server.url, prompts_dir=tmp_path))}
    assert names >= {"ollama server", "model small:latest", "language model", "prompts", "index", "disk"}


# The program works without a server, so somebody who never wanted one must not be told that something is broken.
def test_no_server_is_a_fault_only_where_one_was_asked_for(nobody):
    for engine in ("auto", "quote"):
        (check,) = checks_of_llm(nobody, engine=engine).values()
        assert check.ok
        assert "quoted" in check.found
        assert nobody in check.found
    check = checks_of_llm(nobody, engine="ollama")["ollama server"]
    assert not check.ok
    assert "ollama serve" in check.cure


def test_server_and_models_are_described():
    with ScriptedOllama(models=[SMALL, LARGE, EMBEDDER]) as server:
        checks = checks_of_llm(server.url)
        assert "0.9.6" in checks["ollama server"].found
        assert server.url in checks["ollama server"].found
        assert all(part in checks["model small:latest"].found for part in ("2.0 GiB", "1.5 billion", "4096 tokens"))
        assert "thinking" in checks["model large:8b"].found
        assert "embedding" in checks["model nomic-embed-text:latest"].found
        assert all(check.ok for check in checks.values())
        assert "nomic" not in checks["language model"].found
        assert checks_of_llm(server.url, model="small")["language model"].found.startswith("small:latest ")


def test_models_of_old_servers_are_described_too():
    with ScriptedOllama(models=[Model("old:latest", parameters=0, capabilities=None)]) as server:
        checks = checks_of_llm(server.url)
    assert checks["model old:latest"].ok
    assert "parameters" not in checks["model old:latest"].found
    assert checks["language model"].found.startswith("old:latest ")


def test_a_model_that_is_not_there_is_to_be_pulled():
    with ScriptedOllama(models=[SMALL]) as server:
        check = checks_of_llm(server.url, model="grand:70b")["language model"]
    assert not check.ok
    assert check.cure == "ollama pull grand:70b"
    assert "small:latest" in check.found


@pytest.mark.parametrize("models", [[], [EMBEDDER]], ids=["no model", "none that writes"])
@pytest.mark.parametrize("engine", ["auto", "ollama", "quote"])
def test_a_server_without_a_model_that_writes(models, engine):
    with ScriptedOllama(models=models) as server:
        check = checks_of_llm(server.url, engine=engine)["language model"]
    assert check.ok == (engine == "quote")
    assert check.cure.startswith("ollama pull ") != check.ok


def test_a_chosen_model_must_be_one_that_writes():
    with ScriptedOllama(models=[EMBEDDER, SMALL]) as server:
        check = checks_of_llm(server.url, model=EMBEDDER.name)["language model"]
    assert not check.ok
    assert EMBEDDER.name in check.found


@pytest.mark.parametrize("fault", ["other service", "other json"])
def test_another_service_at_the_address(fault):
    with ScriptedOllama(fault=fault) as server:
        check = checks_of_llm(server.url)["ollama server"]
    assert not check.ok
    assert "not an Ollama server" in check.found
    assert "OLLAMA_HOST" in check.cure


def test_a_server_that_wants_a_key_is_not_taken_for_another_service():
    with ScriptedOllama(key="Bearer right", models=[SMALL]) as server:
        check = checks_of_llm(server.url, headers={"Authorization": "Bearer wrong"})["ollama server"]
        assert "refuses access" in check.found
        assert "llm.headers" in check.cure
        assert "wrong" not in check.found + check.cure
        assert checks_of_llm(server.url, headers={"Authorization": "Bearer right"})["language model"].ok


def test_a_slow_server_works_if_it_is_asked_for():
    with ScriptedOllama(delay=0.5, models=[SMALL]) as server:
        assert "too slow" in checks_of_llm(server.url)["ollama server"].found
        assert "too slow" not in checks_of_llm(server.url, engine="ollama")["ollama server"].found


def test_an_address_that_is_none():
    check = checks_of_llm("http://localhost:port")["ollama server"]
    assert not check.ok


# Whoever installed only the core has no client; that is a fault once there is a server to use it with.
@pytest.mark.parametrize("package", ["httpx", "ollama", "llama-index-llms-ollama"])
def test_packages_are_missing(package, nobody, monkeypatch):
    monkeypatch.setattr(doctor, "version", without_packages(package))
    for module in ("httpx", "ollama", "llama_index.llms.ollama"):
        monkeypatch.setitem(sys.modules, module, None)
    assert all(check.ok for check in checks_of_llm(nobody).values())
    asked = checks_of_llm(nobody, engine="ollama")["ollama packages"]
    assert package in asked.found
    assert asked.cure == "pip install 'article-qa[ollama]'"
    with ScriptedOllama() as server:
        checks = checks_of_llm(server.url)
        assert checks["ollama server"].ok
        assert not checks["ollama packages"].ok
        assert checks_of_llm(server.url, engine="quote")["ollama packages"].ok
    with ScriptedOllama(fault="other service") as server:
        assert "not an Ollama server" in checks_of_llm(server.url)["ollama server"].found


def test_a_model_by_another_llamaindex_class(nobody):
    made = checks_of_llm(nobody, factory="llama_index.core.llms:MockLLM")
    assert list(made) == ["language model"]
    assert "MockLLM" in made["language model"].found
    check = checks_of_llm(nobody, factory="no.such.package:Class")["language model"]
    assert not check.ok
    assert "llm.factory" in check.cure


def test_prompts_of_the_user(tmp_path, nobody):
    assert "prompts" not in checks_of_llm(nobody)
    assert not checks_of_llm(nobody, prompts_dir=tmp_path / "absent")["prompts"].ok
    assert checks_of_llm(nobody, prompts_dir=tmp_path)["prompts"].ok

    own = tmp_path / "answer.md"
    own.write_text(prompt_file("answer.md"), encoding="utf-8")
    assert str(own) in checks_of_llm(nobody, prompts_dir=tmp_path)["prompts"].found
    own.write_text(prompt_file("answer.md").replace("{question}", ""), encoding="utf-8")
    assert "{question}" in checks_of_llm(nobody, prompts_dir=tmp_path)["prompts"].found
    own.write_bytes(b"\xff\xfe")
    assert not checks_of_llm(nobody, prompts_dir=tmp_path)["prompts"].ok


# It would silently never be used.
def test_a_misspelt_prompt_of_the_user(tmp_path, nobody):
    (tmp_path / "anwser.md").write_text(prompt_file("answer.md"), encoding="utf-8")
    check = checks_of_llm(nobody, prompts_dir=tmp_path)["prompts"]
    assert not check.ok
    assert "anwser.md" in check.found


@pytest.mark.parametrize(
    ("gibibytes", "named"),
    [(24, "qwen3:4b (2.4 GiB) and gemma3:4b"), (6, "llama3.2:3b"), (1, "smallest: llama3.2:1b")],
)
def test_models_are_suggested_that_fit_into_the_memory(gibibytes, named):
    assert named in doctor._fitting(gibibytes * 2**30)
