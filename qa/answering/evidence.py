"""Which sentences a language model is shown: the few that the reader picked, in groups, about 300 tokens in all.

Small models lose the thread in long prompts, and what was shown is what the answer is checked against. Knows candidates
and their values. Does not know prompts or models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.reading.choosing import Candidate, Selection
from qa.text.pronouns import leans

_GROUPS = 3
_SENTENCES = 8
_OF_A_GROUP = 4
_CHARACTERS = 1400
_WORTH_SHOWING = 4.0
"""Log odds below the best sentence from which one is not shown: it could only lead astray."""


@dataclass(frozen=True, slots=True)
class Group:
    """Sentences of one passage, in order."""

    sentences: tuple[Candidate, ...]

    @property
    def language(self) -> str | None:
        """ISO 639-1 code."""
        return self.sentences[0].ranked.article.metadata.language

    @property
    def heading(self) -> str:
        """What and when it is from."""
        metadata = self.sentences[0].ranked.article.metadata
        return " · ".join(part for part in (metadata.title, metadata.outlet, metadata.published) if part)

    @property
    def text(self) -> str:
        """The sentences, with a mark where some between them are left out."""
        text = ""
        for number, sentence in enumerate(self.sentences):
            gap = number > 0 and sentence.line != self.sentences[number - 1].line + 1
            text += (" […] " if gap else " " if text else "") + sentence.text
        return text


def evidence(selection: Selection, most_groups: int) -> tuple[Group, ...]:
    """The groups to show, the best first; at most ``most_groups``, and never more than three."""
    chosen = _worth_showing(selection)
    passages: dict[int, list[Candidate]] = {}
    characters = sentences = 0
    by_line = {(one.ranked.passage.id, one.line): one for one in selection.candidates}
    for candidate in chosen:
        key = candidate.ranked.passage.id
        own = passages.get(key, [])
        if candidate in own or (not own and len(passages) >= min(_GROUPS, most_groups)) or len(own) >= _OF_A_GROUP:
            continue
        before = by_line.get((key, candidate.line - 1))
        leaning = leans(candidate.text, candidate.ranked.article.metadata.language)
        wanted = [before, candidate] if leaning and before is not None and before not in own else [candidate]
        length = sum(len(one.text) for one in wanted)
        if passages and (characters + length > _CHARACTERS or sentences + len(wanted) > _SENTENCES):
            continue
        passages.setdefault(key, []).extend(wanted)
        characters, sentences = characters + length, sentences + len(wanted)
    return tuple(Group(tuple(sorted(own, key=lambda one: one.line))) for own in passages.values())


def _worth_showing(selection: Selection) -> Sequence[Candidate]:
    """The chosen sentences, then the others from the best down."""
    least = selection.candidates[0].value - _WORTH_SHOWING if selection.candidates else 0.0
    others = [one for one in selection.candidates if one.value >= least and one not in selection.sentences]
    return [*selection.sentences, *others]
