"""Writes the examples as token ids, so that training can begin at once, here or on a machine without this program.

    python -m training.prepare [FOLDER] [--missing]

Texts are tokenized once and kept once; an example names them by number. Windows are cut when an example is drawn
(``training.batches``), so each is seen in other surroundings each time. A question that its paragraph answers also gets
a paragraph of the same article that does not: the one that shares most words with the question and lacks the answer.
"""

from __future__ import annotations

import argparse
import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.examples import LABELS, Pair, Paragraph, Split, pairs, paragraphs
from training.made import made_pairs, made_paragraphs
from training.places import cache, tokenizer, weights

_LONGEST_ANSWER = 60
"""Tokens. Longer ones are left out: nobody calls them a few words."""
_LONGEST_TEXT = 1000
_NEIGHBOURS = 8
_WORD = re.compile(r"\w{3,}")
_LAST = "support-dev.npy"
"""What is written last."""
_RARE = 4
"""Special tokens come first and keep their numbers."""


@dataclass
class Texts:
    """All texts as token ids, each kept once."""

    numbers: dict[str, int] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)

    def add(self, text: str) -> int:
        """The number of a text."""
        number = self.numbers.setdefault(text, len(self.numbers))
        if number == len(self.pending):
            self.pending.append(text)
        return number


@dataclass(frozen=True)
class Span:
    """An answer before its tokens are known: where it stands in the text with a number."""

    text: int
    start: int
    end: int


def write(folder: Path) -> None:
    """Prepare both splits into ``folder``; files there are overwritten."""
    texts, names = Texts(), {}
    reading: dict[Split, list[tuple[int, int, Span | None, int, int]]] = {}
    support: dict[Split, list[tuple[int, int, int, int]]] = {}
    for split in ("train", "dev"):
        rows = list(paragraphs(split))
        sources = rows + list(made_paragraphs(split, rows))
        reading[split] = list(_reading(sources, texts, names))
        given = list(pairs(split))
        support[split] = list(_support(given + list(made_pairs(split, rows, given)), texts, names))
    ids, lengths, spans = _tokenize(texts.pending, [r[2] for split in reading.values() for r in split])
    used = np.unique(np.concatenate([ids, np.arange(_RARE, dtype=ids.dtype)]))
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "ids.npy", np.searchsorted(used, ids).astype(np.uint32))
    np.save(folder / "offsets.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
    np.save(folder / "used.npy", used)
    np.save(folder / "words.npy", weights().word_vectors(used.astype(np.int64)).astype(np.float16))
    (folder / "sets.json").write_text(json.dumps(list(names)) + "\n", encoding="utf-8")
    for split in ("train", "dev"):
        kept = [(q, p, *spans[span], negative, name) for q, p, span, negative, name in reading[split] if span in spans]
        np.save(folder / f"reading-{split}.npy", np.array(kept, dtype=np.int32))
        np.save(folder / f"support-{split}.npy", np.array(support[split], dtype=np.int32))
        _tell(split, list(names), kept, support[split])


def _number(names: dict[str, int], name: str) -> int:
    return names.setdefault(name, len(names))


def _reading(
    sources: Sequence[Paragraph], texts: Texts, names: dict[str, int]
) -> Iterable[tuple[int, int, Span | None, int, int]]:
    words = [frozenset(_WORD.findall(paragraph.context.casefold())) for paragraph in sources]
    for place, paragraph in enumerate(sources):
        passage, name = texts.add(paragraph.context), _number(names, paragraph.name)
        around = [
            other
            for other in range(max(0, place - _NEIGHBOURS), min(len(sources), place + _NEIGHBOURS + 1))
            if sources[other].name == paragraph.name and sources[other].context != paragraph.context
        ]
        for question in paragraph.questions:
            if question.start is None or question.end is None:
                yield texts.add(question.text), passage, None, -1, name
                continue
            answer = paragraph.context[question.start : question.end].casefold()
            asked = frozenset(_WORD.findall(question.text.casefold()))
            without = [other for other in around if answer not in sources[other].context.casefold()]
            best = max(without, key=lambda other: len(words[other] & asked), default=None)
            negative = -1 if best is None else texts.add(sources[best].context)
            yield texts.add(question.text), passage, Span(passage, question.start, question.end), negative, name


def _support(given: Iterable[Pair], texts: Texts, names: dict[str, int]) -> Iterable[tuple[int, int, int, int]]:
    for pair in given:
        label = LABELS.index(pair.label)
        yield texts.add(pair.premise), texts.add(pair.hypothesis), label, _number(names, pair.name)


def _tokenize(
    texts: Sequence[str], wanted: Iterable[Span | None]
) -> tuple[NDArray[np.uint32], list[int], dict[Span | None, tuple[int, int]]]:
    """The ids of all texts in a row, how many each has, and the first and the last token of each span."""
    by_text: dict[int, list[Span]] = {}
    for span in wanted:
        if span is not None:
            by_text.setdefault(span.text, []).append(span)
    ids, lengths = array("I"), []
    places: dict[Span | None, tuple[int, int]] = {None: (-1, -1)}
    for first in range(0, len(texts), 2000):
        for number, encoding in enumerate(tokenizer().encode_batch(list(texts[first : first + 2000])), first):
            ids.extend(encoding.ids[:_LONGEST_TEXT])
            lengths.append(min(len(encoding.ids), _LONGEST_TEXT))
            for span in by_text.get(number, ()):
                tokens = [i for i, (a, b) in enumerate(encoding.offsets) if a < span.end and b > span.start]
                if tokens and tokens[-1] < _LONGEST_TEXT and tokens[-1] - tokens[0] < _LONGEST_ANSWER:
                    places[span] = tokens[0], tokens[-1]
    return np.frombuffer(ids, np.uint32), lengths, places


def _tell(split: str, names: Sequence[str], reading: Sequence[Sequence[int]], support: Sequence[Sequence[int]]) -> None:
    for kind, rows in (("questions", reading), ("pairs", support)):
        counted = Counter(names[row[-1]] for row in rows)
        parts = ", ".join(f"{name} {count}" for name, count in counted.most_common())
        print(f"{split}: {len(rows)} {kind}: {parts}")


def main() -> None:
    """Prepare as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=cache() / "prepared")
    parser.add_argument("--missing", action="store_true", help="do nothing where it was done before")
    options = parser.parse_args()
    if not (options.missing and (options.folder / _LAST).exists()):
        write(options.folder)


if __name__ == "__main__":
    main()
