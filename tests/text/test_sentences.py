"""Sentences and passages are offsets: nothing is lost, nothing overlaps, nothing is rewritten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.records import Span
from qa.text.sentences import split_passages, split_sentences

TEXTS = st.text(alphabet=st.sampled_from(list('abz ÄßЖ中.!?…\n\r\t\u2028\u00a0\ufeff"”“’1,;:-()')), max_size=400)


def sentences(text: str, language: str = "en") -> list[str]:
    return [text[s.start : s.end] for s in split_sentences(text, Span(0, len(text)), language)]


@given(TEXTS)
def test_every_visible_character_is_in_exactly_one_sentence(text):
    covered = [0] * len(text)
    for span in split_sentences(text, Span(0, len(text)), "en"):
        for place in range(span.start, span.end):
            covered[place] += 1
    assert all(
        count == (0 if text[place].isspace() else 1) or text[place].isspace() for place, count in enumerate(covered)
    )
    assert max(covered, default=0) <= 1


@given(TEXTS, st.integers(100, 400))
def test_passages_are_runs_of_whole_sentences_in_order(text, size):
    passages = split_passages(text, [Span(0, len(text))], "de", size)
    flat = [sentence for passage in passages for sentence in passage.sentences]
    assert flat == list(split_sentences(text, Span(0, len(text)), "de"))
    for passage in passages:
        assert (passage.start, passage.end) == (passage.sentences[0].start, passage.sentences[-1].end)
        assert len(passage.sentences) == 1 or passage.end - passage.start <= size


def test_a_passage_never_reaches_across_junk():
    text = "Good one. JUNK Good two."
    passages = split_passages(text, [Span(0, 10), Span(15, 24)], "en", 900)
    assert [text[p.start : p.end] for p in passages] == ["Good one.", "Good two."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It ended with stress. to deal with. . Then more.", ["It ended with stress. to deal with. .", "Then more."]),
        ("“We agree on it.” Miller said. The end came.", ["“We agree on it.” Miller said.", "The end came."]),
        ("Gov. Janet L. Stone met Dr. Ames. They left.", ["Gov. Janet L. Stone met Dr. Ames.", "They left."]),
        ("A line that is\nwrapped here. Next\none.", ["A line that is\nwrapped here.", "Next\none."]),
        (
            "First paragraph without stop\nSecond Paragraph here",
            ["First paragraph without stop", "Second Paragraph here"],
        ),
    ],
)
def test_scraped_text_is_repaired(text, expected):
    assert sentences(text) == expected


def test_german_abbreviations_and_ordinals_do_not_end_a_sentence():
    text = "Am 3. Oktober kamen z. B. Dr. Maier und Prof. Huber. Danach gab es Kaffee."
    assert sentences(text, "de") == ["Am 3. Oktober kamen z. B. Dr. Maier und Prof. Huber.", "Danach gab es Kaffee."]


def test_endless_text_is_cut():
    text = "word " * 5000
    assert all(span.end - span.start <= 1500 for span in split_sentences(text, Span(0, len(text)), "en"))


def test_passages_of_a_long_paragraph_are_of_even_length():
    text = " ".join(f"Sentence number {n} says something of ordinary length." for n in range(40))
    lengths = [p.end - p.start for p in split_passages(text, [Span(0, len(text))], "en", 900)]
    assert max(lengths) <= 900
    assert min(lengths) > 500
