"""The reader around its network: long passages, odd texts and order are no matter."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qa.errors import ReaderError
from qa.models.reader import LONGEST, PackagedNetwork, Reader, windows


class MarksNumber:
    """A network that finds one token, wherever it stands, and sees nothing else."""

    def __init__(self, token):
        self.token = token
        self.longest = 0

    def spans(self, ids):
        self.longest = max(self.longest, len(ids))
        logits = np.full((len(ids), 2), -4.0, dtype=np.float32)
        logits[0] = 0.0
        logits[ids == self.token] = 6.0
        return logits

    def claim(self, ids):
        self.longest = max(self.longest, len(ids))
        return np.array([3.0 if self.token in ids else -3.0, 0.0, 0.0], dtype=np.float32)


def marking(word):
    reader = Reader(MarksNumber(-1), "test")
    network = MarksNumber(reader._ids(word)[0][0])
    return Reader(network, "test"), network


def said(text, span):
    return text[span.start : span.end]


def test_a_damaged_file_is_said(tmp_path):
    (tmp_path / "reader.onnx").write_bytes(b"no network")
    with pytest.raises(ReaderError) as caught:
        PackagedNetwork(tmp_path / "reader.onnx")
    assert "reinstall" in caught.value.hint


# --- long and odd texts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0.02, 0.3, 0.55, 0.8, 0.99])
def test_an_answer_anywhere_in_a_long_passage_is_found(place):
    reader, network = marking("42")
    words = ["word"] * 1500
    words.insert(int(place * 1500), "42")
    text = " ".join(words)
    reading = reader.read("Which number?", [text])[0]
    assert said(text, reading.best()) == "42"
    assert network.longest <= LONGEST


def test_long_evidence_is_judged_by_the_part_that_supports_most():
    reader, network = marking("42")
    evidence = " ".join(["word"] * 1000 + ["42"])
    assert reader.supports([("It is 42.", evidence)])[0].entailed > 0.5
    assert network.longest <= LONGEST


def test_a_very_long_question_leaves_room_for_the_passage():
    reader, network = marking("42")
    reading = reader.read("word " * 500, ["It is 42."])[0]
    assert said("It is 42.", reading.best()) == "42"
    assert network.longest <= LONGEST


@given(st.integers(0, 2000), st.integers(120, 320))
def test_windows_cover_everything_and_overlap(tokens, room):
    found = windows(tokens, room)
    assert found[0][0] == 0
    assert found[-1][1] == tokens
    assert all(high - low <= room for low, high in found)
    assert all(low < before for (_, before), (low, _) in pairwise(found))


@hypothesis_settings(deadline=None, max_examples=40)
@given(st.text(max_size=80), st.lists(st.text(max_size=120), max_size=3))
def test_any_text_can_be_read(question, passages):
    reader, _ = marking("42")
    for passage, reading in zip(passages, reader.read(question, passages), strict=True):
        best = reading.best()
        if best is not None:
            assert 0 <= best.start <= best.end <= len(passage)


def test_no_passages_no_readings():
    reader, _ = marking("42")
    assert reader.read("Who?", []) == []
    assert reader.supports([]) == []


def test_readings_come_in_the_order_of_the_passages():
    reader, _ = marking("42")
    texts = ["It is 42.", "Nothing.", "Again 42, here."]
    found = [reading.no_answer < 0.5 for reading in reader.read("Which number?", texts)]
    assert found == [True, False, True]
    said_of = [one.entailed > 0.5 for one in reader.supports([("It is so.", text) for text in texts])]
    assert said_of == [True, False, True]
