"""The command line: arguments in, results on stdout, everything else on stderr.

Exit codes: 0 done (a refusal is an answer), 1 something failed, 2 wrong usage, 3 an evaluation missed a threshold. Has
no logic of its own.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from qa.answering import ENGINES, engine_help
from qa.assistant import Assistant, check_question
from qa.cli import check, evaluate, serve
from qa.cli.common import (
    build_if_missing,
    console_for,
    iso_date,
    offer_to_pull,
    open_assistant,
    print_json,
    say,
    settings_of,
    showing_progress,
    small_number,
    span,
    state_folder,
)
from qa.errors import InputError, QAError
from qa.inert import inert_json, printable
from qa.records import IndexReport

_BATCH = 32


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(message)s", stream=sys.stderr)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except QAError as error:
        say(f"qa: {error.message}")
        if error.hint:
            say(f"    {error.hint}")
        return 1
    except KeyboardInterrupt:
        say("\nqa: interrupted; the index is as it was before")
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
    filters.add_argument("--after", metavar="DATE", type=iso_date, help="only articles published on this day or later")
    filters.add_argument(
        "--before", metavar="DATE", type=iso_date, help="only articles published on this day or earlier"
    )

    index = commands.add_parser("index", parents=[common, as_json], help="make the index match files and folders")
    index.add_argument(
        "paths", metavar="PATH", nargs="*", help="files, folders or globs (default: those of the last time)"
    )
    index.add_argument("--rebuild", action="store_true", help="start from nothing; mends every damage")
    index.add_argument(
        "--strict", action="store_true", help="exit 1 if any file could not be read, or is of a type that cannot be"
    )
    index.set_defaults(run=_index)

    writer = argparse.ArgumentParser(add_help=False)
    writer.add_argument(
        "--engine",
        choices=list(ENGINES),
        help=engine_help(),
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
    ask.add_argument("-k", metavar="N", type=small_number, help="passages that the answer may draw on")
    ask.add_argument("--verbose", action="store_true", help="show each quote in its context")
    ask.set_defaults(run=_ask)

    chat = commands.add_parser("chat", parents=[common, filters, writer], help="hold a conversation")
    chat.add_argument("-k", metavar="N", type=small_number, help="passages that an answer may draw on")
    chat.set_defaults(run=_chat)

    checking = commands.add_parser(
        "check", parents=[common, as_json, filters], help="say of each sentence of your text whether the articles do"
    )
    check.add_arguments(checking)

    search = commands.add_parser("search", parents=[common, as_json, filters], help="rank passages")
    search.add_argument("query", metavar="QUERY")
    search.add_argument("-k", metavar="N", type=small_number, default=10, help="how many (default 10)")
    search.set_defaults(run=_search)

    serving = commands.add_parser("serve", parents=[common, writer], help="chat in the browser, and serve programs")
    serve.add_arguments(serving)
    serving.set_defaults(run=serve.run)

    sources = commands.add_parser("sources", parents=[common, as_json], help="list what is indexed")
    sources.set_defaults(run=_sources)

    show = commands.add_parser("show", parents=[common], help="print one article")
    show.add_argument("source", metavar="SOURCE", help="its path, or the start of its file name")
    show.add_argument("--at", metavar="START:END", type=span, help="mark these characters")
    show.set_defaults(run=_show)

    evaluation = commands.add_parser(
        "eval", parents=[common, as_json, writer], help="score answers against hand-written facts"
    )
    evaluate.add_arguments(evaluation)

    doctor = commands.add_parser(
        "doctor", parents=[common, as_json], help="what is installed, missing or broken, and the cure"
    )
    doctor.set_defaults(run=_doctor)
    return parser


# -- commands


def _index(options: argparse.Namespace) -> int:
    with open_assistant(options) as assistant, showing_progress() as progress:
        report = assistant.index(options.paths or None, rebuild=options.rebuild, progress=progress)
    _report(options, report)
    return 1 if options.strict and (report.failures or report.skipped) else 0


def _report(options: argparse.Namespace, report: IndexReport) -> None:
    if options.json:
        print_json(report.to_dict())
        return
    from qa.cli import output  # rich loads only for people

    output.show_report(console_for(stderr=False), report)


def _ask(options: argparse.Namespace) -> int:
    if (options.question is None) == (options.batch is None):
        raise SystemExit(_usage("give either a question or --batch FILE"))
    with open_assistant(options) as assistant:
        offer_to_pull(assistant, options)
        build_if_missing(assistant)
        how = _how(options)
        if options.batch is not None:
            return _ask_batch(assistant, options, how)
        question = sys.stdin.read().strip() if options.question == "-" else options.question
        if options.json:
            print_json(assistant.ask(question, options.engine, **how).to_dict())
            return 0
        from qa.cli import output  # rich loads only for people

        console = console_for(stderr=False)
        answer = output.follow(console, assistant.stream(question, options.engine, **how))
        output.show_answer(
            console,
            answer,
            _texts(assistant, {c.source for c in answer.citations}),
            verbose=options.verbose,
        )
    return 0


def _ask_batch(assistant: Assistant, options: argparse.Namespace, how: dict[str, Any]) -> int:
    """One line for each question: its answer, or why it cannot be asked; the rest is answered all the same."""
    questions = list(_read_batch(options.batch))
    for start in range(0, len(questions), _BATCH):
        part = questions[start : start + _BATCH]
        askable = [question for question, _ in part if isinstance(question, str)]
        answers = iter(assistant.ask_many(askable, options.engine, **how) if askable else [])
        for question, identifier in part:
            if isinstance(question, str):
                _print_json_line(identifier, next(answers).to_dict())
            else:
                _print_json_line(identifier, {"error": {"message": question.message, "hint": question.hint}})
    return 1 if any(isinstance(question, QAError) for question, _ in questions) else 0


def _chat(options: argparse.Namespace) -> int:
    from qa.cli import chat  # rich and line editing only for people

    with open_assistant(options) as assistant:
        offer_to_pull(assistant, options)
        build_if_missing(assistant)
        return chat.run(assistant, console_for(stderr=False), state_folder() / "chat_history", **_how(options))


def _search(options: argparse.Namespace) -> int:
    with open_assistant(options) as assistant:
        build_if_missing(assistant)
        hits = assistant.search(
            options.query, options.k, sources=options.source, after=options.after, before=options.before
        )
        if options.json:
            print_json([hit.to_dict() for hit in hits])
            return 0
        from qa.cli import output  # rich loads only for people

        output.show_hits(console_for(stderr=False), hits, _texts(assistant, {hit.source for hit in hits}))
    return 0


def _sources(options: argparse.Namespace) -> int:
    with open_assistant(options) as assistant:
        sources, copies, skipped = assistant.sources(), assistant.copies(), assistant.info().skipped
    if options.json:
        listed = {"sources": [one.to_dict() for one in sources], "copies": [pair.to_dict() for pair in copies]}
        print_json({**listed, "skipped": list(skipped)})
        return 0
    from qa.cli import output  # rich loads only for people

    output.show_sources(console_for(stderr=False), sources, copies, skipped)
    return 0


def _show(options: argparse.Namespace) -> int:
    with open_assistant(options) as assistant:
        article, text = assistant.article(options.source)
    if options.at is not None and options.at[1] > len(text):
        raise InputError(f"{article.source} has only {len(text)} characters", "give --at START:END within that")
    from qa.cli import output  # rich loads only for people

    output.show_article(console_for(stderr=False), text, options.at)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from qa.cli import doctor  # looks at everything

    checks = doctor.examine(settings_of(options))
    if options.json:
        print_json([check.to_dict() for check in checks])
    else:
        for check in checks:
            print(printable(f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.found}"))  # noqa: T201
            if check.cure:
                print(printable(f"      {check.cure}"))  # noqa: T201
    return 0 if all(check.ok for check in checks) else 1


# -- what the commands share


def _how(options: argparse.Namespace) -> dict[str, Any]:
    """What a question may draw on, as ``Assistant.ask`` takes it."""
    return {"sources": options.source, "after": options.after, "before": options.before, "k": options.k}


def _texts(assistant: Assistant, sources: set[str]) -> dict[str, Any]:
    from qa.cli.output import SourceText  # rich loads only for people

    return {source: SourceText(source, assistant.article(source)[1]) for source in sources}


def _read_batch(path: Path) -> Iterator[tuple[str | QAError, Any]]:
    """Questions with their ids, or why one cannot be asked; the id of a plain line is its number."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "give a file with one question a line") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text", "save it as UTF-8, one question a line") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _batch_question(line.strip(), number, path)


def _batch_question(line: str, number: int, path: Path) -> tuple[str | QAError, Any]:
    question: object = line
    identifier: object = number
    if line.startswith("{"):
        try:
            record = json.loads(line)
        except ValueError:
            record = {}
        question, identifier = record.get("question"), record.get("id", number)
    if not isinstance(question, str):
        return InputError(f"line {number} of {path} is not JSON with a question", "correct that line"), identifier
    question = question.encode("utf-8", "replace").decode("utf-8")  # JSON can hold half characters
    try:
        check_question(question)
    except InputError as error:
        return InputError(f"line {number} of {path}: {error.message}", error.hint), identifier
    return question, identifier


def _print_json_line(identifier: object, content: dict[str, Any]) -> None:
    print(inert_json(json.dumps({"id": identifier, **content}, ensure_ascii=False)), flush=True)  # noqa: T201


def _usage(message: str) -> int:
    say(f"qa ask: {message}")
    return 2
