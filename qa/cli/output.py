"""What a person sees in the terminal.

Knows layout and colour. Does not know how anything is found or decided, and changes no value. Text from articles may
hold anything: control characters never reach the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.text import Text

from qa.index.report import skipped_note
from qa.inert import printable
from qa.records import Answer, AnswerSentence, Citation, CopyPair, Hit, IndexReport, Related, SourceInfo

_CONTEXT = 160
"""Code points of context on each side of a quote."""
_DRAFT_SHOWN = 2000
"""Code points of a draft that are shown, its last ones."""


def _name(source: str) -> str:
    """A source on one line, whatever its file is called."""
    return printable(source).replace("\n", "\\n").replace("\t", "\\t")


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


@dataclass(frozen=True, slots=True)
class SourceText:
    """An article's text, for line numbers and for the context of quotes."""

    source: str
    text: str

    def line_of(self, offset: int) -> int:
        """The line, from 1, of an offset."""
        return self.text.count("\n", 0, offset) + 1

    def around(self, start: int, end: int) -> tuple[str, str]:
        """What stands before and after a span, cut at a word."""
        before = self.text[max(0, start - _CONTEXT) : start]
        after = self.text[end : end + _CONTEXT]
        if start > _CONTEXT:
            before = "…" + before.partition(" ")[2]
        if end + _CONTEXT < len(self.text):
            after = after.rpartition(" ")[0] + "…"
        return " ".join(before.split()), " ".join(after.split())


def show_answer(console: Console, answer: Answer, texts: dict[str, SourceText], *, verbose: bool) -> None:
    """Print an answer with its numbered sources; ``texts`` holds the text of every cited source."""
    if answer.short is not None:
        console.print(
            Text(_one_line(answer.short.text), style="bold").append(f" [{answer.short.citation}]", style="cyan")
        )
        console.print()
    console.print(_answer_line(answer), soft_wrap=False)
    if answer.status == "refused":
        _show_related(console, answer.related)
    for citation in answer.citations:
        console.print()
        _show_citation(console, citation, texts[citation.source], verbose=verbose)
    if verbose and answer.draft:
        console.print()
        console.print(Text("what the model wrote:", style="dim"))
        console.print(Text(f"  {printable(answer.draft)}", style="dim italic"))
    console.print()
    for note in answer.notes:
        console.print(Text(f"note: {printable(note)}", style="yellow"))
    console.print(_summary(answer))


def follow(console: Console, events: Iterable[str | Answer]) -> Answer:
    """Take in an answer as it comes and return it checked.

    On a terminal what an LLM writes is shown while it comes, dimmed, and removed before the checked answer is printed.
    """
    draft = ""
    with Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else nullcontext() as live:
        for event in events:
            if isinstance(event, Answer):
                return event
            draft += event
            if live is not None:
                live.update(Text(printable(draft)[-_DRAFT_SHOWN:], style="dim italic"), refresh=True)
    raise RuntimeError("the answer never came")


def _answer_line(answer: Answer) -> Text:
    if answer.status == "refused":
        return Text(answer.text, style="bold yellow")
    line = Text()
    for sentence in answer.sentences:
        if line:
            line.append(" ")
        if sentence.supported:
            line.append_text(_marked(answer, sentence))
            line.append(" " + "".join(f"[{number}]" for number in sentence.citations), style="cyan")
        else:
            line.append(printable(sentence.text), style="dim strike")
            line.append(" [? not supported]", style="yellow")
    return line


def _marked(answer: Answer, sentence: AnswerSentence) -> Text:
    """A sentence of the answer: all of it in bold, or the words that answer where it is a quote that has some."""
    for citation in answer.citations:
        if citation.answers and citation.number in sentence.citations and _one_line(citation.quote) == sentence.text:
            line = Text()
            place = citation.start
            for span in citation.answers:
                line.append(printable(citation.quote[place - citation.start : span.start - citation.start]))
                words = citation.quote[span.start - citation.start : span.end - citation.start]
                line.append(printable(words), style="bold")
                place = span.end
            line.append(printable(citation.quote[place - citation.start :]))
            return line
    return Text(printable(sentence.text), style="" if answer.short else "bold")


def _show_related(console: Console, sentences: Sequence[Related]) -> None:
    """What the articles do say about the matter, whole."""
    if not sentences:
        return
    console.print()
    console.print(Text("what they say about the matter:", style="dim"))
    for sentence in sentences:
        console.print(Text("  ") + Text(_one_line(sentence.text), style="italic"))
        console.print(Text(f"    {_name(sentence.source)}", style="dim"), soft_wrap=True)


def _show_citation(console: Console, citation: Citation, text: SourceText, *, verbose: bool) -> None:
    head = Text(f"[{citation.number}] ", style="cyan")
    head.append(_one_line(citation.title or "(no headline)"), style="bold")
    head.append(f"  {citation.published or 'undated'}, {citation.language or 'language unknown'}", style="dim")
    console.print(head)
    place = f"    {_name(citation.source)}:{text.line_of(citation.start)}"
    where = f", {printable(citation.locator)}" if citation.locator else ""
    console.print(Text(f"{place}  characters {citation.start}–{citation.end}{where}", style="dim"), soft_wrap=True)
    for copy in citation.also_in:
        named = f"    also in {_name(copy.source)} ({copy.relation}, {copy.language or 'language unknown'})"
        console.print(Text(named, style="dim"), soft_wrap=True)
    if verbose:
        before, after = text.around(citation.start, citation.end)
        context = Text("    ")
        context.append(printable(before) + " ", style="dim")
        context.append(_one_line(citation.quote), style="reverse")
        context.append(" " + printable(after), style="dim")
        console.print(context)


def _summary(answer: Answer) -> Text:
    count = answer.independent_sources
    engine = f"written by {printable(answer.model)}, checked" if answer.model else f"{answer.engine} engine"
    parts = [f"confidence {answer.confidence:.2f}", engine, f"{answer.timings_ms['total']:.0f} ms"]
    if answer.citations:
        parts.insert(0, f"{count} independent source{'s' if count != 1 else ''}")
    return Text(" · ".join(parts), style="dim")


def show_hits(console: Console, hits: Sequence[Hit], texts: dict[str, SourceText]) -> None:
    """Print ranked passages."""
    if not hits:
        console.print("nothing found")
    for rank, hit in enumerate(hits, 1):
        line = texts[hit.source].line_of(hit.start)
        console.print(Text(f"{rank:>2}  {hit.score:.3f}  ", style="cyan") + Text(f"{_name(hit.source)}:{line}"))
        console.print(Text("    " + _one_line(hit.text), style="dim"))


def show_sources(
    console: Console, sources: Sequence[SourceInfo], copies: Sequence[CopyPair], skipped: Sequence[str] = ()
) -> None:
    """Print the indexed articles by group of copies, why they are taken for copies, and what was left out."""
    groups: dict[int, list[SourceInfo]] = {}
    for source in sources:
        groups.setdefault(source.group, []).append(source)
    for members in groups.values():
        for source in members:
            described = f"{source.metadata.language or '??'}  {source.metadata.published or 'undated':<10}  "
            console.print(Text(_name(source.source), style="bold"), soft_wrap=True)
            console.print(Text(f"    {described}{_one_line(source.metadata.title or '(no headline)')}"))
            size = f"{source.characters} characters, {source.passages} passages, {source.junk} characters of junk"
            outlet = f", from {_one_line(source.metadata.outlet)}" if source.metadata.outlet else ""
            console.print(Text(f"    {size}{outlet}", style="dim"))
            for what in source.left_out:
                console.print(Text(f"    left out: {_one_line(what)}", style="yellow"), soft_wrap=True)
        names = {member.source for member in members}
        for pair in copies:
            if pair.first in names:
                told = f"    {pair.relation} of {pair.first}: {pair.second} ({pair.certainty:.2f} sure: {pair.why})"
                console.print(Text(printable(told), style="green"))
    if skipped:
        console.print(Text(f"note: {_one_line(skipped_note(skipped))}", style="yellow"), soft_wrap=True)
    console.print(Text(f"{len(sources)} articles, {len(groups)} independent", style="dim"))


def show_article(console: Console, text: str, marked: tuple[int, int] | None) -> None:
    """Print an article, with a span marked."""
    start, end = marked or (0, 0)
    shown = Text(printable(text[:start]))
    shown.append(printable(text[start:end]), style="reverse")
    shown.append(printable(text[end:]))
    console.print(shown, soft_wrap=True)


def show_report(console: Console, report: IndexReport) -> None:
    """Print what indexing did."""
    for failure in report.failures:
        console.print(
            Text(f"not read: {_name(failure.source)}: {printable(failure.reason)}", style="yellow"), soft_wrap=True
        )
    for note in report.notes:
        console.print(Text(f"note: {printable(note)}", style="yellow"), soft_wrap=True)
    counts = (("added", report.added), ("updated", report.updated), ("removed", report.removed))
    changes = ", ".join(f"{len(names)} {what}" for what, names in counts if names) or "nothing to do"
    kept = f", {len(report.unchanged)} unchanged" if report.unchanged else ""
    console.print(
        f"{changes}{kept}: {report.passages} passages, {report.embedded_passages} embedded, in {report.seconds:.1f} s"
    )
