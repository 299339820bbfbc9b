"""The document of a small evaluation, by hand: what ``qa eval --json`` prints, with a case of every kind."""

from __future__ import annotations

from typing import Any

from qa.evaluation.metrics import METRICS


def score(value: float | None, count: int = 5, spread: float = 0.2) -> dict[str, Any]:
    if value is None:
        return {"value": None, "low": None, "high": None, "count": 0}
    return {
        "value": value,
        "low": max(0, value - spread),
        "high": value + spread if value > 1 else min(1, value + spread),
        "count": count,
    }


def scores(accuracy: float, count: int = 5) -> dict[str, Any]:
    found = {name: score(0.5, count) for name in METRICS}
    found |= {"accuracy": score(accuracy, count), "answer_characters": score(120.4, 2, 30), "mrr": score(None)}
    return found | {"disagreements_unexpected": score(1, count, 0)}


def fact(name: str, question: str, **more: Any) -> dict[str, Any]:
    plain = {"id": name, "question": question, "language": "en", "answerable": True, "expect": [], "forbid": []}
    more = {"sources": [], "quote": None, "tags": [], "independent_sources": None, "disagreement": [], "line": 1} | more
    return plain | more


def citation(number: int, source: str, quote: str, **more: Any) -> dict[str, Any]:
    plain = {"number": number, "source": source, "title": "A crane", "published": "2024-05-01", "language": "en"}
    return plain | {"start": 10, "end": 10 + len(quote), "quote": quote, "locator": None, "also_in": []} | more


def answer(text: str, confidence: float, *citations: dict[str, Any], **more: Any) -> dict[str, Any]:
    status = "answered" if citations else "refused"
    sentences = [{"text": text, "citations": [c["number"] for c in citations], "support": 0.9, "supported": True}]
    plain = {"schema": 1, "question": "", "language": "en", "status": status, "text": text, "citations": [*citations]}
    plain |= {"sentences": sentences if citations else [], "independent_sources": len(citations), "disagreements": []}
    plain |= {"passages": [], "confidence": confidence, "engine": "ollama", "model": "smol", "notes": []}
    return plain | {"timings_ms": {"total": 9.5}, "fingerprint": "f00d"} | more


def result(fact: dict[str, Any], answer: dict[str, Any] | None, *failures: str, **more: Any) -> dict[str, Any]:
    plain = {"id": fact["id"], "fact": fact, "passed": not failures, "failures": [*failures], "error": None}
    return plain | {"answer": answer, "retrieved_rank": None, "milliseconds": 12.5, "contexts": []} | more


def evaluation() -> dict[str, Any]:
    """Five cases: right, rightly refused, wrong, crashed, and one written from right to left."""
    copy = {"source": "b.txt", "language": "de", "relation": "translation", "start": 0, "end": 3, "quote": "Kai"}
    crane = citation(1, "a.txt", "Mira Holt built the crane.", also_in=[copy], locator="page 2")
    rival = citation(2, "c.txt", "Jon Aske built the crane.", title=None, published=None, language=None)
    harbour = citation(1, "d.txt", "بنت ميرا الرافعة في الميناء.", language="ar")
    sides = [{"value": "Mira Holt", "citations": [1]}, {"value": "Jon Aske", "citations": [2]}]
    closest = {"source": "a.txt", "start": 0, "end": 20, "text": "The harbour\nis old.", "score": 0.41}
    unsupported = {"text": "It was costly.", "citations": [], "support": 0.1, "supported": False}
    return {
        "schema": 1,
        "facts": "eval/facts.yaml",
        "engine": "ollama",
        "model": "smol",
        "fingerprint": "f00d",
        "version": "0.1.0",
        "summary": {
            "cases": 5,
            "passed": 2,
            "errors": 1,
            "scores": scores(0.4),
            "by_language": {"en": scores(0.5, 4), "ar": scores(0, 1)},
            "by_tag": {"person": scores(1 / 3, 3), "a-tag-with-a-long-name": scores(1, 1)},
            "baselines": {
                "always_refuse": {"accuracy": score(0.2), "refusal_recall": score(1)},
                "first_passage": {"accuracy": score(0.3)},
            },
            "reliability": [
                {"from": 0.1, "to": 0.2, "count": 1, "confidence": 0.12, "correct": 0.0},
                {"from": 0.9, "to": 1.0, "count": 3, "confidence": 0.95, "correct": 0.67},
            ],
            "latency_ms": {"p50": 12.5, "p95": 31.0},
            "gate": [
                {"name": "accuracy", "minimum": 0.75, "value": 0.4, "passed": False},
                {"name": "disagreements_unexpected", "maximum": 2, "value": 1, "passed": True},
            ],
        },
        "results": [
            result(
                fact("crane", "Who built the crane?", expect=[["Mira", "Holt"]], sources=["a"], tags=["person"]),
                answer(
                    "Mira Holt built the crane. [1] Jon Aske built the crane. [2]",
                    0.97,
                    crane,
                    rival,
                    disagreements=[{"claims": sides}],
                ),
                retrieved_rank=1,
                contexts=[
                    {"number": 1, "before": "Harbour news. ", "after": " It stands."},
                    {"number": 2, "before": "ong " + 49 * "ago " + "", "after": ""},
                ],
            ),
            result(
                fact("pope", "Who is pope?", answerable=False, tags=["a-tag-with-a-long-name"]),
                answer("The articles do not say.", 0.12, passages=[closest], notes=["Nothing came near."]),
            ),
            result(
                fact(
                    "cost", "What did it cost?", forbid=["10"], quote="cost 15", independent_sources=1, tags=["money"]
                ),
                answer("It cost 10. [1] It was costly. [?]", 0.93, crane, sentences=[unsupported]),
                "The answer has the forbidden “10”.",
                "No quote contains “cost 15”.",
            ),
            result(
                fact("slow", "Who waited?", tags=["person", "slow"], disagreement=[["Ann"], ["Bo", "Beau"]]),
                None,
                "No answer came: the server is away",
                error="the server is away",
            ),
            result(
                fact("rafia", "من بنى الرافعة؟", language="ar", expect=[["ميرا"]], tags=["person"]),
                answer("بنت ميرا الرافعة في الميناء. [1]", 0.95, harbour, language="ar"),
                "A citation is from d.txt.",
            ),
        ],
    }


def comparison() -> dict[str, Any]:
    """What ``qa eval --compare --json`` prints."""
    return {
        "a": {"name": "old.json", "engine": "quote", "model": None, "accuracy": 0.6},
        "b": {"name": "new.json", "engine": "ollama", "model": "smol", "accuracy": 0.8},
        "shared": 10,
        "only_a": ["gone"],
        "only_b": [],
        "fixed": ["crane", "pope", "cost"],
        "broken": ["slow"],
        "changed": ["rafia"],
        "difference": {"value": 0.2, "low": -0.1, "high": 0.5},
        "p_value": 0.625,
    }
