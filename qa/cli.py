"""The command line: arguments in, results on stdout, everything else on stderr.

Exit codes: 0 done (a refusal is an answer), 1 something failed, 2 wrong usage. Has no logic of its own.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from qa.errors import IndexMissingError, InputError, QAError
from qa.inert import inert_json, printable
from qa.pipeline import Assistant
from qa.progress import Progress, no_progress
from qa.records import Answer, IndexReport
from qa.settings import load_settings

_BATCH = 32


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s", stream=sys.stderr)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except QAError as error:
        _say(f"qa: {error.message}")
        if error.hint:
            _say(f"    {error.hint}")
        return 1
    except KeyboardInterrupt:
        _say("\nqa: interrupted; the index is as it was before")
        return 130
    except BrokenPipeError:  # the reader of our output has gone, for example `| head`
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - outlives this function
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qa", description="Ask a folder of articles; every sentence is quoted and cited."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--index", metavar="DIR", type=Path, help="folder of the index (default .qa)")
    common.add_argument("--config", metavar="FILE", type=Path, help="settings (default qa.toml, if there is one)")
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    filters = argparse.ArgumentParser(add_help=False)
    filters.add_argument(
        "--source", metavar="GLOB", action="append", default=[], help="use only these sources (repeatable)"
    )
    filters.add_argument("--after", metavar="DATE", type=_date, help="use only articles published on this day or later")
    filters.add_argument(
        "--before", metavar="DATE", type=_date, help="use only articles published on this day or earlier"
    )

    index = commands.add_parser("index", parents=[common, as_json], help="make the index match files and folders")
    index.add_argument(
        "paths", metavar="PATH", nargs="*", help="files, folders or globs (default: those of the last time)"
    )
    index.add_argument("--rebuild", action="store_true", help="start from nothing; mends every damage")
    index.add_argument("--strict", action="store_true", help="exit 1 if any file could not be read")
    index.set_defaults(run=_index)

    writer = argparse.ArgumentParser(add_help=False)
    writer.add_argument(
        "--engine",
        choices=["auto", "quote", "ollama"],
        help="who writes: the LLM, quotation, or whichever works (auto)",
    )
    writer.add_argument("--model", metavar="M", help="the LLM, as Ollama names it (default: the best that it has)")
    writer.add_argument(
        "--strict-support", action="store_true", help="leave out sentences of the LLM that no source supports"
    )

    ask = commands.add_parser("ask", parents=[common, as_json, filters, writer], help="answer a question")
    ask.add_argument("question", metavar="QUESTION", nargs="?", help="in any language; - reads it from stdin")
    ask.add_argument(
        "--batch", metavar="FILE", type=Path, help="one question a line, or JSON lines with question and id"
    )
    ask.add_argument("-k", metavar="N", type=_positive, help="passages that the answer may draw on")
    ask.add_argument("--verbose", action="store_true", help="show each quote in its context")
    ask.set_defaults(run=_ask)

    chat = commands.add_parser("chat", parents=[common, filters, writer], help="hold a conversation")
    chat.add_argument("-k", metavar="N", type=_positive, help="passages that an answer may draw on")
    chat.set_defaults(run=_chat)

    search = commands.add_parser("search", parents=[common, as_json, filters], help="rank passages")
    search.add_argument("query", metavar="QUERY")
    search.add_argument("-k", metavar="N", type=_positive, default=10, help="how many (default 10)")
    search.set_defaults(run=_search)

    sources = commands.add_parser("sources", parents=[common, as_json], help="list what is indexed")
    sources.set_defaults(run=_sources)

    show = commands.add_parser("show", parents=[common], help="print one article")
    show.add_argument("source", metavar="SOURCE", help="its path, or the start of its file name")
    show.add_argument("--at", metavar="START:END", type=_span, help="mark these characters")
    show.set_defaults(run=_show)

    doctor = commands.add_parser(
        "doctor", parents=[common, as_json], help="what is installed, missing or broken, and the cure"
    )
    doctor.set_defaults(run=_doctor)
    return parser


# -- commands


def _index(options: argparse.Namespace) -> int:
    with _assistant(options) as assistant, _progress() as progress:
        report = assistant.index(options.paths or None, rebuild=options.rebuild, progress=progress)
    _report(options, report)
    return 1 if options.strict and report.failures else 0


def _report(options: argparse.Namespace, report: IndexReport) -> None:
    if options.json:
        _print_json(report.to_dict())
        return
    from qa import present  # rich loads only for people

    present.show_report(_console(stderr=False), report)


def _ask(options: argparse.Namespace) -> int:
    if (options.question is None) == (options.batch is None):
        raise SystemExit(_usage("give either a question or --batch FILE"))
    with _assistant(options) as assistant:
        _offer_to_pull(assistant, options)
        _build_if_missing(assistant)
        how = _how(options)
        if options.batch is not None:
            return _ask_batch(assistant, options, how)
        question = sys.stdin.read().strip() if options.question == "-" else options.question
        if options.json:
            _print_json(assistant.ask(question, options.engine, **how).to_dict())
            return 0
        from qa import present  # rich loads only for people

        console = _console(stderr=False)
        answer = present.follow(console, assistant.stream(question, options.engine, **how))
        present.show_answer(
            console,
            answer,
            _texts(assistant, {c.source for c in answer.citations}),
            verbose=options.verbose,
        )
    return 0


def _ask_batch(assistant: Assistant, options: argparse.Namespace, how: dict[str, Any]) -> int:
    questions = list(_read_batch(options.batch))
    for start in range(0, len(questions), _BATCH):
        part = questions[start : start + _BATCH]
        answers = assistant.ask_many([question for question, _ in part], options.engine, **how)
        for (_, identifier), answer in zip(part, answers, strict=True):
            _print_json_line(answer, identifier)
    return 0


def _chat(options: argparse.Namespace) -> int:
    from qa import terminal_chat  # rich and line editing only for people

    with _assistant(options) as assistant:
        _offer_to_pull(assistant, options)
        _build_if_missing(assistant)
        return terminal_chat.run(assistant, _console(stderr=False), _state_folder() / "chat_history", **_how(options))


def _search(options: argparse.Namespace) -> int:
    with _assistant(options) as assistant:
        _build_if_missing(assistant)
        hits = assistant.search(
            options.query, options.k, sources=options.source, after=options.after, before=options.before
        )
        if options.json:
            _print_json([hit.to_dict() for hit in hits])
            return 0
        from qa import present  # rich loads only for people

        present.show_hits(_console(stderr=False), hits, _texts(assistant, {hit.source for hit in hits}))
    return 0


def _sources(options: argparse.Namespace) -> int:
    with _assistant(options) as assistant:
        sources, copies = assistant.sources(), assistant.reader().copies()
    if options.json:
        listed = [
            {
                "source": source.source,
                "title": source.metadata.title,
                "published": source.metadata.published,
                "outlet": source.metadata.outlet,
                "language": source.metadata.language,
                "format": source.format,
                "characters": source.characters,
                "passages": source.passages,
                "junk_characters": source.junk,
                "group": source.group,
            }
            for source in sources
        ]
        pairs = [
            {"first": p.first, "second": p.second, "relation": p.relation, "certainty": p.certainty, "why": p.why}
            for p in copies
        ]
        _print_json({"sources": listed, "copies": pairs})
        return 0
    from qa import present  # rich loads only for people

    present.show_sources(_console(stderr=False), sources, copies)
    return 0


def _show(options: argparse.Namespace) -> int:
    with _assistant(options) as assistant:
        article, text = assistant.article(options.source)
    if options.at is not None and options.at[1] > len(text):
        raise InputError(f"{article.source} has only {len(text)} characters", "give --at START:END within that")
    from qa import present  # rich loads only for people

    present.show_article(_console(stderr=False), text, options.at)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from qa import doctor  # looks at everything

    checks = doctor.examine(_settings(options))
    if options.json:
        _print_json([check.to_dict() for check in checks])
    else:
        for check in checks:
            print(printable(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found}"))  # noqa: T201
            if check.cure:
                print(printable(f"      {check.cure}"))  # noqa: T201
    return 0 if all(check.ok for check in checks) else 1


# -- what the commands share


def _settings(options: argparse.Namespace) -> Any:  # noqa: ANN401
    overrides: dict[str, Any] = {} if options.index is None else {"index_dir": options.index}
    if getattr(options, "engine", None):
        overrides["answer"] = {"engine": options.engine}
    if getattr(options, "strict_support", False):
        overrides.setdefault("answer", {})["strict_support"] = True
    if getattr(options, "model", None):
        overrides["llm"] = {"model": options.model}
    return load_settings(options.config, os.environ, overrides)


def _how(options: argparse.Namespace) -> dict[str, Any]:
    """What a question may draw on, as ``Assistant.ask`` takes it."""
    return {"sources": options.source, "after": options.after, "before": options.before, "k": options.k}


def _state_folder() -> Path:
    """Where programs keep what a person would not miss (XDG Base Directory Specification 0.8)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "article-qa"


def _assistant(options: argparse.Namespace) -> Assistant:
    return Assistant(_settings(options))


def _offer_to_pull(assistant: Assistant, options: argparse.Namespace) -> None:
    """Where somebody at a terminal names a model that the Ollama server does not have, fetch it if they like."""
    settings = assistant.settings
    if options.model is None or settings.llm.factory or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    from qa.llm import server_answers
    from qa.ollama_server import OllamaServer  # the client loads only for a named model

    if not server_answers(settings):
        return
    server = OllamaServer(settings.ollama_host, settings.llm.headers)
    if {options.model, f"{options.model}:latest"} & {model.name for model in server.models()}:
        return
    _say(f"qa: the Ollama server at {server.url} has no model {options.model}; fetch it now? [y/N]")
    if sys.stdin.readline().strip().casefold() in {"y", "yes", "j", "ja"}:
        with _progress() as progress:
            server.pull(options.model, progress)


def _build_if_missing(assistant: Assistant) -> None:
    """Without an index, say so and build it from the configured corpus."""
    try:
        assistant.reader()
    except IndexMissingError as error:
        _say(f"qa: {error.message}; building it from {', '.join(assistant.settings.corpus)}")
        with _progress() as progress:
            report = assistant.index(progress=progress)
        for failure in report.failures:
            _say(f"qa: not read: {failure.source}: {failure.reason}")


def _texts(assistant: Assistant, sources: set[str]) -> dict[str, Any]:
    from qa.present import SourceText  # rich loads only for people

    return {source: SourceText(source, assistant.article(source)[1]) for source in sources}


def _read_batch(path: Path) -> Iterator[tuple[str, Any]]:
    """Questions with their ids; the id of a plain line is its number."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "give a file with one question a line") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text", "save it as UTF-8, one question a line") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if not line.lstrip().startswith("{"):
            yield line.strip(), number
            continue
        try:
            record = json.loads(line)
            yield str(record["question"]), record.get("id", number)
        except (json.JSONDecodeError, KeyError):
            raise InputError(f"line {number} of {path} is not JSON with a question", "correct that line") from None


def _print_json(value: object) -> None:
    print(inert_json(json.dumps(value, ensure_ascii=False, indent=2)))  # noqa: T201


def _print_json_line(answer: Answer, identifier: object) -> None:
    print(inert_json(json.dumps({"id": identifier, **answer.to_dict()}, ensure_ascii=False)), flush=True)  # noqa: T201


def _say(text: str) -> None:
    text = printable(text, ordinary="\n")
    print(text.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(), file=sys.stderr)  # noqa: T201


def _console(*, stderr: bool) -> Any:  # noqa: ANN401
    from rich.console import Console  # only for people

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


@contextmanager
def _progress() -> Iterator[Progress]:
    """Bars with rate and time left, on a terminal; silence elsewhere."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars  # only on a terminal

    rate = TextColumn("{task.fields[rate]}")
    with Bars(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(),
        console=_console(stderr=True), transient=True,
    ) as bars:  # fmt: skip
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, rate="")
            bars.update(tasks[stage], completed=done)
            speed = bars.tasks[tasks[stage]].speed
            bars.update(tasks[stage], rate=f"{speed:.0f}/s" if speed else "")

        yield tell


def _usage(message: str) -> int:
    _say(f"qa ask: {message}")
    return 2


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2023-09-17") from None


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")
    return int(text)


def _span(text: str) -> tuple[int, int]:
    start, _, end = text.partition(":")
    if not (start.isdecimal() and end.isdecimal() and int(start) < int(end)):
        raise argparse.ArgumentTypeError(f"{text!r} is not START:END")
    return int(start), int(end)
