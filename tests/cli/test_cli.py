"""The command line: what goes to which stream, exit codes, and messages for every mistake."""

import io
import json
import os
import re
import subprocess
import sys

import pytest

from folders import ROOT
from qa.cli import main
from scripted_ollama import ScriptedOllama, pull_chunk


def run(arguments, folder, **kwargs):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **kwargs.pop("env", {})}
    command = [sys.executable, "-m", "qa", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False, **kwargs
    )


@pytest.fixture
def here(made_up, monkeypatch):
    monkeypatch.chdir(made_up)
    return ["--index", str(made_up / "index")]


def test_ask_json_is_one_document_of_schema_1(here, capsys):
    assert main(["ask", "Who built the crane?", "--json", *here]) == 0
    captured = capsys.readouterr()
    answer = json.loads(captured.out)
    assert captured.err == ""
    assert answer["schema"] == 1
    assert list(answer) == [
        *("schema", "question", "language", "status", "short", "text", "sentences", "citations", "independent_sources"),
        *("disagreements", "related", "passages", "confidence", "engine", "model", "draft", "notes", "timings_ms"),
        "fingerprint",
    ]
    assert set(answer["timings_ms"]) == {"retrieve", "read", "write", "check", "total"}


def test_ask_for_people_names_place_and_copies(here, capsys):
    assert main(["ask", "Who built the crane?", "--verbose", *here]) == 0
    shown = capsys.readouterr().out
    assert "[1]" in shown
    assert "news/harbour.txt:6" in shown
    assert "2024-03-12" in shown
    assert "also in news/hafen.txt" in shown
    assert "lifted its last load" in shown


def test_a_refusal_exits_0_and_shows_what_the_articles_do_say(here, capsys):
    assert main(["ask", "Who is the president of Peru?", *here]) == 0
    shown = capsys.readouterr().out
    assert "The sources do not say." in shown
    assert "what they say about the matter" in shown


def test_batch_keeps_order_and_ids(here, capsys, tmp_path):
    batch = tmp_path / "questions.jsonl"
    batch.write_text(
        '{"question": "Who built the crane?", "id": "a"}\n\n{"question": "Wer ist Papst?", "id": 7}\nWhat is honey?\n'
    )
    assert main(["ask", "--batch", str(batch), *here]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == ["a", 7, 4]
    assert [line["question"] for line in lines] == ["Who built the crane?", "Wer ist Papst?", "What is honey?"]


def test_a_question_that_cannot_be_asked_is_a_row_and_the_rest_is_answered(here, capsys, tmp_path):
    batch = tmp_path / "questions.jsonl"
    long = json.dumps({"question": "and " * 900, "id": "long"})
    batch.write_text(f'{long}\n{{"id": 5}}\n{{"question\n{{"question": null, "id": "none"}}\nWho built the crane?\n')
    assert main(["ask", "--batch", str(batch), *here]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == ["long", 5, 3, "none", 5]
    assert ["error" in line for line in lines] == [True, True, True, True, False]
    assert "line 1 of" in lines[0]["error"]["message"]
    assert lines[4]["status"] == "answered"


def test_question_from_stdin(made_up):
    done = run(["ask", "-", "--json", "--index", "index"], made_up, input="Who built the crane?\n")
    assert json.loads(done.stdout)["status"] == "answered"


def test_search_json(here, capsys):
    assert main(["search", "crane", "-k", "2", "--json", *here]) == 0
    hits = json.loads(capsys.readouterr().out)
    assert [list(hit) for hit in hits] == [["source", "start", "end", "text", "score"]] * 2
    assert all(0 <= hit["score"] <= 1 for hit in hits)
    assert hits[0]["score"] >= hits[1]["score"]


def test_sources_and_show(here, capsys):
    assert main(["sources", "--json", *here]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [source["source"] for source in listed["sources"]] == [
        "news/bees.txt", "news/bridge.md", "news/hafen.txt", "news/harbour.txt"
    ]  # fmt: skip
    assert main(["show", "bees", "--at", "0:31", *here]) == 0
    assert "Beekeepers report a mild winter" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ask", ""], 1, "the question is empty"),
        (["ask", "x" * 3000], 1, "3000 characters"),
        (["ask", "--batch", "nowhere.txt"], 1, "cannot read nowhere.txt"),
        (["ask", "Why?", "--config", "nowhere.toml"], 1, "cannot read nowhere.toml"),
        (["show", "nothing"], 1, "'nothing' is not indexed"),
        (["show", "h"], 1, "2 indexed articles fit 'h'"),
        (["show", "bees", "--at", "0:99999"], 1, "has only"),
        (["index", "nowhere"], 1, "no such file or folder"),
    ],
)
def test_mistakes_get_one_line_what_and_one_line_how(here, capsys, arguments, code, message):
    assert main([*arguments, *here]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    what, how = captured.err.strip().splitlines()
    assert message in what
    assert how.strip()


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"], ["ask", "a", "--batch", "b"], ["ask", "a", "--engine", "magic"], ["ask", "a", "--after", "yesterday"],
        ["search", "a", "-k", "0"], ["show", "a", "--at", "9:3"], ["fly"], [],
    ],
)  # fmt: skip
def test_wrong_usage_exits_2(here, capsys, arguments):
    with pytest.raises(SystemExit) as exit_:
        main([*arguments, *(here if arguments else [])])
    assert exit_.value.code == 2
    assert capsys.readouterr().err


def test_without_an_index_ask_says_so_and_builds_it(tmp_path, made_up):
    (tmp_path / "qa.toml").write_text(f'corpus = ["{made_up}/news"]\n')
    done = run(["ask", "Who built the crane?", "--json"], tmp_path)
    assert done.returncode == 0
    assert "building it from" in done.stderr
    assert json.loads(done.stdout)["status"] == "answered"
    assert (tmp_path / ".qa" / "current").is_symlink()


def test_strict_exits_1_when_a_file_cannot_be_read(tmp_path):
    (tmp_path / "good.txt").write_text("A good article says one thing. It says it twice.")
    (tmp_path / "bad.txt").write_bytes(b"\x00\x01\x02" * 50)
    assert run(["index", ".", "--index", "ix"], tmp_path).returncode == 0
    done = run(["index", ".", "--index", "ix", "--strict"], tmp_path)
    assert done.returncode == 1
    assert "bad.txt" in done.stdout


@pytest.mark.parametrize("forbidden", ["torch", "transformers", "sentence_transformers", "llama_index", "gradio"])
def test_reading_imports_nothing_heavy(made_up, forbidden):
    script = (
        "import sys; from qa.cli import main; code = main(['ask', 'Who built the crane?', '--index', 'index']);"
        f"assert code == 0; assert not [m for m in sys.modules if m.split('.')[0] == {forbidden!r}], 'imported'"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=made_up,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_hostile_article_cannot_drive_the_terminal(tmp_path):
    evil = "The \x1b]0;own\x07\x1b[31mred\x1b[0m fox \u202eback\u202c lives in Zarn. It eats \x9b2J seven hens a week."
    (tmp_path / "fox.txt").write_text(evil)
    run(["index", "fox.txt"], tmp_path)
    for arguments in (
        ["ask", "How many hens does the fox eat a week?", "--verbose"],
        ["show", "fox"],
        ["search", "fox"],
        ["sources"],
    ):
        shown = run(arguments, tmp_path).stdout
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown), arguments


@pytest.mark.parametrize(("answer", "pulls"), [("y\n", 1), ("\n", 0), ("n\n", 0)])
def test_a_model_that_is_not_there_is_fetched_if_one_likes(monkeypatch, capsys, seeds_index, answer, pulls):
    """Somebody at a terminal is asked; what was asked for is then answered, here by quotation."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr", Terminal())
    with ScriptedOllama("It is blue.", pull=[pull_chunk("success")]) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        arguments = ["ask", "Who met Biden?", "--engine", "quote", "--model", "missing", "--index", str(seeds_index)]
        assert main(arguments) == 0
        assert "fetch it now?" in sys.stderr.getvalue()
        assert sum(request.path == "/api/pull" for request in server.requests) == pulls
