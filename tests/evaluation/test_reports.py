"""Reports of an evaluation: as they were, harmless whatever articles say, and complete.

Golden: read the diff, then rewrite with ``pytest tests/evaluation/test_reports.py --update-golden``.
"""

import base64
import hashlib
import json
import re
from copy import deepcopy
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from folders import GOLDEN
from made_up_evaluation import comparison, evaluation
from qa.evaluation.metrics import METRICS
from qa.evaluation.reports import REPORTS
from qa.evaluation.reports.figures import bound_of, reasons
from qa.evaluation.reports.junit import junit
from qa.evaluation.reports.templates import html, inert_markdown, markdown
from qa.evaluation.reports.text import WIDTH, comparison_text, summary_text
from qa.inert import printable

HOSTILE = (
    "</p></title></desc></style></script><script>alert(1)</script><img src=x onerror=alert(1)> \" onclick='x' "
    "<!-- ]]> &lt;b&gt; | **bold** [link](http://a.example) ![i](x) `c` @team #1 www.a.example\n\n# Head\n</details>"
    "\x00\x1b[31m\x9b\u202e\ufffe\ud800"
)
texts = st.text(st.characters(codec=None))


def everywhere(value, text, key=""):
    """The document with a text put behind every string that people, models or articles wrote."""
    if isinstance(value, dict):
        return {k: everywhere(v, text, k) for k, v in value.items()}
    if isinstance(value, list):
        return [everywhere(item, text, key) for item in value]
    return value + text if isinstance(value, str) and key not in {"status", "name", "language"} else value


def made_hostile(text):
    document = everywhere(evaluation(), text)
    document["summary"]["by_tag"] = {tag + text: found for tag, found in document["summary"]["by_tag"].items()}
    return document


# What a report looks like


def without_style_and_script(page):
    """They are files of their own, and their hashes change with them."""
    page = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", page, flags=re.DOTALL)
    return re.sub(r"'sha256-[^']+'", "'sha256-…'", page)


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("report_summary.txt", lambda: summary_text(evaluation())),
        ("report_comparison.txt", lambda: comparison_text(comparison())),
        ("report_summary.md", lambda: markdown(evaluation())),
        ("report_junit.xml", lambda: junit(evaluation())),
        ("report_page.html", lambda: without_style_and_script(html(evaluation()))),
    ],
)
def test_reports_are_as_they_were(name, report, update_golden):
    shown = report()
    if update_golden:
        (GOLDEN / name).write_text(shown, encoding="utf-8")
    assert shown == (GOLDEN / name).read_text(encoding="utf-8")


def test_no_report_changes_the_document():
    document = evaluation()
    for report in REPORTS.values():
        report(document)
    assert document == evaluation()


@pytest.mark.parametrize("report", [summary_text, markdown, junit, html])
def test_a_run_of_which_nothing_can_be_counted_is_reported(report):
    document = evaluation()
    nothing = {name: {"value": None, "low": None, "high": None, "count": 0} for name in METRICS}
    document["summary"] |= {"scores": nothing, "by_language": {"en": nothing}, "by_tag": {}, "gate": []}
    document["summary"] |= {"baselines": {}, "reliability": [], "latency_ms": {"p50": None, "p95": None}}
    document["results"] = []
    shown = report(document)
    assert "None" not in shown
    assert not re.search(r"\bnan\b", shown)


# Harmless


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, and what stands in its style and script."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.raw, self.policy = [], {}, ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, *(name for name, _ in attrs)))
        if dict(attrs).get("http-equiv") == "Content-Security-Policy":
            self.policy = dict(attrs)["content"]

    def handle_data(self, data):
        if self.elements and self.elements[-1] in {("style",), ("script",)}:
            self.raw.setdefault(self.elements[-1][0], data)


@settings(deadline=None)
@given(texts)
def test_no_text_adds_an_element_or_attribute_to_the_page(text):
    assert Structure(html(made_hostile(text))).elements == Structure(html(made_hostile("x"))).elements


def test_hostile_text_is_shown_on_the_page_and_not_obeyed():
    page = html(made_hostile(HOSTILE))
    assert Structure(page).elements == Structure(html(made_hostile("x"))).elements
    assert "&lt;script&gt;alert(1)" in page
    page.encode("utf-8")


def test_the_page_admits_only_its_own_style_and_script_and_asks_for_nothing():
    page = html(evaluation())
    structure = Structure(page)
    hashes = {
        name: base64.b64encode(hashlib.sha256(raw.encode()).digest()).decode() for name, raw in structure.raw.items()
    }
    assert structure.policy.split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{hashes['style']}'",
        f"script-src 'sha256-{hashes['script']}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    attributes = {attribute for _, *names in structure.elements for attribute in names}
    assert not attributes & {"src", "href", "style", "action", "srcset", "xlink:href"}
    assert not [attribute for attribute in attributes if attribute.startswith("on")]
    assert not re.search(r"@import|url\((?!#)|fetch|XMLHttp|innerHTML", page)


@settings(deadline=None)
@given(texts)
def test_junit_stays_well_formed_and_keeps_every_case(text):
    suites = ET.fromstring(junit(made_hostile(text)).encode())
    assert len(suites.findall("testsuite[@name='facts']/testcase")) == 5


def test_junit_leaves_out_only_what_xml_forbids():
    case = ET.fromstring(junit(made_hostile("<a>\x00\ud800\ufffe&\u202eé")).encode()).find(".//testcase[failure]")
    assert case.get("name") == "cost<a>&\u202eé"


@settings(deadline=None)
@given(texts)
def test_any_text_is_plain_text_in_markdown(text):
    inline = MarkdownIt("commonmark").enable("strikethrough").parseInline(f"Text: {inert_markdown(text)}")[0]
    assert {token.type for token in inline.children} <= {"text", "text_special"}
    shown = "".join(token.content for token in inline.children).replace("\u200b", "")
    assert shown == f"Text: {' '.join(printable(text).split())}".replace("\u200b", "")


def test_hostile_text_leaves_markdown_its_shape():
    def shape(text):
        tokens = MarkdownIt("commonmark").enable("table").parse(markdown(made_hostile(text)))
        return [(token.type, token.tag) for token in tokens]

    assert shape(HOSTILE) == shape("x")


@pytest.mark.parametrize(
    "text", ["see @team", "fixes #12", "www.a.example", "https://a.example", "<b>", "a|b", ":boom:"]
)
def test_github_finds_nothing_to_link_in_markdown(text):
    written = inert_markdown(text)
    assert not re.search(r"www\.|://|<|\||:boom", written)
    assert not re.search(r"[@#]\w", unescape(written)), "these are looked for after escapes are undone"


@pytest.mark.parametrize("report", [summary_text, markdown])
def test_no_control_character_reaches_a_terminal(report):
    assert not set("\x00\x1b\x9b\u202e\ud800") & set(report(made_hostile(HOSTILE)))


# Complete


def test_no_line_for_the_terminal_is_too_long():
    document = made_hostile(" and a tag of many words that goes on" * 4)
    assert max(map(len, summary_text(document).splitlines())) <= WIDTH


def test_every_report_says_why_each_case_failed():
    sentences = ("The answer has the forbidden “10”.", "A citation is from d.txt.", "No answer came", "cost 15")
    for report in (markdown, junit, html):
        shown = report(evaluation())
        assert [sentence for sentence in sentences if sentence not in shown] == []


def test_a_crash_is_told_once_and_no_failure_goes_without_a_reason():
    crashed = {"passed": False, "failures": ["It could not be run: LLMError: no"], "error": "LLMError: no"}
    assert reasons(crashed) == ["It could not be run: LLMError: no"]
    assert reasons(crashed | {"failures": []}) == ["It could not be run: LLMError: no"]
    assert reasons({"passed": False, "failures": [], "error": None})
    assert reasons({"passed": True, "failures": [], "error": None}) == []


def test_junit_counts_what_it_holds():
    suites = ET.fromstring(junit(evaluation()).encode())
    for suite in suites:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
    assert [int(suites.get(name)) for name in ("tests", "failures", "errors")] == [7, 3, 1]


def test_a_quote_stands_in_its_context_on_the_page():
    page = html(evaluation())
    assert "Harbour news. <mark>Mira Holt built the crane.</mark> It stands." in page
    assert ">… ago ago" in page, "a context that was cut begins with a whole word"


def test_the_page_can_be_filtered_by_tags_of_any_spelling():
    document = evaluation()
    document["results"][0]["fact"]["tags"] = ['a "tag"', "<b>"]
    found = re.search(r'data-tags="([^"]*)"', html(document)).group(1)
    assert json.loads(unescape(found)) == ['a "tag"', "<b>"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"name": "accuracy", "minimum": 0.8}, "at least 0.800"),
        ({"name": "accuracy", "minimum": 0.8125}, "at least 0.8125"),
        ({"name": "disagreements_unexpected", "maximum": 2}, "at most 2"),
        ({"name": "accuracy", "minimum": 1e-9}, "at least 1e-09"),
    ],
)
def test_a_threshold_is_written_as_it_was_set(line, expected):
    assert bound_of(line) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, "could well be chance (p = 0.625)"),
        ({"p_value": 0.0002}, "B is better, and that is unlikely to be chance (p < 0.001)"),
        (
            {"p_value": 0.03, "difference": {"value": -0.2, "low": -0.3, "high": -0.1}},
            "B is worse, and that is unlikely to be chance (p = 0.030)",
        ),
        ({"fixed": [], "broken": [], "p_value": 1.0}, "No case passes in one and fails in the other"),
    ],
)
def test_a_comparison_says_in_words_whether_it_could_be_chance(change, expected):
    compared = deepcopy(comparison()) | change
    assert expected in " ".join(comparison_text(compared).split())
