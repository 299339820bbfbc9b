"""Text from strangers made harmless: what a terminal would obey is written out, what XML has no place for left out.

Knows which characters those are. Does not know where the text goes; imports nothing, so that every part may use it.
"""

from __future__ import annotations

import json
import re
import unicodedata

_ACTING = frozenset({"Cc", "Cf", "Cs", "Co"})
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def acts(character: str) -> bool:
    """Whether a terminal may obey a character rather than show it: control, format, direction, private use."""
    return unicodedata.category(character) in _ACTING


def printable(text: str, ordinary: str = "\n\t") -> str:
    """The text with every character that acts, but for the ``ordinary`` ones, made visible as an escape."""
    return "".join(
        character if character in ordinary or not acts(character) else f"\\u{ord(character):04x}" for character in text
    )


def legal(text: str) -> str:
    """The text without the characters that XML 1.0 (section 2.2) has no place for: most controls, lone surrogates."""
    return _NOT_XML.sub("", text)


def inert_json(document: str) -> str:
    """A JSON document with the same values in which no character but a line break acts."""
    return "".join(
        character if character == "\n" or not acts(character) else json.dumps(character)[1:-1] for character in document
    )
