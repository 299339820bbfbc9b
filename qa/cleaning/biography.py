"""Recognises the paragraph about the writer that pages put below an article.

Knows: "Jane Doe is a reporter who ...", in several languages, by word lists. Does not know: whether it is true, or
where on the page the paragraph stands.
"""

from __future__ import annotations

import re

from qa.cleaning.furniture import author_words, name_particles
from qa.cleaning.lines import Unit

_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{2})[.!?](?:\s|$)")

_MAX_CHARACTERS = 900
_MAX_NAME_WORDS = 6
_MIN_NAME_WORDS = 2
_MAX_WORDS_TO_VERB = 14
_MAX_WORDS_TO_CAREER = 40


def is_biography(unit: Unit, article: str) -> bool:
    """Whether a paragraph presents the writer of an article.

    Args:
        unit: the paragraph.
        article: the article without it. A person whom the article itself names is its subject, not its writer.
    """
    if len(unit.text) > _MAX_CHARACTERS or not unit.is_sentence or _tells_news(unit):
        return False
    lists = author_words()
    end = _SENTENCE_END.search(unit.text)
    words = _WORD.findall(unit.text[: end.start() if end else None])
    lower = [word.lower() for word in words]
    opening = " ".join(lower)
    if not any(opening.startswith(f"{person} ") for person in lists["first_persons"]):
        name = _leading_name(words)
        if name is None or name in article:
            return False
    has_verb = any(word in lists["verbs"] for word in lower[:_MAX_WORDS_TO_VERB])
    return has_verb and any(word in lists["careers"] for word in _parts(lower[:_MAX_WORDS_TO_CAREER]))


def continues_biography(unit: Unit) -> bool:
    """Whether a paragraph may be the second one of a biography: it begins with a pronoun and reports nothing."""
    first = _WORD.search(unit.text)
    if first is None or len(unit.text) > _MAX_CHARACTERS or _tells_news(unit):
        return False
    return first[0].lower() in author_words()["pronouns"]


def _leading_name(words: list[str]) -> str | None:
    """The surname of the two or more capitalised words that a paragraph begins with."""
    verbs = author_words()["verbs"]
    names: list[str] = []
    for word in words[:_MAX_NAME_WORDS]:
        if word in verbs or not (word[0].isupper() or word.lower() in name_particles()):
            break
        names.append(word)
    return names[-1] if len(names) >= _MIN_NAME_WORDS and names[-1][0].isupper() else None


def _tells_news(unit: Unit) -> bool:
    if any(mark in unit.text for mark in '“”„«»"'):
        return True
    return any(word.lower() in author_words()["never"] for word in _WORD.findall(unit.text))


def _parts(words: list[str]) -> list[str]:
    """The words, and the parts of those with hyphens or apostrophes ("writer-editor", "l'auteur")."""
    return [*words, *(part for word in words for part in re.split(r"['’.-]", word))]
