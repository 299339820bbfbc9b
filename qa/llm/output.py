"""What has to be seen in a model's text while it comes: thinking aloud, and going round in circles.

Both filters take the text in pieces, however it was cut, and give back what may be shown. Neither knows any model, or
what the text says.
"""

from __future__ import annotations

import re

_MARKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    ("<|channel>thought", "<channel|>"),
)
"""What models put before and after their thoughts where their server leaves that in the text."""
_ALL_MARKS = tuple(mark for pair in _MARKS for mark in pair)
_CLOSE = re.compile("|".join(re.escape(close) for _, close in _MARKS), re.IGNORECASE)
_ANY = re.compile("|".join(re.escape(mark) for mark in _ALL_MARKS), re.IGNORECASE)
_OPENING = frozenset(opening for opening, _ in _MARKS)
_LONGEST_MARK = max(len(mark) for mark in _ALL_MARKS)


class ThinkingFilter:
    """Leaves out what stands between ``<think>`` and ``</think>`` and the like.

    The end of a thought that never began is left in the text, for ``after_thinking``, if anything was shown before it.

    Attributes:
        thought: whether there were thoughts.
    """

    def __init__(self, *, begins_inside: bool = False) -> None:
        """Begin with the answer; or, with ``begins_inside``, with a thought that the prompt opened.

        A text that begins inside and never closes its thought is all answer: the model did not think after all.
        """
        self.thought = False
        self._inside = begins_inside
        self._may_be_answer = begins_inside
        self._shown = False
        self._pending = ""

    def feed(self, piece: str) -> str:
        """Take in a piece; what may be shown now and was not before."""
        self._pending += piece
        shown = ""
        while (found := (_CLOSE if self._inside else _ANY).search(self._pending)) is not None:
            before, self._pending = self._pending[: found.start()], self._pending[found.end() :]
            if self._inside:
                self._may_be_answer = False
            else:
                shown += before
            opens = found.group().lower() in _OPENING
            if not opens and not self._inside and (self._shown or shown.strip()):
                shown += found.group()
            self.thought = True
            self._inside = opens
        if not self._inside:
            kept = _beginning_of_mark(self._pending)
            shown += self._pending[: len(self._pending) - kept]
            self._pending = self._pending[len(self._pending) - kept :]
        elif not self._may_be_answer:
            self._pending = self._pending[-_LONGEST_MARK:]
        self._shown = self._shown or bool(shown.strip())
        return shown

    def finish(self) -> str:
        """What is left to show when the text has ended; a thought that was opened and never closed is not."""
        rest = "" if self._inside and not self._may_be_answer else self._pending
        self._pending = ""
        return rest


def after_thinking(text: str) -> str:
    """The text after the last end of a thought; some models think without saying where that begins."""
    return _CLOSE.split(text)[-1].lstrip() if _CLOSE.search(text) else text


def _beginning_of_mark(text: str) -> int:
    """How many characters at the end may be the beginning of a mark that is not complete yet."""
    tail = text[-_LONGEST_MARK:].lower()
    longest_first = range(len(tail), 0, -1)
    return next((size for size in longest_first if any(m.startswith(tail[-size:]) for m in _ALL_MARKS)), 0)


_LEAST_REPEATED = 120
"""Code points that must be repeated after something was said again as a whole."""
_LONGEST_END = 2
"""Code points of punctuation at the end of a sentence, such as a full stop and a quotation mark."""
_NUMBER_OF_ITEM = re.compile(r"(?m)(?:^[ \t]*|\[)[0-9]{1,2}(?![0-9])")
"""The number of a list item or a citation: models that go round in circles go on counting."""


class RepetitionFilter:
    """Holds back text while it says again, word for word, what was said before, and sees when that does not end.

    Held back is the longest end of the text that also occurs earlier in it. Ordinary text moves on after a word or two
    and is shown then. So whoever reads along never sees a repetition that turns out to be endless.

    Attributes:
        stuck: whether the model goes round in circles and should be stopped.
    """

    def __init__(self) -> None:
        self.stuck = False
        self._text = ""
        self._shown = 0
        self._repeated_from = 0

    def feed(self, piece: str) -> str:
        """Take in a piece; what may be shown now and was not before."""
        if self.stuck or not piece:
            return ""
        self._text += piece
        compared = self._compared()
        start = self._repeated_from
        while compared.find(compared[start:], 0, len(compared) - 1) < 0:
            start += 1
        self._repeated_from = start
        repeated = len(compared) - start
        if repeated >= _LEAST_REPEATED and repeated >= _LEAST_REPEATED + self._period(compared):
            self.stuck = True
            return self._show(self._end_of_first())
        return self._show(start)

    def finish(self) -> str:
        """What is left to show when the text has ended: all, unless its end is nothing but a long repetition."""
        if self.stuck:
            return ""
        compared = self._compared()
        repeated = len(compared) - self._repeated_from
        if repeated >= _LEAST_REPEATED and repeated >= self._period(compared):
            return self._show(self._end_of_first())
        return self._show(len(self._text))

    def _compared(self) -> str:
        """The text with the numbers of items made equal, character for character."""
        return _NUMBER_OF_ITEM.sub(lambda found: re.sub("[0-9]", "0", found.group()), self._text)

    def _period(self, compared: str) -> int:
        """How far the repeated end is from where it was said last."""
        start = self._repeated_from
        return start - compared.rfind(compared[start:], 0, len(compared) - 1)

    def _end_of_first(self) -> int:
        """Where what is then repeated ends for the first time; punctuation may count as repeated and still belong."""
        start = self._repeated_from
        follows = self._text[start : start + _LONGEST_END]
        return start + next((i for i, mark in enumerate(follows) if mark.isalnum() or mark.isspace()), len(follows))

    def _show(self, end: int) -> str:
        shown = self._text[self._shown : end]
        self._shown = max(self._shown, end)
        return shown
