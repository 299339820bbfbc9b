"""Every example of ``docs/extending.md`` runs as it stands there, and what it registers by an entry point is found."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from folders import ROOT
from qa import documents, models
from qa.answering import ENGINES
from qa.evaluation import metrics, reports

TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(?P<language>\w+)(?: (?P<file>\S+))?\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = {
    section.partition("\n")[0]: list(FENCE.finditer(section))
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
}
SHOWN = {title: blocks for title, blocks in SECTIONS.items() if blocks}


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    """A folder from which modules can be imported; registries and modules are as they were afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    kept = [
        (registry, dict(registry))
        for registry in (documents.LOADERS, models.EMBEDDERS, models.READERS, ENGINES, metrics.METRICS, reports.REPORTS)
    ]
    yield tmp_path
    for registry, entries in kept:
        registry.clear()
        registry.update(entries)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("title", SHOWN)
def test_the_examples_of_a_section_run(title, empty_folder):
    names: dict[str, object] = {"__name__": "example"}
    for block in SHOWN[title]:
        if block["file"]:
            (empty_folder / block["file"]).write_text(block["code"], encoding="utf-8")
            importlib.invalidate_caches()
        elif block["language"] == "python":
            exec(compile(block["code"], f"{title} in docs/extending.md", "exec"), names)


def test_every_file_of_an_example_can_be_written_in_the_project(empty_folder):
    """Its first line says what it does, as every module of the project does."""
    for block in (block for blocks in SHOWN.values() for block in blocks if block["file"]):
        assert block["code"].startswith('"""'), block["file"]


def test_the_entry_points_lead_to_the_examples(empty_folder, monkeypatch):
    points = []
    for block in (block for blocks in SHOWN.values() for block in blocks):
        if block["file"]:
            (empty_folder / block["file"]).write_text(block["code"], encoding="utf-8")
        elif block["language"] == "toml":
            for group, entries in tomllib.loads(block["code"])["project"]["entry-points"].items():
                points += [EntryPoint(name, value, group) for name, value in entries.items()]
    importlib.invalidate_caches()

    def installed(group, name=None):
        return [point for point in points if point.group == group and name in {None, point.name}]

    (loader,) = documents._installed(installed("article_qa.loaders")).values()
    with pytest.raises(documents.LoadError, match="FictionBook"):
        loader(b"no archive")
    monkeypatch.setattr(models, "entry_points", installed)
    settings = models.Settings.model_validate({"embedding": {"model": "letters:latin"}})
    assert models.make_embedder(settings).name == "letters:latin"


def test_what_cannot_be_imported_is_named(monkeypatch):
    broken = EntryPoint("broken", "no_such_package:make", "article_qa.embedders")
    monkeypatch.setattr(models, "entry_points", lambda **_: [broken])
    with pytest.raises(models.ConfigError, match="no_such_package"):
        models.make_embedder(models.Settings.model_validate({"embedding": {"model": "broken:x"}}))


def test_the_places_that_the_text_names_exist():
    for path in re.findall(r"`(qa/[\w/]+(?:\.py)?)`", TEXT):
        assert Path(ROOT / path).exists() or path == "qa/documents/fb2.py", path
