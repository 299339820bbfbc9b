"""Promises about the repository itself: untouched seeds, portable lock files, a complete map, one reader of the
environment."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

from folders import ROOT

MODULES = sorted((ROOT / "qa").rglob("*.py"))
READ_THE_ENVIRONMENT = {"qa/settings.py", "qa/cli/common.py"}
LOCK_FILES = sorted((ROOT / "requirements").glob("*.txt"))

SEEDS = {
    "000_ddc6c8cdcefeffe4.txt": "91952d7b580836639ede27cb00299a46f41372f1b5de0a49188c70f08477bae4",
    "001_f1bd69c54d12c379.txt": "2fe6bba9343aae21f9c4a37d83e2bea09bf6f09e69c34fdac276fcb8b1a60ed7",
    "002_8eb293b2a3f3e3b1.txt": "76d03d37fa3cb7e3e1cf205dc264b9ef3a61621c6a33f93c5ab3c000cd7f51db",
    "003_65d85c3fae53dedb.txt": "ae49cb3445ec120a3f6f24afc935a1937b1258823386168d57609c4d243a89f2",
    "004_53412dac7a04d1e8.txt": "1a0a7dd87b5f2fd10d400f75f660344492bd9ebd9aecbab6844fb8c3d77ec3bc",
}


def file_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_seeds_are_byte_for_byte_what_they_were():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (ROOT / "seeds").iterdir()}
    assert found == SEEDS


@pytest.mark.parametrize("lock_file", LOCK_FILES, ids=file_name)
def test_lock_files_pin_hashes_and_name_no_address(lock_file):
    text = lock_file.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.findall(r"^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links)\b.*", text, re.MULTILINE)
    pins = re.findall(r"^[a-z0-9].*", text, re.MULTILINE | re.IGNORECASE)
    assert pins
    assert all(re.match(r"[\w.-]+==\S+ .*\\$", pin) for pin in pins), "each is name==version, then its hashes"


# What answers and what chats must stay small: these bring gigabytes of CUDA, or a web server that nobody asked for.
@pytest.mark.parametrize(("lock_file", "too_much"), [("core", {"gradio"}), ("web", set())])
def test_lock_file_holds_no_heavy_package(lock_file, too_much):
    text = (ROOT / "requirements" / f"{lock_file}.txt").read_text(encoding="utf-8")
    names = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
    assert not names & {"torch", "sentence-transformers", "transformers", "triton", *too_much}
    assert not [name for name in names if name.startswith("nvidia-")]


# Otherwise a dependency added to pyproject.toml would be missing after `make`, until `make lock`.
def test_lock_files_hold_every_declared_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    core = project["project"]["dependencies"]
    extras = project["project"]["optional-dependencies"]
    web = [*core, *extras["ollama"], *extras["web"]]
    full = [*core, *project["dependency-groups"]["dev"], *chain(*extras.values())]
    for name, declared in (("core", core), ("web", web), ("full", full)):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        pinned = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
        wanted = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in declared}
        assert wanted <= pinned


# A package that only another package happens to bring may be gone with that one's next release.
def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in requirements}
    providers = packages_distributions()
    undeclared = {
        name
        for path in MODULES
        for name in third_party_imports(ast.parse(path.read_text(encoding="utf-8")))
        if not declared & {provider.lower().replace("_", "-") for provider in providers.get(name, [])}
    }
    assert not undeclared


def third_party_imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        else:
            continue
        yield from {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"qa"}


def test_readme_tree_names_every_top_level_entry():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    folders = {path.partition("/")[0] + "/" for path in tracked if "/" in path}
    files = {path for path in tracked if "/" not in path}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    trees = "\n".join(re.findall(r"^```[a-z]*\n(.*?)^```", readme, re.MULTILINE | re.DOTALL))
    missing = {name for name in folders | files if not re.search(rf"(?<![\w./-]){re.escape(name)}", trees)}
    assert not missing - {".gitignore"}


@pytest.mark.parametrize("path", MODULES, ids=file_name)
def test_every_module_says_what_it_does(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


# Settings come from one place; os.environ.setdefault is no setting of ours but how some C libraries are told theirs.
@pytest.mark.parametrize("path", [p for p in MODULES if file_name(p) not in READ_THE_ENVIRONMENT], ids=file_name)
def test_only_the_edge_reads_the_environment(path):
    code = path.read_text(encoding="utf-8").replace("os.environ.setdefault(", "")
    assert not re.findall(r"\b(?:environb?|getenvb?)\b", code)
