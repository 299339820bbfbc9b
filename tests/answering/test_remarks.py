"""Beside the quotes: other sources' other values, with citations, and the days that a relative date means."""

from __future__ import annotations

import pytest

from qa import Assistant, Settings

ARTICLES = {
    "a_post.txt": """Harbour fire

2 May 2021

The fire in the harbour of Lommel killed 12 people on Saturday night. The mayor thanked the firemen and will visit the
families next week.
""",
    "b_times.txt": """Blaze at the docks

3 May 2021

Lommel is in mourning. The fire in the harbour of Lommel killed 17 people on Saturday night. Ships were moved away in
time, and the cranes still stand.
""",
    "c_news.txt": """Market day

3 May 2021

The market of Lommel opens at eight. Cheese is sold near the church.
""",
}


@pytest.fixture(scope="module")
def bot(tmp_path_factory):
    folder = tmp_path_factory.mktemp("remarks")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    with Assistant(Settings.model_validate({"index_dir": folder / "index", "answer": {"engine": "quote"}})) as bot:
        bot.index([str(folder / name) for name in ARTICLES])
        yield bot


def test_both_values_are_shown_with_their_quotes(bot):
    answer = bot.ask("How many people did the fire in the harbour of Lommel kill?")
    (disagreement,) = answer.disagreements
    by_number = {citation.number: citation for citation in answer.citations}
    for claim in disagreement.claims:
        for number in claim.citations:
            assert claim.value in by_number[number].quote
    assert sorted(claim.value for claim in disagreement.claims) == ["12", "17"]
    assert len({by_number[claim.citations[0]].source for claim in disagreement.claims}) == 2
    assert "disagree" in answer.text
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))


# Filters choose what may be used at all, so what they leave out contradicts nobody.
def test_what_is_filtered_out_does_not_disagree(bot):
    answer = bot.ask("How many people did the fire in the harbour of Lommel kill?", sources=["a_post*"])
    assert answer.status == "answered"
    assert answer.disagreements == ()


def test_no_disagreement_where_one_source_speaks(bot):
    assert bot.ask("When does the market of Lommel open?").disagreements == ()


def test_a_relative_date_is_resolved_beside_the_quote(bot):
    answer = bot.ask("When will the mayor visit the families?")
    (citation,) = [one for one in answer.citations if "next week" in one.quote]
    assert any("3–9 May 2021" in note and f"[{citation.number}]" in note for note in answer.notes)
    assert "3–9" not in answer.text
