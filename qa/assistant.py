"""The whole program: ``Assistant.index``, ``ask`` and ``search``.

    load -> clean -> split -> embed -> index -> relate      (writing, in qa/index/build.py; once per changed article)
    question -> retrieve -> answer -> cite                  (reading, in qa/answering/quoting.py; milliseconds)
                         -> write -> verify -> cite         (with an LLM, in qa/answering/writing.py; seconds)

Knows the order of the stages and hands each its settings. Does not know how any stage works.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from qa import progress
from qa.answering import ENGINES
from qa.answering.quoting import Found, QuotingAnswerer, check_engine
from qa.errors import InputError, LLMError, QAError
from qa.index.reader import IndexReader, open_reader
from qa.llm import LanguageModel, make_llm, server_answers, wrap_llm
from qa.models.embed import make_embedder
from qa.progress import Progress, no_progress
from qa.reading.questions import article_fact, topic
from qa.records import Answer, Citation, Hit, IndexReport, SourceInfo, Span
from qa.retrieval.search import Filters, Question, Retriever
from qa.settings import Settings
from qa.text.language import detect

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from qa.answering.writing import WritingAnswerer
    from qa.chat import Conversation
    from qa.index.stored import StoredArticle
    from qa.reading.verify import Verifier

LONGEST_QUESTION = 2000
"""Code points."""
_IMPORTED_LATE = ("babel.dates", "babel.numbers", "babel.units", "py3langid.langid")
"""What only some questions need."""


@dataclass(frozen=True, slots=True)
class _Open:
    """An open index and what asks it."""

    reader: IndexReader
    retriever: Retriever
    quoting: QuotingAnswerer


class Assistant:
    """Answers questions about a folder of articles. Making one is cheap: nothing is imported or opened yet.

    Threads may share an assistant. Use it as a context manager, or call ``close``, to let the index go.
    """

    def __init__(self, settings: Settings | None = None, llm: LLM | None = None) -> None:
        """Use ``settings``, or the defaults; and a LlamaIndex LLM in the place of Ollama, if one is given."""
        self.settings = settings or Settings()
        self._given_llm = llm
        self._language_models: dict[str, LanguageModel] = {}
        self._verifier: Verifier | None = None
        self._embedder = make_embedder(self.settings)
        self._opened: _Open | None = None
        self._opening = threading.Lock()
        self._warming = threading.Lock()
        self._warm = False

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the index go; the next question opens it anew."""
        with self._opening:
            if self._opened is not None:
                self._opened.reader.close()
                self._opened = None

    def warm_up(self) -> None:
        """Import and open, once, whatever a question may need; threads that come meanwhile wait until that is done.

        Two threads that import parts of one package at the same moment can hand each other half a module.
        """
        if self._warm:
            return
        with self._warming:
            if not self._warm:
                for name in _IMPORTED_LATE:
                    importlib.import_module(name)
                with suppress(QAError):  # which is told to whoever asks
                    self.ask("?", "quote")
                self._warm = True

    # -- writing

    def index(
        self, paths: Sequence[str] | None = None, *, rebuild: bool = False, progress: Progress = no_progress
    ) -> IndexReport:
        """Make the index match the articles at ``paths``: add, update, remove; only what changed is embedded.

        Args:
            paths: files, folders and globs; ``None`` for those of the last time, or else the configured corpus.
            rebuild: start from nothing, whatever state the index is in.
            progress: told how far the work is.

        Raises:
            QAError: nothing could be indexed; what was indexed before is untouched.
        """
        from qa.index.build import build_index  # LlamaIndex, the tokenizer and ONNX load only here

        return build_index(self.settings, self._embedder, paths, rebuild=rebuild, progress=progress)

    # -- reading

    def ask(
        self,
        question: str,
        engine: str | None = None,
        *,
        sources: Sequence[str] = (),
        after: str | None = None,
        before: str | None = None,
        k: int | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            question: in any language.
            engine: ``quote``; ``ollama``, the LLM, whichever is configured (``ollama:NAME`` for another one); ``auto``,
                the LLM where one answers; ``None`` for the configured one.
            sources: globs of the only sources to use.
            after: ISO date; only articles published then or later.
            before: ISO date; only articles published then or earlier.
            k: how many passages the answer may draw on.

        Raises:
            InputError: the question is empty or too long, or an argument does not fit.
            LLMError: ``ollama`` was asked for, and it cannot write; ``auto`` then quotes and says so in the notes.
            QAError: the index is missing, damaged, or made with another model.
        """
        return self.ask_many([question], engine, sources=sources, after=after, before=before, k=k)[0]

    def ask_many(
        self,
        questions: Sequence[str],
        engine: str | None = None,
        *,
        sources: Sequence[str] = (),
        after: str | None = None,
        before: str | None = None,
        k: int | None = None,
    ) -> list[Answer]:
        """Answer several questions, in order; their vectors are computed in one batch. Arguments as for ``ask``."""
        check_engine(engine or self.settings.answer.engine)
        founds = self._find(questions, sources, after, before, k)
        return [self._answer(found, engine) for found in founds]

    def stream(
        self,
        question: str,
        engine: str | None = None,
        *,
        sources: Sequence[str] = (),
        after: str | None = None,
        before: str | None = None,
        k: int | None = None,
    ) -> Iterator[str | Answer]:
        """Yield the answer's text as it comes, then the checked answer. Arguments as for ``ask``.

        What an LLM writes is not checked while it comes, and the answer may have less of it or be another: show it as a
        draft. A quoted answer comes in one piece. Closing the iterator stops the LLM.
        """
        check_engine(engine or self.settings.answer.engine)
        (found,) = self._find([question], sources, after, before, k)
        yield from self._events(found, engine)

    def chat(self, engine: str | None = None) -> Conversation:
        """A conversation, in which follow-up questions are made whole."""
        from qa.chat import Conversation

        return Conversation(self, self.settings, self.language_model, engine)

    def language_model(self, engine: str | None = None) -> LanguageModel | None:
        """The LLM that writes for an engine (``None`` for the configured one); ``None`` if nobody does.

        Raises:
            LLMError: there should be one, but it cannot be used.
        """
        name, model = check_engine(engine or self.settings.answer.engine)
        if ENGINES[name].llm == "never":
            return None
        if model not in self._language_models:
            if self._given_llm is not None:
                self._language_models[model] = wrap_llm(self._given_llm, self.settings)
            elif ENGINES[name].llm == "always" or self.settings.llm.factory or server_answers(self.settings):
                self._language_models[model] = make_llm(self.settings, model)
        return self._language_models.get(model)

    def _find(
        self, questions: Sequence[str], sources: Sequence[str], after: str | None, before: str | None, k: int | None
    ) -> list[tuple[_Open, Found]]:
        filters = Filters(tuple(sources), after, before)
        progress.begin("retrieve")
        started = time.perf_counter()
        opened = self._open()
        asked = self.prepare(questions)
        prepared_ms = 1000 * (time.perf_counter() - started) / max(len(asked), 1)
        passages = self.settings.retrieve.passages if k is None else _checked_count(k)
        return [(opened, opened.quoting.find(question, filters, passages, prepared_ms)) for question in asked]

    def _answer(self, found: tuple[_Open, Found], engine: str | None) -> Answer:
        return next(event for event in self._events(found, engine) if isinstance(event, Answer))

    def _events(self, found: tuple[_Open, Found], engine: str | None) -> Iterator[str | Answer]:
        """What ``stream`` yields: by the LLM where there is one; where it fails, by quotation, with a note."""
        opened, what = found
        notes: tuple[str, ...] = ()
        begun = False
        try:
            model = self.language_model(engine)
            if model is not None:
                for event in self._writing(opened).stream(what, model):
                    begun = True
                    yield event
                return
        except LLMError as error:
            name, model_name = check_engine(engine or self.settings.answer.engine)
            self._language_models.pop(model_name, None)  # it may have been mended by the next question
            if ENGINES[name].llm == "always":
                raise
            notes = (f"no LLM wrote this: {error.message}; {error.hint}" if error.hint else f"{error.message}",)
        answer = opened.quoting.answer(what, notes)
        if not begun:
            yield answer.text
        yield answer

    def _writing(self, opened: _Open) -> WritingAnswerer:
        from qa.answering.writing import WritingAnswerer  # what only an LLM needs loads only for one
        from qa.reading.verify import Verifier

        if self._verifier is None:
            self._verifier = Verifier(self.settings.answer.nli_model)
        return WritingAnswerer(opened.quoting, self.settings, self._verifier)

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        sources: Sequence[str] = (),
        after: str | None = None,
        before: str | None = None,
    ) -> list[Hit]:
        """The ``k`` best passages for a query, best first, copies collapsed. Arguments as for ``ask``."""
        retriever = self._open().retriever
        (question,) = self.prepare([query])
        filters = Filters(tuple(sources), after, before)
        return [ranked.to_hit() for ranked in retriever.retrieve(question, filters, _checked_count(k))]

    def sources(self) -> list[SourceInfo]:
        """Everything that is indexed, sorted by source."""
        reader = self._open().reader
        return [
            SourceInfo(
                source=article.source,
                metadata=article.metadata,
                format=article.format,
                characters=article.characters,
                passages=len(reader.passages_of(article.id)),
                junk=sum(junk.end - junk.start for junk in article.junk),
                group=article.group,
            )
            for article in reader.articles()
        ]

    def article(self, source: str) -> tuple[StoredArticle, str]:
        """An indexed article and its text; ``source`` may be shortened as long as it fits only one.

        Raises:
            InputError: no source or more than one fits.
        """
        reader = self._open().reader
        fitting = [article for article in reader.articles() if Filters((source,)).accept(article)]
        exact = [article for article in fitting if article.source == source]
        if len(exact or fitting) != 1:
            names = ", ".join(article.source for article in fitting[:5])
            raise InputError(
                f"{len(fitting)} indexed articles fit {source!r}: {names}" if fitting else f"{source!r} is not indexed",
                "`qa sources` lists what is",
            )
        chosen = (exact or fitting)[0]
        return chosen, reader.article_text(chosen.id)

    def cite(self, source: str, start: int, end: int) -> Citation | None:
        """The citation of a span of an article, with its copies; ``None`` if the file no longer has it there.

        Raises:
            InputError: no source or more than one fits.
        """
        article, _ = self.article(source)
        opened = self._open()
        vectors = [
            vector
            for passage in opened.reader.passages_of(article.id)
            for sentence, vector in zip(passage.sentences, passage.sentence_vectors, strict=True)
            if sentence.start < end and start < sentence.end
        ]
        return opened.quoting.citer().cite(1, article, Span(start, end), vectors[0] if vectors else None)

    def reader(self) -> IndexReader:
        """The open index, for whoever needs more than answers; it belongs to the assistant."""
        return self._open().reader

    def _open(self) -> _Open:
        with self._opening:
            if self._opened is None or not self._opened.reader.is_current():
                # An older one is not closed here: another thread may still be asking it. It closes with its last user.
                reader = open_reader(Path(self.settings.index_dir), model=self._embedder.name)
                retriever = Retriever(reader, self.settings.retrieve.candidates)
                self._opened = _Open(reader, retriever, QuotingAnswerer(reader, retriever, self.settings))
            return self._opened

    def prepare(self, texts: Sequence[str]) -> list[Question]:
        """Questions with language, topic and vector, ready to be searched with."""
        for text in texts:
            check_question(text)
        languages = [detect(text) for text in texts]
        topics = [
            (topic(text, language) or text) if article_fact(text) else text
            for text, language in zip(texts, languages, strict=True)
        ]
        return [
            Question(text, about, language, vectors.whole, vectors.tokens)
            for text, about, language, vectors in zip(
                texts, topics, languages, self._embedder.embed_questions(topics), strict=True
            )
        ]


def check_question(text: str) -> None:
    """Raise ``InputError`` if this is nothing that can be asked."""
    if not text.strip():
        raise InputError("the question is empty", "ask something, for example: qa ask 'Who met whom, and when?'")
    if len(text) > LONGEST_QUESTION:
        raise InputError(
            f"the question has {len(text)} characters, more than {LONGEST_QUESTION}", "ask something shorter"
        )


def _checked_count(k: int) -> int:
    if k < 1:
        raise InputError(f"{k} passages cannot be retrieved", "ask for 1 or more")
    return k
