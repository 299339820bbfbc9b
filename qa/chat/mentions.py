"""What a question mentions that another question may ask of something else: places, names, nouns, times, numbers.

Knows capital letters, and the names of places, months and weekdays (``qa.text.locale_names``). It is a guess by form,
good enough to put one thing in the place of another; what must be certain is decided elsewhere. Does not know what a
question asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from qa.text.language import function_words
from qa.text.locale_names import month_numbers, place_names, weekday_numbers
from qa.text.words import fold

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+")
_YEAR = re.compile(r"1\d{3}|20\d{2}")
_LONGEST_PLACE = 5
"""Words in the longest name of a place that is looked for."""
_LONGEST_CODE = 3
"""Letters up to which a place's name is a code, which is written in capitals."""
_LONGEST_NOUN = 4
"""Words between an article and the end of what it belongs to."""
_NOUNS_ARE_CAPITALISED = frozenset({"de"})


class MentionKind(StrEnum):
    """What is mentioned; ``NOUN`` is a noun with its article."""

    PLACE = "place"
    ACRONYM = "acronym"
    NAME = "name"
    NOUN = "noun"
    YEAR = "year"
    MONTH = "month"
    WEEKDAY = "weekday"
    NUMBER = "number"


NAMES = frozenset({MentionKind.PLACE, MentionKind.ACRONYM, MentionKind.NAME})


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number of a text: folded, and where it stands, ``text[start:end]`` in code points."""

    folded: str
    start: int
    end: int
    capital: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """Something mentioned.

    Attributes:
        kind: what it is.
        text: as written; of a noun with its article.
        first: its first token in the text.
        last: its last token, included.
        before: the folded token in front of it; empty at the beginning.
        article: the folded article that a noun has; empty for all else.
    """

    kind: MentionKind
    text: str
    first: int
    last: int
    before: str = ""
    article: str = ""

    @property
    def bare(self) -> str:
        """What is mentioned, without its article."""
        return self.text[len(self.article) :].strip()


def tokens_of(text: str) -> list[Token]:
    """The words and numbers of a text, in order."""
    return [
        Token(fold(match.group()), match.start(), match.end(), match.group()[0].isupper())
        for match in _TOKEN.finditer(text)
    ]


def nouns_are_capitalised(language: str) -> bool:
    """Whether every noun has a capital letter, so that a capital does not make a name."""
    return language in _NOUNS_ARE_CAPITALISED


def find_mentions(
    text: str,
    language: str,
    *,
    determiners: frozenset[str] = frozenset(),
    genitives: frozenset[str] = frozenset(),
    auxiliaries: frozenset[str] = frozenset(),
    begins_sentence: bool = True,
) -> list[Mention]:
    """What a text mentions, in order, without overlaps.

    Args:
        text: a question, a sentence or a part of one.
        language: ISO 639-1, of the text.
        determiners: folded words behind which nouns stand; a capitalised word there is a noun rather than a name.
        genitives: folded words in front of which a capitalised word is a noun.
        auxiliaries: folded words behind which the subject of a question stands, and behind that its verb.
        begins_sentence: whether the first word has its capital from its place.
    """
    return _Finder(text, language, determiners, genitives, auxiliaries, begins_sentence=begins_sentence).find()


class _Finder:
    """One pass over the tokens of one text."""

    def __init__(
        self,
        text: str,
        language: str,
        determiners: frozenset[str],
        genitives: frozenset[str],
        auxiliaries: frozenset[str],
        *,
        begins_sentence: bool,
    ) -> None:
        self._text = text
        self._tokens = tokens_of(text)
        self._function = {fold(word) for word in function_words(language)}
        self._determiners = determiners
        self._genitives = genitives
        self._auxiliaries = auxiliaries
        self._noun_capitals = nouns_are_capitalised(language)
        self._begins_sentence = begins_sentence
        self._begins_question = begins_sentence and text.rstrip().endswith(("?", "？"))
        self._any_case = not any(character.isupper() for character in text[1:])
        self._places = (place_names(language), place_names("en"))
        self._times = {
            **dict.fromkeys(weekday_numbers(language), MentionKind.WEEKDAY),
            **dict.fromkeys(month_numbers(language), MentionKind.MONTH),
        }

    def find(self) -> list[Mention]:
        found: list[Mention] = []
        index = 0
        while index < len(self._tokens):
            mention = self._time_or_number(index) or self._place(index) or self._name(index) or self._noun_phrase(index)
            if mention is not None:
                found.append(mention)
            index = mention.last + 1 if mention is not None else index + 1
        return found

    def _mention(self, kind: MentionKind, first: int, last: int, article: str = "") -> Mention:
        text = self._text[self._tokens[first].start : self._tokens[last].end]
        return Mention(kind, text, first, last, self._tokens[first - 1].folded if first else "", article)

    def _time_or_number(self, index: int) -> Mention | None:
        token = self._tokens[index]
        if token.folded[0].isdecimal():
            year = _YEAR.fullmatch(token.folded) is not None
            number = token.folded[-1].isdecimal()
            return self._mention(MentionKind.YEAR if year else MentionKind.NUMBER, index, index) if number else None
        kind = self._times.get(token.folded)
        ambiguous = token.folded in self._function and (index == 0 or not token.capital)
        return self._mention(kind, index, index) if kind is not None and not ambiguous else None

    def _place(self, index: int) -> Mention | None:
        """The longest name of a place that begins here."""
        for length in range(min(_LONGEST_PLACE, len(self._tokens) - index), 0, -1):
            last = index + length - 1
            words = self._text[self._tokens[index].start : self._tokens[last].end]
            key = self._place_key(fold(words))
            if key is None or (length == 1 and self._tokens[index].folded in self._function and not words.isupper()):
                continue
            if len(words) <= _LONGEST_CODE and words.isupper():
                return self._mention(MentionKind.PLACE, index, last)
            written_small = self._any_case and key.startswith("territory:")
            if len(words) > _LONGEST_CODE and (self._tokens[index].capital or written_small):
                inside_longer = not self._noun_capitals and (self._joins_name(last, last + 1))
                return None if inside_longer else self._mention(MentionKind.PLACE, index, last)
        return None

    def _place_key(self, name: str) -> str | None:
        """What a place is called in all languages; a genitive's ending is no part of its name."""
        spellings = (name, name.removesuffix("s")) if self._noun_capitals else (name,)
        return next((places[spelling] for spelling in spellings for places in self._places if spelling in places), None)

    def _name(self, index: int) -> Mention | None:
        if not self._begins_name(index) or (index == 0 and self._begins_question):
            return None  # a question begins with a question word or a verb
        last = index
        while self._joins_name(last, last + 1) and not (self._noun_capitals and self._place(last + 1)):
            last += 1
        if index == 0 and last == 0 and self._begins_sentence:
            return None  # a capital that every first word has
        words = self._text[self._tokens[index].start : self._tokens[last].end]
        if last == index and len(words) > 1 and sum(map(str.isupper, words)) > 1:
            return self._mention(MentionKind.ACRONYM, index, last)
        if self._noun_capitals:
            article = self._article_before(index)
            if article is not None:
                return self._mention(MentionKind.NOUN, article, last, self._tokens[article].folded)
            if last == index and last + 1 < len(self._tokens) and self._tokens[last + 1].folded in self._genitives:
                return self._mention(MentionKind.NOUN, index, last)
        return self._mention(MentionKind.NAME, index, last)

    def _noun_phrase(self, index: int) -> Mention | None:
        """An article and the small words with content behind it, in a language that writes nouns small."""
        article, last, end = self._tokens[index], index, len(self._tokens)
        if self._noun_capitals or article.folded not in self._determiners:
            return None
        while last + 1 < end and last - index < _LONGEST_NOUN and self._is_plain(last + 1):
            last += 1
        subject = index > 0 and self._tokens[index - 1].folded in self._auxiliaries
        if subject and last + 1 == end and last - index > 1:
            last -= 1  # "does the crane weigh"
        return self._mention(MentionKind.NOUN, index, last, article.folded) if last > index else None

    def _is_plain(self, index: int) -> bool:
        token = self._tokens[index]
        return token.folded.isalpha() and not token.capital and token.folded not in self._function

    def _begins_name(self, index: int) -> bool:
        token = self._tokens[index]
        acronym = token.end - token.start > 1 and self._text[token.start : token.end].isupper()
        return token.capital and (acronym or token.folded not in self._function)

    def _joins_name(self, index: int, following: int) -> bool:
        """Whether the next token goes on with a name: behind a space, hyphen, apostrophe, or an initial's stop."""
        if following >= len(self._tokens) or not self._begins_name(following):
            return False
        gap = self._text[self._tokens[index].end : self._tokens[following].start]
        return gap in {" ", "-", "'", "’"} or (gap == ". " and self._tokens[index].end == self._tokens[index].start + 1)

    def _article_before(self, index: int) -> int | None:
        """The article that a noun has, with at most two small words between them."""
        for article in range(index - 1, max(index - 4, -1), -1):
            if self._tokens[article].folded in self._determiners:
                return article
            if self._tokens[article].capital or self._tokens[article].folded in self._function:
                return None
        return None


def place_name_in(language: str, place: str, written_in: str) -> str | None:
    """What a place is called in a language; ``None`` if it has no other name there, or is no place that is known."""
    key = place_names(written_in).get(fold(place))
    name = next((name for name, other in place_names(language).items() if other == key), None)
    return name.title() if name is not None and name != fold(place) else None
