"""No quotation leaves the program that its source does not hold at that place."""

import json

import pytest

from made_up import write_corpus
from qa import Assistant, Settings
from qa.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_corpus(tmp_path / "news")
    Assistant(Settings(index_dir="index")).index(["news"])
    return tmp_path


def test_a_changed_file_loses_its_citations_and_a_note_says_so(folder):
    path = folder / "news/harbour.txt"
    path.write_text("X" + path.read_text(encoding="utf-8"), encoding="utf-8")
    answer = Assistant(Settings(index_dir="index")).ask("Who built the crane?")
    assert answer.status == "refused"
    assert answer.confidence == 0
    assert any("news/harbour.txt was changed" in note for note in answer.notes)


def test_a_changed_copy_is_no_longer_named(folder):
    (folder / "news/hafen.txt").unlink()
    answer = Assistant(Settings(index_dir="index")).ask("Who built the crane?")
    assert answer.status == "answered"
    assert answer.citations[0].also_in == ()
    assert any("news/hafen.txt was changed or removed" in note for note in answer.notes)


def test_offsets_count_code_points_whatever_stands_before(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    sentence = "The lighthouse of Quorn is 61 metres high and was lit in 1874."
    text = f"\ufeff𝔘𝔫𝔦𝔠𝔬𝔡𝔢 and 👩‍👩‍👧 come first, says the keeper of words.\r\n\r\n{sentence}\r\n"
    (tmp_path / "o.txt").write_bytes(text.encode())
    Assistant(Settings()).index(["o.txt"])
    assert main(["ask", "How high is the lighthouse of Quorn?", "--json"]) == 0
    (citation,) = json.loads(capsys.readouterr().out)["citations"]
    decoded = (tmp_path / "o.txt").read_bytes().decode("utf-8")
    assert decoded[citation["start"] : citation["end"]] == citation["quote"] == sentence


def test_extracted_formats_name_the_place_in_the_original(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = (
        "<html><head><title>Mill for sale</title><meta property='article:published_time' content='2024-02-01'></head>"
        "<body><nav>Home News Sport</nav><article><h1>Mill for sale</h1>"
        "<p>The old mill of Lissow is for sale for 95,000 crowns, the owner said on Tuesday in the town hall.</p>"
        "<p>It stopped grinding in 1958, when the railway came to the valley and flour became cheap in the shops.</p>"
        "</article><footer>Imprint</footer></body></html>"
    )
    (tmp_path / "mill.html").write_text(page)
    with Assistant(Settings()) as bot:
        bot.index(["mill.html"])
        answer = bot.ask("How much does the mill of Lissow cost?")
        _, text = bot.article("mill.html")
    citation = answer.citations[0]
    assert "95,000 crowns" in citation.quote
    assert text[citation.start : citation.end] == citation.quote
    assert citation.published == "2024-02-01"
