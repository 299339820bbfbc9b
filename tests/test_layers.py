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
    "records",
    "messages",
    "progress",
    "settings",
    # text
    "language",
    "dates",
    "units",
    "lexical",
    "questions",
    "split",
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
    "weights",
    "onnx_encoder",
    "vectors",
    "bundled",
    "llamaindex_embedder",
    "embed",
    # the index
    "lock",
    "generations",
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
    "quote",
    "cite",
    "answering",
    # the whole
    "indexing",
    "pipeline",
    "llamaindex",
    "__init__",
    # the edge
    "present",
    "doctor",
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
