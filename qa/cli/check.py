"""``qa check``: a text of somebody's own, each sentence supported, contradicted, or not said.

Knows where the text comes from and how the verdicts look in a terminal. Does not know how they are reached.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from qa.cli.common import build_if_missing, console_for, open_assistant, print_json
from qa.errors import InputError
from qa.inert import printable
from qa.records import Check, CheckedSentence, Citation

_MARKS = {"supported": ("✓", "green"), "contradicted": ("✗", "bold red"), "not said": ("?", "yellow")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what ``qa check`` takes."""
    parser.add_argument("file", metavar="FILE", help="a text of yours, UTF-8; - reads it from stdin")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check the text and print what came of it."""
    text = _read(options.file)
    with open_assistant(options) as assistant:
        build_if_missing(assistant)
        checked = assistant.check(text, options.source, after=options.after, before=options.before)
    if options.json:
        print_json(checked.to_dict())
    else:
        _show(console_for(stderr=False), checked)
    return 0


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}", "give a text file, or - for stdin") from None
    except UnicodeDecodeError:
        raise InputError(f"{name} is not UTF-8 text", "save it as UTF-8 text") from None


def _show(console: Any, checked: Check) -> None:  # noqa: ANN401 - rich loads only for people
    from rich.text import Text

    for sentence in checked.sentences:
        mark, style = _MARKS[sentence.verdict]
        line = Text(f"{mark} ", style=style).append(_one_line(sentence.text), style="default")
        console.print(line.append(f"  {sentence.verdict}", style=style))
        for citation in _cited(sentence, checked):
            console.print(Text(f"    [{citation.number}] {_one_line(citation.quote)}", style="dim"))
    console.print()
    for citation in checked.citations:
        place = f"[{citation.number}] {printable(citation.source)}  characters {citation.start}–{citation.end}"
        console.print(Text(place, style="dim"), soft_wrap=True)
    for note in checked.notes:
        console.print(Text(f"note: {printable(note)}", style="yellow"))
    counts = {verdict: sum(one.verdict == verdict for one in checked.sentences) for verdict in _MARKS}
    console.print(Text(" · ".join(f"{count} {verdict}" for verdict, count in counts.items()), style="dim"))


def _cited(sentence: CheckedSentence, checked: Check) -> list[Citation]:
    return [citation for citation in checked.citations if citation.number in sentence.citations]


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))
