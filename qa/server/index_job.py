"""Makes the index match the articles in a process of its own, so that answers go on meanwhile and memory comes back.

Knows what is indexed: what the index was made from, and the folder of uploads. Does not know how indexing works.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from qa.assistant import Assistant
from qa.errors import IndexMissingError, InputError, QAError
from qa.settings import Settings


@dataclass(frozen=True, slots=True)
class JobState:
    """How far the work is: ``done`` of ``total`` units of ``stage``.

    At its end there is a report, the JSON of ``qa index``, or an error: what went wrong, and what to do about it.
    """

    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    report: dict[str, Any] | None = None
    error: tuple[str, str] | None = None


class IndexJob:
    """One run at a time. Threads may share it."""

    def __init__(self, assistant: Assistant, uploads: Path) -> None:
        """Index for ``assistant`` what it indexed before, and the folder ``uploads`` once there is one."""
        self._assistant = assistant
        self._uploads = uploads.absolute()
        self._state = JobState()
        self._process: BaseProcess | None = None
        self._lock = threading.Lock()

    @property
    def state(self) -> JobState:
        """How far the last run is, or how it ended."""
        return self._state

    def start(self) -> None:
        """Begin a run; ``state`` tells how it goes.

        Raises:
            InputError: one is going on.
        """
        with self._lock:
            if self._state.running:
                raise InputError("the articles are being indexed already", "wait until that is done")
            self._state = JobState(running=True, stage="starting")
            root, paths = self._what()
            settings = self._assistant.settings
            settings = settings.model_copy(update={"index_dir": Path(settings.index_dir).absolute()})
            context = multiprocessing.get_context("spawn")
            listening, telling = context.Pipe(duplex=False)
            self._process = context.Process(target=_index, args=(settings, root, paths, telling), daemon=True)
            self._process.start()
            telling.close()
        threading.Thread(target=self._follow, args=(listening, self._process), name="indexing", daemon=True).start()

    def stop(self) -> None:
        """End a run that is going on; the index stays as it was."""
        process = self._process
        if process is not None and process.is_alive():
            process.terminate()
            process.join(10)

    def _what(self) -> tuple[str, list[str]]:
        """The folder that paths are relative to, and the paths."""
        try:
            info = self._assistant.info()
            root, paths = info.root, list(info.corpus)
        except IndexMissingError:
            root, paths = str(Path.cwd()), list(self._assistant.settings.corpus)
        if self._uploads.is_dir():
            inside = self._uploads.is_relative_to(root)
            name = self._uploads.relative_to(root).as_posix() if inside else self._uploads.as_posix()
            paths = [*(path for path in paths if path.rstrip("/") != name), name]
        return root, paths

    def _follow(self, listening: Connection, process: BaseProcess) -> None:
        last = JobState(error=("indexing ended unexpectedly; the index is as it was", "try it again"))
        try:
            while True:
                state: JobState = listening.recv()
                if not state.running:
                    last = state
                    break
                self._state = state
        except (EOFError, OSError):
            pass
        listening.close()
        process.join()
        self._state = last


def _index(settings: Settings, root: str, paths: list[str], telling: Connection) -> None:
    """In the process: index, and tell how it goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this as well
    state = JobState(running=True)

    def progress(stage: str, done: int, total: int) -> None:
        telling.send(replace(state, stage=stage, done=done, total=total))

    try:
        os.chdir(root)
        with Assistant(settings) as assistant:
            report = assistant.index(paths, progress=progress)
        telling.send(JobState(report=report.to_dict()))
    except QAError as error:
        telling.send(JobState(error=(error.message, error.hint)))
    except OSError as error:
        told = (error.strerror or type(error).__name__).lower()
        telling.send(JobState(error=(f"indexing failed: {told}; the index is as it was", "look at qa doctor")))
