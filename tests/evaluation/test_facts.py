"""Facts: what may stand in the file, and that every mistake is named with its line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folders import ROOT
from qa.errors import InputError
from qa.evaluation.facts import load_facts, schema
from qa.evaluation.judge import holds


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "facts.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_facts(path)

    return load


def test_the_facts_of_the_repository_are_what_they_claim_to_be():
    facts = load_facts(ROOT / "eval" / "facts.yaml")
    assert len(facts) >= 100
    assert sum(not fact.answerable for fact in facts) >= 30
    cited = {source for fact in facts for source in fact.sources}
    assert cited == {"000", "001", "002", "003", "004"}
    assert {fact.language for fact in facts} > {"en", "de", "fr", "ru"}
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds").iterdir())]
    for fact in facts:
        for group in fact.expect:
            assert any(holds(text, variant) for text in texts for variant in group), (fact.id, group)


def test_the_schema_in_the_repository_is_that_of_the_program():
    command = (
        'python -c "import json; from qa.evaluation.facts import schema; print(json.dumps(schema(), indent=2))"'
        " > eval/facts.schema.json"
    )
    assert json.loads((ROOT / "eval" / "facts.schema.json").read_text(encoding="utf-8")) == schema(), command


# YAML 1.1 would read these as false, a number and a date.
def test_words_stay_words(load):
    (fact,) = load("- {id: a, question: Yes or no, expect: [[No, Nein], [2015], [2023-09-17]], language: no}")
    assert fact.expect == (("No", "Nein"), ("2015",), ("2023-09-17",))
    assert fact.language == "no"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not a list of facts"),
        ("id: a", "not a list of facts"),
        ("- id: a\n  question: [", "line 2"),
        (b"- id: \xff", "not UTF-8"),
        ("- id: a", "line 1: question"),
        ("- id: a\n  question: Who?\n  expects: [[x]]", "line 3: there is no field 'expects'; did you mean expect?"),
        ("- id: a\n  question: Who?\n- id: a\n  question: Why?", "line 3: the id 'a' is already used in line 1"),
        ("- id: a\n  question: Who?\n  question: Why?", "line 3: the field 'question' is there twice"),
        ("- id: a\n  question: Who?\n  answerable: false\n  expect: [[x]]", "cannot be answered"),
        ("- id: a\n  question: Who?\n  answerable: No", "line 3: answerable"),
        ("- id: a\n  question: Who?\n  expect: [x]", "line 3"),
        ("- id: a\n  question: Who?\n  expect: [['']]", "line 3"),
        ("- id: a\n  question: Who?\n  language: English", "line 3: language"),
        ("- 5", "line 1: a fact has at least"),
        ("- &x [*x]", "aliases"),
    ],
)
def test_a_mistake_is_named_with_its_line(load, text, told):
    with pytest.raises(InputError) as caught:
        load(text)
    assert told in caught.value.message
    assert caught.value.hint


def test_a_missing_file_is_an_error_for_people(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        load_facts(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("Kazakhstan agreed.", "kazakh", True),
        ("He left Uzbekistan", "bekistan", False),
        ("in 2015.", "15", False),
        ("15,000 people", "15", False),
        ("1.15 per cent", "15", False),
        ("on the 15. of May", "15", True),
        ("It cost $15%", "15", True),
        ("two\n  days", "two days", True),
        ("ﬁnal", "final", True),
    ],
)
def test_words_are_found_where_a_reader_would_find_them(text, wanted, found):
    assert holds(text, wanted) is found


@given(st.lists(st.text(alphabet=st.characters(categories=["L"]), min_size=1), min_size=1))
def test_a_text_holds_each_of_its_words(words):
    assert all(holds(" ".join(words), word) for word in words)
