"""Decides by position which lines of a page are the article: what stands above it, inside it and below it.

Knows: how pages are laid out. Above the first paragraph stand menus, the headline and the dateline; below the last one
links, biographies and legal lines; between them only whole lines that say or look like what furniture says. Does not
know: offsets, files or metadata. A paragraph is junk as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from qa.cleaning.furniture import (
    BYLINE,
    NEWSLETTER,
    SECTION,
    SOURCE,
    addresses_reader,
    field_of,
    gives_contact,
    is_byline,
    is_dateline,
    opens_biography,
    opens_menu,
    rule_anywhere,
    rule_at_edge,
)
from qa.cleaning.lines import Unit, line_key, row_lines, verse_lines
from qa.cleaning.masthead import (
    LONG_HEADLINE_WORDS,
    continues_biography,
    copyright_holder,
    is_biography,
    is_standfirst,
    says_published,
    source_of,
)

TITLE: Final = "title"
DATELINE: Final = "dateline"
HEADING: Final = "heading"
PAGE_DATE: Final = "page-date"
REPEATED: Final = "repeated"

_NO_EVIDENCE = frozenset([None, "separator", "timestamp", "page-number", "contact", "counter", "credit", REPEATED])
_BY_FORM = frozenset(["weather", "menu"])
"""Rules of the edges that look at the form of a line alone."""
_FIELD_RULES = {"title": TITLE, "published": DATELINE, "outlet": SOURCE, "other": "field"}

_MIN_TITLE_WORDS = 3
_MAX_HEAD_UNITS = 60
_MAX_HEADING_WORDS = 10
_MAX_HEADING_RUN = 2
_LIST_LINES = 3
_UNITS_PER_QUESTION = 5
_MAX_LINK_WORDS = 20
_MAX_TAIL_WORDS = 14
_OPENING_UNITS = 4
_PROSE_SHARE = 0.6
_PARAGRAPH_WORDS = 8
_MAX_BIOGRAPHY_PARAGRAPHS = 3
_MAX_BIOGRAPHIES = 4


class Layout:
    """The units of a page with their rules; ``rules[i]`` is ``None`` where ``units[i]`` belongs to the article.

    Args:
        units: the lines and paragraphs of the page.
        repeated: lines, as ``line_key`` gives them, known to be furniture.
        declared_title: the headline as the file format gives it.
        headings: where headings begin, if the file format says so; otherwise they are told by their form.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        repeated: Collection[str],
        declared_title: str | None,
        headings: Collection[int] | None = None,
    ) -> None:
        self.units = units
        self.rules = [REPEATED if line_key(unit.text) in repeated else rule_anywhere(unit) for unit in units]
        self._declared = declared_title
        self._headings = headings
        # Only where something says that this is a page with furniture is a line furniture by its place alone.
        self._furnished = any(rule not in _NO_EVIDENCE for rule in self.rules)
        if not self._furnished:
            self._keep_contacts()
        self._rows = row_lines(units)
        self._verse = self._rows | verse_lines(units, self.rules)
        # In an interview questions are the article; a question now and then is a heading.
        questions = sum(unit.is_question and unit.is_headline for unit in units)
        self._few_questions = questions * _UNITS_PER_QUESTION <= sum(unit.is_sentence for unit in units)
        self._mark_slogans()
        first = self._first_content()
        self._mark_head(first)
        self._mark_links(first)
        last = self._mark_tail(first)
        self._mark_inside(first, last)

    def _keep_contacts(self) -> None:
        """A telephone number or a name to ask for is a fact, unless a line above says that it is for the press."""
        under_heading = False
        for index, unit in enumerate(self.units):
            if self.rules[index] != "contact" and unit.after_blank:
                under_heading = False
            elif self.rules[index] == "contact" and not gives_contact(unit):
                under_heading = True
            elif self.rules[index] == "contact" and not under_heading:
                self.rules[index] = None

    def marked(self, rule: str) -> list[Unit]:
        """The units that a rule has marked."""
        return [unit for unit, found in zip(self.units, self.rules, strict=True) if found == rule]

    def kept(self) -> list[Unit]:
        """The units of the article."""
        return [unit for unit, rule in zip(self.units, self.rules, strict=True) if rule is None]

    def _is_content(self, index: int) -> bool:
        unit = self.units[index]
        return self.rules[index] is None and (unit.is_sentence or unit.is_list_item or index in self._verse)

    def _mark_slogans(self) -> None:
        """A sentence that begins in lower case under an invitation to subscribe goes on with it."""
        for index in range(1, len(self.units)):
            unit = self.units[index]
            if self.rules[index - 1] == NEWSLETTER and self.rules[index] is None and unit.text[0].islower():
                self.rules[index] = NEWSLETTER

    # Above the first paragraph.

    def _first_content(self) -> int:
        """Where the article begins; what stands above it may be headline, dateline, standfirst or furniture."""
        seen_headline = False
        for index, unit in enumerate(self.units):
            if self.rules[index] is not None or is_byline(unit) or is_dateline(unit) or field_of(unit):
                continue
            edge = self._rule_at_edge(unit)
            if edge is not None:
                self.rules[index] = edge
            elif self._is_content(index):
                question = unit.is_headline and not unit.is_list_item and index not in self._verse
                if seen_headline or not question or index + 1 == len(self.units):
                    return index
                seen_headline = True
            else:
                seen_headline = seen_headline or unit.words >= _MIN_TITLE_WORDS
        return len(self.units)

    def _rule_at_edge(self, unit: Unit) -> str | None:
        rule = rule_at_edge(unit)
        return None if rule in _BY_FORM and not self._furnished else rule

    def _mark_head(self, first: int) -> None:
        holders = {line_key(holder) for unit in self.units[first:] if (holder := copyright_holder(unit))}
        candidates: list[int] = []
        for index, unit in enumerate(self.units[:first]):
            field = field_of(unit)
            is_title = field is not None and field[0] == "title"
            if not is_title and self.rules[index] in {None, "menu", "timestamp"} and is_dateline(unit):
                self.rules[index] = DATELINE
            elif field is not None and self.rules[index] in {None, BYLINE, SOURCE, "contact"}:
                self.rules[index] = _FIELD_RULES[field[0]]
            elif self.rules[index] is None and is_byline(unit):
                self.rules[index] = BYLINE
            elif self.rules[index] is None and line_key(unit.heading) in holders:
                self.rules[index] = "menu"
            elif self.rules[index] is None and unit.is_headline and index < _MAX_HEAD_UNITS:
                candidates.append(index)
        title = self._choose_title(candidates, first)
        if title is not None:
            self._mark_around_title(title, candidates, first)
        self._mark_page_dates(title, first)

    def _choose_title(self, candidates: list[int], first: int) -> int | None:
        fields = [index for index in range(first) if self.rules[index] == TITLE]
        if fields:
            return fields[0]
        keys = {index: line_key(self.units[index].heading) for index in candidates}
        declared = line_key(self._declared or "")
        for index in candidates:
            if keys[index] == declared or (
                self.units[index].words >= _MIN_TITLE_WORDS and declared.startswith(keys[index])
            ):
                return index
        for index in candidates:
            if self.units[index].is_markdown_heading or self._is_glued_to_menu(index, first):
                return index
        candidates = [index for index in candidates if not opens_menu(self.units[index])]
        unlabelled = [index for index in candidates if not self.units[index].is_labelled]
        candidates = [index for index in unlabelled or candidates if not self._opens_list(index)]
        return next((index for index in candidates if self._reads_like_title(index, candidates)), None)

    def _opens_list(self, index: int) -> bool:
        """Whether a line of figures stands above others of its kind: results, prices, ingredients."""
        lines = self.units[index : index + _LIST_LINES]
        return len(lines) == _LIST_LINES and all(
            unit.has_figures and not unit.is_stopped and unit.words <= _MAX_HEADING_WORDS for unit in lines
        )

    def _reads_like_title(self, index: int, candidates: list[int]) -> bool:
        """At least three words; two right above a standfirst; fewer if it is the only headline."""
        words, below = self.units[index].words, index + 1
        above_standfirst = below in candidates and self.units[below].words >= LONG_HEADLINE_WORDS
        return words >= _MIN_TITLE_WORDS or len(candidates) == 1 or (words > 1 and above_standfirst)

    def _is_glued_to_menu(self, index: int, first: int) -> bool:
        """Whether the headline stands in the head once more behind a menu: "HomeWorldThe headline"."""
        headline = line_key(self.units[index].heading)
        others = (line_key(unit.text) for unit in self.units[: min(first, _MAX_HEAD_UNITS)])
        return self.units[index].words >= _MIN_TITLE_WORDS and any(
            other != headline and other.endswith(headline) for other in others
        )

    def _mark_around_title(self, title: int, candidates: list[int], first: int) -> None:
        self.rules[title] = TITLE
        headline = line_key(_title_text(self.units[title]))
        for index in candidates:
            unit = self.units[index]
            if index == title:
                continue
            if line_key(unit.heading) == headline:
                self.rules[index] = "repeated-title"
            elif line_key(unit.text).endswith(headline) or (index < title and not unit.has_figures):
                self.rules[index] = "menu"
            elif self._furnished and not unit.is_statement and not is_standfirst(unit):
                self.rules[index] = "label"
        # The headline may stand a second time below the dateline, or end a sentence-like breadcrumb.
        for index in range(first, min(first + _OPENING_UNITS, len(self.units))):
            if self.rules[index] is None and line_key(self.units[index].heading) == headline:
                self.rules[index] = "repeated-title"

    def _mark_page_dates(self, title: int | None, first: int) -> None:
        furnished = any(rule in {"weather", "menu", "navigation"} for rule in self.rules[:first])
        for index in range(first):
            above = index < title if title is not None else furnished
            if self.rules[index] == DATELINE and above and not says_published(self.units[index]):
                self.rules[index] = PAGE_DATE

    # Below the last paragraph.

    def _mark_tail(self, first: int) -> int:
        """Mark upwards from the end of the page until a paragraph of the article is met; returns where that is."""
        biography: list[int] = []
        found = 0
        mostly_prose = self._is_mostly_prose(first)
        for index in range(len(self.units) - 1, first, -1):
            unit = self.units[index]
            if self.rules[index] is None:
                self.rules[index] = self._rule_in_tail(index, mostly_prose=mostly_prose)
            if opens_biography(unit):
                self.rules[index] = "biography"
                self._set(biography, "biography")
                biography = []
            if self.rules[index] is not None:
                continue
            if found < _MAX_BIOGRAPHIES and self._is_biography(index, first):
                self._set([index, *biography], "biography")
                biography = []
                found += 1
            elif unit.is_sentence and len(biography) < _MAX_BIOGRAPHY_PARAGRAPHS and continues_biography(unit):
                biography.append(index)
            else:
                return max([index, *biography])
        return max([first, *biography])

    def _rule_in_tail(self, index: int, *, mostly_prose: bool) -> str | None:
        unit = self.units[index]
        if source_of(unit) is not None:
            return SOURCE
        edge = self._rule_at_edge(unit)
        below_furniture = self.rules[index - 1] is not None
        if edge is None and below_furniture and addresses_reader(unit):
            return "tail"
        if edge is not None or unit.is_sentence or unit.is_list_item:
            return edge
        if is_dateline(unit):
            return DATELINE
        if is_byline(unit):
            return BYLINE
        introduced = self.units[index - 1].text.endswith(":") and self.rules[index - 1] is None
        beside = {self.rules[index - 1], *self.rules[index + 1 : index + 2]}
        evident = self._furnished or addresses_reader(unit) or not beside.isdisjoint(("contact", "separator"))
        plain = evident and index not in self._rows and not unit.is_statement
        furniture = plain and unit.is_headline and unit.words <= _MAX_TAIL_WORDS and not introduced
        return "tail" if furniture and mostly_prose else None

    def _is_mostly_prose(self, first: int) -> bool:
        lengths = [(len(unit.text), unit.is_sentence and unit.words >= _PARAGRAPH_WORDS) for unit in self.units[first:]]
        prose = [length for length, is_prose in lengths if is_prose]
        return len(prose) > 1 and sum(prose) >= _PROSE_SHARE * sum(length for length, _ in lengths)

    def _is_biography(self, index: int, first: int) -> bool:
        above = [self.units[i] for i in range(first, index) if self.rules[i] is None and self.units[i].is_sentence]
        paragraphs = sum(unit.words >= _PARAGRAPH_WORDS for unit in above)
        return paragraphs > 1 and is_biography(self.units[index], "\n".join(unit.text for unit in above))

    def _set(self, indices: list[int], rule: str) -> None:
        for index in indices:
            self.rules[index] = rule

    # Between them.

    def _mark_links(self, first: int) -> None:
        """The lines without a stop below "Read more" or "Latest stories" are links."""
        for index in range(first + 1, len(self.units)):
            unit = self.units[index]
            question = unit.is_question and not unit.after_blank
            line = (unit.is_headline or unit.is_list_item) and (question or not unit.is_stopped)
            link = line and unit.words <= _MAX_LINK_WORDS
            if self.rules[index - 1] == SECTION and self.rules[index] is None and link:
                self.rules[index] = SECTION

    def _mark_inside(self, first: int, last: int) -> None:
        dated = DATELINE in self.rules[:first]
        for index in range(first, min(last + 1, len(self.units))):
            unit = self.units[index]
            opening = index <= first + _OPENING_UNITS
            if (
                opening
                and not dated
                and self.rules[index] in {None, "timestamp"}
                and is_dateline(unit)
                and not unit.is_stopped
            ):
                self.rules[index] = DATELINE
                dated = True
            elif self.rules[index] is not None or index in self._verse:
                continue
            elif opening and is_byline(unit):
                self.rules[index] = BYLINE
            elif source_of(unit) is not None and not unit.is_sentence:
                self.rules[index] = SOURCE
            elif unit.is_markdown_heading or self._is_heading(index):
                self.rules[index] = HEADING

    def _is_heading(self, index: int) -> bool:
        """A short line without a stop, by itself, below a paragraph and above another."""
        unit = self.units[index]
        if self._headings is not None and unit.start not in self._headings:
            return False
        if not unit.is_headline or unit.words > _MAX_HEADING_WORDS or unit.has_figures:
            return False
        if unit.is_sentence:
            return unit.is_question and self._few_questions
        start, end = index, index + 1
        while start > 0 and end - start <= _MAX_HEADING_RUN and self._is_short_line(start - 1):
            start -= 1
        while end < len(self.units) and end - start <= _MAX_HEADING_RUN and self._is_short_line(end):
            end += 1
        introduced = start > 0 and self.units[start - 1].text.endswith((":", ","))
        return end - start <= _MAX_HEADING_RUN and end < len(self.units) and not introduced

    def _is_short_line(self, index: int) -> bool:
        unit = self.units[index]
        return self.rules[index] in {None, HEADING} and not unit.is_sentence and not unit.is_list_item


def _title_text(unit: Unit) -> str:
    field = field_of(unit)
    return field[1] if field is not None and field[0] == "title" else unit.heading
