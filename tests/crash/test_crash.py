"""A run of indexing may be killed at any moment. What was published before stays readable, and the next run mends all.

The kills are SIGKILLs: at chosen operations on files, evenly spread over a run, and at random times, which also falls
into the middle of what Chroma and SQLite do on their own.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from fake_articles import contents, index
from qa.errors import IndexMissingError

SOURCES = [f"a{number:02d}.txt" for number in range(40)]


class Runs:
    """Runs of indexing in processes of their own, and what a clean build of any state would hold."""

    def __init__(self, folder: Path, driver: subprocess.Popen[str]) -> None:
        self._folder = folder
        self._driver = driver
        self._clean: dict[str, dict] = {}

    def run(self, index_dir: Path, state: dict[str, int], **kill: float) -> tuple[bool, float, int]:
        """One run: whether it was killed, how long it took and how many file operations it did."""
        self._driver.stdin.write(json.dumps({"index": str(index_dir), "state": state, **kill}) + "\n")
        self._driver.stdin.flush()
        status, seconds, operations = json.loads(self._driver.stdout.readline())
        assert status in (0, signal.SIGKILL), "the run failed by itself"
        return status != 0, seconds, operations

    def clean(self, state: dict[str, int]) -> dict:
        """The contents of an index built of this state in one go."""
        key = json.dumps(state, sort_keys=True)
        if key not in self._clean:
            folder = self._folder / f"clean{len(self._clean)}"
            index(folder, state)
            self._clean[key] = contents(folder)
        return self._clean[key]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent)}
    arguments = [sys.executable, str(Path(__file__).with_name("driver.py"))]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as driver:
        yield Runs(tmp_path_factory.mktemp("runs"), driver)
        driver.stdin.close()


def edited(state: dict[str, int], chance: random.Random) -> dict[str, int]:
    """Some articles added, changed and removed."""
    changed = dict(state)
    for source in chance.sample(SOURCES, 8):
        if source in changed and chance.random() < 0.4:
            del changed[source]
        else:
            changed[source] = chance.randrange(5)
    return changed


def check(runs: Runs, index_dir: Path, before: dict[str, int] | None, after: dict[str, int]) -> None:
    """What a reader finds is what was there before or what was to be there, whole."""
    try:
        found = contents(index_dir)
    except IndexMissingError:
        assert before is None
    else:
        assert found in ([] if before is None else [runs.clean(before)]) + [runs.clean(after)]


@pytest.mark.parametrize("first", [True, False], ids=["first build", "update"])
def test_killed_at_any_file_operation(tmp_path, runs, first):
    chance = random.Random(7)
    old = None if first else edited({}, chance)
    new = edited(old or {}, chance)
    moments = 16
    if old is not None:
        runs.run(tmp_path / "old", old)

    def prepared(name: str) -> Path:
        index_dir = tmp_path / name
        if old is not None:
            shutil.copytree(tmp_path / "old", index_dir, symlinks=True)
        return index_dir

    runs.run(prepared("first"), new)  # in a fresh checkout this one also writes bytecode, which would be counted
    *_, operations = runs.run(prepared("whole"), new)
    assert operations > moments
    last = operations * 9 // 10  # how many operations Chroma needs differs a little from run to run
    for moment in range(moments):
        index_dir = prepared(str(moment))
        killed, *_ = runs.run(index_dir, new, kill_at=1 + moment * last // (moments - 1))
        assert killed
        check(runs, index_dir, old, new)
        runs.run(index_dir, new)
        assert contents(index_dir) == runs.clean(new)
        assert len(list((index_dir / "generations").iterdir())) == 1


@pytest.mark.parametrize("kills", [12, pytest.param(150, marks=pytest.mark.slow)])
def test_killed_at_random_moments_of_a_long_history(tmp_path, runs, kills):
    """One index lives through all of it, with whatever each killed run left behind."""
    chance = random.Random(kills)
    index_dir = tmp_path / ".qa"
    state: dict[str, int] | None = None
    goal = edited({}, chance)
    _, seconds, _ = runs.run(tmp_path / "timed", goal)
    deaths = 0
    while deaths < kills:
        killed, _, _ = runs.run(index_dir, goal, kill_after=chance.uniform(0, seconds))
        deaths += killed
        check(runs, index_dir, state, goal)
        if not killed or chance.random() < 0.3:
            runs.run(index_dir, goal)
            assert contents(index_dir) == runs.clean(goal)
            state, goal = goal, edited(goal, chance)
    runs.run(index_dir, goal)
    assert contents(index_dir) == runs.clean(goal)
    assert len(list((index_dir / "generations").iterdir())) == 1
