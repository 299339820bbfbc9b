"""Retrieval uses both kinds of evidence."""

import dataclasses

from qa import Assistant, Settings
from qa.answering.finding import prepare
from qa.retrieval.search import Filters, Retriever


def test_rare_words_find_their_passage_and_count_in_its_score(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    codes = ["qx7731", "kr9920", "lm4417", "vb3308", "tz6652", "hn1195"]
    for code in codes:
        (tmp_path / f"{code}.txt").write_text(f"The left valve of this pump has the number {code}, the maker says.")
    with Assistant(Settings()) as bot:
        bot.index(["."])
        for code in codes:
            (question,) = prepare([f"pump valve {code}"], "", bot._embedder)
            best, second, *_ = Retriever(bot._open().index, candidates=50).retrieve(question, Filters(), k=6)
            assert best.passage.source == f"{code}.txt"
            assert best.bm25 > second.bm25
            assert best.fused > dataclasses.replace(best, bm25=0.0).fused
