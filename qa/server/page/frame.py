"""The page in the browser: its frame, its tabs, and what is looked up when it opens and now and then.

Knows Gradio. What the tabs hold is in ``ask`` and ``articles``. Does not know HTTP.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from qa.server.page.articles import ArticlesTab
from qa.server.page.ask import AskTab
from qa.server.page.corpus import status_html
from qa.server.page.desk import AS_SENT, QUIETLY, Desk, text_of
from qa.server.page.markup import element, html_fragment
from qa.server.page.state import Choices, engine_choices, server_facts

_LOOK_FOR_MODELS_SECONDS = 10
_KEEP_SECONDS = 3600
"""Files that were sent and not added are deleted when they are this old."""


def build_page(desk: Desk) -> gr.Blocks:
    """The page, ready to be mounted."""
    with gr.Blocks(
        title="article-qa",
        analytics_enabled=False,
        fill_height=True,
        fill_width=True,
        delete_cache=(_KEEP_SECONDS, _KEEP_SECONDS),
    ) as page:
        gr.HTML(_header(), elem_id="masthead")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Ask", id="ask"):
                ask = AskTab(desk)
            with gr.Tab("Articles", id="articles") as list_of_articles:
                articles = ArticlesTab(desk, ask.sources)
            with gr.Tab("Status", id="status") as status:
                _add_status(desk, page, status)
        ask.add_load_events(page)
        articles.add_load_events(page, list_of_articles)
        _keep_engines(desk, page, ask.engine)
    return page


def _add_status(desk: Desk, page: gr.Blocks, tab: gr.Tab) -> None:
    facts = gr.HTML()
    again = gr.Button("Look again", size="sm", elem_id="look-again")

    async def look() -> str:
        return status_html(await desk.service.run(server_facts, desk.service.assistant))

    for event in (page.load, tab.select, again.click):
        event(look, None, [facts], **QUIETLY)


def _keep_engines(desk: Desk, page: gr.Blocks, engine: gr.Dropdown) -> None:
    """Keep the picker of who writes as the server's models are; unchanged, it is left alone, for it may be open.

    What is picked stays there even if it is gone: whoever asks then is told so.
    """
    known = gr.State(None)

    async def look(last: Choices | None, sent: object) -> list[Any]:
        choices = await desk.service.run(engine_choices, desk.service.assistant)
        picked = text_of(sent)
        if picked and picked not in [value for _, value in choices]:
            choices = [*choices, (f"{picked.removeprefix('ollama:')} (not there now)", picked)]
        unchanged = last is not None and choices == [tuple(choice) for choice in last]
        return [gr.skip() if unchanged else gr.update(choices=choices), choices]

    for event in (page.load, gr.Timer(_LOOK_FOR_MODELS_SECONDS).tick):
        event(look, [known, engine], [engine, known], **AS_SENT)


def _header() -> str:
    theme = element("button", "Theme", type="button", id="theme", title="Switch between light and dark")
    more = element("nav", element("a", "API", href="/docs", target="_blank", title="For programs"), theme)
    return html_fragment(element("header", element("h1", "article-qa"), more, class_="masthead"))
