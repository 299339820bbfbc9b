"""An evaluation as one HTML page that needs nothing else: no request leaves it, and it is readable without its script.

Knows the order of the page. Charts and cases are made by their own modules. Does not know how a score was computed. A
Content-Security-Policy (W3C, level 3) admits this page's own style and script by their hashes and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from qa.evaluation.reports.cases import case
from qa.evaluation.reports.charts import confidence_chart, group_chart, interval_bar, reliability_chart
from qa.evaluation.reports.figures import (
    BASELINES,
    GROUP_SCORES,
    NOTHING,
    SCORES,
    bound_of,
    counted,
    engine_of,
    gate_passed,
    gate_word,
    interval_of,
    kind,
    number,
    value_of,
)
from qa.evaluation.reports.markup import Element, element, html_text

_HEADLINES = ("accuracy", "answer_accuracy", "refusal_recall", "citation_precision", "confidence_auroc", "hit_at_3")


def html(document: Mapping[str, Any]) -> str:
    """The document of a run as one page: headline figures, gate, scores, charts, every case with its quotes."""
    summary = document["summary"]
    style, script = _packaged("report.css"), _packaged("report.js")
    sections = (_headlines(summary), _gate(summary["gate"]), _charts(document), _scores(summary), _cases(document))
    page = element(
        "html",
        _head(document, style, script),
        element(
            "body",
            _header(document),
            element("main", *sections),
            element("footer", f"article-qa {document['version']}, fingerprint {document['fingerprint']}"),
            element("script", script),
        ),
        lang="en",
    )
    return html_text(page)


def _packaged(name: str) -> str:
    return (files("qa.evaluation.reports") / "data" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _head(document: Mapping[str, Any], style: str, script: str) -> Element:
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
    policy += "base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"Evaluation: {document['facts']}"),
        element("style", style),
    )


def _header(document: Mapping[str, Any]) -> Element:
    summary = document["summary"]
    passed = gate_passed(document)
    badge = element("span", gate_word(document), class_=f"badge {'good' if passed else 'bad'}")
    about = f"{document['facts']} · engine {engine_of(document)} · {counted(summary['errors'], 'error')}"
    return element(
        "header",
        element("h1", f"{summary['passed']} of {summary['cases']} facts passed"),
        element("p", badge if summary["gate"] else None, " ", about),
    )


def _section(name: str, title: str, *content: Element | None) -> Element:
    return element("section", element("h2", title, id=name), *content, aria_labelledby=name)


def _headlines(summary: Mapping[str, Any]) -> Element:
    latency = summary["latency_ms"]
    times = [NOTHING if latency[name] is None else f"{latency[name]:.0f} ms" for name in ("p50", "p95")]
    speed = element(
        "div",
        element("h3", "latency"),
        element("p", times[0], class_="value"),
        element("p", f"median; 95 of 100 answers within {times[1]}", class_="quiet"),
        class_="card",
    )
    cards = (_card(name, summary) for name in _HEADLINES if name in summary["scores"])
    legend = "Dot: the value. Band: its 95 % interval. Ticks: the baselines."
    return _section(
        "headline", "Headline", element("div", *cards, speed, class_="grid"), element("p", legend, class_="quiet")
    )


def _card(name: str, summary: Mapping[str, Any]) -> Element:
    scores, baselines = summary["scores"], summary["baselines"]
    compared = " · ".join(
        f"{words} {value_of(baselines[baseline], name)}"
        for baseline, words in BASELINES.items()
        if baselines.get(baseline, {}).get(name, {}).get("value") is not None
    )
    return element(
        "div",
        element("h3", kind(name).label),
        element("p", value_of(scores, name), class_="value"),
        interval_bar(name, kind(name).label, scores[name], baselines),
        element("p", f"{interval_of(scores, name)} over {counted(scores[name]['count'], 'case')}", class_="quiet"),
        element("p", compared, class_="quiet") if compared else None,
        class_="card",
    )


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str | Element]], words: int = 1) -> Element:
    """A table; the first cell of a row is its heading, cells behind the first ``words`` are figures."""

    def cell(name: str, place: int, content: str | Element) -> Element:
        scope = None if name == "td" else "col" if name == "th" else "row"
        tag = "td" if name == "td" else "th"
        return element(tag, content, scope=scope, class_="figure" if place >= words else None)

    table = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *(cell("th", place, title) for place, title in enumerate(head)))),
        element(
            "tbody",
            *(element("tr", *(cell("td" if i else "row", i, part) for i, part in enumerate(row))) for row in rows),
        ),
    )
    return element("div", table, class_="wide", tabindex="0", role="region", aria_label=caption)


def _gate(gate: Sequence[Mapping[str, Any]]) -> Element:
    if not gate:
        return _section("gate", "Gate", element("p", "No thresholds were set."))
    rows: Iterable[Sequence[str | Element]] = (
        (
            kind(line["name"]).label,
            element(
                "span",
                "✓ passed" if line["passed"] else "✗ missed",
                class_=f"badge {'good' if line['passed'] else 'bad'}",
            ),
            number(line["name"], line["value"]),
            bound_of(line),
        )
        for line in gate
    )
    head = ("score", "outcome", "value", "asked for")
    return _section("gate", "Gate", _table("Thresholds that this run had to meet", head, rows, words=2))


def _scores(summary: Mapping[str, Any]) -> Element:
    scores, baselines = summary["scores"], summary["baselines"]
    rows: Iterable[Sequence[str | Element]] = (
        (
            _named(name),
            value_of(scores, name),
            interval_of(scores, name),
            str(scores[name]["count"]),
            *(value_of(baselines.get(baseline, {}), name) for baseline in BASELINES),
        )
        for name in SCORES
        if name in scores
    )
    head = ("score", "value", "95 % interval", "counted", *BASELINES.values())
    return _section("scores", "All scores", _table("Scores with intervals, beside two simple programs", head, rows))


def _named(name: str) -> Element:
    means = kind(name).means + (" (lower is better)" if kind(name).lower_is_better else "")
    return element("span", kind(name).label, element("small", means))


def _group_table(name: str, groups: Mapping[str, Mapping[str, Any]]) -> Element:
    rows = (
        (
            group,
            str(scores["accuracy"]["count"]),
            value_of(scores, "accuracy"),
            interval_of(scores, "accuracy"),
            *(value_of(scores, score) for score in GROUP_SCORES),
        )
        for group, scores in groups.items()
    )
    return _table(f"Scores by {name}", (name, "cases", "accuracy", "95 % interval", *GROUP_SCORES.values()), rows)


def _figure(title: str, chart: Element, *notes: str | Element) -> Element:
    return element("figure", element("h3", title), chart, element("figcaption", *notes, class_="quiet"))


def _charts(document: Mapping[str, Any]) -> Element:
    summary = document["summary"]
    figures, tables = [], []
    for name, groups in (("tag", summary["by_tag"]), ("language", summary["by_language"])):
        if groups:
            chart = group_chart(f"by-{name}", f"Accuracy by {name}", groups)
            figures.append(_figure(f"Accuracy by {name}", chart, "Bar: share passed. Line: its 95 % interval."))
            tables.append(_group_table(name, groups))
    keys = [element("span", class_=f"key {outcome}", aria_hidden="true") for outcome in ("good", "bad")]
    outcomes = ("Number of cases by confidence. ", keys[0], " passed ", keys[1], " failed (hatched)")
    figures.append(_figure("Confidence and outcome", confidence_chart(document["results"]), *outcomes))
    figures.append(
        _figure(
            "Reliability",
            reliability_chart(summary["reliability"]),
            "Across: confidence. Up: share of questions that were answerable; on the dashed line, confidence is what "
            "it says. Bars below: cases in each bin.",
        )
    )
    rows = (
        (
            f"{line['from']:.1f}–{line['to']:.1f}",
            str(line["count"]),
            f"{line['confidence']:.3f}",
            f"{line['correct']:.3f}",
        )
        for line in summary["reliability"]
    )
    tables.append(_table("Reliability by bin of confidence", ("bin", "cases", "mean confidence", "answerable"), rows))
    folded = element("details", element("summary", "The same in tables"), *tables)
    return _section("charts", "Where it is right", element("div", *figures, class_="charts"), folded)


def _cases(document: Mapping[str, Any]) -> Element:
    tags = sorted({tag for result in document["results"] for tag in result["fact"]["tags"]})
    options = (element("option", tag, value=tag) for tag in tags)
    controls = element(
        "form",
        element("label", "Text ", element("input", type="search", name="words")),
        element("label", "Tag ", element("select", element("option", "all", value=""), *options, name="tag")),
        element("label", element("input", type="checkbox", name="failed"), " only failed ones"),
        element("span", id="shown", class_="quiet", role="status"),
        id="filter",
        hidden="hidden",
    )
    return _section("cases", "Every case", controls, *map(case, document["results"]))
