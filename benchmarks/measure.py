"""Runs one command in a process of its own and says how long it took and how much memory it held at most.

A child that has just been forked shares the memory of its parent, and the kernel counts that towards the child's peak.
Whoever measures must therefore stay small: nothing heavy may be imported in the measuring process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """Wall-clock seconds from start to exit, peak resident memory in bytes, and what was printed."""

    seconds: float
    peak_bytes: int
    output: str


def run(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str]) -> Run:
    """Run ``command`` to its end.

    Raises:
        SystemExit: it failed; what it printed has been passed on.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.stderr.write(errors.read().decode(errors="replace"))
            sys.exit(f"the benchmark stopped, because this failed: {' '.join(map(str, command))}")
        output.seek(0)
        unit = 1 if sys.platform == "darwin" else 1024
        return Run(seconds, usage.ru_maxrss * unit, output.read().decode())
