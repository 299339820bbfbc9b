"""The whole program on one page; every stage stands here by its name, and nowhere is it known how one works.

    load -> clean -> split -> embed -> index -> relate       ``index``: once per changed article (qa/index/build.py)
    question -> retrieve -> read -> quote -> cite -> note    ``ask``: without an LLM, milliseconds
                                 -> write -> check -> note   with one, seconds; where it fails, by quotation

Stages in order: ``qa.retrieval`` finds passages, ``qa.reading`` tells what in them answers and how surely, and
``qa.answering`` quotes or has an LLM write, cites, and notes what contradicts the answer.
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
from typing import TYPE_CHECKING, Unpack

from qa import progress
from qa.answering import ENGINES, Bench, check_engine
from qa.answering.checking import LONGEST_TEXT, Checker, check_text
from qa.answering.finding import Finder, Found, prepare
from qa.answering.quoting import QuotingAnswerer
from qa.errors import QAError
from qa.index.reader import IndexReader, open_reader
from qa.llm import LanguageModel, LanguageModels
from qa.models import make_embedder, make_judge, make_reader
from qa.progress import Progress, no_progress
from qa.reading.support import Support, make_verifier, support_of
from qa.records import Answer, Check, Citation, CopyPair, Hit, IndexReport, SourceInfo, Span
from qa.retrieval.search import LONGEST_QUESTION, Filters, Retriever, accepting, check_question
from qa.settings import Settings

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

    from qa.chat import Conversation
    from qa.index.opening import IndexInfo
    from qa.index.stored import StoredArticle, StoredPassage

__all__ = ["LONGEST_QUESTION", "LONGEST_TEXT", "Assistant", "check_question"]

_IMPORTED_LATE = ("babel.dates", "babel.numbers", "babel.units", "py3langid.langid")
"""What only some questions need."""


@dataclass(frozen=True, slots=True)
class _Open:
    """An open index and what asks it."""

    index: IndexReader
    retriever: Retriever
    finder: Finder
    quoting: QuotingAnswerer


class Assistant:
    """Answers questions about a folder of articles. Making one is cheap: nothing is imported or opened yet.

    Threads may share an assistant. Use it as a context manager, or call ``close``, to let the index go. Whatever reads
    the index raises ``QAError`` where that is missing, damaged, or made with another model.
    """

    def __init__(self, settings: Settings | None = None, llm: LLM | None = None) -> None:
        """Use ``settings``, or the defaults; and a LlamaIndex LLM in the place of Ollama, if one is given."""
        self.settings = settings or Settings()
        check_engine(self.settings.answer.engine)
        self._language_models = LanguageModels(self.settings, llm)
        self._embedder = make_embedder(self.settings)
        self._reader = make_reader(self.settings)
        judge = make_judge(self.settings, self._reader)
        self._verifier = make_verifier(judge, trusted=judge is not self._reader)
        self._opened: _Open | None = None
        self._opening = threading.Lock()
        self._warming = threading.Lock()
        self._warm = False

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

    # -- asking

    def ask(self, question: str, engine: str | None = None, **filters: Unpack[Filters]) -> Answer:
        """Answer a question, in any language.

        Args:
            question: of at most ``LONGEST_QUESTION`` characters.
            engine: ``quote``; ``ollama``, the LLM, whichever is configured (``ollama:NAME`` for another one); ``auto``,
                the LLM where one answers; ``None`` for the configured one.
            filters: ``sources``, ``after``, ``before`` and ``k``: what the answer may draw on; ``context``.

        Raises:
            InputError: the question is empty or too long, or an argument does not fit.
            LLMError: ``ollama`` was asked for, and it cannot write; ``auto`` then quotes and says so in the notes.
        """
        return self.ask_many([question], engine, **filters)[0]

    def ask_many(self, questions: Sequence[str], engine: str | None = None, **filters: Unpack[Filters]) -> list[Answer]:
        """Answer several questions, in order; their vectors are computed in one batch. Arguments as for ``ask``."""
        answering = self._answers(questions, engine, filters)
        return [next(event for event in each if isinstance(event, Answer)) for each in answering]

    def stream(self, question: str, engine: str | None = None, **filters: Unpack[Filters]) -> Iterator[str | Answer]:
        """Yield the answer's text as it comes, then the checked answer. Arguments as for ``ask``.

        What an LLM writes is not checked while it comes, and the answer may have less of it or be another: show it as a
        draft. A quoted answer comes in one piece. Closing the iterator stops the LLM.
        """
        for answering in self._answers([question], engine, filters):
            yield from answering

    def _answers(
        self, questions: Sequence[str], engine: str | None, filters: Filters
    ) -> Iterator[Iterator[str | Answer]]:
        """Write -> check -> note, or quote -> cite -> note, as the engine does it."""
        name, _ = check_engine(engine or self.settings.answer.engine)
        for opened, found in self._find(questions, filters):
            bench = Bench(opened.quoting, self._verifier, self.settings, lambda: self.language_model(engine))
            yield ENGINES[name].make(bench).stream(found)

    def _find(self, questions: Sequence[str], filters: Filters) -> Iterator[tuple[_Open, Found]]:
        """Question -> retrieve -> read: passages, best first, and what in them answers."""
        progress.begin("retrieve")
        started = time.perf_counter()
        accepting(filters)  # a wrong date is told before the index is opened
        opened, k = self._open(), filters.get("k")
        asked = prepare(questions, filters.get("context", ""), self._embedder)
        prepared_ms = 1000 * (time.perf_counter() - started) / max(len(asked), 1)
        for question in asked:
            count = self.settings.retrieve.passages if k is None else k
            yield opened, opened.finder.find(question, filters, count, prepared_ms)

    # -- checking

    def check(
        self, text: str, sources: Sequence[str] = (), *, after: str | None = None, before: str | None = None
    ) -> Check:
        """Say of each sentence of a text whether the articles support it, contradict it, or do not say.

        Args:
            text: somebody's own, in any language.
            sources: globs of the only sources to use.
            after: ISO date, as for ``ask``.
            before: ISO date, as for ``ask``.

        Raises:
            InputError: the text is empty, or an argument does not fit.
        """
        check_text(text)
        opened = self._open()
        checker = Checker(opened.retriever, opened.quoting, self._verifier, self._embedder)
        return checker.check(text, Filters(sources=sources, after=after, before=before))

    def supports(self, claim: str, evidence: str) -> Support:
        """Whether a text supports a claim, or contradicts it; no index is needed."""
        return support_of(claim, evidence, self._verifier)

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
        (question,) = prepare([query], "", self._embedder)
        filters = Filters(sources=sources, after=after, before=before)
        return [ranked.to_hit() for ranked in retriever.retrieve(question, filters, k)]

    def chat(self, engine: str | None = None) -> Conversation:
        """A conversation, in which follow-up questions are made whole."""
        from qa.chat import Conversation

        return Conversation(self, self.settings, self.language_model, engine)

    # -- who writes

    def language_model(self, engine: str | None = None) -> LanguageModel | None:
        """The LLM that writes for an engine (``None`` for the configured one); ``None`` if nobody does.

        Raises:
            LLMError: there should be one, but it cannot be used.
        """
        name, model = check_engine(engine or self.settings.answer.engine)
        if ENGINES[name].llm == "never":
            return None
        return self._language_models.get(model, needed=ENGINES[name].llm == "always")

    # -- what is indexed

    def info(self) -> IndexInfo:
        """What the index is: its model, its paths, how much it holds."""
        return self._open().index.info

    def sources(self) -> list[SourceInfo]:
        """Everything that is indexed, sorted by source."""
        return self._open().index.sources()

    def articles(self) -> list[StoredArticle]:
        """The same, with what was found in each article."""
        return self._open().index.articles()

    def copies(self) -> list[CopyPair]:
        """The pairs of articles that tell one story, sorted by source."""
        return self._open().index.copies()

    def article(self, source: str) -> tuple[StoredArticle, str]:
        """An indexed article and its text; ``source`` may be shortened as long as it fits only one.

        Raises:
            InputError: no source or more than one fits.
        """
        opened = self._open()
        article = opened.retriever.article(source)
        return article, opened.index.article_text(article.id)

    def passages_of(self, article: StoredArticle) -> list[StoredPassage]:
        """What an article was cut into, without page furniture, in order."""
        return self._open().index.passages_of(article.id)

    def cite(self, source: str, start: int, end: int) -> Citation | None:
        """The citation of a span of an article, with its copies; ``None`` if the file no longer has it there.

        Raises:
            InputError: no source or more than one fits.
        """
        opened = self._open()
        article, span = opened.retriever.article(source), Span(start, end)
        return opened.quoting.citer().cite(1, article, span, opened.retriever.sentence_vector(article, span))

    # -- the open index

    def _open(self) -> _Open:
        with self._opening:
            if self._opened is None or not self._opened.index.is_current():
                # An older one is not closed here: another thread may still be asking it. It closes with its last user.
                index = open_reader(Path(self.settings.index_dir), model=self._embedder.name)
                retriever = Retriever(index, self.settings.retrieve.candidates)
                finder = Finder(retriever, self._reader, self.settings)
                quoting = QuotingAnswerer(index, retriever, self._reader, self.settings)
                self._opened = _Open(index, retriever, finder, quoting)
            return self._opened

    def warm_up(self) -> None:
        """Import and open, once, whatever a question may need; threads that come meanwhile wait until that is done.

        Two threads that import parts of one package at the same moment can hand each other half a module.
        """
        with self._warming:
            if not self._warm:
                for name in _IMPORTED_LATE:
                    importlib.import_module(name)
                with suppress(QAError):  # which is told to whoever asks
                    self.ask("?", "quote")
                self._warm = True

    def close(self) -> None:
        """Let the index go; the next question opens it anew."""
        with self._opening:
            if self._opened is not None:
                self._opened.index.close()
                self._opened = None

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
