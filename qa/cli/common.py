"""What the commands of the command line share: settings, an assistant, output, progress, kinds of arguments.

Reads the environment for the settings, and nothing else does. Does not know any command.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from qa.answering import check_engine
from qa.assistant import Assistant
from qa.errors import IndexMissingError
from qa.inert import inert_json, printable
from qa.progress import Progress, no_progress
from qa.settings import Settings, load_settings


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings that the command line, the environment and the configuration file make together."""
    overrides: dict[str, Any] = {} if options.index is None else {"index_dir": options.index}
    if getattr(options, "engine", None):
        overrides["answer"] = {"engine": options.engine}
    if getattr(options, "strict_support", False):
        overrides.setdefault("answer", {})["strict_support"] = True
    if getattr(options, "model", None):
        overrides["llm"] = {"model": options.model}
    settings = load_settings(options.config, os.environ, overrides)
    check_engine(settings.answer.engine)
    return settings


def open_assistant(options: argparse.Namespace) -> Assistant:
    """An assistant with those settings; close it after use."""
    return Assistant(settings_of(options))


def offer_to_pull(assistant: Assistant, options: argparse.Namespace) -> None:
    """Where somebody at a terminal names a model that the Ollama server does not have, fetch it if they like."""
    settings = assistant.settings
    if options.model is None or settings.llm.factory or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    from qa.llm import server_answers
    from qa.llm.ollama import OllamaServer  # the client loads only for a named model

    if not server_answers(settings):
        return
    server = OllamaServer(settings.ollama_host, settings.llm.headers)
    if {options.model, f"{options.model}:latest"} & {model.name for model in server.models()}:
        return
    say(f"qa: the Ollama server at {server.url} has no model {options.model}; fetch it now? [y/N]")
    if sys.stdin.readline().strip().casefold() in {"y", "yes", "j", "ja"}:
        with showing_progress() as progress:
            server.pull(options.model, progress)


def build_if_missing(assistant: Assistant) -> None:
    """Without an index, say so and build it from the configured corpus."""
    try:
        assistant.info()
    except IndexMissingError as error:
        say(f"qa: {error.message}; building it from {', '.join(assistant.settings.corpus)}")
        with showing_progress() as progress:
            report = assistant.index(progress=progress)
        for failure in report.failures:
            say(f"qa: not read: {failure.source}: {failure.reason}")


def state_folder() -> Path:
    """Where programs keep what a person would not miss (XDG Base Directory Specification 0.8)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "article-qa"


def print_json(value: object) -> None:
    """Print one JSON document on stdout, its control characters escaped."""
    print(inert_json(json.dumps(value, ensure_ascii=False, indent=2)))  # noqa: T201


def say(text: str) -> None:
    """Tell a person something, on stderr."""
    text = printable(text, ordinary="\n")
    print(text.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(), file=sys.stderr)  # noqa: T201


def console_for(*, stderr: bool) -> Any:  # noqa: ANN401
    """Where rich writes to."""
    from rich import console  # only for people

    return console.Console(stderr=stderr, highlight=False, markup=False, emoji=False)


@contextmanager
def showing_progress() -> Iterator[Progress]:
    """Bars with rate and time left, on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich import progress  # only on a terminal

    with progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(),
        console=console_for(stderr=True),
        transient=True,
    ) as bars:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, rate="")
            bars.update(tasks[stage], completed=done)
            speed = bars.tasks[tasks[stage]].speed
            bars.update(tasks[stage], rate=f"{speed:.0f}/s" if speed else "")

        yield tell


def iso_date(text: str) -> str:
    """An argument that is a date."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2023-09-17") from None


def small_number(text: str) -> int:
    """An argument that is a number from 1 to 1000."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def span(text: str) -> tuple[int, int]:
    """An argument that is START:END."""
    start, _, end = text.partition(":")
    if not (start.isdecimal() and end.isdecimal() and int(start) < int(end)):
        raise argparse.ArgumentTypeError(f"{text!r} is not START:END")
    return int(start), int(end)
