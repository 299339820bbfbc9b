"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called as work advances."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say that ``done`` of ``total`` units of a stage ("reading", "embedding") are finished."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Tell nobody."""
