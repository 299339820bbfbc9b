"""Sentences denied: "is" becomes "is not", and the other way round. Only where there is one place to do so."""

from __future__ import annotations

import re

from training.made.text import Piece, replaced

_AFFIRMED = {
    "en": re.compile(r"\b(?:is|are|was|were|will|can|could|should|has been|have been|had been)\b(?! not\b)"),
    "de": re.compile(
        r"\b(?:ist|sind|war|waren|wird|werden|kann|konnte|soll|sollte|hat|haben)\b(?! (?:nicht|kein|nie))"
    ),
    "fi": re.compile(r"\bon\b(?! ollut)"),
    "fr": re.compile(r"\best\b(?! pas)"),
}
_DENIED = {
    "en": re.compile(r"\b(is|are|was|were|will|can|could|should|has|have|had|did|does|do) not\b"),
    "de": re.compile(r"\b(ist|sind|war|waren|wird|werden|kann|konnte|soll|sollte|hat|haben) nicht\b"),
    "fi": re.compile(r"\bei ole\b"),
}


def negated(sentence: str, language: str) -> str | None:
    """The sentence with its one negation taken out, or with one put in; ``None`` where it is not clear how."""
    denied = _DENIED.get(language)
    if denied and (match := denied.search(sentence)):
        return replaced(sentence, Piece(*match.span()), match[1] if match.groups() else "on")
    affirmed = _AFFIRMED.get(language)
    found = list(affirmed.finditer(sentence)) if affirmed else []
    if len(found) != 1:
        return None
    word = found[0][0]
    if language == "en":
        first, _, rest = word.partition(" ")
        return replaced(sentence, Piece(*found[0].span()), f"{first} not {rest}".strip())
    made = {"de": f"{word} nicht", "fi": "ei ole", "fr": "n'est pas"}[language]
    return replaced(sentence, Piece(*found[0].span()), made)
