"""Writes the bundled model as a Sentence Transformers directory, so that other programs can be given the same weights.

Used by the comparison with the LlamaIndex starter and by the tests of the Sentence Transformers embedder; the program
itself does not need it.

    python benchmarks/starter_model.py DIRECTORY
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from qa.models.e5 import weight_file
from qa.models.e5_tokenizer import build_tokenizer
from qa.models.e5_weights import Weights

MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
LAYER_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def write_sentence_transformers_model(directory: Path) -> None:
    """Write multilingual-e5-small in float16 (about 235 MB), with its tokenizer, pooling and prompts.

    Args:
        directory: made if it does not exist; files in it are overwritten.
    """
    weights = Weights(weight_file())
    (directory / "1_Pooling").mkdir(parents=True, exist_ok=True)
    save_file(_tensors(weights), directory / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(weights, directory)
    for name, content in _configurations(weights).items():
        (directory / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _tensors(weights: Weights) -> dict[str, NDArray[np.float16]]:
    """The weights in half precision, under the names that BERT's tensors have in ``transformers``."""
    hidden = weights.shape.hidden
    tensors = {
        "embeddings.word_embeddings.weight": weights.tensor("emb.word", -1, hidden),
        "embeddings.position_embeddings.weight": weights.tensor("emb.pos", -1, hidden),
        "embeddings.token_type_embeddings.weight": weights.tensor("emb.type", -1, hidden),
        "embeddings.LayerNorm.weight": weights.tensor("emb.ln.w", -1),
        "embeddings.LayerNorm.bias": weights.tensor("emb.ln.b", -1),
    }
    for layer in range(weights.shape.layers):
        prefix = f"encoder.layer.{layer}."
        for short, full in MATRICES.items():
            bias = weights.tensor(f"l{layer}.{short}.b", -1)
            tensors[f"{prefix}{full}.weight"] = weights.tensor(f"l{layer}.{short}.w", len(bias), -1)
            tensors[f"{prefix}{full}.bias"] = bias
        for short, full in LAYER_NORMS.items():
            tensors[f"{prefix}{full}.weight"] = weights.tensor(f"l{layer}.{short}.w", -1)
            tensors[f"{prefix}{full}.bias"] = weights.tensor(f"l{layer}.{short}.b", -1)
    return {name: tensor.astype(np.float16) for name, tensor in tensors.items()}


def _write_tokenizer(weights: Weights, directory: Path) -> None:
    from tokenizers import decoders, processors

    vocabulary = weights.vocabulary
    tokenizer = build_tokenizer(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True), vocabulary.unknown)
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", vocabulary.beginning), ("</s>", vocabulary.end)]
    )
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)


def _configurations(weights: Weights) -> dict[str, Any]:
    shape = weights.shape
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": round(shape.layer_norm_epsilon, 15),
            "hidden_act": "gelu",
            "pad_token_id": weights.vocabulary.padding,
            "dtype": "float16",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
            "model_max_length": shape.positions,
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "similarity_fn_name": "cosine",
        },
    }


if __name__ == "__main__":
    write_sentence_transformers_model(Path(sys.argv[1]))
