"""How the pages look, as far as Gradio has to know: its theme. The rest is ``data/web.css``.

Fonts are those of the reader's machine: nothing is fetched. Does not know what is on a page.
"""

from __future__ import annotations

import gradio as gr

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
