"""Whether a text holds the words that a fact expects.

Case, compatibility forms and white space do not count. A variant that begins with a letter or digit must begin a word;
one that ends with a digit must end its number; so "Kazakh" is in "Kazakhstan", but "15" is neither in "2015" nor in
"15,000". Does not know facts or answers.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NO_WORD_BEFORE = r"(?<!\w)(?<!\d[.,])"
_NO_NUMBER_AFTER = r"(?!\w)(?![.,]\d)"


def holds(text: str, wanted: str) -> bool:
    """Whether ``wanted``, which is not blank, is in ``text``."""
    return _pattern(wanted).search(_folded(text)) is not None


@lru_cache(maxsize=4096)
def _pattern(wanted: str) -> re.Pattern[str]:
    folded = _folded(wanted)
    before = _NO_WORD_BEFORE if folded[:1].isdigit() else r"(?<!\w)" if folded[:1].isalpha() else ""
    after = _NO_NUMBER_AFTER if folded[-1:].isdigit() else ""
    return re.compile(before + re.escape(folded) + after)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
