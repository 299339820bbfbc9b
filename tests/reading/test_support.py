"""Checking a claim: the surest run of sentences counts, a number that is nowhere refuses it, contradiction is kept."""

from __future__ import annotations

import pytest

from qa.reading.support import SourceSentence, Verifier, support_of
from scripted_reader import ScriptedReader, words

BRIDGE = ("Ada Bell built a bridge.", "It cost 12 million euros.", "Rain fell.")


def check(claim, texts=BRIDGE, judge=None, continues=True, allowed=None):
    sources = [SourceSentence(text, "en", continues=continues and number > 0) for number, text in enumerate(texts)]
    verifier = Verifier(ScriptedReader(judge=judge))
    return verifier.check(claim, "en", sources, range(len(texts)) if allowed is None else allowed)


def test_the_sentence_that_supports_is_the_evidence():
    support = check("It cost 12 million euros.")
    assert support.supported
    assert support.evidence == (1,)
    assert support.score > 0.5 > support.contradiction


def test_sentences_that_follow_each_other_support_together():
    claim = "Ada Bell built a bridge. It cost 12 million euros."
    assert check(claim).evidence == (0, 1)
    assert not check(claim, continues=False).supported
    assert not check(claim, allowed=[0, 2]).supported


def test_a_number_that_the_evidence_lacks_refuses_whatever_the_judge_says():
    support = check("It cost 13 million euros.", judge=lambda *_: "e")
    assert not support.supported
    assert support.score == 0
    assert "13 million" in " ".join(support.missing)


def test_what_contradicts_is_shown():
    support = check("It cost nothing.", judge=lambda _, text: "c" if words(text) == words(BRIDGE[1]) else "n")
    assert not support.supported
    assert support.contradiction > 0.5
    assert support.evidence == (1,)


def test_no_evidence_supports_nothing():
    assert not check("It rained.", texts=()).supported
    assert check("It rained.", allowed=[]).evidence == ()


@pytest.mark.parametrize("evidence", ["", "   ", "?"])
def test_plain_strings_of_nothing_support_nothing(evidence):
    assert not support_of("It rained.", evidence, Verifier(ScriptedReader(judge=lambda *_: "n"))).supported


def test_plain_strings_are_cut_into_sentences():
    assert support_of("Rain fell.", " ".join(BRIDGE), Verifier(ScriptedReader())).evidence == (2,)
