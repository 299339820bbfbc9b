"""The models of an Ollama server: what each is, and which of them writes best.

With the modules ``ollama`` and ``ollama_faults`` the only one that knows the client of Ollama. Does not know where the
server is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ollama import Client, ListResponse

_SHARE_OF_MEMORY = 0.7
"""A model whose file is larger than this part of the machine's memory is not chosen unasked."""
_MEMORY_IF_UNKNOWN = 8 << 30
_CONTEXT_IF_UNKNOWN = 2048
_NOT_FOR_PROSE = re.compile(r"code|math|guard|embed|rerank|ocr|translat", re.IGNORECASE)
_UNITS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model of a server.

    Attributes:
        name: with its tag.
        size: bytes on disk.
        parameters: how many weights it has, 0 if unknown.
        context_tokens: the longest context it was made for.
        capabilities: such as ``completion``, ``thinking``, ``embedding``; empty on servers that do not tell.
        family: its architecture.
        opens_thinking: whether its prompt ends with the beginning of a thought.
    """

    name: str
    size: int
    parameters: int
    context_tokens: int
    capabilities: tuple[str, ...]
    family: str = ""
    opens_thinking: bool = False

    @property
    def chats(self) -> bool:
        """Whether it writes text."""
        if self.capabilities:
            return "completion" in self.capabilities
        return "bert" not in self.family and "embed" not in self.name

    @property
    def elsewhere(self) -> bool:
        """Whether the server would send the prompt on to a service on the internet."""
        return self.name.endswith(("-cloud", ":cloud"))


def listed_models(client: Client) -> list[ListResponse.Model]:
    """The server's list of its models, by name."""
    return sorted(client.list().models, key=lambda model: str(model.model))


def describe(client: Client, listed: ListResponse.Model) -> ModelInfo:
    """All about one of the models that a server lists; asks the server."""
    name = str(listed.model)
    shown = client.show(name)
    info = dict(shown.modelinfo or {})
    lengths = [int(value) for key, value in info.items() if key.endswith(".context_length")]
    size = str(listed.details.parameter_size or "") if listed.details else ""
    return ModelInfo(
        name=name,
        size=int(listed.size or 0),
        parameters=int(info.get("general.parameter_count") or _count(size)),
        context_tokens=max(lengths, default=_CONTEXT_IF_UNKNOWN),
        capabilities=tuple(shown.capabilities or ()),
        family=str(info.get("general.architecture") or ""),
        opens_thinking=(shown.template or "").rstrip().endswith("<think>"),
    )


def best_model(models: Sequence[ModelInfo], *, local: bool) -> ModelInfo | None:
    """The model to write with where nobody named one; the same for the same models.

    It is the one with the most weights that is made for prose and, on this machine, likely to fit into its memory. No
    model that runs on the internet is chosen unasked.
    """
    room = _SHARE_OF_MEMORY * _memory() if local else float("inf")

    def merits(model: ModelInfo) -> tuple[bool, bool, int, str]:
        fits = model.size <= room
        weights = model.parameters or model.size
        return fits, not _NOT_FOR_PROSE.search(model.name), weights if fits else -weights, model.name

    return max((model for model in models if model.chats and not model.elsewhere), key=merits, default=None)


def _count(size: str) -> int:
    """How many a server means with ``7.6B`` or ``134.52M``; 0 for anything else."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([KMBT])", size.strip().upper())
    return round(float(found[1]) * _UNITS[found[2]]) if found else 0


def _memory() -> int:
    """This machine's memory in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):  # Windows has no such call
        return _MEMORY_IF_UNKNOWN
