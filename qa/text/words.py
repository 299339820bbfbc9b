"""The one tokenizer of words: folded, with offsets, stemmed, and for questions without function words.

Knows how text becomes words and terms. Does not know where the terms are stored or how BM25 is computed (the index
keeps them in SQLite's FTS5, whose ``bm25()`` is Robertson and Zaragoza's with k1 = 1.2 and b = 0.75).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from qa.text.language import function_words

_WORD = re.compile(r"\w+(?:[.,]\d+)*")
_WORD_IN_TEXT = re.compile(r"\w[\w\u0300-\u036f]*(?:[.,]\d+)*")
"""The same before folding, where a letter's marks may still be characters of their own."""
_STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
_MARK_BLOCKS = (range(0x0300, 0x3100), range(0xA66F, 0xAC00), range(0xFB1E, 0xFE30))
"""Where Unicode keeps its combining marks, but for scripts that are no longer written."""
_MARKS = {code: None for block in _MARK_BLOCKS for code in block if unicodedata.combining(chr(code))}
_lock = threading.Lock()
"""PyStemmer's stemmers must not be used by two threads at once."""


def fold(text: str) -> str:
    """Compatibility-normalised, case-folded text without diacritics."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)  # before folding too: it makes capitals
    return unicodedata.normalize("NFKD", decomposed.casefold()).translate(_MARKS)


def words(text: str) -> list[str]:
    """The words and numbers of a text, folded, in order, repeats included."""
    return _WORD.findall(fold(text))


@dataclass(frozen=True, slots=True)
class Word:
    """A word or number of a text, ``text[start:end]`` (Unicode code points), and its folded form."""

    start: int
    end: int
    folded: str


def find_words(text: str) -> tuple[Word, ...]:
    """The words of a text with their offsets, in order."""
    return tuple(Word(found.start(), found.end(), fold(found[0])) for found in _WORD_IN_TEXT.finditer(text))


@lru_cache(maxsize=64)
def fold_in_place(text: str) -> str:
    """Folded text in which every character stands where it stood, so that offsets stay right."""
    if text.isascii():
        return text.lower()
    return "".join(
        character.lower() if character.isascii() else folded if len(folded := fold(character)) == 1 else character
        for character in text
    )


def terms(text: str, language: str | None) -> list[str]:
    """The terms under which a passage is found: its words, stemmed for its language."""
    return stem(words(text), language)


def query_terms(question: str, question_language: str, index_languages: Iterable[str | None]) -> list[str]:
    """The terms to look for: the question's content words, stemmed in every way the index may have stemmed them.

    Args:
        question: in any language.
        question_language: ISO 639-1; its function words are left out, unless nothing else would remain.
        index_languages: the languages of the indexed articles.
    """
    all_words = list(dict.fromkeys(words(question)))
    stop = folded_function_words(question_language)
    content = [word for word in all_words if word not in stop] or all_words
    languages = sorted({language or "" for language in index_languages} | {question_language})
    return list(dict.fromkeys(term for language in languages for term in stem(content, language)))


@lru_cache(maxsize=64)
def folded_function_words(language: str) -> frozenset[str]:
    """The function words of a language, as ``Word.folded`` has them; none where it is not known."""
    return frozenset(fold(word) for word in function_words(language))


def content_words(text: str, language: str) -> list[str]:
    """The words of a text that are not function words, folded but not stemmed, without repeats."""
    stop = folded_function_words(language)
    return list(dict.fromkeys(word for word in words(text) if word not in stop))


def stem(folded_words: list[str], language: str | None) -> list[str]:
    """The stems of folded words, one each, by the language's Snowball algorithm; the words themselves without one."""
    algorithm = _STEMMERS.get(language or "")
    if algorithm is None:
        return folded_words
    with _lock:
        return list(_stemmer(algorithm).stemWords(folded_words))


@lru_cache(maxsize=32)
def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    return Stemmer.Stemmer(algorithm)
