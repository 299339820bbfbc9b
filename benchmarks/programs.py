"""Starts the two programs, each command in a fresh process, in a folder that holds all they read and write."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from measure import Run, run

HERE = Path(__file__).resolve().parent


class Workplace:
    """A folder for corpora, indexes and the starter's model, and the ways to call both programs in it.

    Both get one environment: no network to wait for, no telemetry, and Python may keep bytecode, as it does by default.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.seeds = root / "seeds"
        self.questions = folder / "questions.json"
        self.model = folder / "starter-model"
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("QA_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        self._environment |= {
            "PYTHONPATH": os.pathsep.join([str(root), str(HERE)]),
            "HF_HUB_OFFLINE": "1",
            "ANONYMIZED_TELEMETRY": "False",
        }

    def python(self, *arguments: str | Path) -> Run:
        """Run Python with ``arguments``."""
        return run([sys.executable, *map(str, arguments)], self.folder, self._environment)

    def qa(self, *arguments: str | Path) -> Run:
        """Run one ``qa`` command."""
        return self.python("-m", "qa", *arguments)

    def ours(self, *arguments: str | Path) -> Run:
        """Run one command of ``ours.py``."""
        return self.python(HERE / "ours.py", *arguments)

    def starter(self, *arguments: str | Path) -> Run:
        """Run one command of ``starter.py``."""
        return self.python(HERE / "starter.py", *arguments)

    def write_starter_model(self) -> None:
        """Write the weights that article-qa brings as a Sentence Transformers model."""
        code = "import sys, pathlib, starter_model as s; s.write_sentence_transformers_model(pathlib.Path(sys.argv[1]))"
        self.python("-c", code, self.model)


def printed(measured: Run) -> Mapping[str, Any]:
    """The JSON that a process printed."""
    document: Mapping[str, Any] = json.loads(measured.output)
    return document
