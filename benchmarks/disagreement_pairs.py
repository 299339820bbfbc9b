"""Pairs of articles that disagree about one value, or do not, made from question files in SQuAD's format.

An article has the paragraphs of one article of the file. Its counterpart has one of these paragraphs, reworded or in
the other language, among paragraphs of three other articles. In a positive pair the answer of one question was replaced
there by another value of its kind; in a negative pair it stands unchanged, is left out, is rounded, or the date beside
it was replaced too, so that the sentence tells of another occasion. Everything is deterministic. Which answers are just
a number, a date or a name, and where the first year of their sentence stands, is in ``labelled/answers.json``: a
recogniser of names found them once, and a measure must not change with what it measures.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.records import Span
from qa.text.sentences import split_sentences
from qa.text.words import fold

NUMBER_WORDS = {
    "en": ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
    "de": ["zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"],
}
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
}
SYNONYMS = {
    "also": "too", "however": "yet", "because": "since", "began": "started", "many": "numerous", "large": "big",
    "while": "whereas", "shows": "demonstrates", "often": "frequently", "primarily": "mainly", "several": "various",
    "entire": "whole", "important": "significant", "due to": "owing to", "as well as": "and also", "such as": "like",
    "located": "situated", "created": "made", "approximately": "about", "near": "close to", "led to": "caused",
    "received": "got", "although": "though", "within": "inside", "became": "turned into", "called": "named",
    "known as": "called", "used to": "employed to", "allowed": "let", "required": "needed", "main": "chief",
    "according to": "as reported by", "when": "at the time when", "including": "among them",
    "during": "in the course of", "found": "discovered", "people": "persons", "areas": "regions",
    "the city": "the town",
}  # fmt: skip
NEGATABLE = re.compile(r"\b(was|were|is|are|can|could|had been|has been)\b (?!not\b)")
ANSWERS = Path(__file__).parent / "labelled" / "answers.json"
KINDS = tomllib.loads((Path(__file__).parent / "labelled" / "question_kinds.toml").read_text(encoding="utf-8"))
FILLERS = 3
ROLES = ("changed", "changed", "same", "absent")
_ARTICLE = re.compile(r"^(?:the|a|an|in|on|about|der|die|das|ein|eine|im|in|am|um|den)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """One pair of articles and the question that is asked about both.

    ``kind`` is that of the value; ``values`` are the original and the replaced one, none if there is no disagreement.
    """

    name: str
    article: int
    kind: str
    role: str
    question: str
    languages: tuple[str, str]
    original: str
    text: str
    values: tuple[str, str] | None


@dataclass(frozen=True)
class Item:
    """One question of one paragraph in one language, and the sentence that holds its answer.

    ``kind`` is number, date or name, if the answer is just one of them and stands only once in its paragraph.
    """

    question: str
    context: str
    language: str
    answer: Span
    sentences: tuple[Span, ...]
    holder: Span
    kind: str | None
    year: Span | None

    @property
    def text(self) -> str:
        """The answer."""
        return self.context[self.answer.start : self.answer.end]


@dataclass(frozen=True)
class Change:
    """What to put in the place of a span of a paragraph."""

    span: Span
    text: str


class Corpus:
    """The same articles in one or more languages."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Read files whose language is the part of their name before ``.json``."""
        self.articles = {
            path.name.split(".")[-2]: [
                [(paragraph["context"], paragraph["qas"]) for paragraph in article["paragraphs"]]
                for article in json.loads(path.read_text(encoding="utf-8"))["data"]
            ]
            for path in paths
        }
        self.languages = tuple(self.articles)
        self._answers: dict[str, list[Any]] = json.loads(ANSWERS.read_text(encoding="utf-8"))

    def originals(self, language: str) -> list[str]:
        """The whole articles."""
        return ["\n\n".join(context for context, _ in article) for article in self.articles[language]]

    def item(self, language: str, article: int, paragraph: int, position: int) -> Item:
        """One question."""
        context, questions = self.articles[language][article][paragraph]
        given = questions[position]["answers"][0]
        written = _trimmed(context, Span(given["answer_start"], given["answer_start"] + len(given["text"])))
        sentences = tuple(split_sentences(context, Span(0, len(context)), language))
        holder = next((one for one in sentences if one.start <= written.start < one.end), sentences[0])
        kind, *year = self._answers.get(f"{language} {article} {paragraph} {position}", [None])
        return Item(
            questions[position]["question"], context, language, written, sentences, holder, kind,
            Span(*year) if year else None,
        )  # fmt: skip

    def names(self, language: str, article: int, asked: object) -> Iterator[str]:
        """The answers of an article that are names and answer the same kind of question."""
        for paragraph, (_, questions) in enumerate(self.articles[language][article]):
            for position in range(len(questions)):
                item = self.item(language, article, paragraph, position)
                if asked_for(item.question) == asked and item.kind == "name":
                    yield item.text


def asked_for(question: str) -> str | None:
    """What a question asks for: a person, a time, a quantity, a place."""
    found = [
        (match.start(), kind)
        for kind, lines in KINDS["question_patterns"].items()
        if (match := re.search(rf"\b(?:{'|'.join(line for line in lines.splitlines() if line)})(?!\w)", fold(question)))
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def pairs(corpus: Corpus) -> Iterator[Pair]:
    """All pairs of a corpus: each question whose answer is a number, a date or a name takes part in several."""
    first = corpus.languages[0]
    count = 0
    for article, paragraphs in enumerate(corpus.articles[first]):
        for paragraph, (_, questions) in enumerate(paragraphs):
            for position in range(len(questions)):
                place = (article, paragraph, position)
                items = [corpus.item(language, *place) for language in corpus.languages]
                kind = items[0].kind
                if kind is None or any(item.context.count(item.text) != 1 for item in items):
                    continue
                count += 1
                for offset, language in enumerate(corpus.languages):
                    role = ROLES[(count + offset) % len(ROLES)]
                    yield from _pairs_of(corpus, place, language, kind, role)


def _pairs_of(corpus: Corpus, place: tuple[int, int, int], language: str, kind: str, role: str) -> Iterator[Pair]:
    first = corpus.languages[0]
    original, item = corpus.item(first, *place), corpus.item(language, *place)
    chance = random.Random(f"{place}{language}{role}")
    asked = item if chance.random() < 0.5 else original
    other = _other_value(corpus, place[0], item, kind, chance)
    for name, changed, values in list(_changes(item, kind, role, original.text, other)):
        text = _among_others(corpus, place[0], language, _reworded(item, changed, name, chance), chance)
        yield Pair(
            name=f"{'-'.join(map(str, place))}-{language}-{name}",
            article=place[0],
            kind="negation" if name == "negated" else kind,
            role=name,
            question=asked.question,
            languages=(first, language),
            original=f"{place[0]:03}",
            text=text,
            values=values,
        )


def _changes(
    item: Item, kind: str, role: str, original: str, other: str | None
) -> Iterator[tuple[str, tuple[Change, ...], tuple[str, str] | None]]:
    """What to replace in one role, and in the roles that only some values allow; ``other`` is another value."""
    if role in ("same", "absent"):
        yield role, (), None
    elif other is not None:
        yield role, (Change(item.answer, other),), (original, other)
    if role == "same" and item.language == "en" and kind != "name":
        negatable = NEGATABLE.search(item.context, item.holder.start, item.holder.end)
        if negatable:
            spot = Span(negatable.end() - 1, negatable.end() - 1)
            yield "negated", (Change(spot, " not"),), ("", "not")
    if role == "same" and kind == "number" and other is not None and item.year is not None:
        spot = Span(item.holder.start + item.year.start, item.holder.start + item.year.end)
        earlier = str(int(item.context[spot.start : spot.end]) - 3)
        yield "other occasion", (Change(item.answer, other), Change(spot, earlier)), None
    number = re.fullmatch(r"(\d{1,3})([.,]?)(\d{3})", item.text)
    if kind == "number" and number and number[3] != "000":
        about = {"en": "about ", "de": "etwa "}[item.language]
        rounded = str(round(int(number[1] + number[3]), -2))
        written = f"{rounded[:-3]}{number[2]}{rounded[-3:]}"
        yield "rounded", (Change(item.answer, about + written),), None


def _other_value(corpus: Corpus, article: int, item: Item, kind: str, chance: random.Random) -> str | None:
    """Another value of the same kind, written in the same way."""
    if kind == "name":
        wanted = asked_for(item.question)
        words = set(re.findall(r"\w+", item.context.casefold()))
        fitting = sorted(
            {name for name in corpus.names(item.language, article, wanted)
             if not words & set(re.findall(r"\w{3,}", name.casefold()))}
        )  # fmt: skip
        return chance.choice(fitting) if fitting else None
    for names in (NUMBER_WORDS[item.language], MONTHS[item.language]):
        for position, name in enumerate(names):
            if re.search(rf"\b{name}\b", item.text):
                other = names[(position + chance.randint(1, len(names) - 1)) % len(names)]
                return re.sub(rf"\b{name}\b", other, item.text, count=1)
    year = re.search(r"\b(?:1\d|20)\d\d\b", item.text) if kind == "date" else None
    if year:
        return item.text.replace(year[0], str(int(year[0]) - chance.randint(1, 9)))
    digits = re.search(r"\d+", item.text)
    if digits is None:
        return None
    more = int(digits[0]) + max(1, int(digits[0]) * chance.randint(15, 80) // 100)
    changed = str(more).zfill(len(digits[0]))
    return item.text[: digits.start()] + changed + item.text[digits.end() :] if len(changed) == len(digits[0]) else None


def _reworded(item: Item, changes: Sequence[Change], role: str, chance: random.Random) -> str:
    """The paragraph with these changes, its sentences cut out, and reordered and reworded where it stays English."""
    kept = [one for one in item.sentences if one != item.holder]
    if len(kept) > 1:
        kept.remove(chance.choice(kept))
    if role != "absent":
        kept.append(item.holder)
    chance.shuffle(kept)
    written = []
    for span in kept:
        text = item.context[span.start : span.end]
        for change in sorted(changes, key=lambda one: -one.span.start):
            if span.start <= change.span.start < span.end:
                start, end = change.span.start - span.start, change.span.end - span.start
                text = text[:start] + change.text + text[end:]
        written.append(_with_synonyms(text, item, changes) if item.language == "en" else text)
    return " ".join(written)


def _with_synonyms(text: str, item: Item, changes: Sequence[Change]) -> str:
    untouched = " ".join([item.text, *(change.text for change in changes)]).casefold()
    for word, other in SYNONYMS.items():
        if word not in untouched:
            text = re.sub(rf"\b{word}\b", other, text)
    return text


def _among_others(corpus: Corpus, article: int, language: str, paragraph: str, chance: random.Random) -> str:
    others = [number for number in range(len(corpus.articles[language])) if number != article]
    fillers = [chance.choice(corpus.articles[language][number])[0] for number in chance.sample(others, FILLERS)]
    return "\n\n".join((fillers[0], paragraph, *fillers[1:]))


def _trimmed(context: str, span: Span) -> Span:
    text = context[span.start : span.end].rstrip(" .,;:")
    article = _ARTICLE.match(text)
    skipped = article.end() if article else 0
    return Span(span.start + skipped, span.start + len(text))


def by_kind(made: Sequence[Pair]) -> Mapping[str, int]:
    """How many pairs there are of each kind and role."""
    counts: dict[str, int] = {}
    for pair in made:
        key = f"{pair.kind} {pair.role} {pair.languages[1]}"
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))
