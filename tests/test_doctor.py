"""``qa doctor`` finds what is wrong and names the cure."""

import json

from qa import Assistant, Settings
from qa.cli import main
from qa.doctor import examine


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
