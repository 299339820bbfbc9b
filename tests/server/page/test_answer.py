"""What a conversation shows of an answer, and what it exports: exact words, once, and nothing of them alive."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa.chat import Turn
from qa.inert import legal
from qa.records import Answer, AnswerSentence, Citation, Claim, CopySpan, Disagreement, Hit
from qa.server.page.answer import answer_html, turn_markdown

SAID = "The bridge of Ommen carries 4,000 cars a day."
PIECES = [
    "<b>",
    "</q>",
    "&lt;",
    "&",
    "](http://a.example)",
    "![",
    "*",
    "_",
    "`",
    "# ",
    "- ",
    "1. ",
    "2) ",
    "+",
    "=",
    "\\",
]
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), min_size=1, max_size=12).map("".join).map(legal)


class Read(HTMLParser):
    """What a browser would make of HTML: its elements, its addresses, its text and the quotes in it."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text, self.quotes, self._quoting = set(), [], "", [], False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag in {"q", "blockquote"}:
            self.quotes.append("")
            self._quoting = True

    def handle_endtag(self, tag):
        self._quoting = self._quoting and tag not in {"q", "blockquote"}

    def handle_data(self, data):
        self.text += data
        if self._quoting:
            self.quotes[-1] += data


def in_one_line(text):
    return " ".join(text.split())


def citation(number=1, quote=SAID, **facts):
    known = {"source": "news/a.txt", "title": "Bridges", "published": "2024-02-01", "language": "en"}
    return Citation(number=number, **{**known, **facts}, start=0, end=len(quote), quote=quote)


def turn(sentences, citations, **facts):
    text = " ".join(sentence.text for sentence in sentences)
    known = {"status": "answered", "passages": (), "confidence": 0.9, "engine": "quote", "language": "en"}
    answer = Answer(
        question="How many?", text=text, sentences=tuple(sentences), citations=tuple(citations),
        independent_sources=1, fingerprint="0", **{**known, **facts},
    )  # fmt: skip
    return Turn("How many?", "How many?", answer)


def test_a_quote_that_is_the_answer_is_not_said_twice():
    quoted = turn([AnswerSentence(SAID, (1,), 1.0, supported=True)], [citation()])
    shown = Read(answer_html(0, quoted))
    assert shown.text.count(SAID) == 1
    assert "news/a.txt · 2024-02-01, English" in shown.text


def test_the_quote_stands_below_what_somebody_wrote_from_it():
    written = turn([AnswerSentence("Many cars use it.", (1,), 0.8, supported=True)], [citation()])
    assert Read(answer_html(0, written)).quotes == [SAID]


def test_quotes_that_contradict_each_other_stand_with_their_values_only():
    other = SAID.replace("4,000", "7,000")
    sides = Disagreement((Claim("4,000", (1,)), Claim("7,000", (2,))))
    sentences = [AnswerSentence(SAID, (1,), 1.0, supported=True)]
    shown = answer_html(0, turn(sentences, [citation(), citation(2, other)], disagreements=(sides,)))
    assert Read(shown).text.count(other) == 1
    assert shown.index("The sources disagree") < shown.index(other)


def test_an_unconfirmed_sentence_says_so_and_cites_nothing():
    shown = answer_html(0, turn([AnswerSentence("It sings.", (), 0.0, supported=False)], []))
    assert "not confirmed" in shown
    assert "<a " not in shown


@given(HOSTILE, HOSTILE)
def test_nothing_in_an_answer_comes_alive(one, other):
    copies = (CopySpan(one, "de", "translation", 0, 3, other),)
    cited = Citation(1, one, other, one, "en", 0, 9, one, other, copies)
    sides = Disagreement((Claim(one, (1,)), Claim(other, (1,))))
    sentences = [AnswerSentence(other, (1,), 1.0, supported=True), AnswerSentence(one, (), 0.0, supported=False)]
    hits = (Hit(one, 0, 9, other, 0.5),)
    for status in ("answered", "refused"):
        facts = {"status": status, "notes": (one,), "passages": hits, "disagreements": (sides,), "model": other}
        shown = Read(answer_html(0, turn(sentences, [cited], **facts)))
        assert shown.tags <= {"div", "p", "span", "a", "ol", "ul", "li", "q", "bdi", "strong", "button"}
        assert all(value.startswith("/read?") for name, value in shown.attributes if name == "href")
        assert not [name for name, _ in shown.attributes if name.startswith("on") or name in {"src", "style"}]


@given(HOSTILE, HOSTILE)
def test_exported_quotes_are_exact_and_dead(quote, title):
    exported = turn_markdown(turn([], [citation(quote=quote, title=title)]), "http://127.0.0.1:1")
    shown = Read(MarkdownIt("commonmark").render(exported))
    if quote.strip():
        assert in_one_line(shown.quotes[0]) == in_one_line(quote)
    assert all(value.startswith("http://127.0.0.1:1/read?") for name, value in shown.attributes if name == "href")
    assert shown.tags <= {"h2", "p", "a", "br", "blockquote", "em", "strong"}


@pytest.mark.parametrize("text", ["- no", "+ 4 degrees", "1. FC Lommel", "= 7", "R&amp;D", "a*b*c", "#1", "> so"])
def test_what_markdown_would_read_as_markup_is_exported_as_it_is(text):
    shown = Read(MarkdownIt("commonmark").render(turn_markdown(turn([], [citation(quote=text)]), "")))
    assert shown.quotes[0].strip() == text
