"""The program to beat: LlamaIndex's starter over Chroma, with the same embedding model in Sentence Transformers.

Each command is one process of the kind that is measured, and prints JSON. Whatever leaves a choice is settled in its
favour: weights in float32, the fastest on most processors; no overlap between chunks; no LLM; no network to wait for.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import chromadb
from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import BaseNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore
from tokenizers import Tokenizer

TOP = 5


def open_collection(store: Path) -> chromadb.Collection:
    return chromadb.PersistentClient(str(store)).get_or_create_collection("starter")


def open_model(folder: Path) -> HuggingFaceEmbedding:
    return HuggingFaceEmbedding(
        str(folder), query_instruction="query: ", text_instruction="passage: ", model_kwargs={"dtype": "float32"}
    )


def split(corpus: Path, chunk_size: int) -> list[BaseNode]:
    documents = SimpleDirectoryReader(str(corpus)).load_data()
    return SentenceSplitter(chunk_size=chunk_size, chunk_overlap=0).get_nodes_from_documents(documents)


def index(model: Path, corpus: Path, store: Path, chunk_size: int) -> dict[str, object]:
    nodes = split(corpus, chunk_size)
    storage = StorageContext.from_defaults(vector_store=ChromaVectorStore(open_collection(store)))
    VectorStoreIndex(nodes, storage_context=storage, embed_model=open_model(model))
    return {"passages": len(nodes)}


def open_retriever(model: Path, store: Path) -> BaseRetriever:
    vectors = ChromaVectorStore(open_collection(store))
    return VectorStoreIndex.from_vector_store(vectors, open_model(model)).as_retriever(similarity_top_k=TOP)


def ask(model: Path, store: Path, question: str) -> dict[str, object]:
    hits = open_retriever(model, store).retrieve(question)
    return {"passages": [{"text": hit.text, "score": hit.score} for hit in hits]}


def warm(model: Path, store: Path, questions: Path) -> dict[str, object]:
    retriever = open_retriever(model, store)
    first, *others = json.loads(questions.read_text(encoding="utf-8"))
    retriever.retrieve(first)
    seconds = []
    for question in others:
        start = time.perf_counter()
        retriever.retrieve(question)
        seconds.append(time.perf_counter() - start)
    return {"median_seconds": statistics.median(seconds), "questions": len(seconds)}


def calibrate(corpus: Path, passages: int) -> dict[str, object]:
    """The chunk size that cuts the corpus into as many chunks as we have passages: both then embed equal lengths."""
    low, high = 64, 1024
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if len(split(corpus, middle)) > passages else (low, middle)
    return {"chunk_size": high, "passages": len(split(corpus, high))}


def count_tokens(model: Path, corpus: Path) -> dict[str, object]:
    """How many tokens of the embedding model the corpus has; both programs' speed is reckoned with this number."""
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    texts = [path.read_text(encoding="utf-8") for path in sorted(corpus.glob("*.txt"))]
    encodings = tokenizer.encode_batch(texts, add_special_tokens=False)
    return {"tokens": sum(len(encoding.ids) for encoding in encodings), "bytes": sum(len(t.encode()) for t in texts)}


COMMANDS = {
    "index": (index, {"model": Path, "corpus": Path, "store": Path, "chunk_size": int}),
    "ask": (ask, {"model": Path, "store": Path, "question": str}),
    "warm": (warm, {"model": Path, "store": Path, "questions": Path}),
    "calibrate": (calibrate, {"corpus": Path, "passages": int}),
    "count-tokens": (count_tokens, {"model": Path, "corpus": Path}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, (function, parameters) in COMMANDS.items():
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        for parameter, kind in parameters.items():
            command.add_argument(parameter, type=kind)
    arguments = vars(parser.parse_args())
    print(json.dumps(arguments.pop("function")(**arguments)))


if __name__ == "__main__":
    main()
