"""What the tab for checking shows: every sentence once, its verdict in words, exact quotes, and nothing of it alive."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.records import Check, CheckedSentence, Citation
from qa.server.page.check import check_html


def checked(text="It opens at 9.", verdict="supported", quote="The zoo opens at 9 am."):
    numbers = () if verdict == "not said" else (1,)
    sentence = CheckedSentence(text, 0, len(text), verdict, 0.9, 0.1, numbers)
    citation = Citation(1, "zoo.txt", "Zoo", None, "en", 3, 3 + len(quote), quote)
    return Check((sentence,), (citation,) if numbers else (), "en")


def test_a_verdict_is_said_in_words_with_its_quote_and_place():
    shown = check_html(checked())
    assert "The articles say so" in shown
    assert "The zoo opens at 9 am." in shown
    assert "/read?" in shown
    assert "1 supported, 0 contradicted, 0 not said" in shown


def test_what_nobody_says_has_no_quote():
    shown = check_html(checked(verdict="not said"))
    assert "The articles do not say" in shown
    assert "<q" not in shown


@given(st.sampled_from(["<b>x</b>", "</li><script>x</script>", "&lt;", "<img src=x onerror=y>"]))
def test_markup_in_a_text_stays_text(text):
    shown = check_html(checked(text=text, quote=text, verdict="contradicted"))
    assert "<b>" not in shown
    assert "<script" not in shown
    assert "<img" not in shown
