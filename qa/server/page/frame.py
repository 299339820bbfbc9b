"""The page in the browser: its frame and tabs, what is looked up when it opens and now and then, and Gradio's theme.

What the tabs hold is in ``ask``, ``check`` and ``articles``, the rest of the look in ``data/web.css``. Fonts are those
of the reader's machine: nothing is fetched. Does not know HTTP.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from qa.server.page import AS_SENT, QUIETLY, Desk, text_of
from qa.server.page.articles import ArticlesTab, status_html
from qa.server.page.ask import AskTab
from qa.server.page.check import CheckTab
from qa.server.page.markup import element, html_fragment
from qa.server.page.state import Choices, engine_choices, server_facts

_LOOK_FOR_MODELS_SECONDS = 10
_KEEP_SECONDS = 3600
"""Files that were sent and not added are deleted when they are this old."""

_SANS = ("system-ui", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_MONOSPACED = ("ui-monospace", "Cascadia Mono", "Noto Sans Mono", "monospace")

_SEA = gr.themes.Color(
    "#eef6f6", "#d5eaeb", "#abd5d7", "#7bbabf", "#4a9aa1", "#2a7d86",
    "#0f626b", "#0c5058", "#0a4047", "#083338", "#052226",
)  # fmt: skip
_PAPER = gr.themes.Color(
    "#fbfaf7", "#f3f1ec", "#e6e2da", "#d3cdc2", "#a39c90", "#787167",
    "#57514a", "#433e39", "#2c2926", "#1e1c1a", "#141312",
)  # fmt: skip


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
            with gr.Tab("Check a text", id="check-a-text"):
                CheckTab(desk)
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


def theme() -> gr.themes.Base:
    """Paper and ink, with one colour for what can be clicked."""
    return gr.themes.Base(
        primary_hue=_SEA,
        secondary_hue=_SEA,
        neutral_hue=_PAPER,
        font=_SANS,
        font_mono=_MONOSPACED,
        radius_size=gr.themes.sizes.radius_md,
        text_size=gr.themes.sizes.text_md,
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="*neutral_900",
        body_text_color_dark="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_700",
        block_label_text_color="*neutral_700",
        block_label_text_color_dark="*neutral_200",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        input_background_fill="white",
        input_background_fill_dark="*neutral_800",
        input_border_color="*neutral_400",
        input_border_color_dark="*neutral_500",
        input_placeholder_color="*neutral_600",
        input_placeholder_color_dark="*neutral_300",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_300",
        button_primary_background_fill_hover_dark="*primary_200",
        button_primary_text_color="white",
        button_primary_text_color_dark="*neutral_950",
        button_secondary_background_fill="*neutral_100",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_text_color="*neutral_900",
        button_secondary_text_color_dark="*neutral_100",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_200",
    )
