"""Makes a follow-up question whole without a language model, from the questions and answers before it.

Four forms, each told by words of its language (``qa.chat.followup_words``): a wish to hear more ("Tell me more"), a
question word alone ("Why?", "Und wer noch?"), a fragment that names only what changes ("And Kyrgyzstan?"), and a
question with a word that stands for something said before ("Where was he born?"; ``qa.chat.leaning``). The result need
not be pretty: it must retrieve, keep the question word that tells the kind of answer, and be in the language of the
follow-up, in which it will be answered. A question of none of these forms is whole, and stays as it is.

Does not know: retrieval, models, or how turns are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.chat.followup_words import FollowUpWords, QuestionWord, followup_words, mentions_in
from qa.chat.leaning import NAMES_AND_NOUNS, PastTurn, make_leaning_whole, shortened, topic_words
from qa.chat.mentions import NAMES, Mention, MentionKind, Token, nouns_are_capitalised, place_name_in, tokens_of

_LONGEST_FOLLOW_UP = 300
"""Code points beyond which a question brings its own context."""
_LONGEST_FRAGMENT = 8
_LONGEST_BARE_FRAGMENT = 4
_LONGEST_QUESTION_WORD_ALONE = 6
"""Words."""

_TIMES = frozenset({MentionKind.YEAR, MentionKind.MONTH, MentionKind.WEEKDAY})
_COMPATIBLE = {
    MentionKind.PLACE: (MentionKind.PLACE, MentionKind.NAME),
    MentionKind.ACRONYM: (MentionKind.ACRONYM, MentionKind.NAME, MentionKind.PLACE),
    MentionKind.NAME: (MentionKind.NAME, MentionKind.ACRONYM, MentionKind.PLACE, MentionKind.NOUN),
}
"""What a mention may take the place of, best first; any other kind, only of its own."""


def whole_by_rule(question: str, turns: Sequence[PastTurn], language: str) -> str:
    """The question made whole, or exactly as it is if it already is or if there is nothing to make it whole with.

    Args:
        question: as typed.
        turns: what was asked (made whole) and answered before, oldest first.
        language: ISO 639-1, of the question; one without tables leaves it as it is.
    """
    words = followup_words(language)
    if not turns or words is None or len(question) > _LONGEST_FOLLOW_UP:
        return question
    asked = _FollowUp.read(question, language, words)
    if not asked.tokens:
        return question
    previous = turns[-1]
    return (
        _more(asked, previous)
        or _question_word_alone(asked, previous)
        or _fragment(asked, previous)
        or make_leaning_whole(question, asked.rest, turns, language, words, continues=asked.led)
        or question
    )


@dataclass(frozen=True, slots=True)
class _FollowUp:
    """A question taken apart: ``rest`` is where the words begin that follow "And" or "What about"."""

    text: str
    language: str
    words: FollowUpWords
    tokens: tuple[Token, ...]
    rest: int
    led: bool
    about: bool

    @classmethod
    def read(cls, text: str, language: str, words: FollowUpWords) -> _FollowUp:
        tokens = tuple(tokens_of(text))
        rest = 0
        while rest < len(tokens) - 1 and text[tokens[rest].start : tokens[rest].end].lower() in words.lead:
            rest += 1
        led = rest > 0
        for start in {0, rest}:
            for end in range(len(tokens) - 1, start, -1):
                if words.about.fullmatch(" ".join(token.folded for token in tokens[start:end])):
                    return cls(text, language, words, tokens, end, led, about=True)
        return cls(text, language, words, tokens, rest, led, about=False)

    @property
    def rest_tokens(self) -> tuple[Token, ...]:
        return self.tokens[self.rest :]

    @property
    def rest_text(self) -> str:
        return self.text[self.rest_tokens[0].start : self.rest_tokens[-1].end]

    def typed(self) -> str:
        """The follow-up without the marks at its ends."""
        return self.text[self.tokens[0].start : self.tokens[-1].end]


def _more(asked: _FollowUp, previous: PastTurn) -> str | None:
    for tokens in (asked.tokens, asked.rest_tokens):
        if asked.words.more.fullmatch(" ".join(token.folded for token in tokens)):
            return f"{asked.typed()}: {topic_words(previous, NAMES_AND_NOUNS)}"
    return None


# -- a question word alone


def _question_word_alone(asked: _FollowUp, previous: PastTurn) -> str | None:
    """The previous question, asked with another question word: "Why?", "Since when?", "When was that?", "Who else?"."""
    words, tokens = asked.words, asked.rest_tokens
    found = words.question_word(tokens)
    if asked.about or found is None or len(tokens) > _LONGEST_QUESTION_WORD_ALONE:
        return None
    fillers = ["auxiliaries", "happening", "else"]
    fillers += ["pointing"] if found.kind in {"why", "when", "where", "how"} else []
    fillers += ["thing"] if found.kind in {"why", "when", "how_many"} else []
    fillers += ["place"] if found.kind == "how_many" else []
    before, after = tokens[: found.first], tokens[found.last + 1 :]
    degree = len(after) == 1 and found.kind == "how"  # "How long?"
    if not all(words.is_a(token, "prepositions") for token in before):
        return None
    if not degree and not all(words.is_a(token, *fillers) for token in after):
        return None
    kept = [*tokens[: found.last + 1], *(token for token in after if degree or words.is_a(token, "else"))]
    spoken = " ".join(asked.text[token.start : token.end] for token in kept)
    if previous.language != asked.language:
        return f"{asked.typed()} ({topic_words(previous, NAMES)})?"
    return f"{_capitalised(spoken)} {_without_question_word(previous, words)}"


def _without_question_word(previous: PastTurn, words: FollowUpWords) -> str:
    """The previous question from behind its question word on; all of it, if it can be answered with yes or no."""
    question = shortened(previous)
    tokens = tokens_of(question)
    found = _opening_question_word(tokens, words)
    if found is not None and found.last + 1 < len(tokens):
        return question[tokens[found.last + 1].start :]
    return question[:1].lower() + question[1:] if tokens and not words.is_content(tokens[0]) else question


def _opening_question_word(tokens: Sequence[Token], words: FollowUpWords) -> QuestionWord | None:
    found = words.question_word(tokens)
    opens = found is not None and all(
        words.is_a(token, "prepositions") or token.folded in words.lead for token in tokens[: found.first]
    )
    return found if opens else None


# -- a fragment


def _fragment(asked: _FollowUp, previous: PastTurn) -> str | None:
    """The previous question with one thing changed or added: "And Kyrgyzstan?", "What about 2019?", "In Berlin?"."""
    if not _is_fragment(asked):
        return None
    mention = _what_changes(asked)
    target = _target(asked, mention, previous) if mention is not None else None
    if previous.language != asked.language:
        return _across_languages(asked, previous, mention, target)
    question = shortened(previous)
    if mention is not None and target is not None and question == previous.question:
        tokens = tokens_of(question)
        start, changed = tokens[target.first].start, mention.text
        if mention.kind not in _TIMES and _preposition(mention, asked.words) is not None:  # the target has one too
            start = tokens[target.first - 1].start
            changed = f"{mention.before} {mention.text}"
        return f"{question[:start]}{changed}{question[tokens[target.last].end :]}"
    added = asked.words.is_a(asked.rest_tokens[0], "prepositions") or (mention is not None and mention.kind in _TIMES)
    if added:
        return f"{question.rstrip(' ?!.')} {asked.rest_text}?"
    return f"{question} {asked.text}"


def _is_fragment(asked: _FollowUp) -> bool:
    words, tokens = asked.words, asked.rest_tokens
    noun_capitals = nouns_are_capitalised(asked.language)
    if asked.about:  # "Was ist mit dem Kran?", but not "Was ist mit dem Kran passiert?"
        return (
            not noun_capitals
            or tokens[-1].capital
            or not words.is_content(tokens[-1])
            or not tokens[-1].folded.isalpha()
        )
    longest = _LONGEST_FRAGMENT if asked.led else _LONGEST_BARE_FRAGMENT
    clause = words.question_word(tokens) is not None or any(words.is_a(token, "auxiliaries") for token in tokens)
    leaning = any(words.is_a(token, "pointing", "person", "thing", "place") for token in tokens)
    verb = noun_capitals and any(
        words.is_content(token) and token.folded.isalpha() and not token.capital for token in tokens
    )
    asks = asked.led or (asked.text.rstrip().endswith(("?", "？")) and not leaning and not verb)
    return asks and not clause and len(tokens) <= longest


def _what_changes(asked: _FollowUp) -> Mention | None:
    """The one thing that a fragment names, several of a kind as one; ``None`` if it says more, or it is unclear."""
    words, text, tokens = asked.words, asked.rest_text, tokens_of(asked.rest_text)
    mentions = mentions_in(text, asked.language, begins_sentence=not (asked.led or asked.about))
    if not mentions or len({mention.kind for mention in mentions}) > 1:
        return None
    mentioned = {index for mention in mentions for index in range(mention.first, mention.last + 1)}
    if any(words.is_content(token) for index, token in enumerate(tokens) if index not in mentioned):
        return None
    first, last = mentions[0].first, mentions[-1].last
    return Mention(mentions[0].kind, text[tokens[first].start : tokens[last].end], first, last, mentions[0].before)


def _target(asked: _FollowUp, mention: Mention, previous: PastTurn) -> Mention | None:
    """What the mention takes the place of in the previous question: of the best kind, then placed alike, then the last.

    A fragment with a preposition ("in Berlin") fits only what has one; one without fits better what has none.
    """
    before = followup_words(previous.language) or asked.words
    preposition = _preposition(mention, asked.words)
    best: tuple[tuple[int, bool, bool, int], Mention] | None = None
    for other in mentions_in(previous.question, previous.language):
        kinds = _COMPATIBLE.get(mention.kind, (mention.kind,))
        placed = _preposition(other, before)
        if other.kind not in kinds or other.text.lower() == mention.text.lower():
            continue
        if mention.kind not in _TIMES and preposition is not None and placed is None:
            continue
        alike = (placed == preposition, other.last - other.first == mention.last - mention.first)
        rank = (-kinds.index(other.kind), *alike, other.first)
        if best is None or rank > best[0]:
            best = (rank, other)
    return best[1] if best is not None else None


def _preposition(mention: Mention, words: FollowUpWords) -> str | None:
    """The preposition right before what is mentioned."""
    return mention.before if mention.before in words.sets["prepositions"] else None


def _across_languages(asked: _FollowUp, previous: PastTurn, mention: Mention | None, target: Mention | None) -> str:
    """The follow-up in its language, with its language's question word and the previous question's content words.

    A place is named in both languages, for it is what a sentence of the other is found by.
    """
    known_as = place_name_in(previous.language, mention.text, asked.language) if mention is not None else None
    before = followup_words(previous.language)
    found = _opening_question_word(tokens_of(previous.question), before) if before is not None else None
    variants = asked.words.question_words.get(found.kind, ()) if found is not None else ()
    topic = [*variants[:1], *filter(None, [known_as]), topic_words(previous, without=target)]
    return f"{asked.typed()} ({' '.join(topic)})?"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
