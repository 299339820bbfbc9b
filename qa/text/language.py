"""Which language a text is written in, and which words of a language carry no topic.

Knows: scripts, letters, and the function words of some European languages (``data/function_words.toml``). Counting
these settles nearly every question and article, and costs microseconds; only a text they leave undecided is given to
py3langid, which takes 0.8 s and 100 MB to load. Does not know: dialects, mixed texts, or anything about meaning.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any

_LOOK_AT = 4000
"""Code points of a text that are looked at."""
_SAMPLE_WORDS = 400
_WORD = re.compile(r"[^\W\d_]+")

_MIN_SCORE = 0.6
"""Votes that settle the language: more than one word that two languages share."""
_MIN_LEAD = 1.15
"""How many times the votes of the runner-up."""
_MIN_SHARE = 0.08
"""Votes per word; below it the matching words are likely to be names or loans."""
_HOMOGRAPH_VOTE = 0.4
_LETTER_VOTE = 0.4
_MIN_WORDS_FOR_MODEL = 3
_MIN_MODEL_PROBABILITY = 0.7

_SCRIPTS: Mapping[str, str] = {
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "he": "\u0590-\u05ff",
    "ar": "\u0600-\u06ff\u0750-\u077f",
    "hi": "\u0900-\u097f",
    "th": "\u0e00-\u0e7f",
    "ko": "\u1100-\u11ff\uac00-\ud7af",
    "ja": "\u3040-\u30ff",
    "zh": "\u3400-\u4dbf\u4e00-\u9fff",
    "ru": "\u0400-\u04ff",
    "ka": "\u10a0-\u10ff",
    "hy": "\u0530-\u058f",
    "bn": "\u0980-\u09ff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
}
_SCRIPT = re.compile("|".join(f"(?P<{code}>[{ranges}])" for code, ranges in _SCRIPTS.items()))
_KANA_SHARE = 0.1
"""Japanese mixes kana and Chinese characters; this share of kana tells it from Chinese that quotes a few."""
_PERSIAN_LETTERS = frozenset("پچژگکی")
_URDU_LETTERS = frozenset("ٹڈڑےہ")

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz")
_LETTERS: Mapping[str, str] = {
    "de": "äöüß",
    "fr": "éèêàçùûîœ",
    "es": "áéíóúñ",
    "it": "àèéìòù",
    "pt": "ãõçáéíóúâêô",
    "ca": "àèéíòóúç",
    "nl": "ëï",
    "sv": "åäö",
    "da": "åæø",
    "no": "åæø",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "ro": "ăâîșțşţ",
    "ru": "ыэё",
    "uk": "іїєґ",
    "bg": "ъ",
}


def detect(text: str, default: str = "en") -> str:
    """The language of a text, by its first few thousand code points.

    Args:
        text: a question, an article, anything.
        default: the answer when the text does not show its language, as a single name does not.

    Returns:
        An ISO 639-1 code.
    """
    text = text[:_LOOK_AT]
    script = _script(text)
    if script is not None and script != "ru":
        return script
    words = [word.lower() for word in islice((found[0] for found in _WORD.finditer(text)), _SAMPLE_WORDS)]
    ranking = _vote(words)
    if _is_clear(ranking, len(words)):
        return ranking[0][0]
    if len(words) >= _MIN_WORDS_FOR_MODEL:
        language, probability = _model().classify(text)
        if probability >= _MIN_MODEL_PROBABILITY:
            return str(language)
    if ranking and ranking[0][1] >= _MIN_SCORE:
        return ranking[0][0]
    return script or default


def function_words(language: str) -> frozenset[str]:
    """The words of a language that carry no topic, in lower case; the empty set for a language without a list."""
    return _function_words().get(language, frozenset())


def _script(text: str) -> str | None:
    """The language that a script implies, or ``None`` for the Latin alphabet; "ru" stands for all of Cyrillic."""
    counts = Counter(found.lastgroup for found in _SCRIPT.finditer(text))
    latin = sum(character.isalpha() for character in text) - counts.total()
    if not counts or latin > 2 * counts.total():
        return None
    script = counts.most_common(1)[0][0]
    if script in {"zh", "ja"}:
        return "ja" if counts["ja"] >= _KANA_SHARE * (counts["ja"] + counts["zh"]) else "zh"
    if script == "ar":
        letters = set(text)
        return "ur" if letters & _URDU_LETTERS else "fa" if letters & _PERSIAN_LETTERS else "ar"
    return script


def _vote(words: list[str]) -> list[tuple[str, float]]:
    """The two languages with the most votes; a word or letter of several languages divides its vote among them."""
    score: defaultdict[str, float] = defaultdict(float)
    for word in words:
        for language, vote in _votes().get(word, ()):
            score[language] += vote
        for letter in set(word) - _PLAIN:
            for language in _letters().get(letter, ()):
                score[language] += _LETTER_VOTE / len(_letters()[letter])
    return sorted(score.items(), key=lambda item: (-item[1], item[0]))[:2]


def _is_clear(ranking: list[tuple[str, float]], words: int) -> bool:
    if not ranking:
        return False
    most, next_most = ranking[0][1], ranking[1][1] if len(ranking) > 1 else 0.0
    return most >= _MIN_SCORE and most >= _MIN_LEAD * next_most and most >= _MIN_SHARE * words


@cache
def _letters() -> dict[str, list[str]]:
    languages: dict[str, list[str]] = {}
    for language, letters in _LETTERS.items():
        for letter in letters:
            languages.setdefault(letter, []).append(language)
    return languages


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((resources.files("qa.text") / "data" / "function_words.toml").read_text(encoding="utf-8"))


@cache
def _function_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in _data()["words"].items()}


@cache
def _votes() -> dict[str, tuple[tuple[str, float], ...]]:
    """For each function word, its languages with their shares of its vote."""
    languages: dict[str, list[str]] = {}
    for language, words in _function_words().items():
        for word in words:
            languages.setdefault(word, []).append(language)
    homographs = frozenset(_data()["homographs"].split())
    return {
        word: tuple((language, (_HOMOGRAPH_VOTE if word in homographs else 1) / len(shared)) for language in shared)
        for word, shared in languages.items()
    }


@cache
def _model() -> Any:  # noqa: ANN401 - the type belongs to py3langid, which is loaded only when it is needed
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
