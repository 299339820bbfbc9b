"""Questions about an article itself."""

import pytest

from qa.answering.article_facts import ArticleFact, article_fact, topic


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("When was the article about the mine published?", ArticleFact.PUBLISHED),
        ("Wann ist der Artikel über die Mine erschienen?", ArticleFact.PUBLISHED),
        ("What is the headline of the story about the mine?", ArticleFact.TITLE),
        ("Which newspaper published the article about the mine?", ArticleFact.OUTLET),
        ("When was the treaty signed?", None),
        ("When was the report of the commission published?", None),
        ("Who published the first map of the river?", None),
    ],
)
def test_questions_about_the_article_itself(question, fact):
    assert article_fact(question) is fact


def test_the_topic_is_what_the_article_is_about():
    assert topic("When was the article about the copper mine published?", "en") == "copper mine"
    assert topic("Wie lautet die Überschrift des Artikels über das Bergwerk?", "de") == "Bergwerk?"
