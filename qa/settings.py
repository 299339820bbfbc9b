"""Settings: one frozen tree, built once at the edge and handed down.

Order of precedence, lowest first: the defaults below, ``qa.toml``, the environment, the command line; pydantic-settings
reads and merges them. A leaf such as ``embedding.model`` is ``QA_EMBEDDING_MODEL`` in the environment. Nothing else in
the program reads the environment, and ``Settings(...)`` does not.

Does not know: what any setting does.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from qa.errors import ConfigError

DEFAULT_CONFIG = "qa.toml"
_PREFIX = "QA_"


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


class ReaderSettings(_Frozen):
    """Which network reads: finds the words that answer, and tells whether a sentence is supported."""

    model: str = "article-qa-reader"
    """``article-qa-reader`` is bundled."""
    support_model: str = ""
    """A cross-encoder that tells entailment (Sentence Transformers name or folder), to judge support in its place."""


class AnswerSettings(_Frozen):
    """How an answer is put together."""

    engine: str = "auto"
    """``quote`` quotes, ``ollama`` has the LLM write, ``auto`` has it write where one answers."""
    max_sentences: int = Field(default=3, ge=1, le=3)
    threshold: float = Field(default=0.5, ge=0, le=1)
    """Below this confidence the answer is a refusal."""
    strict_support: bool = False
    """Leave out sentences of an LLM that the sources do not support, rather than mark them."""


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
    passages: int = Field(default=3, ge=1, le=3)
    """From how many passages the model is shown sentences, the best ones; a CPU reads some 100 words a second."""
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


class Settings(BaseSettings):
    """Everything that can be set.

    ``index_dir`` is where the index lives; ``corpus`` are the paths that ``qa index`` takes when none are given.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        case_sensitive=False,
        env_prefix="QA_",
        env_nested_delimiter="_",
        env_nested_max_split=1,
    )

    index_dir: Path = Path(".qa")
    corpus: tuple[str, ...] = ("seeds",)
    max_file_megabytes: int = Field(default=100, ge=1)
    ollama_host: str = "http://127.0.0.1:11434"
    prompts_dir: Path | None = None
    """A folder whose files replace those of the same name in ``prompts/``."""
    embedding: EmbeddingSettings = EmbeddingSettings()
    split: SplitSettings = SplitSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    reader: ReaderSettings = ReaderSettings()
    answer: AnswerSettings = AnswerSettings()
    llm: LLMSettings = LLMSettings()
    chat: ChatSettings = ChatSettings()
    serve: ServeSettings = ServeSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        *_unused: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given counts, unless ``load_settings`` adds file and environment."""
        return (init_settings, *_further_sources.get())

    def index_fingerprint(self) -> str:
        """A short hash of all that decides what an index of given files contains."""
        return fingerprint({"embedding": self.embedding.model, "split": self.split.model_dump()})

    def answer_fingerprint(self) -> str:
        """A short hash of all that decides how a question is answered from a given index."""
        return fingerprint(
            {name: getattr(self, name).model_dump() for name in ("retrieve", "reader", "answer")},
        )

    def llm_fingerprint(self) -> str:
        """A short hash of all that decides what a given model writes; secrets have no part in it."""
        return fingerprint(
            self.llm.model_dump(include={"factory", "options", "temperature", "seed", "max_tokens", "passages"})
        )


_further_sources: ContextVar[tuple[PydanticBaseSettingsSource, ...]] = ContextVar("further_sources", default=())


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
    given = dict(overrides or {})
    file, environment = _toml(config), _environment(environ)
    token = _further_sources.set((environment, file))
    try:
        return Settings(**given)
    except SettingsError:
        raise ConfigError(f"{_not_json(environ)} is not JSON", 'write it like {"name": "value"}') from None
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        where = f"in {file.toml_file_path}"
        if _has(environment(), first["loc"]):
            where = f"in the environment variable {_variable(first['loc'])}"
        if _has(given, first["loc"]):
            where = "on the command line"
        unknown = first["type"] == "extra_forbidden"
        raise ConfigError(
            f"there is no setting {name}" if unknown else f"the setting {name} does not fit: {first['msg'].lower()}",
            f"{'take it out or correct its name' if unknown else 'correct it'} {where}",
        ) from None
    finally:
        _further_sources.reset(token)


def _toml(config: Path | None) -> TomlConfigSettingsSource:
    path = config if config is not None else Path(DEFAULT_CONFIG)
    try:
        if config is not None:
            config.open("rb").close()  # the library passes over a file that is not there
        return TomlConfigSettingsSource(Settings, path)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ConfigError(f"cannot read {path}: {reason}", "give another file with --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}", "correct that line") from None


def _environment(environ: Mapping[str, str]) -> EnvSettingsSource:
    """Its lists are separated by colons, its tables are JSON; ``OLLAMA_HOST`` is what Ollama itself reads."""
    found = {name.lower(): value for name, value in environ.items() if name.startswith(_PREFIX)}
    if host := environ.get("OLLAMA_HOST"):
        found.setdefault("qa_ollama_host", host if "://" in host else f"http://{host}")
    if corpus := found.get("qa_corpus"):
        found["qa_corpus"] = json.dumps(corpus.split(":"))
    source = EnvSettingsSource(Settings)
    source.env_vars = found
    return source


def _not_json(environ: Mapping[str, str]) -> str:
    """The variable that the library could not read; it does not say which."""
    for name in environ:
        try:
            _environment({name: environ[name]})()
        except SettingsError:
            return name
    return "a variable"


def _variable(place: tuple[int | str, ...]) -> str:
    return _PREFIX + "_".join(map(str, place[:2])).upper()


def _has(tree: object, place: tuple[int | str, ...]) -> bool:
    """Whether a source sets what stands at this place."""
    for part in place:
        if not isinstance(tree, Mapping) or part not in tree:
            return isinstance(part, int) and isinstance(tree, list | tuple)
        tree = tree[part]
    return True
