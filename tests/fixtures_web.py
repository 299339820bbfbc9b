"""The real server, as ``qa serve`` starts it, on a free port of this machine and over a copy of the seeds."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from folders import SEEDS

_ADDRESS = re.compile(r"the page is at (http://\S+)/")
_STARTING_SECONDS = 180


@dataclass
class RunningServer:
    """A server. ``folder`` is where it runs: ``seeds``, ``.qa`` and ``uploads`` are in it. ``log`` is its stderr."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)

    @property
    def complaints(self) -> str:
        """What it said that no user should ever cause: tracebacks."""
        text = "".join(self.log)
        return text[text.index("Traceback") :] if "Traceback" in text else ""


@contextmanager
def serving(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[RunningServer]:
    """A server over the articles in ``folder``/seeds, which is made of the seeds if there is none."""
    if not (folder / "seeds").exists():
        shutil.copytree(SEEDS, folder / "seeds")
    told = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "qa", "serve", "--port", "0", *arguments],
        cwd=folder,
        env={**told, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    log: list[str] = []
    started = threading.Event()

    def read() -> None:
        for line in process.stderr:
            log.append(line)
            if _ADDRESS.search(line):
                started.set()
        started.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        started.wait(_STARTING_SECONDS)
        found = _ADDRESS.search("".join(log))
        assert found, f"the server did not start: {''.join(log)}"
        yield RunningServer(found.group(1), folder, process, log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def copy_articles(server: RunningServer, folder: Path) -> None:
    """Copy the articles and the index of a server to where another one is to run."""
    for name in ("seeds", ".qa"):
        shutil.copytree(server.folder / name, folder / name, symlinks=True)


@pytest.fixture(scope="session")
def web_server(tmp_path_factory) -> Iterator[RunningServer]:
    """A server that many tests share: none may change what is indexed."""
    with serving(tmp_path_factory.mktemp("web")) as server:
        yield server


@pytest.fixture
def own_server(web_server, tmp_path) -> Iterator[RunningServer]:
    """A server of a test's own, with the same articles and index, which it may change."""
    copy_articles(web_server, tmp_path)
    with serving(tmp_path) as server:
        yield server
