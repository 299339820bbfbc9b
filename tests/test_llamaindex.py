"""The seam to LlamaIndex: our retriever and engine there, and our index opened by a plain program."""

import chromadb
import pytest
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import Document
from llama_index.vector_stores.chroma import ChromaVectorStore

from qa.index.ingest import MarkJunk
from qa.llamaindex import ArticleEmbedding, ArticleQueryEngine, ArticleRetriever


def test_retriever_names_the_exact_place(made_up_bot, made_up):
    nodes = ArticleRetriever(made_up_bot, k=2).retrieve("Who built the crane?")
    assert len(nodes) == 2
    metadata = nodes[0].node.metadata
    text = (made_up / metadata["source"]).read_text(encoding="utf-8")
    assert text[metadata["start"] : metadata["end"]] == nodes[0].node.get_content()


def test_query_engine_gives_the_whole_answer(made_up_bot):
    response = ArticleQueryEngine(made_up_bot).query("Who built the crane?")
    assert "Ida Brandt" in str(response)
    assert response.metadata["schema"] == 1


def test_a_plain_program_opens_the_index(made_up):
    client = chromadb.PersistentClient(str(made_up / "index" / "current" / "chroma"))
    collection = client.get_collection("passages", embedding_function=None)
    index = VectorStoreIndex.from_vector_store(
        ChromaVectorStore(chroma_collection=collection), embed_model=ArticleEmbedding()
    )
    best = index.as_retriever(similarity_top_k=1).retrieve("Who built the crane?")[0].node
    assert "Ida Brandt" in best.get_content()
    assert best.metadata["source"] in {"news/harbour.txt", "news/hafen.txt"}


def test_our_transformations_want_our_documents():
    with pytest.raises(KeyError):
        MarkJunk()([Document(text="no metadata of ours")])
