"""The words of a sentence as names are made of them, and names made of words.

Knows where words begin and end: hyphens, apostrophes, the points of an acronym. Does not know which words are names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.text.particular import Particular, ParticularKind
from qa.text.words import fold

_WORD = re.compile(r"(?:[^\W\d_a-zß-öø-ÿ]\.){2,}|[^\W_]+(?:['’][^\W_]+)*")
_AFTER_APOSTROPHE = re.compile(r"['’](?:s|\w{1,3})?$")
_ELISION = re.compile(r"^(?:[dlDL]|[Dd]ell|[Aa]ll|[Qq]u)['’](?=\w)")


@dataclass(frozen=True, slots=True)
class NameWord:
    """One word of a sentence, and what its shape says.

    Attributes:
        start: offset of its first code point.
        end: offset behind its last.
        written: as it stands in the sentence.
        folded: without what follows an apostrophe and the points of an acronym.
        is_name: whether it may belong to a name.
        certain: whether it surely does.
        is_acronym: two or more capitals and no other letters.
        is_title: an office or a form of address; a translation changes it.
        is_common: German, and behind an article or adjective, as common nouns are and names hardly ever.
        is_derived: formed like a word made of other words of the language ("Association"), so a translation changes it.
        group: words of the same name have the same number; -1 for a word that is no name.
    """

    start: int
    end: int
    written: str
    folded: str
    is_name: bool = False
    certain: bool = False
    is_acronym: bool = False
    is_title: bool = False
    is_derived: bool = False
    is_common: bool = False
    group: int = -1


def split_words(sentence: str) -> list[NameWord]:
    """All words of a sentence, in order, none marked as a name yet."""
    return [_word(found) for found in _WORD.finditer(sentence)]


def find_names(words: Sequence[NameWord], sentence: str) -> tuple[Particular, ...]:
    """The names that marked words make, in order."""
    groups: dict[int, list[NameWord]] = {}
    for word in words:
        if word.is_name:
            groups.setdefault(word.group, []).append(word)
    return tuple(name_of(group, sentence) for group in groups.values())


def name_of(words: Sequence[NameWord], sentence: str) -> Particular:
    """One name made of consecutive words."""
    start, end = words[0].start, words[-1].end
    value = tuple(word.folded for word in words)
    certain = any(word.certain for word in words)
    return Particular(ParticularKind.NAME, sentence[start:end], start, end, value, certain)


def _word(found: re.Match[str]) -> NameWord:
    written = found[0]
    start = found.start()
    elision = _ELISION.match(written)
    if elision:
        start += elision.end()
        written = written[elision.end() :]
    core = _AFTER_APOSTROPHE.sub("", written) or written
    return NameWord(start, start + len(core), core, fold(core).replace(".", "").replace("'", "").replace("’", ""))
