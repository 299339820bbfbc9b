"""The command ``qa eval``: facts in, a table or JSON and reports out, and an exit code that CI understands.

Knows which file goes where. Does not know how answers are judged (``qa.evaluation.judge``), or which reports there are.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from qa.cli.common import build_if_missing, open_assistant, print_json, say, showing_progress
from qa.errors import InputError

_FACTS = Path("eval/facts.yaml")
_THRESHOLDS = "thresholds.yaml"
_MISSED = 3
"""The exit code where a threshold was missed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes, besides what commands share."""
    parser.add_argument("facts", metavar="FACTS", type=Path, nargs="?", default=_FACTS, help=f"default {_FACTS}")
    parser.add_argument(
        "--report", metavar="DIR", type=Path, help="write results.json, report.txt, report.md, report.html, junit.xml"
    )
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write JUnit XML")
    parser.add_argument(
        "--min",
        metavar="NAME=VALUE",
        type=_minimum,
        action="append",
        default=[],
        help="a further threshold (repeatable)",
    )
    parser.add_argument(
        "--set-thresholds",
        action="store_true",
        help=f"put what {_THRESHOLDS} beside FACTS asks for at the ends of this run's intervals",
    )
    parser.add_argument(
        "--compare", metavar=("A.json", "B.json"), type=Path, nargs=2, help="compare two results, and ask nothing"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Evaluate or compare; returns the exit code."""
    return _compare(options) if options.compare else _evaluate(options)


def _evaluate(options: argparse.Namespace) -> int:
    from qa.evaluation.facts import load_facts
    from qa.evaluation.gate import at_interval_ends, check, load_thresholds, thresholds_from_options
    from qa.evaluation.reports import REPORTS
    from qa.evaluation.run import baselines, document, evaluate  # what only an evaluation needs loads only for one

    facts = load_facts(options.facts)
    beside = options.facts.with_name(_THRESHOLDS)
    if options.set_thresholds and not beside.is_file():
        raise InputError(f"there is no {beside}", "name in it the scores to watch, as `accuracy: {minimum: 0}`")
    thresholds = load_thresholds(beside) if beside.is_file() else ()
    outputs = {} if options.report is None else {options.report / name: report for name, report in REPORTS.items()}
    if options.junit is not None:
        outputs[options.junit] = REPORTS["junit.xml"]
    for path in (*outputs, *([beside] if options.set_thresholds else [])):
        _check_writable(path)
    with open_assistant(options) as assistant, showing_progress() as progress:
        build_if_missing(assistant)
        cases = evaluate(assistant, facts, options.engine, progress)
        engine = options.engine or assistant.settings.answer.engine
        found = document(options.facts.as_posix(), engine, cases, baselines(assistant, cases))
    if options.set_thresholds:
        text = at_interval_ends(beside.read_text(encoding="utf-8"), thresholds, found["summary"])
        beside.write_text(text, encoding="utf-8")
        thresholds = load_thresholds(beside)
        say(f"qa: wrote {beside}; read what moved before you commit it")
    gate = check((*thresholds, *thresholds_from_options(options.min)), found["summary"])
    found["summary"]["gate"] = [result.to_dict() for result in gate]
    for path, report in outputs.items():
        path.write_text(report(found), encoding="utf-8")
    if options.json:
        print_json(found)
    else:
        print(REPORTS["report.txt"](found))  # noqa: T201
        for path in outputs:
            say(f"qa: wrote {path}")
    return 0 if all(result.passed for result in gate) else _MISSED


def _minimum(text: str) -> str:
    """An argument that is NAME=VALUE."""
    from qa.evaluation.gate import thresholds_from_options  # only where there is one

    try:
        thresholds_from_options([text])
    except InputError as error:
        raise argparse.ArgumentTypeError(f"{error.message}; {error.hint}") from None
    return text


def _check_writable(path: Path) -> None:
    """Say before the work, not after it, that its result could not be kept."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        writable = os.access(path if path.exists() else path.parent, os.W_OK) and not path.is_dir()
    except OSError:
        writable = False
    if not writable:
        raise InputError(f"{path} cannot be written", "choose another place for the reports")


def _compare(options: argparse.Namespace) -> int:
    from qa.evaluation.compare import compare

    first, second = (_read_results(path) for path in options.compare)
    comparison = compare(first, second, tuple(path.as_posix() for path in options.compare))
    if options.json:
        print_json(comparison)
    else:
        from qa.evaluation.reports.text import comparison_text  # rich only for people

        print(comparison_text(comparison))  # noqa: T201
    return 0


def _read_results(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "give what `qa eval --json` printed") from None
    except ValueError:
        raise InputError(f"{path} is not JSON", "give what `qa eval --json` printed") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} is not the result of an evaluation", "give what `qa eval --json` printed")
    return found
