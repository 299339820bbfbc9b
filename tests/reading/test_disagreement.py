"""What counts as a disagreement of independent sources, and what does not."""

from __future__ import annotations

import pytest

from qa.reading.choosing import read
from qa.reading.disagreement import find_disagreement
from reading.made_passages import asked, ranked
from scripted_reader import ScriptedReader

QUESTION = "When was the bridge over the river closed?"


def disputed(question, *sources, alike=0.95, judge=None, answers=None):
    """The values, newest first, that these sources give; each is a text, or a text and a day, or a language too."""
    passages, found = [], []
    for number, source in enumerate(sources, 1):
        text, answer, *more = source
        day, language = (*more, None, "en")[:2] if more else (None, "en")
        passages.append(ranked([text], number=number, published=day, language=language or "en", alike=alike))
        found.append(answer)
    reader = ScriptedReader(answers or found, judge=judge or (lambda *_: "n"))
    candidates = read(asked(question), passages, reader)
    first = next(one for one in candidates if one.ranked.article.id == 1)
    return [side.value for side in find_disagreement(asked(question), first, candidates, reader)]


def test_independent_articles_that_give_different_values_disagree():
    first = "The bridge over the river was closed in 1974 after a flood."
    second = "After a flood the bridge over the river was closed in 1981."
    assert disputed(QUESTION, (first, "1974"), (second, "1981")) == ["1974", "1981"]


def test_the_newest_value_stands_first():
    sources = (("The bridge was closed in 1974.", "1974", "2020-01-01"), ("It closed in 1981.", "1981", "2022-01-01"))
    assert disputed(QUESTION, *sources) == ["1981", "1974"]


def test_languages_do_not_matter():
    first, second = ("The bridge was closed in 1974.", "1974"), ("Die Brücke wurde 1981 gesperrt.", "1981", None, "de")
    assert disputed(QUESTION, first, second, alike=0.87) == ["1974", "1981"]


def test_three_values_are_one_disagreement_and_equal_ones_are_one_side():
    sources = [(f"The bridge was closed in {year}.", year) for year in ("1974", "1981")]
    same = ("The bridge over the river was closed on 3 May 1981.", "3 May 1981")
    assert len(disputed(QUESTION, *sources, ("It was closed in 1990.", "1990"))) == 3
    assert len(disputed(QUESTION, *sources, same)) == 2


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        pytest.param(QUESTION, ("Closed in 1974.", "1974"), ("Closed in May 1974.", "May 1974"), id="less precise"),
        pytest.param(
            "How long is the road?", ("It is 100 km long.", "100 km"), ("It is 62 miles long.", "62 miles"), id="units"
        ),
        pytest.param(
            "Who won the marathon in 2021?",
            ("In 2021 Ines Carr won.", "Ines Carr"),
            ("In 2022 Tilda Moss won.", "Tilda Moss"),
            id="another year",
        ),
        pytest.param(
            "Who keeps house 12?",
            ("Ada Holm keeps house 12.", "Ada Holm"),
            ("Bo Reed keeps house 14.", "Bo Reed"),
            id="another house",
        ),
        pytest.param(
            "How many barrels were sold in the first quarter?",
            ("41,000 barrels were sold in the first quarter.", "41,000"),
            ("46,500 barrels were sold in the second quarter.", "46,500"),
            id="another quarter",
        ),
        pytest.param(
            "How many flats has the city built?",
            ("The city has built 240 flats.", "240"),
            ("The city plans to build 300 flats.", "300"),
            id="plan",
        ),
        pytest.param(
            "How many people died?",
            ("On 3 May a fire killed 12 people.", "12"),
            ("On 9 June a fire killed 17 people.", "17"),
            id="another day",
        ),
        pytest.param(
            QUESTION,
            ("It was closed in 1974.", "1974"),
            ("The mayor believes it was closed in 1981.", "1981"),
            id="opinion",
        ),
        pytest.param(
            QUESTION,
            ("It was closed in 1974.", "1974"),
            ("“We closed the old bridge in 1981,” he said.", "1981"),
            id="direct speech",
        ),
        pytest.param("Who closed it?", ("Paul Hansen did.", "Paul Hansen"), ("Hansen did.", "Hansen"), id="same name"),
    ],
)
def test_other_things_and_looser_values_are_no_disagreement(question, first, second):
    assert disputed(question, first, second) == []


def test_names_disagree_where_no_source_supports_the_other_s():
    sources = (("The bridge was built by Ada Bell.", "Ada Bell"), ("Jo Reed has built the bridge.", "Jo Reed"))
    assert disputed("Who built the bridge?", *sources) == ["Ada Bell", "Jo Reed"]
    assert disputed("Who built the bridge?", *sources, judge=lambda *_: "e") == []
    assert disputed("Who built the bridge?", *sources, alike=0.7) == []


def test_an_unsure_answer_disputes_nothing():
    sources = (("The bridge was closed in 1974.", "1974"), ("Rain fell in 1981.", "1981"))
    assert disputed(QUESTION, *sources, answers={"1974": 1.0, "1981": -1.0}) == []


def test_sentences_that_mean_something_else_are_not_compared():
    assert disputed(QUESTION, ("It was closed in 1974.", "1974"), ("He retired in 1981.", "1981"), alike=0.6) == []
