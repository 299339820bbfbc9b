"""Cleaning: what of a page is article, and what the page says about itself.

``golden/clean/cases`` are articles written by hand. A line that starts with ``+`` is article, ``T`` the headline, ``D``
the dateline or byline, ``-`` other junk; the first lines say what metadata is expected. ``golden/clean/*.json`` is what
cleaning makes of the seeds; ``pytest --update-golden`` writes it anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import folders
from folders import SEEDS
from qa.cleaning import DATELINE, PAGE_DATE, REPEATED, TITLE, clean, kept_spans, mark_repeated
from qa.cleaning.dates import find_dates
from qa.records import Article, Document, Metadata

GOLDEN = folders.GOLDEN / "clean"
CASES = sorted((GOLDEN / "cases").glob("*.txt"))


def document(text: str, declared: Metadata | None = None, source: str = "a.txt") -> Document:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Document(source, f"/{source}", text, "txt", True, sha256, declared=declared or Metadata())


def kept_lines(article: Article) -> list[str]:
    text = article.document.text
    return [
        line.strip() for span in kept_spans(article) for line in text[span.start : span.end].split("\n") if line.strip()
    ]


@dataclass(frozen=True)
class Case:
    text: str
    lines: list[tuple[str, str]]
    expected: dict[str, str | None]


def read_case(path: Path) -> Case:
    expected: dict[str, str | None] = {}
    lines: list[tuple[str, str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            name, _, value = line[2:].partition(": ")
            expected[name] = None if value == "None" else value
        else:
            lines.append((line[:1], line[2:]))
    return Case("\n".join(words for _, words in lines), lines, expected)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_articles_keep_their_sentences_and_lose_their_furniture(path: Path) -> None:
    case = read_case(path)
    article = clean(document(case.text))
    assert kept_lines(article) == [words.strip() for mark, words in case.lines if mark == "+"]
    rules = {case.text[junk.start : junk.end].strip(): junk.rule for junk in article.junk}
    assert [words for mark, words in case.lines if mark == "T" and rules[words] != TITLE] == []
    assert [words for mark, words in case.lines if mark == "D" and find_dates(words) and rules[words] != DATELINE] == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_articles_say_when_where_and_under_which_headline_they_appeared(path: Path) -> None:
    case = read_case(path)
    assert asdict(clean(document(case.text)).metadata) == case.expected


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.name[:3])
def test_seeds_are_cleaned_as_before(path: Path, update_golden: bool) -> None:
    article = clean(document(path.read_bytes().decode()))
    text = article.document.text
    found = {
        "metadata": asdict(article.metadata),
        "junk": [{**asdict(junk), "text": text[junk.start : junk.end]} for junk in article.junk],
    }
    golden = GOLDEN / f"{path.stem[:3]}.json"
    if update_golden:
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


# Only the seeds' own facts, so that a careless --update-golden cannot hide a loss.
@pytest.mark.parametrize(
    ("number", "published", "kept", "junk"),
    [
        ("000", "2023-09-17", "Washington has stepped up its efforts", "newsletter"),
        ("001", None, "Washington hat seine Bemühungen verstärkt", "Verteidigungsbündnisses"),
        ("002", None, "China also exerts significant financial influence", "news author"),
        ("004", None, "The United States has sought for decades", "Source: News 24"),
    ],
)
def test_seeds_lose_junk_and_keep_news(number: str, published: str | None, kept: str, junk: str) -> None:
    (path,) = SEEDS.glob(f"{number}_*")
    article = clean(document(path.read_bytes().decode()))
    assert article.metadata.published == published
    text = "\n".join(kept_lines(article))
    assert kept in text
    assert junk not in text
    assert junk in article.document.text


PARAGRAPH = "The council of the town voted on Tuesday to repair the bridge that the flood had damaged."
SECOND = "Work on it will begin in the spring, an engineer said, and will cost four million crowns."


def test_a_date_above_the_headline_is_the_page_s_and_one_below_it_the_article_s() -> None:
    above = clean(document(f"Wed, 06 Dec 2023\n\nCouncil votes to repair the bridge\n\n{PARAGRAPH}"))
    assert (above.metadata.published, above.junk[0].rule) == (None, PAGE_DATE)
    both = clean(document(f"Wed, 06 Dec 2023\n\nCouncil votes to repair the bridge\n17 Sep 2023\n\n{PARAGRAPH}"))
    assert both.metadata.published == "2023-09-17"


def test_the_day_of_publishing_wins_over_the_day_of_a_change() -> None:
    article = clean(document(f"Council votes on bridge\nUpdated 6 May 2019 | Published 4 May 2019\n\n{PARAGRAPH}"))
    assert article.metadata.published == "2019-05-04"


def test_what_the_file_declares_wins() -> None:
    declared = Metadata("Council votes on bridge | Gazette", "2020-01-01", "Gazette", "en")
    article = clean(
        document(f"Town news\n\nCouncil votes on bridge\n17 Sep 2023\n\n{PARAGRAPH}\n\nSource: Other", declared)
    )
    assert article.metadata == Metadata("Council votes on bridge", "2020-01-01", "Gazette", "en")
    assert clean(document(PARAGRAPH, declared)).metadata.title == declared.title


def test_fields_above_the_text_are_metadata() -> None:
    article = clean(document(f"Title: Bridge to be repaired\nDate: 17.09.2023\nSource: Town Gazette\n\n{PARAGRAPH}"))
    assert article.metadata == Metadata("Bridge to be repaired", "2023-09-17", "Town Gazette", "en")
    assert kept_lines(article) == [PARAGRAPH]


def test_a_headline_alone_is_kept_as_the_article() -> None:
    article = clean(document("Meeting moved to Friday"))
    assert (kept_lines(article), article.metadata.title) == (["Meeting moved to Friday"], "Meeting moved to Friday")


BEGINS_LIKE_FURNITURE = [
    "By signing up to the accord, Norway became the fifth member.",
    "By continuing to raise rates, the bank risks a recession.",
    "Copyright law changed in 2020.",
    "Reporting by satellite is slow.",
    "An earlier version of the bill passed in March.",
    "He declined to comment. (Reuters)",
    "Temperatures reached 40 C in Delhi.",
    "Share prices fell by 3 percent.",
    "Sign up for nothing, her mother used to say.",
    "Contact with the ship was lost at noon.",
    "Source code was stolen.",
    "Related charges were dropped in May.",
    "Read more books, the minister told children.",
    "Click here was what he saw on the screen, over and over, until the machine died.",
    "Comments by the minister angered farmers.",
    "Stay informed and calm, officials advised residents.",
    "We use cookies in three recipes of the book.",
    "On 17 September 2023 the treaty was signed.",
    "Anna Brown is a writer, and she told the court that she had seen the fire.",
    "Yes.",
    "Werbung ist teuer.",
    "Quellen nennt er nicht.",
    "Stand 2020 waren es 14 Prozent.",
    "Jetzt kostenlos fahren Kinder unter 14.",
    "Recibe el premio por tercera vez.",
    "Par Toutatis, le village résiste.",
]


@pytest.mark.parametrize("sentence", BEGINS_LIKE_FURNITURE)
def test_news_that_begins_like_furniture_is_kept(sentence: str) -> None:
    for paragraphs in (
        [PARAGRAPH, sentence, SECOND],
        [PARAGRAPH, SECOND, sentence],
        ["A bridge falls", sentence, SECOND],
    ):
        assert sentence in kept_lines(clean(document("\n\n".join(paragraphs))))


FURNITURE = [
    "Read more",
    "READ MORE »",
    "ALSO READ: Bridge closed for months",
    "(Photo by Jane Doe/AFP)",
    "Foto: Jane Doe",
    "Follow us on Twitter",
    "Sign up for our newsletter",
    "Click here to subscribe.",
    "Comments (3)",
    "5 min read",
    "vor 3 Stunden",
    "il y a 2 heures",
    "Last updated: 2 hours ago",
    "Updated 3/4/2023",
    "10:45",
    "Advertisement",
    "Subscribe to our newsletter to get the best stories every morning.",
    "We use cookies to improve your experience.",
    "https://example.com/a/b",
    "***",
    "Page 3 of 10",
    "Lesen Sie auch: Die Brücke",
    "À lire aussi : Le pont",
    "Abonnieren Sie unseren Newsletter!",
    "Inscrivez-vous à notre newsletter.",
    "Suscríbete a nuestro boletín.",
    "© 2023 The Gazette",
]


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture_is_junk_above_inside_and_below(line: str) -> None:
    for lines in ([PARAGRAPH, line, SECOND], [PARAGRAPH, SECOND, line], ["Council votes on the bridge", line, SECOND]):
        assert line not in kept_lines(clean(document("\n\n".join(lines))))


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028"])
def test_line_ends_do_not_matter(line_end: str) -> None:
    lines = [
        "\ufeffCouncil votes to repair the bridge",
        "17 Sep\u00a02023",
        "",
        PARAGRAPH,
        "",
        "Read more",
        "\f",
        SECOND,
    ]
    article = clean(document(line_end.join(lines)))
    assert [junk.rule for junk in article.junk] == [TITLE, DATELINE, "links"]
    assert article.metadata.published == "2023-09-17"


def article_with(line: str, body: str, *, first: bool = False) -> Article:
    return clean(document("\n\n".join([line, body, SECOND] if first else [body, SECOND, line])))


BODIES = [f"Report number {number} tells of {name}. {PARAGRAPH}" for number, name in enumerate("abcdef")]


def test_a_line_that_many_articles_share_is_furniture() -> None:
    line = "Our bridges are open all year round."
    articles = [article_with(line, body) for body in BODIES]
    assert line in kept_lines(articles[0])
    marked = mark_repeated(articles)
    assert all(line not in kept_lines(article) for article in marked)
    assert {junk.rule for article in marked for junk in article.junk} == {REPEATED}


def test_a_shared_first_line_is_not_the_headline() -> None:
    texts = [
        f"The Lower Valley Gazette\n\nBridge number {name} is closed\n\n{body}"
        for name, body in zip("abcdef", BODIES, strict=True)
    ]
    marked = mark_repeated([clean(document(text)) for text in texts])
    assert [article.metadata.title for article in marked[:2]] == [
        "Bridge number a is closed",
        "Bridge number b is closed",
    ]


def test_copies_of_an_article_are_not_furniture() -> None:
    long = f"{PARAGRAPH} {SECOND} Nobody was hurt."
    text = f"Council votes to repair the bridge\n\n{long}\n\nIt was late.\n\n{long} Again."
    articles = [clean(document(text)) for _ in range(5)]
    assert mark_repeated(articles) == articles


def test_two_articles_are_too_few_to_tell() -> None:
    articles = [article_with("It was late.", body) for body in BODIES[:2]]
    assert mark_repeated(articles) == articles


PIECES = [
    PARAGRAPH,
    SECOND,
    "Read more",
    "Home",
    "17 Sep 2023",
    "A short line",
    "Source: X",
    "12 comments",
    "---",
    "# Title",
    "• a",
    "\ufeff",
]
PAGES = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=12).map("\n\n".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map("\r\n".join),
)


@settings(max_examples=150, deadline=None)
@given(PAGES)
def test_junk_is_sorted_apart_inside_the_text_and_not_blank(text: str) -> None:
    original = document(text)
    article = clean(original)
    assert article.document is original
    assert clean(original) == article
    end = 0
    for junk in article.junk:
        assert end <= junk.start < junk.end <= len(text)
        assert text[junk.start : junk.end].strip()
        end = junk.end
    kept = kept_spans(article)
    assert all(text[span.start : span.end].strip() for span in kept)
    covered = {i for span in [*kept, *article.junk] for i in range(span.start, span.end)}
    left = {character for i, character in enumerate(text) if i not in covered}
    assert all(character.isspace() or character in "\ufeff\u200b" for character in left)


@settings(max_examples=100, deadline=None)
@given(PAGES, st.text(alphabet=" \n\t\r\u00a0", max_size=5))
def test_white_space_at_the_end_changes_nothing(text: str, space: str) -> None:
    before, after = clean(document(text)), clean(document(text + space))
    assert kept_lines(before) == kept_lines(after)
    assert before.junk == after.junk
    assert before.metadata == after.metadata


# Not a time limit: a pattern that backtracks would not end at all on such lines.
@pytest.mark.parametrize(
    "piece", ["word ", "a", "( ", "12.", "Home", "[photo ", "-", "© 2024 ", "\n", "Ab\n", "a\u00a0"]
)
def test_long_texts_come_to_an_end(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert clean(document(text)).document.text == text


# --- facts that are no sentences -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Bean soup\n\nIngredients\n400 g beans\n2 onions\n1 l water\n\nMethod\nSoak the beans. Boil them.",
        "Minutes of the choir\n\nPresent: E. Vail, R. Stroud (chair)\n\nThe choir will sing in May.",
        "Results of the race\n\nIda Holt, 2 h 14 min\n\nOve Brand, 2 h 19 min\n\nKai Rask, 2 h 31 min",
        "The hall was full on Sunday, and many stood. The choir sang well.\n\nIt ended late.\n\nTenor: Rolf Ask",
        "The market was full on Sunday, and many came.\n\nOpen: 9 to 5\n\nThe next market is held in the spring.",
        "Pool of Belk\n\nOpening hours\nMonday 9:00-17:00\nFriday 10:00-18:00\n\nThe pool lies behind the town.",
        "Garden party\n\nDate: 4 May\nPlace: Linden Park\nContact: Rolf Ask\nPhone: 0471 5512\n\nBring a cake.",
        "Fares\n\nFrom;To;Price\nOrrel;Tarn;four\nOrrel;Quorn;six\n\nThe fares hold from the spring on.",
        "Fares\n\n| Line | Fare |\n|---|---|\n| North | four |\n| South | six |\n\nThe fares hold from the spring on.",
    ],
)
def test_lists_results_and_rows_are_kept(text: str) -> None:
    title, _, rest = text.partition("\n\n")
    kept = kept_lines(clean(document(text)))
    facts = [line for line in (rest if len(title.split()) < 5 else text).split("\n") if line.strip(" |-")]
    assert [line for line in facts if line not in kept and line != "Ingredients"] == []


def test_short_notes_that_are_the_same_are_articles() -> None:
    note = "The pool is closed since Monday because of a broken pump.\n\nThe repair takes three weeks and costs much."
    articles = [clean(document(note, source=f"{name}.txt")) for name in "abc"]
    assert mark_repeated(articles) == articles


def test_shared_lines_that_are_most_of_an_article_are_not_furniture() -> None:
    shared = "The pool is open all day on Sundays. The bath attendant is Bo Lind. The water is warm."
    articles = [clean(document(f"{shared}\n\nThis week {name} swims.", source=f"{name}.txt")) for name in "abcdef"]
    assert mark_repeated(articles) == articles
