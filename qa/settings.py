"""Settings: one frozen tree, built once at the edge and handed down.

Order of precedence, lowest first: the defaults below, ``qa.toml``, the environment, the command line. A leaf such as
``embedding.model`` is ``QA_EMBEDDING_MODEL`` in the environment. Nothing else in the program reads the environment.

Does not know: what any setting does.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa.errors import ConfigError

DEFAULT_CONFIG = "qa.toml"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EmbeddingSettings(_Frozen):
    """Which model turns text into vectors."""

    model: str = "multilingual-e5-small"
    """``multilingual-e5-small`` is bundled; ``ollama:NAME`` asks an Ollama server; anything else is a Sentence
    Transformers model, by its name on the hub or its folder."""


class SplitSettings(_Frozen):
    """How articles are cut into passages."""

    max_characters: int = Field(default=900, ge=100, le=4000)
    """A passage is closed before it grows longer than this; a single longer sentence stays whole up to a limit."""


class RetrieveSettings(_Frozen):
    """How passages are found."""

    candidates: int = Field(default=50, ge=1, le=1000)
    """How many passages each of the two searches (dense and BM25) contributes before their scores are fused."""
    passages: int = Field(default=8, ge=1, le=100)
    """How many passages an answer may draw on."""


class AnswerSettings(_Frozen):
    """How an answer is put together."""

    engine: Literal["auto", "quote", "ollama"] = "auto"
    """``quote`` quotes, ``ollama`` has the LLM write, ``auto`` has it write where one answers."""
    max_sentences: int = Field(default=3, ge=1, le=3)
    threshold: float = Field(default=0.5, ge=0, le=1)
    """Below this confidence the answer is a refusal."""
    strict_support: bool = False
    """Leave out sentences of an LLM that the sources do not support, rather than mark them."""
    nli_model: str = ""
    """A cross-encoder that tells entailment (Sentence Transformers name or folder) to ask as well; none by default."""


class LLMSettings(_Frozen):
    """The language model that writes answers, and how long to wait for it."""

    model: str = ""
    """As the server names it; empty for the best chat model that the server has."""
    factory: str = ""
    """Another LlamaIndex LLM, as ``package.module:Class``; empty for Ollama."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Keyword arguments of that class, or further Ollama options such as ``num_thread``."""
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    """HTTP headers for a server behind a gateway, for example ``Authorization``."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    seed: int = 0
    max_tokens: int = Field(default=400, ge=16, le=8192)
    """Longest answer, thinking included where the model thinks; it is cut there."""
    passages: int = Field(default=5, ge=1, le=100)
    """How many of the retrieved passages the model is shown, the best ones; a CPU reads some 100 words a second."""
    max_context: int = Field(default=8192, ge=1024)
    """Tokens of context to use at most; more needs more memory."""
    first_token_seconds: float = Field(default=180.0, gt=0)
    """A CPU loads the model and reads the passages before the first word."""
    stall_seconds: float = Field(default=60.0, gt=0)
    """Longest pause between two words."""
    total_seconds: float = Field(default=600.0, gt=0)


class ChatSettings(_Frozen):
    """How a conversation is held."""

    history: int = Field(default=6, ge=1, le=50)
    """How many turns are remembered."""


class ServeSettings(_Frozen):
    """What the server for browsers and programs allows."""

    uploads_dir: Path = Path("uploads")
    """Where articles that are added in the browser are kept."""
    upload_megabytes: int = Field(default=20, ge=1)
    upload_files: int = Field(default=20, ge=1)
    """How many files may be added at once."""
    quoting: int = Field(default=2, ge=1)
    """How many answers by quotation are worked on at once."""
    writing: int = Field(default=2, ge=1)
    """How many answers by an LLM are worked on at once."""
    waiting: int = Field(default=100, ge=0)
    """How many more questions of each kind may wait; whoever comes then is asked to come back."""
    conversations: int = Field(default=500, ge=1)
    """How many conversations are remembered; the one that has been silent longest is forgotten first."""


class Settings(_Frozen):
    """Everything that can be set.

    ``index_dir`` is where the index lives; ``corpus`` are the paths that ``qa index`` takes when none are given.
    """

    index_dir: Path = Path(".qa")
    corpus: tuple[str, ...] = ("seeds",)
    max_file_megabytes: int = Field(default=100, ge=1)
    ollama_host: str = "http://127.0.0.1:11434"
    prompts_dir: Path | None = None
    """A folder whose files replace those of the same name in ``prompts/``."""
    embedding: EmbeddingSettings = EmbeddingSettings()
    split: SplitSettings = SplitSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    answer: AnswerSettings = AnswerSettings()
    llm: LLMSettings = LLMSettings()
    chat: ChatSettings = ChatSettings()
    serve: ServeSettings = ServeSettings()

    def index_fingerprint(self) -> str:
        """A short hash of all that decides what an index of given files contains."""
        return fingerprint({"embedding": self.embedding.model, "split": self.split.model_dump()})

    def answer_fingerprint(self) -> str:
        """A short hash of all that decides how a question is answered from a given index."""
        return fingerprint({"retrieve": self.retrieve.model_dump(), "answer": self.answer.model_dump()})

    def llm_fingerprint(self) -> str:
        """A short hash of all that decides what a given model writes; secrets have no part in it."""
        return fingerprint(
            self.llm.model_dump(include={"factory", "options", "temperature", "seed", "max_tokens", "passages"})
        )


def fingerprint(value: object) -> str:
    """Sixteen hexadecimal digits of the SHA-256 of ``value`` as canonical JSON."""
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def load_settings(
    config: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Build the settings from a file, the environment and the command line.

    Args:
        config: the TOML file, or ``None`` for ``qa.toml`` in the working folder if there is one.
        environ: usually ``os.environ``.
        overrides: a nested mapping that wins over everything else.

    Raises:
        ConfigError: a file that cannot be read, or a name or value that does not fit.
    """
    tree: dict[str, Any] = {}
    _merge(tree, _read_toml(config))
    _merge(tree, _from_environ(environ))
    _merge(tree, overrides or {})
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"the setting {name} does not fit: {first['msg'].lower()}",
            "correct it in qa.toml, in the QA_* environment variable or on the command line",
        ) from None


def _read_toml(config: Path | None) -> dict[str, Any]:
    path = config if config is not None else Path(DEFAULT_CONFIG)
    if config is None and not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ConfigError(f"cannot read {path}: {reason}", "give another file with --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", "correct that line") from None


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in _leaves(Settings):
        value = environ.get("QA_" + "_".join(path).upper())
        if value is not None:
            _put(tree, path, _from_text(path, value))
    host = environ.get("OLLAMA_HOST")
    if host and "ollama_host" not in tree:
        tree["ollama_host"] = host if "://" in host else f"http://{host}"
    return tree


def _from_text(path: tuple[str, ...], value: str) -> object:
    """What a text in the environment means: lists are separated by colons, tables are JSON."""
    if path == ("corpus",):
        return value.split(":")
    if path in {("llm", "options"), ("llm", "headers")}:
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            name = "QA_" + "_".join(path).upper()
            raise ConfigError(f"{name} is not JSON", 'write it like {"name": "value"}') from None
    return value


def _leaves(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, info in model.model_fields.items():
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _leaves(kind, (*prefix, name))
        else:
            yield (*prefix, name)


def _put(tree: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value


def _merge(base: dict[str, Any], extra: Mapping[str, Any]) -> None:
    for name, value in extra.items():
        if isinstance(value, Mapping) and isinstance(base.get(name), dict):
            _merge(base[name], value)
        else:
            base[name] = dict(value) if isinstance(value, Mapping) else value
