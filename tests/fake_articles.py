"""Made-up articles with made-up vectors, and a run of indexing over them as the pipeline does it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from qa.index.reader import IndexReader, open_reader
from qa.index.stored import passage_text, vector_key
from qa.index.writer import open_writer
from qa.models.vectors import PassageVectors
from qa.records import Article, CopyPair, Document, Junk, Metadata, Passage, Section, Span

DIMENSIONS = 16
MODEL = "fake"
WORDS = ["the", "minister", "said", "talks", "trade", "über", "Straße", "2023", "don't", "c++", "naïve", "🙂", "alpha"]

State = Mapping[str, int]
"""The files of a corpus: from source to the version of its content."""
STATE: State = {f"a{number:02d}.txt": number % 7 for number in range(60)}


def vector_of(text: str) -> np.ndarray:
    """A vector that only the text decides."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(size=DIMENSIONS).astype(np.float32)
    return vector / np.linalg.norm(vector)


def make_article(source: str, version: int, passages: int | None = None) -> tuple[Article, list[Passage]]:
    """An article of a few passages; versions share the first passage."""
    text, made = "", []
    for number in range(random.Random(f"{source} {version}").randrange(5) if passages is None else passages):
        words = random.Random(f"{source} {version if number else 0} {number}")
        start, sentences = len(text), []
        for _ in range(words.randint(1, 3)):
            sentence = " ".join(words.choices(WORDS, k=6)) + "."
            sentences.append(Span(len(text), len(text) + len(sentence)))
            text += sentence + " "
        made.append(Passage(start, sentences[-1].end, tuple(sentences)))
        text += "\r\n\n"
    metadata = Metadata(title=f"Title of {source}", published="2023-09-17" if version % 2 else None, language="en")
    sha256 = hashlib.sha256(f"{version} {text}".encode()).hexdigest()  # the metadata, too, come from the file's bytes
    document = Document(source, f"/corpus/{source}", text, "txt", True, sha256, (Section(0, "page 1"),))
    return Article(document, (Junk(0, 0, "menu"),), metadata), made


def vectors_for(text: str, passage: Passage) -> PassageVectors:
    sentences = [vector_of(text[span.start : span.end]) for span in passage.sentences]
    return PassageVectors(vector_of(text[passage.start : passage.end]), np.array(sentences, dtype=np.float32), 7)


def terms_of(text: str, passage: Passage) -> list[str]:
    return text[passage.start : passage.end].split()


def index(index_dir: Path, state: State, *, rebuild: bool = False) -> int:
    """Make the index match the state, and return how many passages had to be embedded."""
    embedded = 0
    with open_writer(index_dir, model=MODEL, fingerprint="f", rebuild=rebuild) as writer:
        known = writer.known()
        for source in sorted(set(known) - set(state)):
            writer.remove(source)
        for source, version in state.items():
            article, passages = make_article(source, version)
            text = article.document.text
            if source in known and known[source].sha256 == article.document.sha256:
                continue
            keys = [vector_key(MODEL, passage_text(text, passage)) for passage in passages]
            found = writer.vectors_for(keys)
            fresh = {k: vectors_for(text, p) for k, p in zip(keys, passages, strict=True) if k not in found}
            writer.remember(fresh)
            embedded += len(fresh)
            vectors = [found.get(key) or fresh[key] for key in keys]
            writer.put(article, passages, vectors, [terms_of(text, passage) for passage in passages])
        writer.set_copies(*copies_of(state))
        writer.commit(["corpus"], "/")
    return embedded


def copies_of(state: State) -> tuple[list[CopyPair], dict[str, int]]:
    """Articles of one version number count as copies of the first of them."""
    first: dict[int, str] = {}
    for source in sorted(state):
        first.setdefault(state[source], source)
    pairs = [
        CopyPair(first[version], source, "near-duplicate", 0.5, "same version")
        for source, version in state.items()
        if first[version] != source
    ]
    groups = {source: sorted(state).index(first[version]) + 1 for source, version in state.items()}
    return pairs, groups


def contents(index_dir: Path) -> dict[str, Any]:
    """Everything a reader can see, in an order that does not depend on history."""
    with open_reader(index_dir, model=MODEL) as reader:
        return reader_contents(reader)


def reader_contents(reader: IndexReader) -> dict[str, Any]:
    articles = reader.articles()
    passages = [passage for article in articles for passage in reader.passages_of(article.id)]
    ids, matrix = reader._catalog.all_vectors()
    return {
        "hash": reader.info.content_hash,
        "counts": (reader.info.articles, reader.info.passages),
        "articles": [(article, reader.article_text(article.id)) for article in articles],
        "passages": [
            (p.id, p.article_id, p.source, p.start, p.end, p.text, p.sentences, p.sentence_vectors.tolist())
            for p in passages
        ],
        "vectors": dict(zip(ids, matrix.tolist(), strict=True)),
        "terms": {word: reader.matching([word], 1000) for word in WORDS},
        "copies": reader.copies(),
        "chroma": _collection(reader, "_passages") if articles else None,
        "chroma articles": _collection(reader, "_articles") if articles else None,
    }


def _collection(reader: IndexReader, name: str) -> dict[str, Any]:
    found = getattr(reader._vectors(), name).get(include=["embeddings", "metadatas", "documents"])
    vectors = [(np.round(vector, 5) + 0.0).tolist() for vector in found["embeddings"]]
    return dict(zip(found["ids"], zip(found["metadatas"], found["documents"], vectors, strict=True), strict=True))
