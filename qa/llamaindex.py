"""For other LlamaIndex programs: the embedding, the hybrid retriever, and a query engine with checked citations.

    from qa import Assistant, Settings
    from qa.llamaindex import ArticleQueryEngine, ArticleRetriever

    nodes = ArticleRetriever(Assistant(Settings(index_dir=".qa"))).retrieve("Who …?")

A plain ``VectorStoreIndex`` can open the index too: its Chroma collection is ``passages`` in ``.qa/current/chroma``,
and ``ArticleEmbedding`` turns questions into the vectors it was made with.
"""

from __future__ import annotations

from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import PrivateAttr

from qa.assistant import Assistant
from qa.models import make_embedder
from qa.models.vectors import Embedder, PassageText
from qa.records import Hit
from qa.settings import Settings


class ArticleEmbedding(BaseEmbedding):
    """The configured embedding model as LlamaIndex sees one."""

    _embedder: Embedder = PrivateAttr()

    def __init__(self, settings: Settings | None = None, **fields: Any) -> None:  # noqa: ANN401 - LlamaIndex's fields
        """Use the model of ``settings``, or the bundled one."""
        embedder = make_embedder(settings or Settings())
        super().__init__(model_name=embedder.name, **fields)
        self._embedder = embedder

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(value) for value in self._embedder.embed_questions([query])[0]]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        (vectors,) = self._embedder.embed_passages([PassageText(text)])
        return [float(value) for value in vectors.passage]


class ArticleRetriever(BaseRetriever):
    """Hybrid retrieval with copies collapsed. Each node's metadata names its source and its exact characters."""

    def __init__(self, assistant: Assistant, k: int = 10, callback_manager: CallbackManager | None = None) -> None:
        """Search the index of ``assistant`` for ``k`` passages."""
        super().__init__(callback_manager=callback_manager)
        self._assistant = assistant
        self._k = k

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_to_node(hit) for hit in self._assistant.search(query_bundle.query_str, self._k)]


class ArticleQueryEngine(CustomQueryEngine):
    """Answers with checked citations: the response's text cites, its metadata is the whole answer (schema 1)."""

    _assistant: Assistant = PrivateAttr()

    def __init__(self, assistant: Assistant, **fields: Any) -> None:  # noqa: ANN401 - LlamaIndex's fields
        """Ask ``assistant``."""
        super().__init__(**fields)
        self._assistant = assistant

    def custom_query(self, query_str: str) -> RESPONSE_TYPE:
        """Answer one question."""
        answer = self._assistant.ask(query_str)
        nodes = [_to_node(hit) for hit in answer.passages]
        return Response(response=answer.text, source_nodes=nodes, metadata=answer.to_dict())

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _to_node(hit: Hit) -> NodeWithScore:
    node = TextNode(
        text=hit.text,
        start_char_idx=hit.start,
        end_char_idx=hit.end,
        metadata={"source": hit.source, "start": hit.start, "end": hit.end},
    )
    return NodeWithScore(node=node, score=hit.score)
