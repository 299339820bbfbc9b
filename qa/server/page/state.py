"""What the page shows of the index, of the models and of the server, looked up; and questions to begin with.

Those are made from names that come back in an article, by a question for each of some languages
(``data/suggestions.toml``), and each was tried. Does not know Gradio or HTML.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, groupby, zip_longest
from pathlib import Path

from qa.answering import ENGINES
from qa.assistant import Assistant
from qa.documents.files import LoadError, file_digest
from qa.errors import LLMError, QAError
from qa.index.stored import StoredArticle
from qa.llm import chat_models
from qa.llm.ollama import SUGGESTED_MODEL, address
from qa.records import CopyPair, SourceInfo
from qa.server.uploads import Uploads
from qa.settings import Settings
from qa.text.locale_names import place_names

MOST_ROWS = 1000
"""Articles that the list shows."""
_MOST_CHOICES = 500
_ARTICLES = 12
"""How many articles are looked at for suggestions, the first of each group of copies in each language."""
_TRIED = 3
"""Names of one article that are tried."""
_LONGEST_NAME = 3
"""Words."""
_TOKEN = re.compile(r"[\w’'-]+|\S")
Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the list shows.

    Attributes:
        sources: what is indexed.
        copies: which articles tell one story.
        uploaded: the file names of indexed sources that were uploaded, by source; these can be removed here.
        stale: why the index no longer says what a file says, a phrase, by source; none where it does.
        waiting: uploaded files that are not in the index.
    """

    sources: Sequence[SourceInfo]
    copies: Sequence[CopyPair]
    uploaded: Mapping[str, str]
    stale: Mapping[str, str]
    waiting: Sequence[str]


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
    settings = assistant.settings
    models = chat_models(settings) or ()
    choices = []
    for name, engine in ENGINES.items():
        if engine.llm == "if any":
            choices.append((f"{engine.label}: {_automatic(settings, models)}", name))
        elif engine.llm == "never" or name == settings.answer.engine:
            choices.append((engine.label, name))
    return choices + [(f"{name}, checked", f"ollama:{name}") for name in models]


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
    models = chat_models(settings)
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


# -- questions to begin with


def suggestions(assistant: Assistant, count: int = 4) -> tuple[str, ...]:
    """Up to ``count`` questions that are answered, in as many of the corpus's languages as there are.

    None where the index cannot be asked.
    """
    try:
        return _suggestions(assistant, assistant.info().content_hash, count)
    except QAError:
        return ()


@lru_cache(maxsize=1)
def _suggestions(assistant: Assistant, _content: str, count: int) -> tuple[str, ...]:
    """Kept for as long as the index says the same, because several questions are asked to find them."""
    asked: dict[str, list[str]] = {}
    for article in _different(assistant):
        questions = asked.setdefault(article.metadata.language or "", [])
        if len(questions) < count:
            questions += _answered(assistant, article, questions)
    rounds = zip_longest(*sorted(asked.values(), key=len, reverse=True))
    return tuple(question for question in chain(*rounds) if question)[:count]


def _different(assistant: Assistant) -> list[StoredArticle]:
    """Some articles whose language has a question, no two of them copies in one language."""
    chosen: dict[tuple[int, str], StoredArticle] = {}
    for article in assistant.articles():
        language = article.metadata.language
        if language in _questions():
            chosen.setdefault((article.group, language), article)
    return list(chosen.values())[:_ARTICLES]


def _answered(assistant: Assistant, article: StoredArticle, asked: Sequence[str]) -> list[str]:
    """A question, other than those ``asked``, about what this article names most often, if one is answered."""
    language = article.metadata.language or ""
    names = Counter(
        name
        for passage in assistant.passages_of(article)  # which leave page furniture out
        for span in passage.sentences
        for name in _names(passage.text[span.start - passage.start : span.end - passage.start], language)
    )
    often = [name for name, times in names.most_common() if times > 1]
    for name in sorted(often, key=lambda name: name.startswith("“"))[:_TRIED]:
        question = _questions()[language].format(name=name)
        if question not in asked and assistant.ask(question, "quote").status == "answered":
            return [question]
    return []


def _names(sentence: str, language: str) -> Iterator[str]:
    """Places that CLDR knows, and runs of two or three words with capitals, in quotes; none begins the sentence."""
    for capital, run in groupby(_TOKEN.findall(sentence)[1:], lambda token: token[:1].isupper()):
        words = list(run)
        name = " ".join(words)
        if capital and 1 < len(words) <= _LONGEST_NAME and not name.isupper():
            yield f"“{name}”"
        elif capital:
            yield from (word for word in words if word.istitle() and word.casefold() in place_names(language))


@cache
def _questions() -> dict[str, str]:
    return tomllib.loads(files("qa.server.page").joinpath("data", "suggestions.toml").read_text(encoding="utf-8"))
