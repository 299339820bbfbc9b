"""An evaluation as JUnit XML, which CI systems show as tests.

Knows the elements that Jenkins, GitLab and the GitHub actions for test reports read (there is no formal standard; the
common subset is used). Does not know how a case was judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from qa.evaluation.reports.figures import bound_of, label, number, reasons
from qa.inert import legal


def junit(document: Mapping[str, Any]) -> str:
    """The document of a run as one ``testsuites`` element.

    The suite ``facts`` has one test a fact (its class is language and first tag), with the scores as properties; a
    case that crashed is an error, any other that did not pass a failure. The suite ``gate`` has one test a threshold.
    Characters that XML 1.0 forbids are left out.
    """
    root = ET.Element("testsuites", name="qa eval")
    facts = _suite(root, "facts", len(document["results"]))
    _properties(facts, document)
    for result in document["results"]:
        _case(facts, result)
    facts.set("time", _seconds(sum(result["milliseconds"] for result in document["results"])))
    lines = document["summary"]["gate"]
    gate = _suite(root, "gate", len(lines))
    for line in lines:
        _threshold(gate, line)
    for suite in (facts, gate):
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
        suite.set("errors", str(len(suite.findall("testcase/error"))))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in (facts, gate))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _element(parent: ET.Element, name: str, /, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, name, {key: legal(value) for key, value in attributes.items()})


def _suite(root: ET.Element, name: str, tests: int) -> ET.Element:
    return _element(root, "testsuite", name=name, tests=str(tests))


def _properties(suite: ET.Element, document: Mapping[str, Any]) -> None:
    about = {name: document[name] for name in ("facts", "engine", "model", "fingerprint", "version")}
    scores = document["summary"]["scores"]
    about |= {name: number(name, score["value"]) for name, score in scores.items() if score["value"] is not None}
    properties = _element(suite, "properties")
    for name, value in about.items():
        if value is not None:
            _element(properties, "property", name=name, value=str(value))


def _case(suite: ET.Element, result: Mapping[str, Any]) -> None:
    fact, told = result["fact"], reasons(result)
    test = _element(
        suite,
        "testcase",
        classname=".".join([fact["language"] or "any", *fact["tags"][:1]]),
        name=result["id"],
        time=_seconds(result["milliseconds"]),
    )
    if result["passed"]:
        return
    tag, kind = ("error", "crash") if result["error"] else ("failure", "fact")
    answered = [f"Answer: {result['answer']['text']}"] if result["answer"] else []
    outcome = _element(test, tag, message=told[0], type=kind)
    outcome.text = legal("\n".join([*told, f"Question: {fact['question']}", *answered]))


def _threshold(suite: ET.Element, line: Mapping[str, Any]) -> None:
    name = line["name"]
    test = _element(suite, "testcase", classname="gate", name=name)
    if not line["passed"]:
        told = f"{label(name)} is {number(name, line['value'])}; {bound_of(line)} was asked for."
        _element(test, "failure", message=told, type="threshold").text = legal(told)


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.4f}"
