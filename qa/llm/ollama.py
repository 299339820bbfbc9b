"""An Ollama server: where it is, whether it answers, which models it has and which writes best, and fetching another.

With ``ollama_faults`` the only module that knows the ``ollama`` client. Does not know prompts or answers.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qa.errors import LLMError
from qa.llm.ollama_faults import SUGGESTED_MODEL, explain, model_missing
from qa.progress import Progress, no_progress

if TYPE_CHECKING:
    from ollama import AsyncClient, Client, ListResponse

__all__ = ["SUGGESTED_MODEL", "ModelInfo", "OllamaServer", "address", "server_answers"]

_PULL = f"ollama pull {SUGGESTED_MODEL}"
_PORT = 11434
_LOOPBACK = re.compile(r"localhost|127\.|\[::1\]")
_REQUEST_SECONDS = 20.0
_CONNECT_SECONDS = 10.0
_PULL_SILENCE_SECONDS = 300.0
"""A server that checks what it fetched says nothing meanwhile."""
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


def address(host: str) -> str:
    """The URL under which a client reaches ``OLLAMA_HOST``, in any of the forms that are met in practice.

    A wildcard becomes this machine, a missing port Ollama's (443 with ``https``); a user and password are left out.

    Raises:
        LLMError: it is not an address.
    """
    bare = host.strip().strip("\"'").strip()
    scheme, separator, rest = bare.partition("://")
    if not separator:
        scheme, rest = "http", bare
    if rest.count(":") > 1 and "[" not in rest:
        rest = f"[{rest.rstrip('/')}]"  # IPv6 without its brackets
    try:
        parts = urlsplit(f"//{rest}")
        port, name = parts.port, parts.hostname or "127.0.0.1"
    except ValueError:
        port, name = None, ""
    if scheme.lower() not in {"http", "https"} or not re.fullmatch(r"[\w.:%~-]+", name) or (port == 0):
        raise LLMError(f"OLLAMA_HOST is not an address: {bare}", "set it like 127.0.0.1:11434 or https://example.org")
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104 - a server's wildcard, for a client
    default = 443 if scheme.lower() == "https" else _PORT
    return f"{scheme.lower()}://{f'[{name}]' if ':' in name else name}:{port or default}{parts.path.rstrip('/')}"


def server_answers(host: str, headers: Mapping[str, str], seconds: float = 0.3) -> bool:
    """Whether an Ollama server answers at ``host`` within ``seconds``, the look-up of its name included.

    Imports no client, so that a user without a server does not wait for one.
    """
    versions: list[str | None] = []
    try:
        url = address(host)
    except LLMError:
        return False
    asking = threading.Thread(target=lambda: versions.append(_ask_version(url, headers, seconds)), daemon=True)
    asking.start()
    asking.join(seconds)
    return bool(versions and versions[0])


def _ask_version(url: str, headers: Mapping[str, str], seconds: float) -> str | None:
    """The version of the Ollama server at ``url``; nothing where there is none."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    try:
        connection = (
            http.client.HTTPSConnection(parts.netloc, timeout=seconds, context=ssl.create_default_context())
            if secure
            else http.client.HTTPConnection(parts.netloc, timeout=seconds)
        )
        try:
            connection.request("GET", f"{parts.path}/api/version", headers=dict(headers))
            response = connection.getresponse()
            body = json.loads(response.read(4096))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError):
        return None
    version = body.get("version") if isinstance(body, dict) and response.status == HTTPStatus.OK else None
    return version if isinstance(version, str) else None


class OllamaServer:
    """A server at an address. Making one connects to nothing. What fails raises ``LLMError``."""

    def __init__(self, host: str, headers: Mapping[str, str] | None = None) -> None:
        """Use the server at ``host``, sending ``headers`` with every request."""
        self.url = address(host)
        self._headers = dict(headers or {})

    def version(self) -> str:
        """The server's version."""
        with self.explaining():
            version = _ask_version(self.url, self._headers, _REQUEST_SECONDS)
            if version is None:
                self.models()  # for the reason
                raise ValueError
            return version

    def models(self) -> tuple[ModelInfo, ...]:
        """All its models, by name."""
        with self.explaining(), self._client() as client:
            return tuple(_describe(client, listed) for listed in _listed(client))

    def choose(self, wanted: str = "") -> ModelInfo:
        """The model ``wanted`` (its tag may be left out if it is ``latest``), or the best that writes.

        Raises:
            LLMError: the server has no such model, or none that writes.
        """
        if wanted:
            return self._named(wanted)
        models = self.models()
        best = _best(models, local=self._is_local())
        if best is None:
            has = f"only {', '.join(model.name for model in models)}" if models else "no model at all"
            raise LLMError(f"the Ollama server at {self.url} has no model that writes, {has}", _PULL)
        return best

    def _named(self, wanted: str) -> ModelInfo:
        with self.explaining(wanted), self._client() as client:
            listed = _listed(client)
            for model in listed:
                if str(model.model) in {wanted, f"{wanted}:latest"}:
                    info = _describe(client, model)
                    break
            else:
                raise model_missing(self.url, wanted, tuple(str(model.model) for model in listed))
        if not info.chats:
            raise LLMError(f"the model {info.name} does not write text ({', '.join(info.capabilities)})", _PULL)
        return info

    def pull(self, model: str, progress: Progress = no_progress) -> None:
        """Fetch a model, telling ``progress`` the bytes that have come, of all that are known to be needed.

        Raises:
            LLMError: there is no such model, or it cannot be fetched.
        """
        parts: dict[str, tuple[int, int]] = {}
        success = False
        with self.explaining(model), self._client(_PULL_SILENCE_SECONDS) as client:
            for state in client.pull(model, stream=True):
                if state.digest and state.total:
                    parts[state.digest] = (int(state.completed or 0), int(state.total))
                    done, total = (sum(numbers) for numbers in zip(*parts.values(), strict=True))
                    progress("downloading", done, total)
                success = state.status == "success"
            if not success:
                raise LLMError(f"fetching {model} broke off", f"go on with: ollama pull {model}")

    @contextmanager
    def explaining(self, model: str = "") -> Iterator[None]:
        """Turn whatever a request raises into an ``LLMError``; ``model`` is the one asked for."""
        try:
            yield
        except LLMError:
            raise
        except Exception as error:  # noqa: BLE001 - the client lets through what other libraries raise
            raise explain(error, self.url, self._headers, model) from None  # what is chained might show a header

    def asynchronous_client(self) -> AsyncClient:
        """A client for one request, without a time-out of its own but for making the connection."""
        from httpx import Timeout
        from ollama import AsyncClient

        return AsyncClient(self.url, **self._how(Timeout(None, connect=_CONNECT_SECONDS)))

    @contextmanager
    def _client(self, seconds: float = _REQUEST_SECONDS) -> Iterator[Client]:
        from httpx import Timeout
        from ollama import Client

        client = Client(self.url, **self._how(Timeout(seconds, connect=_CONNECT_SECONDS)))
        try:
            yield client
        finally:
            client._client.close()  # noqa: SLF001 - older versions have no public way

    def _how(self, timeout: object) -> dict[str, Any]:
        """A proxy from the environment has no business between this machine and itself; nor have redirections."""
        how = {"headers": self._headers, "timeout": timeout, "follow_redirects": False}
        return {**how, "trust_env": not self._is_local()}

    def _is_local(self) -> bool:
        return _LOOPBACK.match(urlsplit(self.url).netloc) is not None


# -- models


def _listed(client: Client) -> list[ListResponse.Model]:
    """The server's list of its models, by name."""
    return sorted(client.list().models, key=lambda model: str(model.model))


def _describe(client: Client, listed: ListResponse.Model) -> ModelInfo:
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


def _best(models: Sequence[ModelInfo], *, local: bool) -> ModelInfo | None:
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
