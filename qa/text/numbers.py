"""Finds the numbers of a sentence: digits, number words, ordinals, percentages, money, ranges, decades, Roman numerals.

Knows how a number stands among words. Does not know dates (it is told which parts of the sentence are taken; a bare
year it hands on as one), or what the numbers count, beyond a unit that follows them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from qa.text.moments import Moment
from qa.text.number_grammar import number_word
from qa.text.number_words import read_number
from qa.text.particular import Particular, ParticularKind, word_set
from qa.text.quantity import Quantity, Suffix, currency, parse_digits, units_by_name
from qa.text.roman_numerals import find_roman_numerals
from qa.text.words import fold

_TOKEN = re.compile(
    r"(?<!\w)(?<!\d[.,'’])(?P<part>[1-9]/[1-9](?![\w/]))|"
    r"(?<!\w)(?<!\d[.,'’])(?:"
    r"(?P<digits>\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?![\d,.]\d)|\d+(?:[.,'’\u066b\u066c]\d+)*)"
    r"(?P<fraction>[¼-¾⅐-⅞])?"
    r"(?P<suffix>[万萬億亿兆만억]|[^\W\d_]+|[º°ª])?|(?P<lone_fraction>[¼-¾⅐-⅞]))"
    r"|(?P<word>[^\W\d_]+)|(?P<sign>[%\u066a\uff05°$€£¥])"
)
_BARE_YEARS = range(1000, 2101)
_YEAR_DIGITS = 4
_PREFIX = re.compile(
    r"(?:(?P<name>[^\W\d_]*[^\W\d_a-zß-öø-ÿ][^\W\d_a-z]*)-|"
    r"(?P<money>(?<!\w)[A-Z]{0,3}[$€£¥₹₽]|(?<!\w)[A-Z]{3})[ \u00a0]?)$"
)
_SIGN_BEFORE = re.compile(r"(?:(?<=[\s(])|^)[-−]$")
_RANGE_GAPS = frozenset(("-", "–", "—", "/", "‑"))
_SERIES_GAP = re.compile(
    r"\s*(?:[-–—,;/‑]|to|and|or|bis|und|oder|à|et|ou|a|y|e|o|en|of|tot)?\s*(?:and|und|et|or|oder)?\s*"
)
_JOINS = frozenset((" ", "-", "\u00a0", "\u202f", "‑"))
_ABBREVIATION_GAP = ". "
"""Between "Mio." and its unit."""
_LARGEST_FRACTION_PART = 10


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    folded: str
    found: re.Match[str]


@dataclass(frozen=True, slots=True)
class _Number:
    start: int
    end: int
    next_token: int
    quantity: Quantity
    certain: bool = True
    may_be_year: bool = False


def find_numbers(sentence: str, language: str | None, taken: Sequence[tuple[int, int]] = ()) -> tuple[Particular, ...]:
    """The numbers of a sentence, in order; bare years come as dates.

    Args:
        sentence: any text.
        language: ISO 639-1 code or ``None``, for number words and separators.
        taken: ``(start, end)`` of what must not be read again, such as dates.
    """
    roman = list(find_roman_numerals(sentence, language))
    taken = [*taken, *((numeral.start, numeral.end) for numeral in roman)]
    numbers = _share_units(sentence, list(_read(sentence, language, taken)))
    found = [*roman, *(_to_particular(sentence, number) for number in numbers)]
    return tuple(sorted(found, key=lambda particular: particular.start))


def _to_particular(sentence: str, number: _Number) -> Particular:
    text = sentence[number.start : number.end]
    if number.may_be_year and isinstance(number.quantity.amount, Fraction):
        year = Moment(year=int(number.quantity.amount))
        return Particular(ParticularKind.DATE, text, number.start, number.end, year, number.certain)
    return Particular(ParticularKind.NUMBER, text, number.start, number.end, number.quantity, number.certain)


def _read(sentence: str, language: str | None, taken: Sequence[tuple[int, int]]) -> Iterator[_Number]:
    tokens = [
        _Token(found.start(), found.end(), fold(found[0]), found)
        for found in _TOKEN.finditer(sentence)
        if found[0] and all(found.end() <= start or end <= found.start() for start, end in taken)
    ]
    position = 0
    previous: _Number | None = None
    while position < len(tokens):
        token = tokens[position]
        if token.found["digits"] or token.found["part"] or token.found["lone_fraction"]:
            number = _from_digits(sentence, tokens, position, language)
            number = _finish_range(sentence, previous, number) if number and previous else number
        else:
            number = _from_words(sentence, tokens, position, language) if token.found["word"] else None
        if number is None:
            position += 1
            continue
        yield number
        previous = number
        position = number.next_token


def _from_digits(sentence: str, tokens: Sequence[_Token], position: int, language: str | None) -> _Number | None:
    token = tokens[position]
    before = _PREFIX.search(sentence, max(0, token.start - 20), token.start)
    if before and before["name"]:
        return None  # "COVID-19" is a name
    amount = _amount(token.found, language)
    money = currency(before["money"]) if before and before["money"] else None
    suffix = Suffix(fold(token.found["suffix"] or ""), language, is_money=money is not None)
    if token.found["suffix"] and token.found["suffix"][0].isupper() and not suffix.is_known:
        return None  # "3D" is a name
    if isinstance(amount, Fraction):
        amount *= suffix.multiplier
        if _SIGN_BEFORE.search(sentence, max(0, token.start - 2), token.start):
            amount = -amount
    end, following = token.end, position + 1
    words = _words_from(sentence, tokens, following, token.end)
    if isinstance(amount, Fraction) and (multiplied := read_number(words, language, amount)):
        amount, following = multiplied.value, following + multiplied.length
        end = tokens[following - 1].end
    unit, following = (money, following) if money else _unit(sentence, tokens, following, end, language)
    start = before.start("money") if before and money else token.start
    unit = suffix.unit or unit
    is_bare = unit is None and not suffix.is_known and following == position + 1
    is_year = is_bare and len(token.found["digits"] or "") == _YEAR_DIGITS and amount in _BARE_YEARS
    decade = True if suffix.is_decade else None if _follows_decade_word(tokens, position) else False
    ordinal = suffix.is_ordinal if suffix.is_known else _dotted(sentence, token, language)
    quantity = Quantity(amount, ordinal if not decade else False, decade, unit)
    end = tokens[following - 1].end if unit and following > position + 1 else end
    return _Number(start, end, following, quantity, may_be_year=is_year and decade is False)


def _amount(found: re.Match[str], language: str | None) -> Fraction | str:
    if found["part"]:
        return Fraction(found["part"])
    amount = parse_digits(found["digits"], language) if found["digits"] else Fraction(0)
    sign = found["fraction"] or found["lone_fraction"]
    if sign and isinstance(amount, Fraction):
        amount += Fraction(unicodedata.numeric(sign)).limit_denominator(_LARGEST_FRACTION_PART)
    return amount


def _follows_decade_word(tokens: Sequence[_Token], position: int) -> bool:
    return position > 0 and tokens[position - 1].folded in word_set("number_signs", "decade_words")


def _dotted(sentence: str, token: _Token, language: str | None) -> bool | None:
    """Whether a point after digits makes them an ordinal: ``None``, for it may also end the sentence."""
    follows = sentence[token.end : token.end + 2]
    is_dotted = follows.startswith(".") and language in word_set("number_signs", "dotted_ordinal_languages")
    return None if is_dotted else False


def _finish_range(sentence: str, previous: _Number, number: _Number) -> _Number:
    """The second year of "1990–95" is 1995."""
    gap = sentence[previous.end : number.start]
    before, amount = previous.quantity.amount, number.quantity.amount
    if gap not in _RANGE_GAPS or isinstance(before, str) or isinstance(amount, str):
        return number
    if previous.may_be_year and number.end - number.start == 2 and before % 100 < amount < 100:  # noqa: PLR2004 - two digits
        year = Quantity(before - before % 100 + amount)
        return replace(number, quantity=year, may_be_year=True)
    return number


def _from_words(sentence: str, tokens: Sequence[_Token], position: int, language: str | None) -> _Number | None:
    token = tokens[position]
    if number_word(token.folded, language) is None:
        return None
    read = read_number(_words_from(sentence, tokens, position, token.start), language)
    if read is None:
        return None
    following = position + read.length
    end = tokens[following - 1].end
    unit, _ = _unit(sentence, tokens, following, end, language)
    quantity = Quantity(read.value, read.is_ordinal, unit=None if read.is_ordinal else unit)
    may_be_year = (
        not read.is_vague
        and not read.is_ordinal
        and unit is None
        and read.value % 1000 != 0
        and read.value in _BARE_YEARS
    )
    return _Number(token.start, end, following, quantity, not read.is_vague, may_be_year)


def _words_from(sentence: str, tokens: Sequence[_Token], position: int, end: int) -> list[str]:
    """The words that follow without anything but a space or hyphen between them; at most ten."""
    words: list[str] = []
    for token in tokens[position : position + 10]:
        if not token.found["word"] or (token.start != end and sentence[end : token.start] not in _JOINS):
            break
        words.append(token.folded)
        end = token.end
    return words


def _unit(
    sentence: str, tokens: Sequence[_Token], position: int, end: int, language: str | None
) -> tuple[str | None, int]:
    """The unit that follows a number, of two words or one, and the token behind it."""
    names = units_by_name(language)
    pieces: list[str] = []
    for token in tokens[position : position + 2]:
        gap = sentence[end : token.start]
        if gap and gap not in _JOINS and (pieces or gap != _ABBREVIATION_GAP or not sentence[end - 1].isalpha()):
            break
        pieces.append((gap if pieces else "") + token.folded)
        end = token.end
    for count in range(len(pieces), 0, -1):
        unit = names.get("".join(pieces[:count]))
        if unit is not None:
            return unit, position + count
    return None, position


def _share_units(sentence: str, numbers: list[_Number]) -> list[_Number]:
    """Give the unit of the last number of a series ("5 to 10 percent") to those before it."""
    for index in range(len(numbers) - 2, -1, -1):
        number, later = numbers[index], numbers[index + 1]
        gap = sentence[number.end : later.start]
        if number.quantity.unit is None and later.quantity.unit and _SERIES_GAP.fullmatch(gap):
            shared = replace(number.quantity, unit=later.quantity.unit, unit_is_shared=True)
            if not number.may_be_year and number.quantity.decade is False:
                numbers[index] = replace(number, quantity=shared)
    return numbers
