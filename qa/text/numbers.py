"""Finds the numbers of a sentence, in digits or words, as values that can be compared.

Knows how languages group and separate digits, percent signs, currencies and a handful of measures; number words are
read by text2num. Does not know dates (it is told which parts of the sentence are taken), what a number counts beyond
its unit, fractions in words, or Roman numerals. Units of two systems are told apart, never converted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache

from qa.text.locale_names import decimal_sign, unit_names
from qa.text.words import fold

PERCENT = "percent"
WORDS_READ = frozenset({"en", "de", "fr", "es", "it", "pt", "nl"})
"""Languages whose number words are read."""
_YEARS = range(1000, 2101)
_YEAR_DIGITS = 4
_GROUP = 3
_MULTIPLIER = 100
"""A number word of at least this much behind digits multiplies them ("3 million")."""
_TOKEN = re.compile(
    r"(?P<digits>(?<![\w])\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?![\d]|[.,]\d)|\d+(?:[.,'’\u066b\u066c]\d+)*)"
    r"|(?P<word>[万萬億亿억만]|[^\W\d_]+)|(?P<sign>[^\w\s])"
)
_JOIN = re.compile(r"[ \u00a0\u202f\u2009‑-]?$")
_RANGE = re.compile(r"\s?[-–—/]\s?$")
_SERIES = re.compile(r"\s*(?:[-–—,/]|to|and|or|bis|und|oder|à|et|ou|a|y|e|o|en|of|tot)?\s*")
_MAGNITUDES = {
    "k": 3, "m": 6, "mn": 6, "mio": 6, "bn": 9, "b": 9, "mrd": 9, "md": 9, "tn": 12, "billion": 12, "billionen": 12,
    "万": 4, "萬": 4, "億": 8, "亿": 8, "억": 8, "만": 4,
}  # fmt: skip
"""Powers of ten that text2num does not read; the words among them are German."""
_GERMAN_ONLY = frozenset({"billion", "billionen", "md"})
_ORDINAL = re.compile(r"st|nd|rd|th|er|e|eme|º|ª")
_DECADE = re.compile(r"s|er|ern|ers")
_CURRENCIES = (
    ("USD", r"(?:US|A|C)?\$|usd|dollars?|dolar(?:es)?|dollari"),
    ("EUR", r"€|eur|euros?"),
    ("GBP", r"£|gbp|pounds?|sterling"),
    ("JPY", r"¥|jpy|yen"),
    ("CHF", r"chf|franken|francs?"),
)
_PERCENT = re.compile(r"%|\uff05|\u066a|percent|prozent|pourcent|percento|procent")
_MEASURES = (
    "length-kilometer", "length-mile", "length-meter", "length-foot",
    "mass-kilogram", "mass-pound", "mass-gram", "area-hectare", "area-acre",
    "area-square-kilometer", "area-square-mile", "temperature-celsius", "temperature-fahrenheit",
)  # fmt: skip
_GROUPING_ONLY = str.maketrans("", "", " \u00a0\u202f\u2009'’\u066c")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a sentence means it.

    Attributes:
        text: as written, ``sentence[start:end]``, with its unit.
        start: offset in Unicode code points.
        end: offset behind its last character.
        amount: its value.
        unit: ``percent``, a currency's code or CLDR's name of a measure; ``None`` without a known one.
        ordinal: "third" rather than "three".
        decade: "the 1990s" rather than 1990.
        in_words: written out, so that "one" may be an article.
    """

    text: str
    start: int
    end: int
    amount: Fraction
    unit: str | None = None
    ordinal: bool = False
    decade: bool = False
    in_words: bool = False

    @property
    def year(self) -> int | None:
        """The year, or first year of a decade, that it may be."""
        four_digits = len(self.text) >= _YEAR_DIGITS and self.text[:_YEAR_DIGITS].isdecimal()
        plain = four_digits and self.unit is None and not self.ordinal and self.amount in _YEARS
        return int(self.amount) if plain else None


@dataclass(frozen=True, slots=True)
class _Token:
    """What text2num reads."""

    match: re.Match[str]

    def text(self) -> str:
        return self.match[0]

    def text_lowercase(self) -> str:
        return self.match[0].lower()

    def nt_separated(self, _: _Token) -> bool:
        return False

    def not_a_number_part(self) -> bool:
        return False


@lru_cache(maxsize=4096)
def find_numbers(sentence: str, language: str | None, taken: tuple[tuple[int, int], ...] = ()) -> tuple[Number, ...]:
    """The numbers of a sentence, in order.

    Args:
        sentence: any text.
        language: ISO 639-1 code or ``None``, for number words and separators.
        taken: ``(start, end)`` of what must not be read, such as dates.
    """
    tokens = [
        found
        for found in _TOKEN.finditer(sentence)
        if all(found.end() <= start or end <= found.start() for start, end in taken)
    ]
    words = _number_words(tokens, language)
    numbers: list[Number] = []
    position = 0
    while position < len(tokens):
        read = _read(sentence, tokens, position, words, language)
        if read is None:
            position += 1
            continue
        number, position = read
        numbers.append(_second_year(sentence, numbers[-1], number) if numbers else number)
    return _share_units(sentence, numbers)


def _number_words(tokens: Sequence[re.Match[str]], language: str | None) -> Mapping[int, tuple[int, Fraction, bool]]:
    """By the number of its first token: the token behind a number in words, its value, and whether it is an ordinal."""
    if language not in WORDS_READ:
        return {}
    import text_to_num

    found = text_to_num.find_numbers([_Token(token) for token in tokens], language, 0)
    return {one.start: (one.end, Fraction(one.value).limit_denominator(1000), one.is_ordinal) for one in found}


def _read(
    sentence: str,
    tokens: Sequence[re.Match[str]],
    position: int,
    words: Mapping[int, tuple[int, Fraction, bool]],
    language: str | None,
) -> tuple[Number, int] | None:
    """The number that begins with this token, and the token behind it."""
    token = tokens[position]
    start, ordinal, decade, in_words = token.start(), False, False, not token["digits"]
    following = position + 1
    if token["digits"]:
        amount = parse_digits(token["digits"], language)
        if amount is None:
            return None
        suffix = _attached(tokens, following, token.end())
        decade = _DECADE.fullmatch(suffix) is not None and amount % 10 == 0
        ordinal = not decade and _ORDINAL.fullmatch(suffix) is not None
        following += decade or ordinal
    elif position in words:
        following, amount, ordinal = words[position]
    else:
        return None
    if not (ordinal or decade):
        factor, following = _magnitude(sentence, tokens, following, words, language)
        amount *= factor
    unit, start, following = _unit(sentence, tokens, position, following, language)
    end = tokens[following - 1].end()
    return Number(sentence[start:end], start, end, amount, unit, ordinal, decade, in_words), following


def _attached(tokens: Sequence[re.Match[str]], position: int, end: int) -> str:
    """The letters right behind digits, folded."""
    found = tokens[position : position + 1]
    return fold(found[0][0]) if found and found[0]["word"] and found[0].start() == end else ""


def _follows(sentence: str, tokens: Sequence[re.Match[str]], position: int) -> bool:
    """Whether nothing but a space or hyphen stands before a token; a hyphen is a token itself."""
    if position >= len(tokens):
        return False
    return _JOIN.match(sentence[tokens[position - 1].end() : tokens[position].start()]) is not None


def _magnitude(
    sentence: str,
    tokens: Sequence[re.Match[str]],
    position: int,
    words: Mapping[int, tuple[int, Fraction, bool]],
    language: str | None,
) -> tuple[Fraction, int]:
    """What the words behind a number multiply it by ("million", "bn", "Mio."), and the token behind them."""
    if not _follows(sentence, tokens, position):
        return Fraction(1), position
    following, value, _ = words.get(position, (position, Fraction(0), False))
    if value >= _MULTIPLIER and tokens[position]["word"]:
        return value, following
    word = fold(tokens[position][0])
    attached = tokens[position].start() == tokens[position - 1].end()
    if word not in _MAGNITUDES or (word in _GERMAN_ONLY and language != "de") or (len(word) == 1 and not attached):
        return Fraction(1), position
    if word == "m" and not any(re.match(name, sentence[: tokens[position - 1].start()][-1:]) for name in "$€£"):
        return Fraction(1), position  # metres
    dotted = position + 1 < len(tokens) and tokens[position + 1][0] == "." and word in ("mio", "mrd", "md")
    return Fraction(10 ** _MAGNITUDES[word]), position + 1 + dotted


def _unit(
    sentence: str, tokens: Sequence[re.Match[str]], position: int, following: int, language: str | None
) -> tuple[str | None, int, int]:
    """The unit of a number, where the number then starts, and the token behind it."""
    before = re.search(r"(?:(?<!\w)[A-Z]{0,3}[$€£¥]|(?<!\w)[A-Z]{3})[ \u00a0]?$", sentence[: tokens[position].start()])
    code = _currency(before[0].strip()) if before else None
    if before and code:
        return code, before.start(), following
    start = tokens[position].start()
    if not _follows(sentence, tokens, following):
        return None, start, following
    for count in (2, 1):
        pieces = tokens[following : following + count]
        if len(pieces) == count:
            name = fold(" ".join(piece[0] for piece in pieces))
            unit = PERCENT if _PERCENT.fullmatch(name.replace(" ", "")) else _units(language).get(name)
            unit = unit or (_currency(name) if count == 1 else None)
            if unit:
                return unit, start, following + count
    return None, start, following


def _currency(written: str) -> str | None:
    folded = fold(written)
    return next((code for code, names in _CURRENCIES if re.fullmatch(names, folded, re.IGNORECASE)), None)


@cache
def _units(language: str | None) -> Mapping[str, str]:
    return unit_names(language, _MEASURES)


def _second_year(sentence: str, before: Number, number: Number) -> Number:
    """The second year of "1990–95" is 1995."""
    joined = _RANGE.fullmatch(sentence[before.end : number.start]) is not None
    if joined and before.year is not None and len(number.text) == 2 and before.year % 100 < number.amount:  # noqa: PLR2004 - two digits
        return replace(number, amount=before.year - before.year % 100 + number.amount)
    return number


def _share_units(sentence: str, numbers: list[Number]) -> tuple[Number, ...]:
    """Give the unit of the last number of a series ("5 to 10 percent") to those before it."""
    for index in range(len(numbers) - 2, -1, -1):
        number, later = numbers[index], numbers[index + 1]
        if (
            number.unit is None
            and later.unit
            and not number.ordinal
            and _SERIES.fullmatch(sentence[number.end : later.start])
        ):
            numbers[index] = replace(number, unit=later.unit)
    return tuple(numbers)


def parse_digits(written: str, language: str | None) -> Fraction | None:
    """The value of digits with separators; ``None`` if it cannot be a number (1.2.3).

    Args:
        written: for example ``1,234.5``, ``1.234,5``, ``1’234`` or ``12,34,567``; digits of any script.
        language: decides what a single separator before three digits means.
    """
    plain = written.translate(_GROUPING_ONLY).replace("\u066b", ".")
    signs = [character for character in plain if character in ".,"]
    if not signs:
        return Fraction(int(plain))
    if len(set(signs)) > 1:
        whole, decimals = re.split(f"[{signs[-1]}]", plain, maxsplit=1)
        grouped = signs.count(signs[-1]) == 1 and _is_grouped(whole.split(signs[0]))
        return _decimal(re.sub(r"[.,]", "", whole), decimals) if grouped else None
    groups = plain.split(signs[0])
    if _is_grouped(groups) and (len(signs) > 1 or signs[0] != decimal_sign(language)):
        return Fraction(int("".join(groups)))
    return _decimal(*groups) if len(signs) == 1 else None


def _is_grouped(groups: list[str]) -> bool:
    """Whether these are thousands, or the lakhs and crores of South Asia."""
    first, *middle, last = groups
    sizes = {len(group) for group in middle} or {_GROUP}
    return 1 <= len(first) <= _GROUP and not first.startswith("0") and len(last) == _GROUP and sizes in ({2}, {_GROUP})


def _decimal(whole: str, decimals: str) -> Fraction:
    return Fraction(int(whole + decimals), 10 ** len(decimals))
