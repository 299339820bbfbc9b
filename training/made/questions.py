"""Questions whose answer is a list, stands after the sentence that names its subject, or beside the question itself."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from training.examples import Paragraph, Question
from training.made.text import Piece, overlapping, sentences

_LIST = re.compile(r"[,;、،]|\b(?:and|ja|et|ve|sekä)\b")
_LEAST_ITEMS = 3
_LEANING = {
    "en": re.compile(r"(?:It|He|She|They|This|These|Its|His|Her|Their)\b"),
    "fi": re.compile(r"(?:Se|Hän|He|Ne|Tämä|Nämä|Sen|Hänen|Niiden)\b"),
    "fr": re.compile(r"(?:Il|Elle|Ils|Elles|Ce|Cette|Celui-ci|Celle-ci|Son|Sa|Ses)\b"),
    "tr": re.compile(r"(?:O|Bu|Bunlar|Onun|Onlar|Kendisi)\b"),
}
_ENUMERATION = re.compile(
    r"\b(?P<what>(?:[a-z-]+ )?[a-z]+s)(?:,? such as|,? including|:) "
    r"(?P<items>(?:[^,.;:()]{2,40}, ){1,6}[^,.;:()]{2,40}? and [^,.;:()]{2,40}"
    r"|(?:[^,.;:()]{2,40}, ){2,6}and [^,.;:()]{2,40})(?=[.;])"
)
_ASK_FOR_LIST = ("Which {what} are mentioned?", "What are the {what}?", "Name the {what}.", "Which {what} are there?",
                 "List the {what}.", "What {what} does the text name?")  # fmt: skip
_INTERVIEW_SHARE = 0.08


def lists(given: Sequence[Paragraph], _: random.Random) -> Iterator[Paragraph]:
    """The questions answered by three things or more, which are rare, once more and in a set of their own."""
    for paragraph in given:
        asked = tuple(q for q in paragraph.questions if _is_list(paragraph.context, q))
        if asked and paragraph.name != "policyqa":
            yield Paragraph("made-lists", paragraph.language, paragraph.split, paragraph.context, asked)


def _is_list(context: str, question: Question) -> bool:
    if question.start is None:
        return False
    answer = context[question.start : question.end]
    return len(_LIST.findall(answer)) >= _LEAST_ITEMS - 1 and not re.fullmatch(r"[\d.,\s]+", answer)


def named_lists(given: Sequence[Paragraph], chance: random.Random) -> Iterator[Paragraph]:
    """Questions for the things that a sentence enumerates ("rivers such as …")."""
    for paragraph in given:
        if paragraph.name != "squad2-en":
            continue
        asked = []
        for match in _ENUMERATION.finditer(paragraph.context):
            wording = chance.choice(_ASK_FOR_LIST).format(what=match["what"])
            asked.append(Question(wording, match.start("items"), match.end("items")))
        if asked:
            yield Paragraph("made-named-lists", paragraph.language, paragraph.split, paragraph.context, tuple(asked))


def leaning(given: Sequence[Paragraph], _: random.Random) -> Iterator[Paragraph]:
    """The questions whose answering sentence says "it" or "she" for what the one before names, once more."""
    for paragraph in given:
        pronoun = _LEANING.get(paragraph.language[-2:])
        if pronoun is None:
            continue
        pieces = sentences(paragraph.context)
        asked = tuple(q for q in paragraph.questions if _leans(paragraph.context, pieces, q, pronoun))
        if asked:
            yield Paragraph("made-leaning", paragraph.language, paragraph.split, paragraph.context, asked)


def _leans(context: str, pieces: list[Piece], question: Question, pronoun: re.Pattern[str]) -> bool:
    if question.start is None or question.end is None:
        return False
    place = next(overlapping(pieces, question.start, question.end), None)
    return bool(place) and pronoun.match(context, pieces[place].start) is not None


def interviews(given: Sequence[Paragraph], chance: random.Random) -> Iterator[Paragraph]:
    """Paragraphs in which the question itself stands, before the answer or elsewhere; it is never the answer.

    Unanswerable ones are among them: there the question stands in the text, and nothing answers it.
    """
    for paragraph in given:
        if chance.random() > _INTERVIEW_SHARE or not paragraph.questions:
            continue
        question = chance.choice(paragraph.questions)
        pieces = sentences(paragraph.context)
        place = chance.randrange(len(pieces))
        if question.start is not None and question.end is not None and chance.random() < 0.7:
            place = next(overlapping(pieces, question.start, question.end), place)
        at = pieces[place].start
        said = question.text + " "
        context = paragraph.context[:at] + said + paragraph.context[at:]
        if question.start is None or question.end is None:
            asked = Question(question.text, None, None)
        else:
            shift = len(said) if question.start >= at else 0
            if question.start < at < question.end:
                continue
            asked = Question(question.text, question.start + shift, question.end + shift)
        yield Paragraph("made-interview", paragraph.language, paragraph.split, context, (asked,))
