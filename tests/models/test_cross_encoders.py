"""Cross-encoders as judges of claims, with tiny models made here: three labels, two, and one number."""

from __future__ import annotations

import pytest

from qa.errors import ConfigError
from qa.models.cross_encoders import CrossEncoderJudge

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

CLAIMS = [("The mayor opened the pool.", "On Saturday the mayor opened the pool."), ("It rained.", "It was dry.")]


@pytest.fixture
def folder(tmp_path):
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    def make(labels):
        (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb")
        tokenizer = BertTokenizerFast(str(tmp_path / "vocab.txt"))
        torch.manual_seed(1)
        config = BertConfig(
            vocab_size=7, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
            num_labels=len(labels), id2label=dict(enumerate(labels)),
            label2id={label: number for number, label in enumerate(labels)},
        )  # fmt: skip
        BertForSequenceClassification(config).save_pretrained(tmp_path)
        tokenizer.save_pretrained(tmp_path)
        return str(tmp_path)

    return make


@pytest.mark.parametrize(
    ("labels", "tells_contradiction"),
    [
        (["entailment", "neutral", "contradiction"], True),
        (["CONTRADICTION", "ENTAILMENT", "NEUTRAL"], True),
        (["entailment", "not_entailment"], False),
        (["not_entailment", "entailment"], False),
        (["0", "1"], False),
        (["LABEL_0", "LABEL_1"], False),
        (["LABEL_0"], False),
    ],
)
def test_models_with_any_usual_labels_judge_claims(folder, labels, tells_contradiction):
    judged = CrossEncoderJudge(folder(labels)).supports(CLAIMS)
    assert len(judged) == len(CLAIMS)
    for one in judged:
        assert one.entailed + one.neutral + one.contradicted == pytest.approx(1)
        assert (one.contradicted > 0) is tells_contradiction


def test_the_same_label_is_meant_wherever_it_stands(folder):
    first = CrossEncoderJudge(folder(["entailment", "neutral", "contradiction"])).supports(CLAIMS)
    turned = CrossEncoderJudge(folder(["contradiction", "neutral", "entailment"])).supports(CLAIMS)
    assert [one.entailed for one in first] == pytest.approx([one.contradicted for one in turned])


def test_a_batch_says_what_each_pair_says_alone(folder):
    judge = CrossEncoderJudge(folder(["entailment", "neutral", "contradiction"]))
    together = judge.supports(CLAIMS * 20)
    alone = judge.supports(CLAIMS[:1])
    assert together[0].entailed == pytest.approx(alone[0].entailed, abs=1e-5)
    assert judge.supports([]) == []


def test_a_model_that_does_not_tell_entailment_is_refused(folder):
    with pytest.raises(ConfigError, match="good, bad"):
        CrossEncoderJudge(folder(["good", "bad"])).supports(CLAIMS)


def test_a_folder_without_a_model_is_said(tmp_path):
    with pytest.raises(ConfigError) as caught:
        CrossEncoderJudge(str(tmp_path)).supports(CLAIMS)
    assert "support_model" in caught.value.hint
