"""Cleaning and splitting as transformations of LlamaIndex's ``IngestionPipeline``.

Documents go in, articles with their passages come out; any LlamaIndex program can put the same two transformations into
a pipeline of its own. Knows how our records travel in LlamaIndex nodes. Does not know embedding or the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import llama_index.core  # noqa: F401 - whole, before its parts
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode, TransformComponent
from llama_index.core.schema import Document as LlamaDocument

from qa.cleaning import clean, headings_above, kept_spans, mark_repeated
from qa.records import Article, Document, Junk, Metadata, Passage, Section, Span
from qa.text.sentences import split_passages

_ARTICLE = "article"
_SENTENCES, _HEADINGS = "sentences", "headings"


@dataclass(frozen=True, slots=True)
class PreparedArticle:
    """An article and the passages it was cut into."""

    article: Article
    passages: tuple[Passage, ...]


class MarkJunk(TransformComponent):
    """Finds junk and metadata of every document.

    ``furniture`` are the lines that are known to be shared by many articles (``qa.cleaning.repeated``); ``None`` finds
    those that the documents of this run repeat.
    """

    furniture: frozenset[int] | None = None

    def __call__(self, nodes: Sequence[BaseNode], **_: object) -> list[BaseNode]:
        """Add what was found to each node's metadata; the text stays as it is."""
        articles = mark_repeated([clean(_document_of(node)) for node in nodes], self.furniture)
        return [_to_node(article) for article in articles]


class SplitPassages(TransformComponent):
    """Cuts articles into passages of whole sentences."""

    max_characters: int

    def __call__(self, nodes: Sequence[BaseNode], **_: object) -> list[BaseNode]:
        """One node for each passage, with ``start_char_idx`` and ``end_char_idx`` into its article."""
        return [passage for node in nodes for passage in self._split(node)]

    def _split(self, node: BaseNode) -> list[BaseNode]:
        article = _article_of(node)
        text, language = article.document.text, article.metadata.language or "en"
        return [
            TextNode(
                text=text[passage.start : passage.end],
                start_char_idx=passage.start,
                end_char_idx=passage.end,
                metadata={
                    _SENTENCES: [(span.start, span.end) for span in passage.sentences],
                    _HEADINGS: [(span.start, span.end) for span in headings_above(article, passage.start)],
                },
                relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=article.document.source)},
            )
            for passage in split_passages(text, kept_spans(article), language, self.max_characters)
        ]


def prepare(documents: Sequence[Document], furniture: frozenset[int], max_characters: int) -> list[PreparedArticle]:
    """Clean and split documents, in order; ``furniture`` as ``MarkJunk`` says."""
    cleaned = IngestionPipeline(transformations=[MarkJunk(furniture=furniture)], disable_cache=True).run(
        nodes=[_to_node(Article(document, (), document.declared)) for document in documents]
    )
    articles = [_article_of(node) for node in cleaned]
    pipeline = IngestionPipeline(transformations=[SplitPassages(max_characters=max_characters)], disable_cache=True)
    passages: dict[str, list[Passage]] = {article.document.source: [] for article in articles}
    for node in pipeline.run(nodes=cleaned):
        passages[str(node.ref_doc_id)].append(_passage_of(node))
    return [PreparedArticle(article, tuple(passages[article.document.source])) for article in articles]


def _to_node(article: Article) -> LlamaDocument:
    document = article.document
    return LlamaDocument(id_=document.source, text=document.text, metadata={_ARTICLE: _to_metadata(article)})


def _to_metadata(article: Article) -> dict[str, Any]:
    fields = asdict(article)
    del fields["document"]["text"]
    return fields


def _document_of(node: BaseNode) -> Document:
    return _article_of(node).document


def _article_of(node: BaseNode) -> Article:
    fields = node.metadata[_ARTICLE]
    document = dict(fields["document"])
    document["sections"] = tuple(Section(**section) for section in document["sections"])
    document["declared"] = Metadata(**document["declared"])
    document["left_out"] = tuple(document["left_out"])
    return Article(
        document=Document(text=node.get_content(), **document),
        junk=tuple(Junk(**junk) for junk in fields["junk"]),
        metadata=Metadata(**fields["metadata"]),
    )


def _passage_of(node: BaseNode) -> Passage:
    if not isinstance(node, TextNode) or node.start_char_idx is None or node.end_char_idx is None:
        raise TypeError(f"not a passage: {node!r}")
    sentences, headings = (tuple(Span(*pair) for pair in node.metadata[key]) for key in (_SENTENCES, _HEADINGS))
    return Passage(node.start_char_idx, node.end_char_idx, sentences, headings)
