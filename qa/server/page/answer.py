"""Questions and answers as HTML for the conversation in the browser, and as Markdown to take along.

All text is from strangers and is put into a tree, which escapes it; links lead to this server's own pages. What can be
done with an answer is a button whose id names the deed and the turn (``edit-2``). Does not know Gradio or HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.chat import Turn
from qa.phrases import as_sentence
from qa.records import Answer, AnswerSentence, Citation, Disagreement, Related, Short, Span
from qa.server.page.article import article_link
from qa.server.page.markup import Element, element, html_fragment
from qa.text.locale_names import english_name

_MARKUP = re.compile(r"[\\`*_\[\]<>#|~&]|^[-+=]")
_SPACE = re.compile(r"\s+")
_NUMBERED = re.compile(r"^([0-9]{1,9})([.)])")
"""What would begin a list in Markdown."""


def question_html(number: int, asked: str) -> str:
    """What somebody typed as turn ``number``, from 0."""
    return html_fragment(
        element(
            "div",
            element("p", asked.strip(), dir="auto"),
            _button(f"edit-{number}", "Edit", "Change this question and ask again; what follows it is dropped"),
            class_="asked",
        )
    )


def draft_html(text: str) -> str:
    """What an LLM has written so far."""
    hint = element("p", "Draft: every sentence is checked against the articles when it is written.", class_="hint")
    return html_fragment(element("div", element("p", text.strip(), dir="auto"), hint, class_="answer draft"))


def quoted_html(answer: Answer) -> str:
    """What the articles say, word for word, while a language model writes; nothing if they do not say."""
    if answer.status == "refused":
        return ""
    root = element("div", element("p", "Meanwhile, word for word:", class_="hint"), class_="answer quoted")
    if answer.short is not None:
        root.append(_short(answer, answer.short))
    root.append(_sentences(answer))
    return html_fragment(root)


def waiting_html(what: str) -> str:
    """That nothing has come yet, and why."""
    return html_fragment(element("div", element("p", what), class_="answer waiting"))


def failure_html(number: int, message: str, hint: str) -> str:
    """That turn ``number`` was not answered."""
    return html_fragment(
        element(
            "div",
            element("p", element("strong", as_sentence(message))),
            element("p", as_sentence(hint)) if hint else None,
            element("p", _button(f"retry-{number}", "Ask again", "Ask the same question again"), class_="deeds"),
            class_="answer failed",
        )
    )


def answer_html(number: int, turn: Turn) -> str:
    """The checked answer of turn ``number``."""
    answer = turn.answer
    refused = answer.status == "refused"
    root = element("div", class_="answer refused" if refused else "answer")
    if turn.question != turn.asked:
        root.append(element("p", "Understood as: ", element("q", turn.question, dir="auto"), class_="hint"))
    if answer.short is not None:
        root.append(_short(answer, answer.short))
    root.append(_refusal(answer) if refused else _sentences(answer))
    if refused and answer.related:
        root.append(_related(answer.related))
    for disagreement in answer.disagreements:
        root.append(_disagreement(disagreement, answer))
    if answer.citations:
        root.append(_sources(answer))
    if answer.notes:
        notes = (element("li", as_sentence(note), dir="auto") for note in answer.notes)
        root.append(element("ul", *notes, class_="notes"))
    root.append(element("p", _summary(answer), class_="summary"))
    if answer.draft:
        wrote = element("summary", "What the model wrote")
        root.append(element("details", wrote, element("p", answer.draft, dir="auto"), class_="wrote"))
    root.append(
        element(
            "p",
            _button(f"copy-{number}", "Copy", "Copy this answer with its citations"),
            _button(f"retry-{number}", "Ask again", "Ask the same question again; what follows it is dropped"),
            class_="deeds",
        )
    )
    return html_fragment(root)


def turn_markdown(turn: Turn, base: str) -> str:
    """A turn as Markdown, with quotes, places and links that begin with ``base``."""
    answer = turn.answer
    lines = [f"## {_plain(turn.asked)}", ""]
    if turn.question != turn.asked:
        lines += [f"*Understood as: {_plain(turn.question)}*", ""]
    if answer.short is not None:
        lines += [f"**{_plain(answer.short.text)}** {_marks([answer.short.citation])}", ""]
    lines += [_plain_answer(answer), ""]
    for disagreement in answer.disagreements:
        sides = (f"{_plain(claim.value)} {_marks(claim.citations)}" for claim in disagreement.claims)
        lines += [f"**The sources disagree:** {' against '.join(sides)}", ""]
    for citation in answer.citations:
        lines += list(_citation_markdown(citation, base))
    lines += [f"- Note: {_plain(note)}" for note in answer.notes]
    return "\n".join([*lines, "", f"*{_plain(_summary(answer))}*", ""])


def _refusal(answer: Answer) -> Element:
    return element("p", answer.text, class_="verdict", dir="auto", lang=answer.language)


def _short(answer: Answer, short: Short) -> Element:
    """The answer in a few words, large."""
    cited = [_mark(citation) for citation in answer.citations if citation.number == short.citation]
    return element("p", element("strong", _line(short.text)), " ", *cited, class_="short", dir="auto")


def _sentences(answer: Answer) -> Element:
    paragraph = element("p", class_="sentences", dir="auto")
    places = {citation.number: citation for citation in answer.citations}
    for sentence in answer.sentences:
        paragraph.append(_sentence(sentence, places))
    return paragraph


def _sentence(sentence: AnswerSentence, places: dict[int, Citation]) -> Element:
    if not sentence.supported:
        flag = element("span", "not confirmed", class_="flag")
        title = "No sentence of the articles confirms this. It may be wrong."
        return element("span", sentence.text, " ", flag, " ", class_="sentence unsupported", title=title)
    cited = [places[number] for number in sentence.citations if number in places]
    words = next((_marked(one) for one in cited if one.answers and _line(one.quote) == sentence.text), [sentence.text])
    return element("span", *words, " ", *map(_mark, cited), " ", class_="sentence")


def _marked(citation: Citation) -> list[Element | str]:
    """A quote with the words in it that answer."""
    parts: list[Element | str] = []
    place = 0
    for span in citation.answers:
        start, end = span.start - citation.start, span.end - citation.start
        parts += [_spaced(citation.quote[place:start]), element("strong", _spaced(citation.quote[start:end]))]
        place = end
    return [*parts, _spaced(citation.quote[place:])]


def _spaced(text: str) -> str:
    """Text with single spaces, those at its ends too."""
    return _SPACE.sub(" ", text)


def _mark(citation: Citation) -> Element:
    title = f"Read this in {citation.title or citation.source}"
    return element("a", f"[{citation.number}]", class_="cite", href=_link(citation), title=title)


def _link(citation: Citation) -> str:
    return f"{article_link(citation.source, Span(citation.start, citation.end))}#quote"


def _disagreement(disagreement: Disagreement, answer: Answer) -> Element:
    places = {citation.number: citation for citation in answer.citations}
    sides = []
    for claim in disagreement.claims:
        cited = [places[number] for number in claim.citations if number in places]
        quotes = (element("span", " ", _mark(one), " ", element("q", _line(one.quote), dir="auto")) for one in cited)
        sides.append(element("li", element("strong", claim.value, dir="auto"), *quotes))
    return element("div", element("p", "The sources disagree"), element("ul", *sides), class_="disagreement")


def _sources(answer: Answer) -> Element:
    """What is cited, and from where; a quote that stands above, word for word, is not said again."""
    contested = {
        number for disagreement in answer.disagreements for side in disagreement.claims for number in side.citations
    }
    above = {_line(sentence.text) for sentence in answer.sentences}
    items = (
        _source(citation, quoted=citation.number not in contested and _line(citation.quote) not in above)
        for citation in answer.citations
    )
    return element("ol", *items, class_="cited")


def _source(citation: Citation, *, quoted: bool) -> Element:
    about = ", ".join(_about(citation))
    item = element(
        "li",
        element(
            "a",
            element("span", f"[{citation.number}]", class_="number"),
            " ",
            element("bdi", citation.title or "(no headline)", class_="title"),
            class_="cite",
            href=_link(citation),
        ),
        element("span", element("bdi", citation.source), f" · {about}", class_="about"),
        element("q", _line(citation.quote), dir="auto", lang=citation.language) if quoted else None,
    )
    for copy in citation.also_in:
        beside = f"{article_link(citation.source, Span(citation.start, citation.end), copy.source)}#quote"
        named = "translation" if copy.relation == "translation" else f"{copy.relation} copy"
        told = f"{named}, {english_name(copy.language)}" if copy.language else named
        link = element("a", element("bdi", copy.source), class_="cite", href=beside)
        item.append(element("span", "also in ", link, f" ({told})", class_="also"))
    return item


def _about(citation: Citation) -> Iterator[str]:
    yield citation.published or "undated"
    if citation.language:
        yield english_name(citation.language)
    if citation.locator:
        yield citation.locator


def _related(sentences: Sequence[Related]) -> Element:
    """What the articles do say about the matter, whole."""
    items = (
        element(
            "li",
            element("q", _line(one.text), dir="auto"),
            " ",
            element("a", element("bdi", one.source), class_="cite", href=f"{_place(one)}#quote"),
        )
        for one in sentences
    )
    hint = element("p", "What they say about the matter:", class_="hint")
    return element("div", hint, element("ul", *items, class_="closest"))


def _place(one: Related) -> str:
    return article_link(one.source, Span(one.start, one.end))


def _line(text: str) -> str:
    return " ".join(text.split())


def _summary(answer: Answer) -> str:
    parts = [f"confidence {answer.confidence:.2f}"]
    if answer.citations:
        count = answer.independent_sources
        parts.insert(0, f"{count} independent source{'' if count == 1 else 's'}")
    parts.append(f"written by {answer.model}, checked" if answer.model else "quoted")
    parts.append(f"{answer.timings_ms.get('total', 0.0) / 1000:.2f} s")
    return " · ".join(parts)


def _button(identifier: str, text: str, title: str) -> Element:
    return element("button", text, type="button", class_="deed", id=identifier, title=title)


def _plain_answer(answer: Answer) -> str:
    if answer.status == "refused":
        return f"**{_plain(answer.text)}**"
    marked = (
        f"{_plain(sentence.text)} {_marks(sentence.citations) if sentence.supported else '(not confirmed)'}"
        for sentence in answer.sentences
    )
    return " ".join(marked)


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f"\\[{number}\\]" for number in numbers)


def _citation_markdown(citation: Citation, base: str) -> Iterator[str]:
    about = ", ".join(_about(citation))
    yield f"{_marks([citation.number])} {_plain(citation.title or '(no headline)')} ({about})  "
    place = f"{_plain(citation.source)}, characters {citation.start}–{citation.end}"
    yield f"[{place}]({base}{_link(citation)})"
    for copy in citation.also_in:
        yield f"  \nalso in {_plain(copy.source)} ({copy.relation})"
    yield f"\n> {_plain(citation.quote)}\n"


def _plain(text: str) -> str:
    """Text on one line of Markdown, as it is."""
    return _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", _line(text)))
