"""Runs of indexing that get killed: reads jobs on stdin, forks a process for each, says how it ended.

Forking after the imports saves the seconds that importing Chroma and LlamaIndex takes at every start. A job is a line
of JSON with ``index`` and ``state``, and maybe ``kill_at``, the number of the audit event (the opening, renaming or
deleting of a file, the connection to a database ...) at which the process kills itself, or ``kill_after``, the seconds
after which it is killed. The answer is a line of JSON: the wait status, the seconds it took, the audit events it saw.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import chromadb  # noqa: F401
import llama_index.vector_stores.chroma  # noqa: F401

from fake_articles import index


def run(job: dict) -> None:
    events = 0

    def count(event: str, _arguments: object) -> None:
        nonlocal events
        if event.startswith(("open", "os.", "shutil.", "sqlite3.", "fcntl.")):
            events += 1
            if events == job.get("kill_at"):
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    index(Path(job["index"]), job["state"])
    Path(f"{job['index']}.events").write_text(str(events))


def forked(job: dict) -> int:
    process = os.fork()
    if not process:
        try:
            run(job)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
            sys.stderr.write(f"{error!r}\n")
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    return process


def wait(process: int, seconds: float | None) -> int:
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        done, status = os.waitpid(process, 0 if deadline is None else os.WNOHANG)
        if done:
            return status
        if deadline is not None and time.monotonic() > deadline:
            os.kill(process, signal.SIGKILL)  # ours until we have waited for it, so the number cannot be another's
            deadline = None
        time.sleep(0.001)


for line in sys.stdin:
    job = json.loads(line)
    started = time.monotonic()
    status = wait(forked(job), job.get("kill_after"))
    seen = Path(f"{job['index']}.events")
    answer = status, time.monotonic() - started, None if status else int(seen.read_text())
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
