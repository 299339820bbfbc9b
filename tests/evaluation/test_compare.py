"""Two runs are compared over the questions that both were asked, and chance is told from progress."""

import pytest

from qa.errors import InputError
from qa.evaluation.compare import compare
from qa.evaluation.statistics import mcnemar


def run(**verdicts):
    """A document; each verdict is (passed, text of the answer)."""
    results = [
        {"id": name, "fact": {"question": f"What is {name}?"}, "passed": passed, "answer": text and {"text": text}}
        for name, (passed, text) in verdicts.items()
    ]
    return {"schema": 1, "engine": "quote", "model": None, "results": results}


def test_mcnemar_by_hand():
    assert mcnemar(1, 9) == mcnemar(9, 1) == pytest.approx(22 / 1024)
    assert mcnemar(0, 0) == 1
    assert mcnemar(3, 3) == 1


def test_what_changed():
    a = run(x=(False, "1"), y=(True, "2"), z=(True, "3"), same=(True, "4"), old=(True, "5"))
    b = run(x=(True, "1"), y=(False, None), z=(True, "other"), same=(True, "4"), new=(False, None))
    found = compare(a, b, ("a.json", "b.json"))
    assert found["a"] == {"name": "a.json", "engine": "quote", "model": None, "accuracy": 0.8}
    assert (found["shared"], found["only_a"], found["only_b"]) == (4, ["old"], ["new"])
    assert (found["fixed"], found["broken"], found["changed"]) == (["x"], ["y"], ["z"])
    assert found["difference"]["value"] == 0
    assert found["difference"]["low"] < 0 < found["difference"]["high"]
    assert found["p_value"] == 1


def test_the_difference_is_of_the_second_from_the_first():
    a, b = run(x=(False, "1"), y=(False, "1")), run(x=(True, "1"), y=(True, "1"))
    assert compare(a, b, ("a", "b"))["difference"] == {"value": 1, "low": 1, "high": 1}


@pytest.mark.parametrize("other", [{}, {"schema": 2, "results": []}, {"schema": 1, "results": [{"id": "x"}]}])
def test_another_document_is_named(other):
    with pytest.raises(InputError, match=r"b\.json"):
        compare(run(x=(True, "1")), other, ("a.json", "b.json"))


def test_nothing_shared():
    with pytest.raises(InputError, match="no question in common"):
        compare(run(x=(True, "1")), run(y=(True, "1")), ("a", "b"))


def test_an_id_that_stands_for_two_questions_is_named():
    other = run(x=(True, "1"))
    other["results"][0]["fact"]["question"] = "Why?"
    with pytest.raises(InputError, match="'x'"):
        compare(run(x=(True, "1")), other, ("a", "b"))
