"""A natural language inference model as a second judge, made here: tiny and untrained."""

import pytest

from qa.errors import ConfigError
from qa.models.cross_encoders import EntailmentModel

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Makes a cross-encoder with given labels."""
    transformers = pytest.importorskip("transformers")

    def make(labels):
        path = tmp_path_factory.mktemp("nli")
        (path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb")
        transformers.BertTokenizerFast(vocab_file=str(path / "vocab.txt")).save_pretrained(path)
        sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
        config = transformers.BertConfig(
            vocab_size=7, id2label=dict(enumerate(labels)), label2id={name: n for n, name in enumerate(labels)}, **sizes
        )
        transformers.BertForSequenceClassification(config).save_pretrained(path)
        return str(path)

    return make


def test_it_gives_the_probability_of_its_entailment_label(folder):
    first = EntailmentModel(folder(["entailment", "neutral", "contradiction"]))
    assert 0 < first.probability("a b", "a") < 1
    assert first.probability("a b", "a") == first.probability("a b", "a")


def test_a_model_without_that_label_is_refused(folder):
    with pytest.raises(ConfigError, match="does not tell entailment"):
        EntailmentModel(folder(["good", "bad"])).probability("a", "b")


def test_a_model_that_is_not_there_is_refused_with_the_cure(tmp_path):
    with pytest.raises(ConfigError) as caught:
        EntailmentModel(str(tmp_path)).probability("a", "b")
    assert "nli_model" in caught.value.hint
