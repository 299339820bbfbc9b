"""``qa chat``: a conversation in the terminal, or one question a line through a pipe.

Knows lines, commands, interruption and line editing. What an LLM writes is shown dimmed while it comes and replaced by
the checked answer (``qa.cli.output``). Does not know how anything is answered, and shows no text raw.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text

from qa.answering import ENGINES, engine_help
from qa.chat import Asked, Conversation, Filters, Turn
from qa.cli.output import SourceText, follow, show_answer, show_article, show_sources
from qa.errors import InputError, QAError
from qa.inert import printable
from qa.records import Answer, Citation

if TYPE_CHECKING:
    from qa.assistant import Assistant

_PROMPT = "ask> "
_REMEMBERED_LINES = 1000
_CONTEXT = 600
"""Code points around an opened citation, before it is widened to whole lines."""

_HELP = (
    ("/sources", "the articles that the last answer cites, or all that are indexed"),
    ("/open N", "citation N of the last answer, in its article"),
    ("/engine NAME", engine_help()),
    ("/clear", "forget what was said"),
    ("/help", "this list"),
    ("/quit", "leave (so does Ctrl-D); Ctrl-C stops an answer"),
)


def run(
    assistant: Assistant,
    console: Console,
    history_file: Path | None = None,
    *,
    sources: Sequence[str] = (),
    after: str | None = None,
    before: str | None = None,
    k: int | None = None,
    lines: TextIO | None = None,
    errors: Console | None = None,
) -> int:
    """Hold a conversation until its end; returns the exit code.

    Args:
        assistant: who answers.
        console: where answers go.
        history_file: where typed lines are kept from one conversation to the next; ``None`` for nowhere.
        sources: as for ``Assistant.ask``, for all questions; so are ``after``, ``before`` and ``k``.
        after: ISO date.
        before: ISO date.
        k: how many passages an answer may draw on.
        lines: where questions come from; ``None`` for standard input.
        errors: where errors go; ``None`` for standard error.

    Returns:
        0; 1 if the questions came through a pipe and one of them failed.
    """
    errors = errors or Console(stderr=True, highlight=False, markup=False, emoji=False)
    stdin = lines or sys.stdin
    interactive = stdin is sys.stdin and stdin.isatty() and sys.stdout.isatty()
    filters = Filters(sources=sources, after=after, before=before, k=k)
    chat = _Chat(assistant, console, errors, filters)
    if not interactive:
        for line in piped_lines(stdin):
            if not chat.take(line):
                break
        return 1 if chat.failed else 0
    with line_editing(history_file):
        console.print(Text("Ask in any language. /help lists the commands.", style="dim"))
        _converse(chat, console)
    return 0


def _converse(chat: _Chat, console: Console) -> None:
    """Prompt and answer until the end of input; Ctrl-C stops whatever goes on and comes back to the prompt."""
    while True:
        try:
            if not chat.take(valid(input(prompt(_PROMPT, coloured=console.color_system is not None)))):
                return
        except KeyboardInterrupt:
            console.print()
        except EOFError:
            console.print()
            return
        except UnicodeDecodeError:
            chat.complain(InputError("that line is not valid text in the terminal's encoding", "type it again"))


class _Chat:
    """Takes lines, one at a time."""

    def __init__(self, assistant: Assistant, console: Console, errors: Console, filters: Filters) -> None:
        self.failed = False
        self._assistant = assistant
        self._console = console
        self._errors = errors
        self._filters = filters
        self._conversation: Conversation = assistant.chat()
        self._commands: dict[str, Callable[[str], None]] = {
            "/sources": self._show_sources,
            "/open": self._open,
            "/engine": self._choose_engine,
            "/clear": self._clear,
            "/help": self._help,
        }

    def take(self, line: str) -> bool:
        """Answer a question or run a command; whether the conversation goes on."""
        line = " ".join(line.split())
        if line == "/quit":
            return False
        try:
            if line.startswith("/"):
                self._run(line)
            elif line:
                self._answer(line)
        except QAError as error:
            self.complain(error)
        return True

    def complain(self, error: QAError) -> None:
        """Show an error and its cure."""
        self.failed = True
        self._errors.print(Text(f"qa: {printable(error.message)}", style="red"), soft_wrap=True)
        if error.hint:
            self._errors.print(Text(f"    {printable(error.hint)}"), soft_wrap=True)

    def _run(self, line: str) -> None:
        name, _, argument = line.partition(" ")
        command = self._commands.get(name)
        if command is None:
            commands = ", ".join(use for use, _ in _HELP)
            raise InputError(f"there is no command {name}", f"there are: {commands}")
        command(argument.strip())

    def _answer(self, line: str) -> None:
        with closing(self._events(line)) as events:
            answer = follow(self._console, events)
        texts = {c.source: SourceText(c.source, self._assistant.article(c.source)[1]) for c in answer.citations}
        show_answer(self._console, answer, texts, verbose=False)

    def _events(self, line: str) -> Generator[str | Answer, None, None]:
        """The answer as it comes; what is actually asked is shown as soon as that is known."""
        with closing(self._conversation.stream(line, **self._filters)) as events:
            for event in events:
                if isinstance(event, Asked):
                    if event.question != event.asked:
                        self._console.print(Text(f"asked: {printable(event.question)}", style="dim"))
                else:
                    yield event.answer if isinstance(event, Turn) else event

    def _last(self) -> Answer | None:
        turns = self._conversation.turns
        return turns[-1].answer if turns else None

    def _show_sources(self, _argument: str) -> None:
        last = self._last()
        citations = last.citations if last is not None else ()
        cited = {source for c in citations for source in (c.source, *(copy.source for copy in c.also_in))}
        sources = [source for source in self._assistant.sources() if not cited or source.source in cited]
        known = {source.source for source in sources}
        copies = [pair for pair in self._assistant.copies() if {pair.first, pair.second} <= known]
        show_sources(self._console, sources, copies)

    def _open(self, argument: str) -> None:
        last = self._last()
        citations = last.citations if last is not None else ()
        if not citations:
            raise InputError("there is no citation to open", "ask something first")
        citation = next((c for c in citations if str(c.number) == argument.strip("[]")), None)
        if citation is None:
            numbers = ", ".join(str(c.number) for c in citations)
            raise InputError(f"the last answer has no citation {argument or 'without a number'}", f"it has: {numbers}")
        text = self._assistant.article(citation.source)[1]
        if text[citation.start : citation.end] != citation.quote:
            raise InputError(f"{citation.source} has been indexed anew since", "ask the question again")
        self._show_in_context(citation, text)

    def _show_in_context(self, citation: Citation, text: str) -> None:
        line = SourceText(citation.source, text).line_of(citation.start)
        name = printable(citation.source).replace("\n", "\\n").replace("\t", "\\t")
        where = f", {printable(citation.locator)}" if citation.locator else ""
        title = printable(" ".join((citation.title or "(no headline)").split()))
        self._console.print(Text(f"[{citation.number}] ", style="cyan") + Text(title, style="bold"))
        place = f"    {name}:{line}  characters {citation.start}–{citation.end}{where}"
        self._console.print(Text(place, style="dim"), soft_wrap=True)
        first = text.rfind("\n", 0, max(citation.start - _CONTEXT, 0)) + 1
        end = text.find("\n", min(citation.end + _CONTEXT, len(text)))
        shown = text[first : end if end >= 0 else len(text)]
        self._console.print()
        show_article(self._console, shown, (citation.start - first, citation.end - first))

    def _choose_engine(self, argument: str) -> None:
        if argument:
            if argument in ENGINES and ENGINES[argument].llm == "always":
                self._assistant.language_model(argument)  # better said now than at the next question
            self._conversation.engine = argument
        self._console.print(Text(f"engine: {self._conversation.engine}", style="dim"))

    def _clear(self, _argument: str) -> None:
        self._conversation.clear()
        self._console.print(Text("forgotten", style="dim"))

    def _help(self, _argument: str) -> None:
        for use, meaning in _HELP:
            self._console.print(Text(f"  {use:<14}", style="cyan") + Text(meaning))


# -- lines from a person at a terminal, edited and remembered, or from a pipe


@contextmanager
def line_editing(history_file: Path | None) -> Iterator[None]:
    """Let ``input`` edit lines, where Python can, and recall those of the last times.

    A history file that cannot be read or written is left alone; a new one is its owner's only.
    """
    try:
        import readline
    except ImportError:
        yield
        return
    readline.set_history_length(_REMEMBERED_LINES)
    if history_file is not None:
        with suppress(OSError):
            readline.read_history_file(history_file)
    try:
        yield
    finally:
        if history_file is not None:
            with suppress(OSError):
                history_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                readline.write_history_file(history_file)
        readline.clear_history()


def prompt(text: str, *, coloured: bool) -> str:
    """A prompt for ``input``; its colours stand between the marks that tell line editing what takes no room."""
    return f"\x01\x1b[1;36m\x02{text}\x01\x1b[0m\x02" if coloured else text


def piped_lines(stream: TextIO) -> Iterator[str]:
    """The lines of a file or pipe, whatever bytes are in them."""
    raw = getattr(stream, "buffer", None)
    for line in raw if raw is not None else stream:
        yield line.decode("utf-8", "replace") if isinstance(line, bytes) else valid(line)


def valid(line: str) -> str:
    """The line without lone surrogates, which cannot be encoded."""
    return line.encode("utf-8", "replace").decode("utf-8")
