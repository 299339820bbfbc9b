"""Imports inside qa/ point one way: down this list. So any module can be read knowing only those above its line."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "qa"

# Lowest first. A module may import only modules that stand before it.
LAYERS = [
    # the ground: values, errors, words
    "errors",
    "inert",
    "records",
    "messages",
    "progress",
    "watch",
    "settings",
    # language models
    "ollama_models",
    "ollama_faults",
    "ollama_server",
    "prompt_size",
    "model_stream",
    "model_text",
    "llm_backends",
    "llm",
    "prompts",
    # text
    "language",
    "dates",
    "units",
    "lexical",
    "questions",
    "split",
    "written",
    # files to documents
    "decode",
    "extract",
    "webpage",
    "mail",
    "packed",
    "walk",
    "load",
    # documents to articles and passages
    "furniture",
    "biography",
    "masthead",
    "layout",
    "clean",
    "ingest",
    "relate",
    # vectors
    "vectors",
    "weights",
    "tokenizer",
    "late_interaction",
    "encoder",
    "numpy_encoder",
    "onnx_encoder",
    "bundled",
    "llamaindex_embedder",
    "embed",
    # what a sentence says, and whether another supports it
    "cldr",
    "particular",
    "quantity",
    "roman_numerals",
    "number_grammar",
    "number_words",
    "moments",
    "numbers",
    "places",
    "same_name",
    "name_words",
    "ordinary_words",
    "name_evidence",
    "names",
    "negation",
    "particulars",
    "disagree_values",
    "disagree_places",
    "relative_dates_calendar",
    "relative_dates_words",
    "relative_dates",
    "relative_dates_note",
    "alignment",
    "pronouns",
    "hedges",
    "swaps",
    "entailment",
    "verify",
    # the index
    "lock",
    "generations",
    "moved",
    "stored",
    "vector_cache",
    "catalog",
    "chroma",
    "index",
    "draft",
    "index_writer",
    # answers
    "retrieve",
    "article_facts",
    "confidence",
    "quote",
    "cite",
    "disagree",
    "remarks",
    "answering",
    "generate",
    # conversation
    "mentions",
    "followup_words",
    "leaning",
    "followups",
    "condense",
    "chat",
    # the whole
    "indexing",
    "pipeline",
    "llamaindex",
    "__init__",
    # evaluation
    "facts",
    "matching",
    "intervals",
    "scores",
    "paired",
    "gate",
    "evaluate",
    "report_figures",
    "report_text",
    "report_markup",
    "report_junit",
    "report_markdown",
    "report_charts",
    "report_cases",
    "report_html",
    # the server
    "admission",
    "service",
    "conversations",
    "upload_names",
    "uploads",
    "index_job",
    "suggestions",
    "server_events",
    "web_accounts",
    "web_guard",
    "web_requests",
    "web_article",
    "web_reading",
    "web_answer",
    "web_corpus",
    "web_state",
    "web_api",
    "web_openai",
    "web_tools",
    "web_talk",
    "web_desk",
    "web_look",
    "web_articles",
    "web_ask",
    "web_page",
    "web",
    # the edge
    "present",
    "doctor",
    "command",
    "eval_command",
    "serve_command",
    "line_editing",
    "terminal_chat",
    "cli",
    "__main__",
]


def imported_modules(tree: ast.AST, known: set[str]):
    """The modules of ``qa`` that a module imports, at its top or inside a function; ``__init__`` for the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "qa" if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            names = [f"{module}.{alias.name}" if module == "qa" else module for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "qa":
                first = rest.partition(".")[0]
                yield first if first in known else "__init__"


def test_every_module_has_its_place_and_every_place_a_module():
    assert sorted(LAYERS) == sorted(path.stem for path in PACKAGE.glob("*.py"))
    assert not [path.name for path in PACKAGE.glob("*/*.py")], "the package is flat"


@pytest.mark.parametrize("module", LAYERS)
def test_a_module_imports_only_what_is_below_it(module):
    below = set(LAYERS[: LAYERS.index(module)])
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    assert set(imported_modules(tree, set(LAYERS))) <= below


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import qa.records", {"records"}),
        ("from qa import records", {"records"}),
        ("from qa import Assistant", {"__init__"}),
        ("from . import records", {"records"}),
        ("from .records import Answer", {"records"}),
        ("def f():\n    from qa.records import Answer", {"records"}),
        ("import qanat\nfrom os import path", set()),
    ],
)
def test_no_form_of_import_escapes(code, expected):
    assert set(imported_modules(ast.parse(code), {"records"})) == expected
