"""An evaluation as Markdown for the summary of a CI job, and as one HTML page that needs nothing else.

Knows how text from outside is made harmless: every value that a template writes is escaped, for Markdown too, and there
is no way to forget it. The page sends no request and is readable without its script; its Content-Security-Policy (W3C,
level 3) admits its own style and script by their hashes and nothing else. Does not know how a score was computed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa.evaluation.reports import figures
from qa.inert import legal, printable

_MEANS_SOMETHING = re.compile(r"[\\`*_{}\[\]<>#+!|~&$=@\"]|:(?=\S)|(?<=www)\.", re.IGNORECASE)
_NAMES_SOMEBODY = "@#"
_UNSEEN = "&#8203;"
"""A space of no width: GitHub finds mentions and numbers of issues after it has undone every escape."""
_FULL_CONTEXT = 200
"""Characters beside a quote that the document holds at most: where there are as many, the article goes on."""


def inert_markdown(text: str) -> str:
    """Any text on one line of GitHub's Markdown, as it is: no markup, link, mention or table cell comes of it."""
    return _MEANS_SOMETHING.sub(_reference, " ".join(printable(text).split()))


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    return f"&#{ord(character)};" + (_UNSEEN if character in _NAMES_SOMEBODY else "")


def markdown(document: Mapping[str, Any]) -> str:
    """The document of a run: headline, gate, scores with both baselines, groups, failing cases folded."""
    return _environment(_markdown).get_template("report.md").render(document=document)


def html(document: Mapping[str, Any]) -> str:
    """The document of a run as one page: headline figures, gate, scores, charts, every case with its quotes."""
    parts = {"style": _packaged("report.css"), "script": _packaged("report.js")}
    hashes = {name: _hash(text) for name, text in parts.items()}
    return _environment(legal).get_template("report.html").render(document=document, hashes=hashes, **parts)


def _markdown(text: str) -> Markup:
    return Markup(inert_markdown(text))  # noqa: S704  it is escaped, for Markdown


@cache
def _environment(escape: Callable[[str], str]) -> Environment:
    """Templates in which every text goes through ``escape``, then through Jinja's own escaping unless it is Markup."""

    def finalize(value: object) -> object:
        return escape(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("qa.evaluation.reports"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"figures": figures, "cut": _cut}
    return environment


def _cut(context: str, *, first: bool) -> str:
    """What stands beside a quote, cut at a word where the article goes on."""
    if len(context) < _FULL_CONTEXT:
        return context
    return f"… {context.partition(' ')[2]}" if first else f"{context.rpartition(' ')[0]} …"


@cache
def _packaged(name: str) -> Markup:
    """A file of this program's own, put into the page as it is."""
    return Markup((files("qa.evaluation.reports") / "templates" / name).read_text(encoding="utf-8"))  # noqa: S704


def _hash(text: str) -> Markup:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(f"'sha256-{digest}'")  # noqa: S704  nothing in it needs escaping
