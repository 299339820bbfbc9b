"""article-qa: ask a folder of articles, get exactly cited answers.

``from qa import Assistant, Settings`` is the whole interface; nothing heavy is imported until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.settings import Settings

__all__ = ["Assistant", "Settings"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module protocol says so
    if name == "Assistant":
        from qa.assistant import Assistant

        return Assistant
    if name == "Settings":
        from qa.settings import Settings

        return Settings
    raise AttributeError(f"module 'qa' has no attribute {name!r}")
