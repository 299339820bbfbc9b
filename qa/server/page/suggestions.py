"""Questions to begin with, made from what the articles name, and each of them tried.

A name is a place that CLDR knows, or what is written with capitals in several words, and comes back in its article.
Knows a question for each of some languages (``data/suggestions.toml``). Does not know pages.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from qa.assistant import Assistant
from qa.index.stored import StoredArticle
from qa.text.locale_names import place_names

_ARTICLES = 12
"""How many articles are looked at, the first of each group of copies in each language."""
_TRIED = 3
"""Names of one article that are tried."""
_LONGEST_NAME = 3
"""Words."""
_PUNCTUATION = ".,;:!?…\"'“”„‚‘’«»()[]–—-"
_CLOSING = "\"'“”’»)]"
_SENTENCE_ENDS = (".", "!", "?", "…", ":")


def suggestions(assistant: Assistant, count: int = 4) -> tuple[str, ...]:
    """Up to ``count`` questions that are answered, in as many of the corpus's languages as there are.

    Raises:
        QAError: the index cannot be asked.
    """
    by_language: dict[str, list[str]] = {}
    for article in _different(assistant):
        language = article.metadata.language or ""
        if len(by_language.get(language, [])) < count:
            asked = by_language.setdefault(language, [])
            question = _answered(assistant, article, asked)
            if question is not None:
                asked.append(question)
    ordered = sorted(by_language.values(), key=len, reverse=True)
    rounds = (questions[place] for place in range(count) for questions in ordered if place < len(questions))
    return tuple(rounds)[:count]


def _different(assistant: Assistant) -> list[StoredArticle]:
    """Some articles whose language has a question, no two of them copies in one language."""
    chosen: dict[tuple[int, str], StoredArticle] = {}
    for article in assistant.articles():
        language = article.metadata.language
        if language in _questions():
            chosen.setdefault((article.group, language), article)
        if len(chosen) == _ARTICLES:
            break
    return list(chosen.values())


def _answered(assistant: Assistant, article: StoredArticle, asked: Sequence[str]) -> str | None:
    """A question, other than those ``asked``, about what this article names most often, if it is answered."""
    language = article.metadata.language or ""
    for name in _named(" ".join(_news(assistant, article)), language)[:_TRIED]:
        question = _questions()[language].format(name=name)
        if question not in asked and assistant.ask(question, "quote").status == "answered":
            return question
    return None


def _named(text: str, language: str) -> list[str]:
    """What a text names: places whose name is one word, then names of several words, which are put in quotes."""
    places = place_names(language)
    words = (token.strip(_PUNCTUATION) for token in text.split())
    found = Counter(word for word in words if word.istitle() and word.casefold() in places)
    names = Counter(_names(text))
    often = [place for place, times in found.most_common() if times > 1]
    return often + [f"“{name}”" for name, times in names.most_common() if times > 1]


def _news(assistant: Assistant, article: StoredArticle) -> Iterator[str]:
    """The article's passages, which leave page furniture out."""
    for passage in assistant.passages_of(article):
        yield " ".join(passage.text.split())


def _names(text: str) -> Iterator[str]:
    """Runs of two or three words with capitals, of which none begins a sentence; punctuation ends a run."""
    run: list[str] = []
    begins = True
    for token in text.split():
        word = token.strip(_PUNCTUATION)
        fits = word[:1].isupper() and not begins and token.startswith(word)
        if run and not fits:
            yield from _if_name(run)
            run = []
        if fits:
            run.append(word)
            if not token.endswith(word):
                yield from _if_name(run)
                run = []
        begins = not word or token.rstrip(_CLOSING)[-1:] in _SENTENCE_ENDS
    yield from _if_name(run)


def _if_name(run: Sequence[str]) -> Iterator[str]:
    if 1 < len(run) <= _LONGEST_NAME and not all(word.isupper() for word in run):
        yield " ".join(run)


@cache
def _questions() -> dict[str, str]:
    return tomllib.loads(files("qa.server.page").joinpath("data", "suggestions.toml").read_text(encoding="utf-8"))
