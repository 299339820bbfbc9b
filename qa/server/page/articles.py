"""The tab with the list of articles: adding, removing, indexing again; and what it shows, as HTML.

Knows which of its components each event changes. All text is from strangers and is put into a tree, which escapes it.
Does not know how files are kept (``uploads``) or indexed, and looks nothing up (``state``).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from qa.documents.files import SUFFIXES
from qa.errors import QAError
from qa.phrases import as_sentence
from qa.records import SourceInfo
from qa.server.index_job import JobState
from qa.server.page import QUIETLY, WANTED, Desk, wanted_of
from qa.server.page.article import article_link
from qa.server.page.markup import Element, element, html_fragment
from qa.server.page.state import MOST_ROWS, Corpus, article_choices, corpus_of
from qa.text.locale_names import english_name

_LOOK_SECONDS = 0.3


class ArticlesTab:
    """Makes the components where it is made, inside of a ``gr.Tab``."""

    def __init__(self, desk: Desk, sources: gr.Dropdown) -> None:
        """Keep ``sources``, a filter by article, up to date as well."""
        self._desk = desk
        gr.HTML(_hint(desk.uploads.limits.files, desk.uploads.limits.megabytes))
        self._files = gr.File(
            label="Add articles", file_count="multiple", file_types=sorted(SUFFIXES), elem_id="add-articles", height=130
        )
        again = gr.Button("Index again", size="sm", elem_id="index-again")
        self._said = gr.HTML(elem_id="said")
        self._report = gr.HTML(elem_id="report")
        self._table = gr.HTML(elem_id="corpus")
        self._sources = sources
        shown = [self._said, self._report, self._table, sources, self._files]
        wanted = gr.Textbox(visible="hidden", label="Wanted")
        deed = gr.Button("Do with file", visible="hidden", elem_id="file-deed")
        self._files.upload(self._add, [self._files], shown, **QUIETLY)
        again.click(self._again, None, shown, **QUIETLY)
        deed.click(self._do, [wanted], shown, js=WANTED, **QUIETLY)

    def add_load_events(self, page: gr.Blocks, tab: gr.Tab) -> None:
        """When the page or the tab opens, list the articles."""
        for event in (page.load, tab.select):
            event(self._list, None, [self._table, self._sources], **QUIETLY)

    # -- events; each yields: what is said, the report, the list, the filter's choices, the files to be added

    async def _add(self, paths: list[str] | None) -> AsyncIterator[list[Any]]:
        given = [(Path(path).name, Path(path)) for path in paths or []]
        try:
            accepted, refused = await self._desk.service.run(self._desk.uploads.add, given)
        except QAError as error:
            yield [_failed(error), "", gr.skip(), gr.skip(), None]
            return
        finally:
            for _, path in given:
                path.unlink(missing_ok=True)
        said = refused_html([(one.name, one.reason) for one in refused])
        yield [said, "", gr.skip(), gr.skip(), None]
        if accepted:
            async for shown in self._index():
                yield [said, *shown, gr.skip()]

    async def _again(self) -> AsyncIterator[list[Any]]:
        async for shown in self._index():
            yield ["", *shown, gr.skip()]

    async def _do(self, wanted: str) -> AsyncIterator[list[Any]]:
        """A button in the list: remove an uploaded file, or bring it back."""
        action = wanted_of(wanted)
        name, restores = str(action.get("file")), action.get("do") == "restore"
        do: Callable[[str], object] = self._desk.uploads.restore if restores else self._desk.uploads.remove
        try:
            await self._desk.service.run(do, name)
        except QAError as error:
            yield [_failed(error), "", gr.skip(), gr.skip(), gr.skip()]
            return
        async for shown in self._index():
            yield ["" if restores else removed_html(name), *shown, gr.skip()]

    async def _index(self) -> AsyncIterator[list[Any]]:
        """Index, and show how it goes: report, list, choices."""
        job = self._desk.job
        try:
            await self._desk.service.run(job.start)
        except QAError as error:
            yield [_failed(error), *(await self._list())]
            return
        while (state := job.state).running:
            yield [progress_html(state), gr.skip(), gr.skip()]
            await asyncio.sleep(_LOOK_SECONDS)
        yield [progress_html(state), *(await self._list())]

    async def _list(self) -> list[Any]:
        """The list of articles, and the choices for the filter."""
        try:
            corpus = await self._desk.service.run(corpus_of, self._desk.service.assistant, self._desk.uploads)
        except QAError as error:
            return [_failed(error), gr.skip()]
        return [corpus_html(corpus), gr.update(choices=article_choices(corpus))]


def _failed(error: QAError) -> str:
    return refused_html([(error.message, error.hint)])


def _hint(files: int, megabytes: int) -> str:
    kinds = ", ".join(sorted(SUFFIXES))
    text = f"Up to {files} files at once, {megabytes} MB each: {kinds}. They are kept in a folder of their own."
    return html_fragment(element("p", text, class_="hint"))


# -- what is shown


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
