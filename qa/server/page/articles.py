"""The tab with the list of articles: adding, removing, indexing again.

Knows which of its components each event changes. Does not know how files are kept (``uploads``) or indexed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import gradio as gr

from qa.documents.files import SUFFIXES
from qa.errors import QAError
from qa.server.page.corpus import corpus_html, progress_html, refused_html, removed_html
from qa.server.page.desk import QUIETLY, WANTED, Desk, wanted_of
from qa.server.page.markup import element, html_fragment
from qa.server.page.state import article_choices, corpus_of

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
