"""The wheel is whole: installed elsewhere, without the checkout, it indexes and answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from folders import ROOT

SEED = ROOT / "seeds" / "000_ddc6c8cdcefeffe4.txt"

pytestmark = pytest.mark.slow


def run(*command, cwd):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("QA_", "PYTHON"))}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The ``bin`` folder of a new environment that has the wheel, and sees the packages that are installed here.

    They are seen through a path file. Path files in a folder that was itself added so are not read, and so the
    editable install of the checkout stays out of sight.
    """
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", environment, cwd=environment)
    places = sysconfig.get_path("purelib", vars={"base": str(environment), "platbase": str(environment)})
    Path(places, "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall", wheel, cwd=environment)
    return environment / "bin"


@pytest.fixture
def elsewhere(tmp_path):
    (tmp_path / "articles").mkdir()
    shutil.copy(SEED, tmp_path / "articles")
    return tmp_path


def test_wheel_holds_the_package_and_every_prompt(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = [path for path in (ROOT / "qa").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    package = {path.relative_to(ROOT).as_posix() for path in files}
    prompts = {f"qa/prompts/{path.name}" for path in (ROOT / "prompts").iterdir()}
    assert prompts
    assert package | prompts <= names
    assert not [name for name in names if not name.startswith(("qa/", "article_qa-"))], "and nothing else"


def test_installed_wheel_is_the_one_that_runs(installed, elsewhere):
    where = run(installed / "python", "-c", "import qa; print(qa.__file__)", cwd=elsewhere)
    assert Path(where).is_relative_to(installed.parent)


def test_installed_wheel_indexes_and_answers(installed, elsewhere):
    assert "ask" in run(installed / "python", "-m", "qa", "--help", cwd=elsewhere)
    report = json.loads(run(installed / "qa", "index", "articles", "--json", cwd=elsewhere))
    assert report["added"] == [f"articles/{SEED.name}"]
    question = "Which leaders will Biden meet in New York?"
    answer = json.loads(run(installed / "qa", "ask", question, "--engine", "quote", "--json", cwd=elsewhere))
    assert answer["status"] == "answered"
    text = SEED.read_text(encoding="utf-8")
    assert answer["citations"]
    assert all(text[c["start"] : c["end"]] == c["quote"] for c in answer["citations"])
