"""A reader sees the article's own characters with exactly the quotation marked, and no article can act on the page."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.inert import legal
from qa.records import Junk, Span
from qa.server.page.article import ArticleView, CopyLink, article_link, article_page, article_panel, not_found_page
from qa.server.page.markup import html_text

PIECES = st.sampled_from(
    ["\n", "\r\n", "\r", "\n\n", " \t", "One. ", "<p>", "&amp;", "\u202e", "שלום", "\U0001f469", "\x85"]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join).map(legal)
SPANS = st.tuples(st.integers(-2, 90), st.integers(-2, 90)).map(lambda ends: Span(*ends))


def view(text, junk=(), **known):
    facts = {"source": "news/a.txt", "title": "Crane", "outlet": "Post", "published": "2024-02-01", "language": "de"}
    return ArticleView(**{**facts, "locator": None, **known}, text=text, junk=tuple(junk))


def text_of(element):
    return "".join(element.itertext())


def bodies(panel):
    return panel.findall(".//div[@class='article-text']")


def marked_text(body):
    return "".join(text_of(mark) for mark in body.iter("mark"))


def links(panel):
    return {text_of(link): link.get("href") for link in panel.iter("a")}


class Read(HTMLParser):
    """What a browser would make of a page: its elements, its addresses, its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.text += data

    @property
    def addresses(self):
        return [value for name, value in self.attributes if name in {"src", "href", "action", "srcset", "style"}]


@given(TEXTS, SPANS, st.lists(SPANS, max_size=4))
def test_the_body_is_the_text_and_the_marks_are_the_span(text, span, junk):
    (body,) = bodies(article_panel(view(text, junk), span, (), None))
    assert text_of(body) == text
    start, end = max(0, span.start), min(len(text), span.end)
    assert marked_text(body) == text[start:end]
    marks = list(body.iter("mark"))
    assert [mark.get("id") for mark in marks] == ["quote", *[None] * (len(marks) - 1)][: len(marks)]
    in_junk = {place for one in junk for place in range(max(0, one.start), min(len(text), one.end))}
    dimmed = in_junk - set(range(start, end))
    assert "".join(text_of(s) for s in body.iter("span")) == "".join(text[place] for place in sorted(dimmed))


@given(TEXTS, SPANS)
def test_a_browser_reads_the_same_text_from_the_written_page(text, span):
    panel = article_panel(view(text), span, (), None)
    assert text in Read(article_page(panel, "Crane")).text


def test_a_span_across_paragraphs_and_lines_has_several_marks_of_which_the_first_is_the_target():
    text = "Before. One\n\ntwo\r\nthree. After."
    (body,) = bodies(article_panel(view(text), Span(8, 24), (), None))
    assert [text_of(paragraph) for paragraph in body] == ["Before. One\n\n", "two\r\nthree. After."]
    assert all((p.get("dir"), p.get("lang")) == ("auto", "de") for p in body)
    marks = list(body.iter("mark"))
    assert [text_of(mark) for mark in marks] == ["One\n\n", "two\r\n", "three."]
    assert [(mark.get("class"), mark.get("id"), mark.get("tabindex")) for mark in marks] == [
        ("quote", "quote", "-1"),
        ("quote", None, None),
        ("quote", None, None),
    ]


def test_a_quotation_inside_of_furniture_is_one_mark_and_the_rest_stays_dimmed():
    text = "Read more: the crane fell. Share"
    (body,) = bodies(article_panel(view(text, [Span(20, 32), Junk(0, 22, "teaser")]), Span(11, 26), (), None))
    assert [text_of(mark) for mark in body.iter("mark")] == ["the crane fell."]
    spans = list(body.iter("span"))
    assert [text_of(span) for span in spans] == ["Read more: ", " Share"]
    assert {(span.get("class"), span.get("title")) for span in spans} == {("junk", "page furniture, never quoted")}


@pytest.mark.parametrize(
    "hostile", ["<script>x()</script>", '<img src="x" onerror=x()>', "</mark></p>", '"><b a="', "]]>"]
)
def test_no_text_of_a_stranger_becomes_markup(hostile):
    article = view(
        f"A {hostile} b.",
        source=hostile,
        title=hostile,
        outlet=hostile,
        published=hostile,
        language=hostile,
        locator=hostile,
    )
    copies = (CopyLink(hostile, hostile, hostile, "translation", article_link(hostile, None)),)
    plain = view("A b.", locator="page 3")
    plain_copies = (CopyLink("b", "B", "fr", "translation", "/read?source=b"),)
    page, expected = (
        Read(article_page(article_panel(one, Span(0, 1), links_, (one, Span(0, 1))), one.title))
        for one, links_ in ((article, copies), (plain, plain_copies))
    )
    assert page.tags == expected.tags
    assert {name for name, _ in page.attributes} == {name for name, _ in expected.attributes}
    assert hostile in page.text
    missing = Read(not_found_page(hostile, hostile))
    assert missing.tags == Read(not_found_page("No such article", "Go back")).tags
    assert missing.text.count(hostile) == 2


def test_direction_characters_stay_inside_of_their_own_element():
    title, odd = "כותרת \u202e", "\u202egnp.txt"
    copies = (CopyLink(odd, None, "he", "near-duplicate", "/read"), CopyLink("b", title, odd, "exact", "/read"))
    article = view("א \u202e b", source=odd, title=title, outlet=odd, language=odd, locator=odd)
    panel = article_panel(article, Span(0, 1), copies, None)
    isolated = [one for one in panel.iter() if one.tag == "bdi" or one.get("dir") == "auto"]
    everywhere = text_of(panel).count("\u202e")
    assert everywhere == 9
    assert sum(text_of(one).count("\u202e") for one in isolated) == everywhere
    heading = panel.find("header/h2")
    assert (heading.text, heading.get("dir")) == (title, "auto")


def test_the_header_says_what_is_known_and_what_is_not():
    header = article_panel(view("x", locator="page 3"), None, (), None).find("header")
    assert text_of(header.find("p")) == "Post · 2024-02-01 · German · news/a.txt · page 3"
    assert header.find("p/time").get("datetime") == "2024-02-01"
    assert text_of(header.find("p/code")) == "news/a.txt"
    unknown = article_panel(view("x", title=None, outlet=None, published=None, language=None), None, (), None)
    assert text_of(unknown.find("header/h2")) == "(no headline)"
    assert text_of(unknown.find("header/p")) == "undated · news/a.txt"
    assert unknown.find(".//div/p").get("lang") is None
    assert "· x-odd ·" in text_of(article_panel(view("x", language="x-odd"), None, (), None).find("header"))


def test_copies_are_links_that_say_how_they_are_related():
    copies = (
        CopyLink("b.txt", "Der Kran", "de", "translation", "/read?source=b.txt"),
        CopyLink("c.txt", None, None, "exact", "/read?source=c.txt"),
    )
    panel = article_panel(view("x"), None, copies, None)
    assert links(panel) == {"translation, German: Der Kran": "/read?source=b.txt", "exact: c.txt": "/read?source=c.txt"}
    assert {link.get("class") for link in panel.iter("a")} == {"copy-link"}


def test_side_by_side_both_sentences_can_be_scrolled_to():
    other = view("Der Kran fiel.\n\nWir berichten.", title="Kran", language="de")
    panel = article_panel(view("The crane fell.", language="en"), Span(0, 15), (), (other, Span(0, 14)))
    first, second = panel.findall("div[@class='side-by-side']/section")
    assert [mark.get("id") for mark in panel.iter("mark")] == ["quote", "quote-beside"]
    assert [marked_text(column) for column in (first, second)] == ["The crane fell.", "Der Kran fiel."]
    assert [text_of(column.find("header/h2")) for column in (first, second)] == ["Crane", "Kran"]
    assert [text_of(body) for body in bodies(panel)] == ["The crane fell.", other.text]


ODD = [
    "a b.txt",
    "a&at=1:2.txt",
    "a#quote",
    "a?b=c",
    "Größe/新聞 №1.txt",
    'it\'s "so".txt',
    "100%25+1;2.txt",
    "../C:\\x",
    "//host/x",
]


@pytest.mark.parametrize("source", ODD)
def test_a_link_brings_back_the_name_it_was_made_of(source):
    address = urlsplit(article_link(source, Span(3, 14), source + "2"))
    assert (address.scheme, address.netloc, address.path, address.fragment) == ("", "", "/read", "")
    assert parse_qs(address.query) == {"source": [source], "at": ["3:14"], "beside": [source + "2"]}
    assert parse_qs(urlsplit(article_link(source, None)).query) == {"source": [source]}


@given(st.text(min_size=1), st.none() | st.text(min_size=1))
def test_any_name_survives_in_a_link(source, other):
    query = parse_qs(urlsplit(article_link(source, None, other)).query)
    assert query == {"source": [source]} | ({"beside": [other]} if other else {})


def shown_and_notes(text, marked, **options):
    panel = article_panel(view(text), marked, (), None, **options)
    return text_of(bodies(panel)[0]), [text_of(note) for note in panel.findall("p[@class='cut']")], panel


def test_a_long_text_is_shown_around_the_mark_in_whole_paragraphs_with_a_way_to_the_rest():
    text = "".join(f"Paragraph {number:05}.\n\n" for number in range(10_000))
    marked = Span(90_000, 90_010)
    shown, notes, panel = shown_and_notes(text, marked)
    before = text.index(shown)
    after = len(text) - before - len(shown)
    assert shown.startswith("Paragraph")
    assert shown.endswith(".\n\n")
    assert 60_000 <= len(shown) <= 60_100
    assert marked_text(panel) == text[90_000:90_010]
    assert [note.split(" this")[0] for note in notes] == [
        f"{before:,} characters before",
        f"{after:,} characters after",
    ]
    assert set(links(panel).values()) == {"/read?source=news%2Fa.txt&at=90000:90010&whole=1#quote"}
    assert shown_and_notes(text, marked, whole=True)[:2] == (text, [])
    assert shown_and_notes(text, None)[0] == text[: len(shown_and_notes(text, None)[0])]


@pytest.mark.parametrize("place", [0, 20, 34_000, 100_000, 199_990])
def test_a_long_text_without_paragraphs_is_cut_all_the_same(place):
    text = "".join(f"{number:09} " for number in range(20_000))
    shown, notes, panel = shown_and_notes(text, Span(place, place + 10))
    assert shown in text
    assert len(shown) <= 75_000
    assert marked_text(panel) == text[place : place + 10]
    assert 1 <= len(notes) <= 2


def test_a_text_of_the_longest_length_is_shown_whole():
    assert shown_and_notes("x" * 60_000, Span(0, 1))[:2] == ("x" * 60_000, [])


def test_a_page_needs_no_script_and_reaches_no_other_host():
    panel = article_panel(view("See https://evil.example/x.png now."), Span(0, 3), (), (view("x"), None))
    for page in (article_page(panel, "Crane"), not_found_page("No such article", "Go back to the chat.")):
        read = Read(page)
        assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
        assert {"main", "header", "title"} <= set(read.tags)
        assert not {"script", "style", "iframe", "img", "base"} & set(read.tags)
        assert {"/", "/look/web.css"} <= set(read.addresses)
        assert all(address.startswith("/") and not address.startswith("//") for address in read.addresses)
        assert ("name", "viewport") in read.attributes
        assert "Back to the chat" in read.text


def test_the_tree_keeps_the_line_breaks_when_it_is_written():
    panel = article_panel(view("One\ntwo\n\nthree"), None, (), None)
    assert '<p dir="auto" lang="de">One\ntwo\n\n</p><p dir="auto" lang="de">three</p>' in html_text(panel)
