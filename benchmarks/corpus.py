"""Builds corpora of any size out of real sentences, and questions about them; the same ones every time.

The sentences are those of the XQuAD paragraphs (English and German) in a folder beside the checkout, or those of the
seeds where that folder is missing. The first round of articles is the paragraphs as they stand. For every further round
all sentences of a language are shuffled and dealt out to new paragraphs, so that no two articles are copies.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

PARAGRAPHS_AN_ARTICLE = 5
SENTENCES_A_PARAGRAPH = 5
WORDS_OF_A_MADE_QUESTION = 8

_SENTENCE_BREAK = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ„\"])")


def read_paragraphs(data: Path, seeds: Path) -> dict[str, list[str]]:
    """The paragraphs of each language, from XQuAD files in ``data`` or else from the text files in ``seeds``."""
    files = sorted(data.glob("xquad-*.json"))
    if not files:
        texts = [path.read_text(encoding="utf-8") for path in sorted(seeds.glob("*.txt"))]
        return {"mixed": [line for text in texts for line in text.splitlines() if len(line) > 100]}
    return {
        path.stem.rpartition(".")[2]: [paragraph["context"] for paragraph in _xquad_paragraphs(path)] for path in files
    }


def read_questions(data: Path, paragraphs: dict[str, list[str]], count: int) -> list[str]:
    """``count`` XQuAD questions; without the XQuAD files, beginnings of sentences instead."""
    questions = [
        item["question"]
        for path in sorted(data.glob("xquad-*.json"))
        for paragraph in _xquad_paragraphs(path)
        for item in paragraph["qas"]
    ]
    if not questions:
        sentences = [sentence for texts in paragraphs.values() for text in texts for sentence in _sentences(text)]
        questions = [" ".join(sentence.split()[:WORDS_OF_A_MADE_QUESTION]) for sentence in sentences]
    return random.Random(count).sample(questions, min(count, len(questions)))


def write_corpus(folder: Path, paragraphs: dict[str, list[str]], size: int) -> int:
    """Write articles as text files until they make up ``size`` bytes; returns how many bytes there are."""
    folder.mkdir(parents=True)
    written = 0
    for number, article in enumerate(_articles(paragraphs)):
        if written >= size:
            break
        content = article.encode()
        (folder / f"{number:06}.txt").write_bytes(content)
        written += len(content)
    return written


def _articles(paragraphs: dict[str, list[str]]) -> Iterator[str]:
    current = paragraphs
    round_number = 0
    while True:
        for texts in current.values():
            for start in range(0, len(texts), PARAGRAPHS_AN_ARTICLE):
                yield "\n\n".join(texts[start : start + PARAGRAPHS_AN_ARTICLE]) + "\n"
        round_number += 1
        current = {language: _dealt(texts, round_number) for language, texts in paragraphs.items()}


def _dealt(texts: Sequence[str], seed: int) -> list[str]:
    sentences = [sentence for text in texts for sentence in _sentences(text)]
    random.Random(seed).shuffle(sentences)
    groups = range(0, len(sentences), SENTENCES_A_PARAGRAPH)
    return [" ".join(sentences[start : start + SENTENCES_A_PARAGRAPH]) for start in groups]


def _sentences(text: str) -> list[str]:
    return _SENTENCE_BREAK.split(text.strip())


def _xquad_paragraphs(path: Path) -> list[dict]:
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [paragraph for article in articles for paragraph in article["paragraphs"]]
