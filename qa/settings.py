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
from typing import Any

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

    engine: str = Field(default="auto", pattern="^(auto|quote)$")
    max_sentences: int = Field(default=3, ge=1, le=3)
    threshold: float = Field(default=0.5, ge=0, le=1)
    """Below this confidence the answer is a refusal."""


class Settings(_Frozen):
    """Everything that can be set.

    ``index_dir`` is where the index lives; ``corpus`` are the paths that ``qa index`` takes when none are given.
    """

    index_dir: Path = Path(".qa")
    corpus: tuple[str, ...] = ("seeds",)
    max_file_megabytes: int = Field(default=100, ge=1)
    ollama_host: str = "http://127.0.0.1:11434"
    embedding: EmbeddingSettings = EmbeddingSettings()
    split: SplitSettings = SplitSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    answer: AnswerSettings = AnswerSettings()

    def index_fingerprint(self) -> str:
        """A short hash of all that decides what an index of given files contains."""
        return fingerprint({"embedding": self.embedding.model, "split": self.split.model_dump()})

    def answer_fingerprint(self) -> str:
        """A short hash of all that decides how a question is answered from a given index."""
        return fingerprint({"retrieve": self.retrieve.model_dump(), "answer": self.answer.model_dump()})


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
            _put(tree, path, value.split(":") if path == ("corpus",) else value)
    host = environ.get("OLLAMA_HOST")
    if host and "ollama_host" not in tree:
        tree["ollama_host"] = host if "://" in host else f"http://{host}"
    return tree


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
