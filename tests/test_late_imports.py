"""Libraries that are imported when they are first needed, in whatever thread that is, must arrive whole.

Two threads that import a package and one of its modules at the same moment wait for each other: the package for the
module that it needs, the module for the package that it is in. Python then breaks the tie by handing one of them half a
module. It cannot happen where everybody asks for the package first.
"""

import ast
import subprocess
import sys

import pytest

from folders import ROOT

PACKAGE = ROOT / "qa"
SEVERAL_PACKAGES = ("llama_index",)
"""Names that only hold packages, so that the package is one step further down."""

TWO_THREADS = """
import importlib.machinery, sys, threading

LIBRARY, STATEMENTS = sys.argv[1:]
begun, failed = threading.Event(), []
execute = importlib.machinery.SourceFileLoader.exec_module


def late(loader, module):
    if module.__name__ == LIBRARY:
        begun.set()
        threading.Event().wait(0.3)  # so that the other thread meets a package that is not yet whole
    execute(loader, module)


def first():
    importlib.import_module(LIBRARY)


def second():
    begun.wait(20)
    exec(STATEMENTS, {})


importlib.machinery.SourceFileLoader.exec_module = late
threading.excepthook = lambda found: failed.append(str(found.exc_value))
threads = [threading.Thread(target=first), threading.Thread(target=second)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit("; ".join(failed))
"""


def package_of(name: str) -> str:
    """``a`` of ``a.b.c``."""
    parts = name.split(".")
    return ".".join(parts[: 2 if parts[0] in SEVERAL_PACKAGES else 1])


def parts_before_packages(statements: list[ast.stmt]) -> list[str]:
    """The imports of a package's module before which, among these, the package itself is not imported."""
    whole: set[str] = set()
    wrong = []
    for statement in statements:
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            names = [statement.module or ""]
        else:
            continue
        for name in names:
            package = package_of(name)
            needed = {"llama_index.core"} if package.startswith("llama_index.") else {package}
            whole |= {name} & {package}
            if package not in {"qa", *sys.stdlib_module_names} and not needed <= whole:
                wrong.append(ast.unparse(statement))
    return wrong


def imports_when_needed():
    """The imports inside the functions of ``qa``, function by function."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                found = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
                if found:
                    yield f"{path.relative_to(PACKAGE)}: {function.name}", sorted(found, key=lambda node: node.lineno)


def run_in_two_threads(library: str, statements: str) -> str:
    """What went wrong where one thread imports a library and the other, a moment later, runs the statements."""
    command = [sys.executable, "-c", TWO_THREADS, library, statements]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stderr.strip()


def test_no_function_imports_a_part_before_the_whole():
    assert {name: wrong for name, found in imports_when_needed() if (wrong := parts_before_packages(found))} == {}


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("from babel.core import get_global", True),
        ("import babel.core", True),
        ("from babel import core", False),
        ("import babel\nfrom babel.core import get_global", False),
        ("from babel.core import get_global\nimport babel", True),
        ("from llama_index.core.schema import TextNode", True),
        ("from llama_index.core import schema", False),
        ("from llama_index.llms.ollama import Ollama", True),
        ("import llama_index.core\nfrom llama_index.llms.ollama import Ollama", False),
        ("import email.message\nfrom qa.records import Answer", False),
    ],
)
def test_the_rule_sees_every_form_of_import(code, wrong):
    assert bool(parts_before_packages(ast.parse(code).body)) is wrong


def test_the_danger_is_real():
    assert run_in_two_threads("babel", "from babel.core import get_global") != ""


@pytest.mark.parametrize(
    ("library", "statements"),
    [
        ("babel", "from qa.text.locale_names import place_names\nassert place_names('de')"),
        ("babel", "from qa.text.locale_names import decimal_sign\nassert decimal_sign('de') == ','"),
        ("py3langid", "from qa.text.language import _model\n_model()"),
    ],
)
def test_a_library_that_another_thread_is_importing_arrives_whole(library, statements):
    assert run_in_two_threads(library, statements) == ""
