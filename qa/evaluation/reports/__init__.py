"""An evaluation as text, JSON, Markdown, one HTML page and JUnit XML.

Knows which reports there are, by the name of the file that ``qa eval --report DIR`` writes. Does not know how figures
come about, or where reports are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from qa.evaluation.reports.junit import junit
from qa.evaluation.reports.templates import html, markdown
from qa.evaluation.reports.text import summary_text


class Report(Protocol):
    """A way to show an evaluation."""

    def __call__(self, document: Mapping[str, Any], /) -> str:
        """Show the document that ``qa eval --json`` prints, and leave it as it is."""
        ...


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


REPORTS: dict[str, Report] = {
    "results.json": _json,
    "report.txt": summary_text,
    "report.md": markdown,
    "report.html": html,
    "junit.xml": junit,
}
