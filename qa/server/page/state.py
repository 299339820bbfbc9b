"""What the page shows of the index, of the models and of the server, looked up.

Does not know Gradio or HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from qa.assistant import Assistant
from qa.documents.files import LoadError, file_digest
from qa.errors import LLMError, QAError
from qa.index.stored import StoredArticle
from qa.llm import server_answers
from qa.llm.ollama import SUGGESTED_MODEL, OllamaServer, address
from qa.server.page.corpus import MOST_ROWS, Corpus
from qa.server.page.suggestions import suggestions
from qa.server.uploads import Uploads
from qa.settings import Settings

_MOST_CHOICES = 500
Choices = list[tuple[str, str]]


def corpus_of(assistant: Assistant, uploads: Uploads) -> Corpus:
    """The articles, and which of their files can be removed.

    Raises:
        QAError: the index cannot be read.
    """
    articles = assistant.articles()
    uploaded = {article.source: Path(article.path).name for article in articles if uploads.owns(article.path)}
    stale = {article.source: reason for article in articles[:MOST_ROWS] if (reason := _stale(article)) is not None}
    return Corpus(
        sources=assistant.sources(),
        copies=assistant.copies(),
        uploaded=uploaded,
        stale=stale,
        waiting=sorted(set(uploads.names()) - set(uploaded.values())),
    )


def _stale(article: StoredArticle) -> str | None:
    """Why the index no longer says what the article's file says, as a phrase; ``None`` if it does."""
    try:
        state = Path(article.path).stat()
        same = _digest(article.path, state.st_size, state.st_mtime_ns) == article.sha256
    except (OSError, LoadError):
        return "its file is gone"
    return None if same else "its file was changed"


@lru_cache(maxsize=2 * MOST_ROWS)
def _digest(path: str, _size: int, _modified_ns: int) -> str:
    """Kept for as long as size and time stay what they are, so that a list shown again reads no file."""
    return file_digest(Path(path))


def article_choices(corpus: Corpus) -> Choices:
    """Labels and sources, for picking articles."""
    sources = corpus.sources[:_MOST_CHOICES]
    return [(f"{source.metadata.title or '(no headline)'} ({source.source})", source.source) for source in sources]


def engine_choices(assistant: Assistant) -> Choices:
    """Labels and engines, for picking who writes."""
    models = chat_models(assistant) or ()
    always = [("Always the language model", "ollama")] if assistant.settings.answer.engine == "ollama" else []
    return [
        *always,
        (f"Automatic: {_automatic(assistant.settings, models)}", "auto"),
        ("Quotes only", "quote"),
        *((f"{name}, checked", f"ollama:{name}") for name in models),
    ]


def chat_models(assistant: Assistant) -> list[str] | None:
    """The chat models that the Ollama server has; ``None`` where none answers, or another LLM takes its place."""
    settings = assistant.settings
    if settings.llm.factory or not server_answers(settings):
        return None
    try:
        models = OllamaServer(settings.ollama_host, settings.llm.headers).models()
    except LLMError:
        return None
    return [model.name for model in models if model.chats]


def examples_of(assistant: Assistant) -> tuple[str, ...]:
    """Questions to begin with; none where the index cannot be asked."""
    try:
        return suggestions(assistant)
    except QAError:
        return ()


def server_facts(assistant: Assistant) -> list[tuple[str, str]]:
    """Names and what there is to say of each: index, embedding model, language models and how to get one."""
    settings = assistant.settings
    facts: list[tuple[str, str]] = []
    try:
        info = assistant.info()
        facts += [
            ("Index", f"{info.articles} articles, {info.passages} passages, in {settings.index_dir}"),
            ("Made from", ", ".join(info.corpus)),
            ("Embedding model", info.model),
        ]
    except QAError as error:
        facts.append(("Index", f"{error.message}; {error.hint}"))
    facts += _language_models(assistant)
    facts.append(("Uploads", f"kept in {settings.serve.uploads_dir}"))
    return facts


def _language_models(assistant: Assistant) -> Sequence[tuple[str, str]]:
    settings = assistant.settings
    if settings.llm.factory:
        return [("Language model", f"{settings.llm.factory} writes")]
    try:
        url = address(settings.ollama_host)
    except LLMError as error:
        return [("Ollama", f"{error.message}; {error.hint}")]
    models = chat_models(assistant)
    if models is None:
        told = f"no server answers at {url}, so answers are quotations. To have an LLM write: ollama serve"
        return [("Ollama", told)]
    if not models:
        return [("Ollama", f"{url} has no model that writes. To get one: ollama pull {SUGGESTED_MODEL}")]
    return [("Ollama", f"{url} has {', '.join(models)}. To get another: ollama pull {SUGGESTED_MODEL}")]


def _automatic(settings: Settings, models: Sequence[str]) -> str:
    if settings.llm.factory:
        return "the configured language model"
    if settings.llm.model:
        return settings.llm.model if models else "quotes, as no Ollama server answers"
    return "the best model there is" if models else "quotes, as no model is there"
