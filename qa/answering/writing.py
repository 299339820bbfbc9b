"""The answerer that asks an LLM: retrieve -> read -> write -> check.

The model is shown the few sentences that the reader picked and asked for one or two of its own. Each is checked against
what was shown, and cited with the sentences that support it; marks that it writes itself count for nothing. Where
nothing that it wrote is supported, it is asked once more with the best passage alone; then the answer is by quotation.

Does not know: which model writes, or how support is judged.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from qa import progress
from qa.answering import Bench
from qa.answering.article_facts import article_fact
from qa.answering.citing import Citer
from qa.answering.evidence import Group, evidence
from qa.answering.finding import Found
from qa.answering.model_text import WrittenSentence, read_sentences, refuses, repeats
from qa.llm import LanguageModel, Message, estimate_tokens
from qa.llm.output import after_thinking
from qa.llm.prompts import Prompt, fenced, load_prompt
from qa.phrases import refusal
from qa.reading.choosing import Candidate
from qa.reading.support import SourceSentence, Support
from qa.records import Answer, AnswerSentence, Citation, Short
from qa.text.language import detect
from qa.text.locale_names import english_name
from qa.text.words import content_words, words

_HOPELESS = 0.2
"""Confidence below which no model is asked: what was found hardly answers, and a model would make an answer of it."""
_SURE = 0.7
"""Confidence from which a model that refuses is not believed."""
_WORDS_OF_A_STATEMENT = 4
"""Content words that a sentence needs to say something by itself."""


@dataclass(frozen=True, slots=True)
class _Written:
    """What a model wrote from some evidence, and what came of checking it.

    Attributes:
        draft: as it was written.
        refused: whether it says that the passages do not answer.
        sentences: each with what supports it.
        sources: the sentences that it was checked against.
    """

    draft: str
    refused: bool
    sentences: tuple[tuple[WrittenSentence, Support], ...] = ()
    sources: tuple[Candidate, ...] = ()

    @property
    def is_supported(self) -> bool:
        """Whether anything in it is."""
        return any(support.supported for _, support in self.sentences)


class WritingAnswerer:
    """Has a language model write answers from one open index, and checks every sentence."""

    def __init__(self, bench: Bench) -> None:
        """Work with what is on the bench.

        Raises:
            ConfigError: a prompt template of the user's does not fit.
        """
        self._bench = bench
        self._quoting = bench.quoting
        self._settings = bench.settings
        self._verifier = bench.verifier
        self._prompt: Prompt = load_prompt(
            "answer.md", ("language", "refusal", "passages", "question"), bench.settings.prompts_dir
        )
        self._written_with = [bench.settings.llm_fingerprint(), self._prompt.system, self._prompt.user]

    def stream(self, found: Found, /) -> Iterator[str | Answer]:
        """Yield what the model writes as it comes, unchecked; then the checked answer.

        Raises:
            LLMError: there is no model, or it gave nothing to use.
        """
        model = self._bench.language_model()
        hopeless = found.selection.confidence < _HOPELESS
        if model is None or not found.ranked or hopeless or article_fact(found.question.text):
            yield self._quoting.answer(found)
            return
        progress.offer(self._quoting.answer(found))
        groups = evidence(found.selection, self._settings.llm.passages)
        written = yield from self._write(found, groups, model)
        if not (written.refused or written.is_supported) and len(groups) > 1:
            yield "\n\n"
            again = yield from self._write(found, groups[:1], model)
            written = again if again.is_supported else written
        yield self._answer(found, written, model.name)

    def _write(self, found: Found, groups: Sequence[Group], model: LanguageModel) -> Generator[str, None, _Written]:
        """Yield what the model makes of some evidence; return it, checked."""
        shown, messages = self._fit(found, groups, model)
        found.clock.lap("read")
        pieces: list[str] = []
        progress.begin("write", model.name)
        for piece in model.stream(messages, max_tokens=self._settings.llm.max_tokens):
            pieces.append(piece)
            yield piece
        found.clock.lap("write")
        progress.begin("check")
        written = self._checked(found, shown, "".join(pieces))
        found.clock.lap("check")
        return written

    def _fit(
        self, found: Found, groups: Sequence[Group], model: LanguageModel
    ) -> tuple[Sequence[Group], tuple[Message, ...]]:
        """As much of the evidence as the model's context holds, and the prompt with it."""
        room = model.context_tokens - self._settings.llm.max_tokens
        for count in range(len(groups), 1, -1):
            messages = self._messages(found, groups[:count])
            if sum(estimate_tokens(message.content) for message in messages) <= room:
                return groups[:count], messages
        return groups[:1], self._messages(found, groups[:1])

    def _messages(self, found: Found, groups: Sequence[Group]) -> tuple[Message, ...]:
        language = found.question.language
        return self._prompt.messages(
            language=english_name(language),
            refusal=refusal(language),
            passages="\n\n".join(fenced(number, group.heading, group.text) for number, group in enumerate(groups, 1)),
            question=" ".join(found.question.in_full.split()),
        )

    def _checked(self, found: Found, shown: Sequence[Group], draft: str) -> _Written:
        """Each sentence of a draft against all that the model was shown."""
        text = after_thinking(draft)
        language = detect(text, found.question.language)  # asked in one language, some models answer in another
        read = _once_each(read_sentences(text, len(shown), language))
        written = [one for one in read if not repeats(one.text, found.question.text)]
        if _refuses(written, found.question.language):
            return _Written(text, refused=True)
        sources = [
            (candidate, SourceSentence(candidate.text, group.language, continues=number > 0))
            for group in shown
            for number, candidate in enumerate(group.sentences)
        ]
        sentences = [source for _, source in sources]
        checked = tuple(
            (one, self._verifier.check(_claim(one, found, language), language, sentences, range(len(sentences))))
            for one in written
        )
        return _Written(text, refused=False, sentences=checked, sources=tuple(candidate for candidate, _ in sources))

    def _answer(self, found: Found, written: _Written, model: str) -> Answer:
        """The answer that is left of what the model wrote."""
        likely = found.selection.confidence >= self._settings.answer.threshold
        if written.refused:
            if found.selection.confidence >= _SURE:
                return self._quoted(
                    found, written, "the model found no answer in the passages, so this is quoted instead"
                )
            return self._assembled(found, written, model, (), ())
        citer = self._quoting.citer()
        citations: list[Citation] = []
        sentences: list[AnswerSentence] = []
        for one, support in written.sentences:
            numbers = _cite(support, written.sources, citer, citations)
            if numbers or not self._settings.answer.strict_support:
                sentences.append(AnswerSentence(one.text, numbers, support.score, supported=bool(numbers)))
        if not citations:
            why = "the sources support nothing of what the model wrote"
            return self._quoted(found, written, f"{why}, so this is quoted instead" if likely else why, *citer.problems)
        notes = [*citer.problems]
        unsupported = len(written.sentences) - sum(sentence.supported for sentence in sentences)
        if unsupported:
            what = "left out" if self._settings.answer.strict_support else "marked"
            notes.append(
                f"{unsupported} of {len(written.sentences)} sentences that the model wrote could not be confirmed "
                f"in the sources and {'is' if unsupported == 1 else 'are'} {what}"
            )
        return self._assembled(found, written, model, sentences, citations, *notes)

    def _quoted(self, found: Found, written: _Written, *notes: str) -> Answer:
        """The answer by quotation, with what the model wrote."""
        return self._quoting.answer(found, notes, draft=written.draft)

    def _assembled(
        self,
        found: Found,
        written: _Written,
        model: str,
        sentences: Sequence[AnswerSentence],
        citations: Sequence[Citation],
        *notes: str,
    ) -> Answer:
        return self._quoting.assemble(
            found,
            tuple(sentences),
            tuple(citations),
            confidence=found.selection.confidence,
            short=_short(found, citations),
            notes=notes,
            engine="ollama",
            model=model,
            draft=written.draft,
            written_with=self._written_with,
        )


def _claim(sentence: WrittenSentence, found: Found, language: str) -> str:
    """What is checked: a few words alone say nothing, so they are read as the answer to the question."""
    if len(content_words(sentence.text, language)) < _WORDS_OF_A_STATEMENT:
        return f"{found.question.text.strip()} {sentence.text}"
    return sentence.text


def _cite(support: Support, sources: Sequence[Candidate], citer: Citer, citations: list[Citation]) -> tuple[int, ...]:
    """Quote the supporting sentences, each once in an answer; nothing if one of them no longer stands in its source."""
    numbers: list[int] = []
    grown = list(citations)
    for index in support.evidence if support.supported else ():
        number = citer.number_of(sources[index], grown)
        if number is None:
            return ()
        numbers.append(number)
    citations[:] = grown
    return tuple(numbers)


def _short(found: Found, citations: Sequence[Citation]) -> Short | None:
    """The few words that answer, where the sentence that has them is among the quotes."""
    best = found.selection.sentences[0] if found.selection.sentences and found.is_plain else None
    if best is None or best.answer is None or best.log_odds < 0:
        return None
    for citation in citations:
        if (citation.source, citation.start) == best.place:
            start, end = best.answer.start - citation.start, best.answer.end - citation.start
            return Short(citation.quote[start:end], citation.number)
    return None


def _once_each(written: Sequence[WrittenSentence]) -> list[WrittenSentence]:
    """The sentences without repeats, which small models are given to."""
    return list({" ".join(words(sentence.text)): sentence for sentence in reversed(written)}.values())[::-1]


def _refuses(written: Sequence[WrittenSentence], language: str) -> bool:
    """Whether the model says first, in the words it was given for that or its own, that the passages do not answer."""
    given = [words(refusal(language)), words(refusal("en"))]
    return not written or words(written[0].text) in given or refuses(written[0].text)
