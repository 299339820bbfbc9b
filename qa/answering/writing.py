"""The answerer that asks an LLM: retrieve -> write -> verify -> cite.

The model is shown numbered passages and asked to cite them; whatever it then writes is read sentence by sentence, and
each sentence is checked against the sentences of the sources. What it cites is only where the check begins. Where
nothing that it wrote is supported, the answer is by quotation.

Does not know: which model writes, or how support is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa import progress
from qa.answering.article_facts import article_fact
from qa.answering.citing import Citer
from qa.answering.quoting import Found, QuotingAnswerer
from qa.answering.written import WrittenSentence, read_sentences
from qa.llm import LanguageModel, Message, estimate_tokens
from qa.llm.output import after_thinking
from qa.llm.prompts import Prompt, fenced, load_prompt
from qa.phrases import refusal
from qa.reading.support import SourceSentence, Support, Verifier
from qa.records import Answer, AnswerSentence, Citation, Span
from qa.retrieval.search import Question, RankedPassage
from qa.settings import Settings
from qa.text.language import detect
from qa.text.locale_names import english_name
from qa.text.words import content_words, words

_HOPELESS = 0.2
"""Confidence below which no model is asked: what was found hardly answers, and a model would make an answer of it."""
_IRRELEVANT = -7.0
"""Log odds, against the best passage, below which the model is not shown a passage: it could only be led astray by it.
Texts planted to be found for every question stay below this (``tests/injections``)."""
_WORDS_OF_A_STATEMENT = 3
"""Content words that a sentence needs to say something by itself."""


@dataclass(frozen=True, slots=True)
class _Sentences:
    """Every sentence of the passages that the model saw, in order; ``passages`` numbers the passage of each."""

    sources: tuple[SourceSentence, ...]
    passages: tuple[int, ...]
    places: tuple[tuple[RankedPassage, int], ...]


class WritingAnswerer:
    """Has a language model write answers from one open index, and checks every sentence."""

    def __init__(self, quoting: QuotingAnswerer, settings: Settings, verifier: Verifier) -> None:
        """Use the index that ``quoting`` uses, and fall back on its answers.

        Raises:
            ConfigError: a prompt template of the user's does not fit.
        """
        self._quoting = quoting
        self._settings = settings
        self._verifier = verifier
        self._prompt: Prompt = load_prompt(
            "answer.md", ("language", "refusal", "passages", "question"), settings.prompts_dir
        )
        self._written_with = [settings.llm_fingerprint(), self._prompt.system, self._prompt.user]

    def stream(self, found: Found, model: LanguageModel) -> Iterator[str | Answer]:
        """Yield what the model writes as it comes, unchecked; then the checked answer.

        Raises:
            LLMError: the model cannot be reached or gave nothing to use.
        """
        hopeless = found.selection.confidence < _HOPELESS
        if not found.ranked or hopeless or article_fact(found.question.text):
            yield self._quoting.answer(found)
            return
        shown, messages = self._fit(found, model)
        found.clock.lap("retrieve")
        pieces: list[str] = []
        self._verifier.prepare()
        progress.begin("write", model.name)
        for piece in model.stream(messages, max_tokens=self._settings.llm.max_tokens):
            pieces.append(piece)
            yield piece
        found.clock.lap("answer")
        progress.begin("check")
        yield self._check(found, shown, "".join(pieces), model.name)

    def _fit(self, found: Found, model: LanguageModel) -> tuple[Sequence[RankedPassage], tuple[Message, ...]]:
        """As many of the passages as the model's context holds, and the prompt with them."""
        room = model.context_tokens - self._settings.llm.max_tokens
        relevant = [
            ranked for ranked, odds in zip(found.ranked, found.selection.relevance, strict=True) if odds >= _IRRELEVANT
        ]
        for count in range(min(len(relevant), self._settings.llm.passages), 1, -1):
            messages = self._messages(found, relevant[:count])
            if sum(estimate_tokens(message.content) for message in messages) <= room:
                return relevant[:count], messages
        return relevant[:1], self._messages(found, relevant[:1])

    def _messages(self, found: Found, shown: Sequence[RankedPassage]) -> tuple[Message, ...]:
        language = found.question.language
        passages = (
            fenced(number, _heading(ranked), ranked.passage.text) for number, ranked in enumerate(shown, start=1)
        )
        return self._prompt.messages(
            language=english_name(language),
            refusal=refusal(language),
            passages="\n\n".join(passages),
            question=" ".join(found.question.in_full.split()),
        )

    def _check(self, found: Found, shown: Sequence[RankedPassage], text: str, model: str) -> Answer:
        """The answer that is left of what the model wrote."""
        text = after_thinking(text)
        language = detect(text, found.question.language)  # asked in one language, some models answer in another
        written = _once_each(read_sentences(text, len(shown), language))
        if _refuses(written, found.question.language):
            return self._refused(found, model)
        sentences = _sentences_of(shown)
        citer = self._quoting.citer()
        citations: list[Citation] = []
        checked: list[AnswerSentence] = []
        for sentence in written:
            support = self._support(sentence, language, found.question, sentences)
            numbers = _cite(support, sentences, citer, citations)
            if numbers or not self._settings.answer.strict_support:
                checked.append(AnswerSentence(sentence.text, numbers, support.score, supported=bool(numbers)))
        found.clock.lap("verify")
        unsupported = len(written) - sum(sentence.supported for sentence in checked)
        if not citations:
            return self._quoted_instead(found, "the sources support nothing of what the model wrote", citer.problems)
        notes = [*citer.problems]
        if unsupported:
            what = "left out" if self._settings.answer.strict_support else "marked"
            notes.append(
                f"{unsupported} of {len(written)} sentences that the model wrote could not be confirmed "
                f"in the sources and {'is' if unsupported == 1 else 'are'} {what}"
            )
        return self._quoting.assemble(
            found,
            tuple(checked),
            tuple(citations),
            confidence=found.selection.confidence,
            notes=notes,
            engine="ollama",
            model=model,
            written_with=self._written_with,
        )

    def _quoted_instead(self, found: Found, why: str, problems: Sequence[str] = ()) -> Answer:
        likely = found.selection.confidence >= self._settings.answer.threshold
        return self._quoting.answer(found, [f"{why}, so this is quoted instead" if likely else why, *problems])

    def _refused(self, found: Found, model: str) -> Answer:
        """The model's refusal, unless the sentences found are likely to answer: then those are quoted."""
        if found.selection.confidence >= self._settings.answer.threshold:
            return self._quoted_instead(found, "the model found no answer in the passages")
        return self._quoting.assemble(
            found,
            (),
            (),
            confidence=found.selection.confidence,
            engine="ollama",
            model=model,
            written_with=self._written_with,
        )

    def _support(self, sentence: WrittenSentence, language: str, question: Question, sentences: _Sentences) -> Support:
        """Check against the cited passages; if they do not support the sentence, or none is cited, against all.

        A few words alone say nothing that could be checked: they are read together with the question.
        """
        claim = sentence.text
        if len(content_words(claim, language)) < _WORDS_OF_A_STATEMENT:
            claim = f"{question.text.rstrip('?!. ')}: {claim}"
        cited = [index for index, number in enumerate(sentences.passages) if number in sentence.cited]
        if cited:
            support = self._verifier.check(claim, language, sentences.sources, cited)
            if support.supported:
                return support
        return self._verifier.check(claim, language, sentences.sources, range(len(sentences.sources)))


def _sentences_of(shown: Sequence[RankedPassage]) -> _Sentences:
    sources: list[SourceSentence] = []
    passages: list[int] = []
    places: list[tuple[RankedPassage, int]] = []
    for number, ranked in enumerate(shown, start=1):
        for position, span in enumerate(ranked.passage.sentences):
            sources.append(
                SourceSentence(ranked.sentence(span), ranked.article.metadata.language, continues=position > 0)
            )
            passages.append(number)
            places.append((ranked, position))
    return _Sentences(tuple(sources), tuple(passages), tuple(places))


def _cite(support: Support, sentences: _Sentences, citer: Citer, citations: list[Citation]) -> tuple[int, ...]:
    """Quote the supporting sentences, each once in an answer; nothing if one of them no longer stands in its source."""
    numbers: list[int] = []
    new: list[Citation] = []
    for index in support.evidence if support.supported else ():
        ranked, position = sentences.places[index]
        span: Span = ranked.passage.sentences[position]
        place = (ranked.article.source, span.start, span.end)
        known = next((c.number for c in [*citations, *new] if (c.source, c.start, c.end) == place), None)
        if known is None:
            vector = ranked.passage.sentence_vectors[position]
            citation = citer.cite(len(citations) + len(new) + 1, ranked.article, span, vector)
            if citation is None:
                return ()
            new.append(citation)
            known = citation.number
        numbers.append(known)
    citations.extend(new)
    return tuple(numbers)


def _once_each(written: Sequence[WrittenSentence]) -> list[WrittenSentence]:
    """The sentences without repeats, which small models are given to."""
    return list({" ".join(words(sentence.text)): sentence for sentence in reversed(written)}.values())[::-1]


def _refuses(written: Sequence[WrittenSentence], language: str) -> bool:
    """Whether the model says, in the words it was given for that, that the passages do not answer."""
    refusals = [words(refusal(language)), words(refusal("en"))]
    return not written or any(words(sentence.text) in refusals for sentence in written[:1])


def _heading(ranked: RankedPassage) -> str:
    metadata = ranked.article.metadata
    return " · ".join(part for part in (metadata.title, metadata.outlet, metadata.published) if part)
