"""Questions with a word that stands for something said before: "Where was he born?", "Was geschah dort?".

A word is taken to lean on earlier turns only if nothing before it in its own question can be what it stands for. What
it stands for is guessed by form: a name for a person, a place for "there", and where no name fits, the topic of the
question before. Does not know the other forms of follow-ups, or languages beyond their tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.chat.followup_words import FollowUpWords, followup_words, mentions_in
from qa.chat.mentions import NAMES, Mention, MentionKind, Token, nouns_are_capitalised, tokens_of
from qa.reading.questions import AnswerKind, answer_kind
from qa.records import Span
from qa.text.language import detect
from qa.text.sentences import split_sentences

NAMES_AND_NOUNS = NAMES | {MentionKind.NOUN}
_LONGEST_TOPIC = 300
"""Code points of an earlier question, or of an answer's first sentence, that are used."""
_TURNS_LOOKED_AT = 3
_NAMES_OF_ANSWER = 3
"""Names of an answer that are taken for its topic."""
_ROLES = ("person", "place", "thing", "plural", "pointing")


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A question that was asked, made whole; its answer without citation marks, empty if refused; its language."""

    question: str
    answer: str
    language: str


def shortened(turn: PastTurn) -> str:
    """A turn's question, or its content words if it is too long to be part of another."""
    return turn.question if len(turn.question) <= _LONGEST_TOPIC else topic_words(turn)


def topic_words(turn: PastTurn, told: frozenset[MentionKind] = frozenset(), without: Mention | None = None) -> str:
    """The content words of a turn's question as written, and what its answer mentions beyond them.

    Args:
        turn: an earlier one.
        told: the kinds of mentions that are taken from the answer.
        without: a mention of the question to leave out.
    """
    words = followup_words(turn.language)
    left_out = range(without.first, without.last + 1) if without is not None else range(0)
    kept = [
        turn.question[token.start : token.end]
        for index, token in enumerate(tokens_of(turn.question))
        if index not in left_out and (words is None or words.is_content(token))
    ]
    if told:
        said = " ".join(kept).lower()
        names = [mention.bare for mention in _mentions_of_answer(turn) if mention.kind in told]
        kept += [name for name in names if name.lower() not in said][:_NAMES_OF_ANSWER]
    topic = " ".join(dict.fromkeys(kept))
    return topic if len(topic) <= _LONGEST_TOPIC else topic[:_LONGEST_TOPIC].rpartition(" ")[0]


def make_leaning_whole(
    question: str, rest: int, turns: Sequence[PastTurn], language: str, words: FollowUpWords, *, continues: bool
) -> str | None:
    """The question with what its leaning word stands for; ``None`` if it leans on nothing.

    Args:
        question: as typed.
        rest: the token from which it is looked at.
        turns: oldest first, at least one.
        language: of the question.
        words: its tables.
        continues: whether it begins as a continuation ("And …"), and so belongs to the last topic if it names none.
    """
    reading = _Reading(question, language, words, tokens_of(question))
    for index in range(rest, len(reading.tokens)):
        role = reading.role(index)
        if role is not None and not reading.refers_inside(index, role):
            return reading.resolved(index, role, turns)
    if continues and not reading.mentions:
        names = [name.text for name in mentions_in(turns[-1].question, turns[-1].language) if name.kind in NAMES]
        return reading.with_words(f"({', '.join(dict.fromkeys(names))})") if names else None
    return None


class _Reading:
    """One question and its words."""

    def __init__(self, question: str, language: str, words: FollowUpWords, tokens: Sequence[Token]) -> None:
        self.question = question
        self.language = language
        self.words = words
        self.tokens = tokens
        self.mentions = mentions_in(question, language)
        self._noun_capitals = nouns_are_capitalised(language)

    def role(self, index: int) -> str | None:
        """What sort of thing a word stands for here; ``None`` for a word that stands for nothing."""
        token = self.tokens[index]
        role = next((name for name in _ROLES if self.words.is_a(token, name)), None)
        polite = self._noun_capitals and token.capital and index > 0
        if role is None or polite or any(m.first <= index <= m.last and m.kind in NAMES for m in self.mentions):
            return None
        following = self.tokens[index + 1 :]
        if role == "place" and self._existential(index) and any(map(self.words.is_content, self.tokens)):
            return None
        if role == "pointing" and self.question[token.end : token.end + 1] == ",":
            return None  # "dazu, dass …" points ahead
        if token.folded in self.words.sets["definite"] and not self._stands_alone(index):
            return None
        if self._noun_capitals and token.folded == "sein" and not any(other.capital for other in following[:2]):
            return None  # the infinitive
        return role

    def refers_inside(self, index: int, role: str) -> bool:
        """Whether something in the question itself can be what a word stands for."""
        if self.words.question_word(self.tokens, index + 1) is not None and index + 1 < len(self.tokens):
            return True  # "In his first speech, what did …"
        if role == "place":
            return any(mention.kind in NAMES for mention in self.mentions)
        if role == "thing" and self._noun_capitals:  # "es" stands for nothing in most questions
            return any(other.capital for other in self.tokens[1:])
        named = [mention for mention in self.mentions if mention.last < index and mention.kind in NAMES_AND_NOUNS]
        if named:
            between = index - named[-1].last - 1
            clause_mate = len(named) == 1 and between <= (1 if self._noun_capitals else 2)
            object_of_it = self.words.is_a(self.tokens[index], "object") and (between > 0 or self._noun_capitals)
            return not (clause_mate and object_of_it)
        if self._noun_capitals:
            return any(token.capital for token in self.tokens[1:index])
        return any(self._begins_noun_phrase(before, index) for before in range(index - 1))

    def resolved(self, index: int, role: str, turns: Sequence[PastTurn]) -> str:
        """The question with the word replaced by what it stands for, or with that behind it."""
        token = self.tokens[index]
        meant = _antecedent(token, role, self.words, turns)
        if meant is None:
            topic = f"({topic_words(turns[-1], NAMES_AND_NOUNS)})"
            return self.with_words(topic) if role == "pointing" else self._with_behind(token, topic)
        owner = self.words.is_a(token, "owner") and index + 1 < len(self.tokens) and not self._before_function(index)
        fits_in = not meant.article or (meant.article in self.words.sets["articles"] and not self.words.agreement)
        if owner or not fits_in:  # a noun in the wrong case or language
            return self._with_behind(token, f"({meant.bare})")
        place = [*self.words.sets["in_place"], meant.text] if role == "place" else [meant.text]
        return self.question[: token.start] + " ".join(place) + self.question[token.end :]

    def _with_behind(self, token: Token, addition: str) -> str:
        return f"{self.question[: token.end]} {addition}{self.question[token.end :]}"

    def with_words(self, addition: str) -> str:
        """The question with something before its question mark."""
        end = self.tokens[-1].end
        return f"{self.question[:end]} {addition}{self.question[end:]}"

    def _before_function(self, index: int) -> bool:
        return not self.words.is_content(self.tokens[index + 1])

    def _existential(self, index: int) -> bool:
        beside = [*self.tokens[max(index - 1, 0) : index], *self.tokens[index + 1 : index + 2]]
        return any(self.words.is_a(token, "existential") for token in beside)

    def _stands_alone(self, index: int) -> bool:
        """Whether an article or "that" is a pronoun here: last, or behind function words and before no noun."""
        following = self.tokens[index + 1 :]
        if not following:
            return True
        if self._noun_capitals:
            return not any(token.capital for token in following[:3])
        return index > 0 and not any(map(self.words.is_content, self.tokens[:index])) and not self.mentions

    def _begins_noun_phrase(self, index: int, end: int) -> bool:
        """Whether a noun phrase begins at a token: an article, preposition or auxiliary, then a content word."""
        token, following = self.tokens[index], self.tokens[index + 1]
        if index + 1 >= end or not self.words.is_content(following):
            return False
        if self.words.is_a(token, "determiners", "prepositions"):
            return True
        asked = self.words.question_word(self.tokens)
        subject_asked = asked is not None and asked.kind in {"who", "what"} and asked.last == index - 1
        return self.words.is_a(token, "auxiliaries") and not subject_asked


def _antecedent(token: Token, role: str, words: FollowUpWords, turns: Sequence[PastTurn]) -> Mention | None:
    """The last fitting mention of the newest turn that has one; what an answer told comes first if it was asked for."""
    for turn in reversed(turns[-_TURNS_LOOKED_AT:]):
        asked = mentions_in(turn.question, turn.language)
        if role == "thing" and _asks_what_somebody_did(turn, asked):
            return None  # "it" is what the answer told
        known = turn.question.lower()
        told = [mention for mention in _mentions_of_answer(turn) if mention.bare.lower() not in known]
        kind = answer_kind(turn.question)
        wanted = (role == "person" and kind is AnswerKind.PERSON) or (role == "place" and kind is AnswerKind.PLACE)
        told_first = [told[::-1], asked] if wanted else [asked, told[::-1]]
        for mentions in told_first if role in {"person", "place"} else [asked]:
            fitting = [mention for mention in mentions if _fits(mention, token, role, words)]
            people = [mention for mention in fitting if role == "person" and " " in mention.bare]
            if fitting:
                return (people if wanted and people else fitting)[-1]
    return None


def _fits(mention: Mention, token: Token, role: str, words: FollowUpWords) -> bool:
    if role in {"plural", "pointing"}:
        return False
    if mention.kind is MentionKind.NOUN:
        return role == "thing" if not words.agreement else role != "place" and words.agrees(token, mention)
    if role == "place":
        return mention.kind is MentionKind.PLACE or (
            mention.kind is MentionKind.NAME and mention.before in words.sets["in_place"]
        )
    if role == "thing":
        return mention.kind in {MentionKind.ACRONYM, MentionKind.PLACE}
    several_words = mention.last > mention.first
    return mention.kind is MentionKind.NAME or (
        bool(words.agreement) and mention.kind is MentionKind.ACRONYM and not several_words
    )


def _asks_what_somebody_did(turn: PastTurn, mentions: Sequence[Mention]) -> bool:
    """Whether a question asks for a thing, and says more of it than its name."""
    words, tokens = followup_words(turn.language), tokens_of(turn.question)
    found = words.question_word(tokens) if words is not None else None
    mentioned = {index for mention in mentions for index in range(mention.first, mention.last + 1)}
    more = len(mentions) > 1 or any(
        words is not None and words.is_content(token) for index, token in enumerate(tokens) if index not in mentioned
    )
    return found is not None and found.kind == "what" and more


def _mentions_of_answer(turn: PastTurn) -> list[Mention]:
    """What an answer's first sentence mentions, which may be in another language than the question."""
    answer = turn.answer[: 2 * _LONGEST_TOPIC]
    language = detect(answer, turn.language)
    span = next(iter(split_sentences(answer, Span(0, len(answer)), language)), Span(0, 0))
    return mentions_in(answer[span.start : span.end][:_LONGEST_TOPIC], language)
