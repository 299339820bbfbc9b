"""Errors that are written for the person who meets them: what happened, and what to do about it.

Does not know: how they are shown, or which exit code they lead to.
"""

from __future__ import annotations


class QAError(Exception):
    """Something failed that a person can mend.

    Args:
        message: what happened, in one line.
        hint: what to do next, in one line.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(QAError):
    """A setting is unknown or has a value that does not fit."""


class InputError(QAError):
    """A path, question, date or file given by the user cannot be used."""


class IndexMissingError(QAError):
    """There is no index where one was expected."""


class IndexDamagedError(QAError):
    """The index is corrupt, incomplete, or of another layout version."""


class IndexMismatchError(QAError):
    """The index was made with another embedding model or other settings."""


class IndexLockedError(QAError):
    """Another process is writing to the index."""


class EmbeddingError(QAError):
    """An embedding model cannot be loaded or does not answer."""


class ReaderError(QAError):
    """The network that reads cannot be opened."""


class LLMError(QAError):
    """A language model cannot be reached, does not exist, or gave nothing that can be used."""
