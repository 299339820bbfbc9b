"""The list of articles, what indexing did, and the state of the server, as HTML.

All text is from strangers and is put into a tree, which escapes it. Does not know Gradio or HTTP, and looks nothing up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa.phrases import as_sentence
from qa.records import CopyPair, SourceInfo
from qa.server.index_job import JobState
from qa.server.page.article import article_link
from qa.server.page.markup import Element, element, html_fragment
from qa.text.locale_names import english_name

MOST_ROWS = 1000
"""Articles that the list shows."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the list shows.

    Attributes:
        sources: what is indexed.
        copies: which articles tell one story.
        uploaded: the file names of indexed sources that were uploaded, by source; these can be removed here.
        stale: why the index no longer says what a file says, a phrase, by source; none where it does.
        waiting: uploaded files that are not in the index.
    """

    sources: Sequence[SourceInfo]
    copies: Sequence[CopyPair]
    uploaded: Mapping[str, str]
    stale: Mapping[str, str]
    waiting: Sequence[str]


def corpus_html(corpus: Corpus) -> str:
    """The articles, one a row."""
    independent = len({source.group for source in corpus.sources})
    count = len(corpus.sources)
    caption = f"{count} article{'' if count == 1 else 's'}, {independent} independent"
    if count > MOST_ROWS:
        caption += f" (the first {MOST_ROWS} are shown; `qa sources` lists all)"
    columns = ("Article", "Language", "Published", "Copies", "State", "")
    sizes = Counter(source.group for source in corpus.sources)
    rows = [_row(source, corpus, sizes) for source in corpus.sources[:MOST_ROWS]]
    rows += [_waiting_row(name) for name in corpus.waiting]
    head = element("thead", element("tr", *(_head(column) for column in columns)))
    table = element("table", element("caption", caption), head, element("tbody", *rows), class_="corpus")
    return html_fragment(element("div", table, class_="wide", tabindex="0", role="region", aria_label="Articles"))


def progress_html(state: JobState) -> str:
    """How far indexing is, or what it did."""
    if state.running:
        label = f"{state.stage}…" if not state.total else f"{state.stage}: {state.done} of {state.total}"
        bar = element("progress", max=str(state.total or 1), value=str(state.done) if state.total else None,
                      aria_label="indexing")  # fmt: skip
        return html_fragment(element("div", element("p", label[:1].upper() + label[1:]), bar, class_="report"))
    if state.error is not None:
        message, hint = state.error
        return html_fragment(_report(as_sentence(message), [hint] if hint else [], failed=True))
    return html_fragment(_report(*_done(state.report))) if state.report is not None else ""


def refused_html(refused: Sequence[tuple[str, str]]) -> str:
    """Which uploaded files were not taken, and why; nothing if all were."""
    if not refused:
        return ""
    items = (element("li", element("bdi", name), f": {reason}") for name, reason in refused)
    return html_fragment(element("div", element("p", "Not added:"), element("ul", *items), class_="report failed"))


def removed_html(name: str) -> str:
    """That a file was removed, with a way back."""
    undo = element("button", "Undo", type="button", class_="deed", id="restore", data_name=name)
    return html_fragment(element("div", element("p", "Removed ", element("bdi", name), ". ", undo), class_="report"))


def status_html(facts: Sequence[tuple[str, str]]) -> str:
    """Names and what there is to say of each."""
    pairs = (part for name, said in facts for part in (element("dt", name), element("dd", said, dir="auto")))
    return html_fragment(element("dl", *pairs, class_="facts"))


def _head(column: str) -> Element:
    if column:
        return element("th", column, scope="col")
    return element("td")


def _row(source: SourceInfo, corpus: Corpus, sizes: Mapping[int, int]) -> Element:
    title = element("bdi", source.metadata.title or "(no headline)")
    link = element("a", title, class_="cite", href=article_link(source.source, None))
    about = " · ".join(part for part in (source.metadata.outlet, source.source) if part)
    name = corpus.uploaded.get(source.source)
    remove = (
        element("button", "Remove", type="button", class_="deed remove", data_name=name, title=f"Remove {name}")
        if name is not None
        else None
    )
    published = source.metadata.published
    stale = corpus.stale.get(source.source)
    return element(
        "tr",
        element("th", link, element("span", about, class_="about", dir="auto"), scope="row"),
        element("td", english_name(source.metadata.language) if source.metadata.language else "unknown"),
        element("td", element("time", published, datetime=published) if published else "undated"),
        element("td", _copies_of(source, corpus) if sizes[source.group] > 1 else "none"),
        element("td", f"{stale}; index again" if stale else "indexed", class_="failed" if stale else None),
        element("td", remove),
    )


def _copies_of(source: SourceInfo, corpus: Corpus) -> str:
    told = []
    for pair in corpus.copies:
        if source.source in {pair.first, pair.second}:
            other = pair.second if pair.first == source.source else pair.first
            told.append(f"{pair.relation} of {other} ({pair.certainty:.0%} sure)")
    return "; ".join(told) or f"group {source.group}"


def _waiting_row(name: str) -> Element:
    remove = element("button", "Remove", type="button", class_="deed remove", data_name=name, title=f"Remove {name}")
    nothing = (element("td", "–") for _ in range(3))
    state = element("td", "not indexed: it could not be read, or indexing has not run since", class_="failed")
    return element("tr", element("th", element("bdi", name), scope="row"), *nothing, state, element("td", remove))


def _done(report: Mapping[str, Any]) -> tuple[str, list[str], bool]:
    changes = [f"{len(report[what])} {what}" for what in ("added", "updated", "removed") if report[what]]
    summary = ", ".join(changes) or "Nothing had changed"
    details = [f"not read: {failure['source']}: {failure['reason']}" for failure in report["failures"]]
    message = f"{summary}; {report['passages']} passages, in {report['seconds']:.1f} s"
    return as_sentence(message), [*details, *report["notes"]], bool(details)


def _report(message: str, details: Sequence[str], failed: bool = False) -> Element:  # noqa: FBT001, FBT002
    items = [element("li", detail, dir="auto") for detail in details]
    listed = element("ul", *items) if items else None
    return element("div", element("p", message), listed, class_="report failed" if failed else "report")
