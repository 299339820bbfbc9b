"""Whether a sentence leans on the one before it: says "he", "this" or "their" of something that is named there.

Knows the words of several languages. Does not know what they stand for.
"""

from __future__ import annotations

from qa.text.words import find_words

_LEANING = {
    "de": "er sie ihn ihm ihnen dies diese dieser dieses diesem diesen sein seine seiner seinem ihr ihre ihrer ihrem "
    "dabei damit dort deren dessen jener jene sodann",
    "en": "he she it they him them this that these those his her its their both",
    "es": "ella ello ellos ellas este esta esto estos estas ese esa eso su sus",
    "fr": "il elle ils elles ce cet cette ces cela ceci son sa ses leur leurs",
    "it": "egli lui lei esso essa essi esse loro questo questa questi queste cio suo sua suoi sue",
    "nl": "hij zij het dit dat deze die zijn haar hun",
    "pt": "ele ela eles elas este esta isto esse essa isso seu sua seus suas",
}
_WORDS = {language: frozenset(words.split()) for language, words in _LEANING.items()}
_FIRST_WORDS = 5


def leaning_words(language: str | None) -> frozenset[str]:
    """The words of a language that stand for something said before, folded; none where it is not known."""
    return _WORDS.get(language or "", frozenset())


def leans(sentence: str, language: str | None) -> bool:
    """Whether one of the first words of a sentence stands for something in the sentence before."""
    first = [word.folded for word in find_words(sentence)[:_FIRST_WORDS]]
    return not leaning_words(language).isdisjoint(first)
