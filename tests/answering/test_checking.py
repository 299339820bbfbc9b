"""Somebody's own text, sentence by sentence: supported, contradicted, not said; with exact quotes."""

from __future__ import annotations

import json

import pytest

from qa import Assistant, Settings
from qa.cli import main
from qa.errors import InputError
from qa.reading.support import Verifier
from scripted_reader import ScriptedReader, words

ARTICLE = "Zoo of Genk\n\n1 May 2022\n\nThe zoo of Genk opens at 9 am. Its director is Ada Holm.\n"
DRAFT = "The zoo of Genk opens at 9 am. Its director is Bo Reed. Penguins fly!"


def judge(claim, evidence):
    if "Penguins" in claim:
        return "n"
    if words(claim) <= words(evidence):
        return "e"
    return "c" if "director" in claim and "director" in evidence else "n"


@pytest.fixture
def bot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "zoo.txt").write_text(ARTICLE, encoding="utf-8", newline="")
    with Assistant(Settings()) as bot:
        bot.index(["zoo.txt"])
        bot._verifier = Verifier(ScriptedReader(judge=judge))
        yield bot


def test_each_sentence_gets_its_verdict_and_its_quotes(bot):
    checked = bot.check(DRAFT)
    assert [sentence.verdict for sentence in checked.sentences] == ["supported", "contradicted", "not said"]
    assert [DRAFT[sentence.start : sentence.end] for sentence in checked.sentences] == [
        sentence.text for sentence in checked.sentences
    ]
    quotes = {citation.number: citation.quote for citation in checked.citations}
    assert [quotes[number] for number in checked.sentences[0].citations] == ["The zoo of Genk opens at 9 am."]
    assert [quotes[number] for number in checked.sentences[1].citations] == ["Its director is Ada Holm."]
    assert checked.sentences[2].citations == ()
    for citation in checked.citations:
        assert ARTICLE[citation.start : citation.end] == citation.quote


def test_what_is_filtered_out_supports_nothing(bot):
    assert {sentence.verdict for sentence in bot.check(DRAFT, after="2023-01-01").sentences} == {"not said"}


@pytest.mark.parametrize("text", ["", "  \n", "x" * 60_000])
def test_what_cannot_be_checked_is_said(bot, text):
    with pytest.raises(InputError):
        bot.check(text)


def test_a_text_without_words_has_no_sentences(bot):
    assert bot.check("… — !").sentences == ()


def test_plain_strings_are_compared_without_an_index(bot):
    assert bot.supports("Its director is Ada Holm.", "Its director is Ada Holm.").supported
    assert bot.supports("Its director is Bo Reed.", "Its director is Ada Holm.").contradiction > 0.5


def test_the_command_prints_one_json_document(bot, tmp_path, capsys):
    (tmp_path / "draft.txt").write_text(DRAFT, encoding="utf-8")
    assert main(["check", "draft.txt", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["sentences"]) == 3
    assert {"text", "verdict", "support", "citations"} <= printed["sentences"][0].keys()
    assert main(["check", "draft.txt"]) == 0
    assert "supported" in capsys.readouterr().out


def test_a_missing_file_is_said(bot, capsys):
    assert main(["check", "nowhere.txt"]) == 1
    assert "nowhere.txt" in capsys.readouterr().err
