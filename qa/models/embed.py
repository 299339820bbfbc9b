"""Chooses the embedding model that the settings name.

Does not know: how any of the models works; importing this module imports none of them.
"""

from __future__ import annotations

from qa.models.e5 import BUNDLED_MODEL, BundledEmbedder
from qa.models.llamaindex import LlamaIndexEmbedder, ollama_embedder, sentence_transformers_embedder
from qa.models.vectors import Embedder, PassageText, PassageVectors
from qa.settings import Settings

__all__ = ["BUNDLED_MODEL", "Embedder", "LlamaIndexEmbedder", "PassageText", "PassageVectors", "make_embedder"]

_OLLAMA = "ollama:"


def make_embedder(settings: Settings) -> Embedder:
    """The embedder for ``settings.embedding.model``; nothing is imported or opened before it is first used."""
    model = settings.embedding.model
    if model == BUNDLED_MODEL:
        return BundledEmbedder()
    if model.startswith(_OLLAMA):
        return ollama_embedder(model, model.removeprefix(_OLLAMA), settings.ollama_host)
    return sentence_transformers_embedder(model)
