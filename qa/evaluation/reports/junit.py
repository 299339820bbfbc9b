"""An evaluation as JUnit XML, which CI systems show as tests.

Knows the elements that Jenkins, GitLab and the GitHub actions for test reports read (there is no formal standard; the
common subset is used). Does not know how a case was judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa.evaluation.reports.figures import SCORES, bound_of, kind, number, reasons
from qa.evaluation.reports.markup import Element, element, xml_text


def junit(document: Mapping[str, Any]) -> str:
    """The document of a run as one ``testsuites`` element.

    The suite ``facts`` has one test a fact (its class is language and first tag), with the scores as properties; a
    case that crashed is an error, any other that did not pass a failure. The suite ``gate`` has one test a threshold.
    Characters that XML 1.0 forbids are left out.
    """
    suites = [_facts(document), _gate(document)]
    totals = {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures", "errors")}
    return xml_text(element("testsuites", *suites, name="qa eval", **totals))


def _facts(document: Mapping[str, Any]) -> Element:
    results = document["results"]
    errors = sum(bool(result["error"]) for result in results)
    return element(
        "testsuite",
        _properties(document),
        *map(_case, results),
        name="facts",
        tests=len(results),
        failures=sum(not result["passed"] for result in results) - errors,
        errors=errors,
        time=_seconds(sum(result["milliseconds"] for result in results)),
    )


def _properties(document: Mapping[str, Any]) -> Element:
    about = {name: document[name] for name in ("facts", "engine", "model", "fingerprint", "version")}
    scores = document["summary"]["scores"]
    about |= {
        name: number(name, scores[name]["value"]) for name in SCORES if scores.get(name, {}).get("value") is not None
    }
    return element(
        "properties",
        *(element("property", name=name, value=str(value)) for name, value in about.items() if value is not None),
    )


def _case(result: Mapping[str, Any]) -> Element:
    fact, told = result["fact"], reasons(result)
    outcome = None
    if result["error"]:
        outcome = element("error", _details(result), message=told[0], type="crash")
    elif not result["passed"]:
        outcome = element("failure", _details(result), message=told[0], type="fact")
    return element(
        "testcase",
        outcome,
        classname=".".join([fact["language"] or "any", *fact["tags"][:1]]),
        name=result["id"],
        time=_seconds(result["milliseconds"]),
    )


def _details(result: Mapping[str, Any]) -> str:
    lines = [*reasons(result), f"Question: {result['fact']['question']}"]
    if result["answer"]:
        lines.append(f"Answer: {result['answer']['text']}")
    return "\n".join(lines)


def _gate(document: Mapping[str, Any]) -> Element:
    lines = document["summary"]["gate"]
    return element(
        "testsuite",
        *map(_threshold, lines),
        name="gate",
        tests=len(lines),
        failures=sum(not line["passed"] for line in lines),
        errors=0,
    )


def _threshold(line: Mapping[str, Any]) -> Element:
    name = line["name"]
    failure = None
    if not line["passed"]:
        told = f"{kind(name).label} is {number(name, line['value'])}; {bound_of(line)} was asked for."
        failure = element("failure", told, message=told, type="threshold")
    return element("testcase", failure, classname="gate", name=name)


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.4f}"
