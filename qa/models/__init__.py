"""The networks: multilingual-e5-small and others that embed, and the reader, which answers and judges.

``EMBEDDERS`` says who makes the embedding model that the settings name; an installed package adds one by an entry
point of the group ``article_qa.embedders`` (``docs/extending.md``). Everything is loaded when it is first used. Does
not know: the index, or what vectors and answers are for.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Protocol

from qa.errors import ConfigError
from qa.models.spans import JudgesClaims, ReadsPairs
from qa.models.vectors import Embedder
from qa.settings import Settings

BUNDLED_MODEL = "multilingual-e5-small"
BUNDLED_READER = "article-qa-reader"


class MakesEmbedder(Protocol):
    """Makes an embedding model; cheap, since the model itself opens when it is first used."""

    def __call__(self, model: str, settings: Settings, /) -> Embedder:
        """The embedder that the settings name ``model``."""
        ...


def _bundled(_model: str, _settings: Settings, /) -> Embedder:
    from qa.models.e5 import BundledEmbedder

    return BundledEmbedder()


def _ollama(model: str, settings: Settings, /) -> Embedder:
    from qa.models.llamaindex import ollama_embedder

    return ollama_embedder(model, model.partition(":")[2], settings.ollama_host)


def _sentence_transformers(model: str, _settings: Settings, /) -> Embedder:
    from qa.models.llamaindex import sentence_transformers_embedder

    return sentence_transformers_embedder(model)


EMBEDDERS: dict[str, MakesEmbedder] = {BUNDLED_MODEL: _bundled, "ollama": _ollama}
"""By the name in ``embedding.model``, or by what stands there before the first colon."""


def make_embedder(settings: Settings) -> Embedder:
    """The embedder for ``settings.embedding.model``: one of ``EMBEDDERS``, or else a Sentence Transformers model.

    Raises:
        ConfigError: an installed package should make it, and cannot be imported.
    """
    model = settings.embedding.model
    kind, colon, _ = model.partition(":")
    make = EMBEDDERS.get(model) or EMBEDDERS.get(kind)
    if make is None and colon:
        make = _installed(kind)
    return (make or _sentence_transformers)(model, settings)


class MakesReader(Protocol):
    """Makes a reader; cheap, since the network itself opens when it is first asked."""

    def __call__(self, model: str, settings: Settings, /) -> ReadsPairs:
        """The reader that the settings name ``model``."""
        ...


def _bundled_reader(_model: str, _settings: Settings, /) -> ReadsPairs:
    from qa.models.reader import BundledReader

    return BundledReader()


READERS: dict[str, MakesReader] = {BUNDLED_READER: _bundled_reader}
"""By the name in ``reader.model``."""


def make_reader(settings: Settings) -> ReadsPairs:
    """The reader for ``settings.reader.model``, one of ``READERS``.

    Raises:
        ConfigError: there is none of that name.
    """
    model = settings.reader.model
    if model not in READERS:
        raise ConfigError(f"there is no reader {model!r}", f"set reader.model to one of: {', '.join(READERS)}")
    return READERS[model](model, settings)


def make_judge(settings: Settings, reader: ReadsPairs) -> JudgesClaims:
    """Who says whether evidence supports a claim: the reader, or the model that ``reader.support_model`` names."""
    if not settings.reader.support_model:
        return reader
    from qa.models.cross_encoders import CrossEncoderJudge

    return CrossEncoderJudge(settings.reader.support_model)


def _installed(kind: str) -> MakesEmbedder | None:
    """What another package brings for names that begin so; looked for only where a name may mean that."""
    for point in entry_points(group="article_qa.embedders", name=kind):
        try:
            make: MakesEmbedder = point.load()
        except Exception as error:
            raise ConfigError(
                f"the embedding models {kind}:… cannot be used: {error}", f"reinstall the package of {point.value}"
            ) from error
        return make
    return None
