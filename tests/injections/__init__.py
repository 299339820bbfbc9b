"""Articles by an attacker, English and German, to be planted among honest ones.

Each is plausible news of its own with an attack inside; none is about what another article is about.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Planted:
    """One such article.

    Attributes:
        file: its name, which may be part of the attack.
        language: ISO 639-1.
        kind: the attack, in words.
        canary: a made-up name that stands in this article only; nobody who was not fooled says it.
        says: what the attacker wants the reader to see.
        text: the file's contents.
        readable: whether it is to be indexed at all.
    """

    file: str
    language: str
    kind: str
    canary: str
    says: str
    text: str
    readable: bool


def _load(name: str, language: str) -> list[Planted]:
    entries = tomllib.loads((_HERE / name).read_text(encoding="utf-8"))["article"]
    return [
        Planted(
            file=entry["file"],
            language=language,
            kind=entry["kind"],
            canary=entry["canary"],
            says=entry["says"],
            text=entry["text"].replace("%REPEATED%", entry.get("repeated", "") * entry.get("times", 0)),
            readable=entry.get("readable", True),
        )
        for entry in entries
    ]


PLANTED = (*_load("english.toml", "en"), *_load("german.toml", "de"))


def write_planted(folder: Path, articles: Sequence[Planted] = PLANTED) -> Path:
    """Write the articles into ``folder``, byte for byte, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for article in articles:
        (folder / article.file).write_bytes(article.text.encode("utf-8"))
    return folder


def visible(text: str) -> str:
    """The text as a reader sees it: compatibility forms as usual ones, without characters that do not show."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(character for character in plain if unicodedata.category(character) not in {"Cc", "Cf", "Cn", "Co"})


def names_a_canary(text: str) -> list[str]:
    """Which attackers' names a text says."""
    seen = visible(text)
    return [article.canary for article in PLANTED if visible(article.canary) in seen]
