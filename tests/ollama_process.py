"""An Ollama server as a process of its own, which does not outlive the one that started it.

Does not know: where the server or its models come from.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_SECONDS = 60
STOP_SECONDS = 10
REQUEST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class OllamaProcess:
    """A server that answers.

    Attributes:
        host: its address, as a URL.
            log: the file it writes its log to.
        process: the server; its runners are in the same process group.
    """

    host: str
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> Any:
        """What the server says at a path such as ``/api/ps``."""
        return json.loads(self._open(path, None))

    def post(self, path: str, body: object) -> list[Any]:
        """What the server answers to a JSON document: one value, or a line for each of a stream."""
        return [json.loads(line) for line in self._open(path, json.dumps(body).encode()).splitlines() if line.strip()]

    def delete(self, model: str) -> None:
        """Remove a model."""
        self._open("/api/delete", json.dumps({"model": model}).encode(), "DELETE")

    def _open(self, path: str, data: bytes | None, method: str | None = None) -> bytes:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        request = urllib.request.Request(self.host + path, data, method=method)
        with direct.open(request, timeout=REQUEST_SECONDS) as response:
            return response.read()


@contextmanager
def serving(server: Path, home: Path) -> Iterator[OllamaProcess]:
    """Run a server on a free port, with ``home`` as its home and ``home/models`` as its models folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{free.getsockname()[1]}"
    log = home / "serve.log"
    # Where this process is killed, the kernel has the server end its runners and itself.
    tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*tied, str(server), "serve"],
            env=server_environment(home, host),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = OllamaProcess(host, log, process)
    try:
        _wait_until_it_answers(running)
        yield running
    finally:
        _stop(process)


def server_environment(home: Path, host: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("OLLAMA_")}
    proxies = {name for name in ours if name.lower().endswith("_proxy")}
    return {
        **{name: value for name, value in ours.items() if name not in proxies},
        "HOME": str(home),
        "OLLAMA_HOST": host,
        "OLLAMA_MODELS": str(home / "models"),
        "OLLAMA_KEEP_ALIVE": "30m",
        "OLLAMA_NUM_PARALLEL": "1",
        "OLLAMA_DEBUG": "1",
    }


def _wait_until_it_answers(running: OllamaProcess) -> None:
    deadline = time.monotonic() + START_SECONDS
    while running.process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            running.get("/api/version")
            return
        time.sleep(0.05)
    said = running.log.read_text(encoding="utf-8", errors="replace").splitlines()
    raise RuntimeError(f"the Ollama server does not start: {' / '.join(said[-3:])}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, then whatever is left of its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
