"""The evaluation itself: what makes an answer wrong, that nothing is lost, and that a worse answerer cannot pass."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from qa.evaluation.facts import Fact
from qa.evaluation.metrics import scores
from qa.evaluation.run import baselines, document, evaluate
from qa.index.stored import StoredArticle
from qa.records import Answer, AnswerSentence, Citation, Claim, Disagreement, Hit, Metadata

TEXT = "The bridge opened in 2015. It cost 40 million euros. Der Bau dauerte drei Jahre."
QUOTE = "The bridge opened in 2015."
FACT = Fact("opening", "When did the bridge open?", 1, expect=(("2015",),), sources=("bridge",), independent_sources=1)
UNANSWERABLE = Fact("weather", "What is the weather?", 5, answerable=False)


class Scripted:
    """Answers as it was told to, from one article on disk."""

    def __init__(self, path, answers):
        self.article_ = StoredArticle(
            1,
            "news/bridge.txt",
            str(path),
            "txt",
            True,
            "",
            Metadata("A bridge", "2015-06-01", None, "en"),
            (),
            (),
            1,
            80,
        )
        self.answers = answers

    def ask(self, question, engine=None):
        answer = self.answers[question]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def search(self, query, k=10):
        return [Hit("news/other.txt", 0, 9, "The river", 0.9), Hit("news/bridge.txt", 0, len(TEXT), TEXT, 0.8)]

    def article(self, source):
        return self.article_, TEXT


def answered(quote=QUOTE, source="news/bridge.txt", **changes):
    start = TEXT.find(quote)
    citation = Citation(1, source, "A bridge", "2015-06-01", "en", start, start + len(quote), quote)
    sentence = AnswerSentence(quote, (1,), 1.0, supported=True)
    text = f"{quote} [1]"
    full = Answer(FACT.question, "en", "answered", text, (sentence,), (citation,), 1, (), 0.9, "quote", "f")
    return replace(full, **changes)


def refused(confidence=0.1):
    return Answer("", "en", "refused", "The sources do not say.", (), (), 0, (), confidence, "quote", "f")


@pytest.fixture
def ask(tmp_path):
    path = tmp_path / "bridge.txt"
    path.write_text(TEXT, encoding="utf-8", newline="")

    def ask(fact, answer):
        (result,) = evaluate(Scripted(path, {fact.question: answer}), [fact])
        return result

    ask.path = path
    return ask


def test_a_right_answer_passes_and_counts_everywhere(ask):
    case = ask(FACT, answered())
    assert case.passed
    assert (case.citations, case.right_citations, case.found, case.exact_quotes) == (1, 1, 1, 1)
    assert case.retrieved_rank == 2
    values = {name: score.value for name, score in scores([case]).items()}
    shares = ("accuracy", "citation_precision", "citation_recall", "quote_exactness", "independent_sources")
    assert [values[name] for name in shares] == [1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("fact", "answer", "told"),
    [
        (FACT, refused(), "it refused"),
        (UNANSWERABLE, answered(), "it answered"),
        (FACT, answered("It cost 40 million euros."), "none of: 2015"),
        (replace(FACT, forbid=("opened",)), answered(), "must not be there"),
        (replace(FACT, sources=("tunnel",)), answered(), "not among the fact's sources"),
        (replace(FACT, quote="40 million"), answered(), "No quote has"),
        (FACT, answered(independent_sources=2), "counts 2 independent sources"),
        (replace(FACT, disagreement=(("2015",), ("2016",))), answered(), "no disagreement"),
    ],
)
def test_each_thing_wrong_is_named(ask, fact, answer, told):
    result = ask(fact, answer)
    assert not result.passed
    assert told in " ".join(result.failures)


def test_a_refusal_passes_where_the_articles_do_not_say(ask):
    assert ask(UNANSWERABLE, refused()).passed


# The one promise that no score may soften.
def test_a_quote_that_is_not_in_the_file_any_more_fails(ask):
    ask.path.write_text(TEXT.replace("2015", "2016"), encoding="utf-8")
    result = ask(FACT, answered())
    assert "not exactly" in " ".join(result.failures)
    assert result.exact_quotes == 0


# Else an answerer that crashes would look as if it refused well.
@pytest.mark.parametrize("fact", [FACT, UNANSWERABLE])
def test_a_crash_is_a_wrong_answer_and_no_refusal(ask, fact):
    result = ask(fact, ZeroDivisionError("boom"))
    assert not result.passed
    assert "boom" in (result.error or "")
    scores = document("f", "quote", [result], {})["summary"]["scores"]
    assert scores["accuracy"]["value"] == 0
    assert scores["refusal_recall"]["value"] == (None if fact.answerable else 0)


def test_both_sides_must_be_of_one_disagreement(ask):
    fact = replace(FACT, disagreement=(("2015",), ("2016",)))
    sides = [Disagreement((Claim(value, (1,)), Claim("1999", (1,)))) for value in ("2015", "2016")]
    assert not ask(fact, answered(disagreements=tuple(sides))).passed
    together = Disagreement((Claim("2015", (1,)), Claim("2016", (1,))))
    assert ask(fact, answered(disagreements=(together,))).passed


def test_an_answer_that_cannot_be_checked_counts_for_nothing(ask):
    result = ask(FACT, answered(source="news/bridge.txt", citations=(None,)))
    assert result.answer is not None
    assert "could not be checked" in result.failures[0]
    found = scores([result])
    assert (found["accuracy"].value, found["hit_at_10"].value, found["quote_exactness"].count) == (0, 0, 0)
    assert found["answer_characters"].value is None


def test_an_unexpected_disagreement_is_counted(ask):
    shown = (Disagreement((Claim("2015", (1,)), Claim("2016", (1,)))),)
    result = ask(FACT, answered(disagreements=shown))
    assert result.passed
    assert scores([result])["disagreements_unexpected"].value == 1


def test_the_baselines_are_judged_like_any_other(ask):
    cases = [ask(FACT, answered()), ask(UNANSWERABLE, refused())]
    found = baselines(Scripted(ask.path, {}), cases)
    assert [case.passed for case in found["always_refuse"]] == [False, True]
    assert [case.refused for case in found["first_passage"]] == [False, False]
    assert [case.retrieved_rank for case in found["first_passage"]] == [2, None]


def test_the_document_is_json_without_not_a_number(ask):
    cases = [ask(FACT, answered()), ask(UNANSWERABLE, refused())]
    compared = baselines(Scripted(ask.path, {}), cases)
    text = json.dumps(document("f", "quote", cases, compared), allow_nan=False)
    summary = json.loads(text)["summary"]
    assert (summary["cases"], summary["passed"], summary["errors"]) == (2, 2, 0)
    assert json.loads(text)["results"][0]["contexts"][0]["after"].startswith(" It cost")
