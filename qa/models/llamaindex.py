"""Any LlamaIndex embedding model as an ``Embedder``, and how the two usual kinds are made.

Knows Sentence Transformers models and Ollama servers only as LlamaIndex wraps them, and what goes wrong with them in
practice. A text that is longer than such a model reads is cut by the model itself; the bundled model does not do that.

Does not know: the bundled model.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.errors import EmbeddingError
from qa.models.vectors import PassageText, PassageVectors, embeddable, unit

if TYPE_CHECKING:
    from llama_index.core.embeddings import BaseEmbedding

_PASSAGES_AT_ONCE = 32
_OLLAMA_SECONDS = 300.0
_HUB_SECONDS = 10.0
_PROMPT_FILE = "config_sentence_transformers.json"


class Prompts(NamedTuple):
    """What a model was trained to see before a question and before a passage."""

    query: str | None = None
    passage: str | None = None


_PROMPTS_BY_FAMILY = (
    (re.compile(r"(?<![a-z0-9])e5-(?!.*instruct)", re.IGNORECASE), Prompts("query: ", "passage: ")),
    (re.compile(r"nomic-embed-text", re.IGNORECASE), Prompts("search_query: ", "search_document: ")),
    (
        re.compile(r"mxbai-embed-large", re.IGNORECASE),
        Prompts("Represent this sentence for searching relevant passages: "),
    ),
)


class LlamaIndexEmbedder:
    """Wraps a LlamaIndex ``BaseEmbedding``; see ``qa.models.vectors.Embedder`` for what the members mean.

    Args:
        name: how the settings name the model.
        open_model: makes the model when it is first needed.
        explain: turns what the model raises, when opened or asked, into an error for people.
        extra: the optional part of this program that brings the packages the model needs.
    """

    notes: tuple[str, ...] = ()

    def __init__(
        self,
        name: str,
        open_model: Callable[[], BaseEmbedding],
        explain: Callable[[Exception], EmbeddingError],
        extra: str,
    ) -> None:
        self.name = name
        self._open_model = open_model
        self._explain = explain
        self._extra = extra
        self._opened: BaseEmbedding | None = None
        self._lock = threading.Lock()

    @property
    def dimensions(self) -> int:
        """The length of the vectors, found by embedding a word."""
        return int(self.embed_questions(["length"]).shape[1])

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of questions, shape ``(len(texts), dimensions)``."""
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        clean = [embeddable(text) for text in texts]
        model = self._model()
        with self._explaining():
            vectors = [model.get_query_embedding(text) for text in clean]
        return self._checked(vectors)

    def embed_passages(self, passages: Sequence[PassageText]) -> Iterator[PassageVectors]:
        """Yield the vectors of passages, in order, some of them at a time; sentences are embedded by themselves."""
        for start in range(0, len(passages), _PASSAGES_AT_ONCE):
            yield from self._embed_batch(passages[start : start + _PASSAGES_AT_ONCE])

    def _embed_batch(self, passages: Sequence[PassageText]) -> Iterator[PassageVectors]:
        groups = [
            [embeddable(text) for text in (passage.text, *(passage.text[s.start : s.end] for s in passage.sentences))]
            for passage in passages
        ]
        rows = {text: row for row, text in enumerate(dict.fromkeys(text for group in groups for text in group))}
        model = self._model()
        with self._explaining():
            raw = model.get_text_embedding_batch(list(rows))
        vectors = self._checked(raw)
        for group in groups:
            passage, *sentences = (rows[text] for text in group)
            yield PassageVectors(vectors[passage], vectors[np.array(sentences, dtype=np.int64)], tokens=0)

    def _checked(self, raw: Sequence[Sequence[float]]) -> NDArray[np.float32]:
        vectors = np.array(raw, dtype=np.float32)
        if not np.isfinite(vectors).all() or not vectors.any(axis=-1).all():
            raise EmbeddingError(
                f"the embedding model {self.name} gave a vector without a direction (zeros, or not a number)",
                "choose another model with embedding.model",
            )
        return unit(vectors)

    def _model(self) -> BaseEmbedding:
        with self._lock, self._explaining():
            if self._opened is None:
                self._opened = self._open_model()
            return self._opened

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except EmbeddingError:
            raise
        except ImportError as error:
            raise EmbeddingError(
                f"the embedding model {self.name} needs a package that is not installed ({error.name or error})",
                f"pip install 'article-qa[{self._extra}]'",
            ) from error
        except Exception as error:
            raise self._explain(error) from error


def ollama_embedder(name: str, model: str, host: str) -> LlamaIndexEmbedder:
    """An embedding model of an Ollama server.

    Args:
        name: how the settings name it.
        model: how the server names it.
        host: the server's address.
    """

    def open_model() -> BaseEmbedding:
        import llama_index.core  # noqa: F401 - whole, before its parts
        from llama_index.embeddings.ollama import OllamaEmbedding

        prompts = _family_prompts(model)
        return OllamaEmbedding(
            model_name=model,
            base_url=host,
            embed_batch_size=_PASSAGES_AT_ONCE,
            query_instruction=prompts.query,
            text_instruction=prompts.passage,
            client_kwargs={"timeout": _OLLAMA_SECONDS},
        )

    def explain(error: Exception) -> EmbeddingError:
        if getattr(error, "status_code", None) == HTTPStatus.NOT_FOUND:
            return EmbeddingError(f"the Ollama server at {host} has no model {model}", f"ollama pull {model}")
        if isinstance(error, ConnectionError):
            return EmbeddingError(
                f"no Ollama server answers at {host}",
                "start it with: ollama serve (or set OLLAMA_HOST to where it runs)",
            )
        return EmbeddingError(
            f"the Ollama server at {host} could not embed with {model}: {_first_line(error)}",
            f"see whether this works: ollama show {model}",
        )

    return LlamaIndexEmbedder(name, open_model, explain, extra="ollama")


def sentence_transformers_embedder(name: str) -> LlamaIndexEmbedder:
    """A Sentence Transformers model, given by its folder or by its name on the hub."""

    def open_model() -> BaseEmbedding:
        try:
            return _open_sentence_transformers(name, local_files_only=True)
        except OSError:
            if Path(name).is_dir():
                raise
            from huggingface_hub import HfApi

            # One question to the hub: without a network, downloading would retry every file for half a minute.
            HfApi().model_info(name, timeout=_HUB_SECONDS)
            return _open_sentence_transformers(name, local_files_only=False)

    def explain(error: Exception) -> EmbeddingError:
        if Path(name).is_dir():
            return EmbeddingError(
                f"the folder {name} does not hold a Sentence Transformers model: {_first_line(error)}",
                "give a folder with config.json, a tokenizer and model.safetensors",
            )
        return EmbeddingError(
            f"the embedding model {name} is not on this machine, and the hub did not give it: {_first_line(error)}",
            "check the name and the network, give a model's folder, or unset embedding.model to use the bundled model",
        )

    return LlamaIndexEmbedder(name, open_model, explain, extra="models")


def _open_sentence_transformers(name: str, *, local_files_only: bool) -> BaseEmbedding:
    import llama_index.core  # noqa: F401 - whole, before its parts
    from huggingface_hub import constants
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    prompts = _configured_prompts(name, local_files_only=local_files_only) or _family_prompts(name)
    return HuggingFaceEmbedding(
        name,
        query_instruction=prompts.query,
        text_instruction=prompts.passage,
        embed_batch_size=_PASSAGES_AT_ONCE,
        cache_folder=constants.HF_HUB_CACHE,
        local_files_only=local_files_only,
    )


def _configured_prompts(name: str, *, local_files_only: bool) -> Prompts | None:
    """The prompts in the model's own configuration, if it has any."""
    try:
        if Path(name).is_dir():
            path = Path(name) / _PROMPT_FILE
        else:
            from huggingface_hub import hf_hub_download

            path = Path(hf_hub_download(name, _PROMPT_FILE, local_files_only=local_files_only))
        configured = json.loads(path.read_text(encoding="utf-8")).get("prompts") or {}
    except (OSError, ValueError):
        return None
    prompts = Prompts(configured.get("query"), configured.get("passage") or configured.get("document"))
    return prompts if any(prompts) else None


def _family_prompts(name: str) -> Prompts:
    return next((prompts for pattern, prompts in _PROMPTS_BY_FAMILY if pattern.search(name)), Prompts())


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
