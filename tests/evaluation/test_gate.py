"""The gate: bounds either way, groups, and that what cannot be counted does not pass."""

from __future__ import annotations

import pytest

from folders import ROOT
from qa.errors import InputError
from qa.evaluation.gate import Threshold, at_interval_ends, check, load_thresholds, thresholds_from_options


def summary(**values):
    scores = {name: {"value": value} for name, value in values.items()}
    return {"scores": scores, "by_tag": {"far": scores}, "by_language": {"de": scores}}


@pytest.mark.parametrize(
    ("threshold", "value", "passed"),
    [
        (Threshold("accuracy", minimum=0.8), 0.8, True),
        (Threshold("accuracy", minimum=0.8), 0.79, False),
        (Threshold("accuracy", maximum=0.1), 0.1, True),
        (Threshold("accuracy", maximum=0.1), 0.11, False),
        (Threshold("accuracy", minimum=0.0), None, False),
        (Threshold("tag.far.accuracy", minimum=0.8), 0.9, True),
        (Threshold("language.de.accuracy", minimum=0.8), 0.7, False),
        (Threshold("tag.absent.accuracy", minimum=0.0), 1.0, False),
    ],
)
def test_a_score_passes_only_within_its_bound(threshold, value, passed):
    (result,) = check([threshold], summary(accuracy=value))
    assert result.passed is passed


def test_thresholds_of_the_repository_can_be_read():
    assert {threshold.name for threshold in load_thresholds(ROOT / "eval" / "thresholds.yaml")} >= {
        "accuracy",
        "quote_exactness",
        "refusal_recall",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("acuracy: {minimum: 1}", "did you mean 'accuracy'"),
        ("tag.far.acuracy: {minimum: 1}", "did you mean 'accuracy'"),
        ("accuracy: 0.8", "neither"),
        ("accuracy: {minimum: 0.8, maximum: 0.9}", "neither"),
        ("accuracy: {minimum: much}", "not a number"),
        ("accuracy: {minimum: .nan}", "not a number"),
        ("- accuracy", "no thresholds"),
        ("{", "not YAML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, told):
    path = tmp_path / "thresholds.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_thresholds(path)
    assert told in caught.value.message


def test_options_are_minima():
    assert thresholds_from_options(["accuracy=0.8", "tag.far.accuracy=1"]) == (
        Threshold("accuracy", minimum=0.8),
        Threshold("tag.far.accuracy", minimum=1.0),
    )
    with pytest.raises(InputError, match="less is better"):
        thresholds_from_options(["calibration_error=0.1"])


def test_thresholds_are_set_where_chance_alone_would_leave_the_scores(tmp_path):
    path = tmp_path / "thresholds.yaml"
    path.write_text(
        "# why accuracy: {minimum: 0.9}\naccuracy: {minimum: 0.90}  # kept\ncalibration_error: {maximum: 0.1}\n"
        "tag.far.accuracy: {minimum: 1.0}\ntag.gone.accuracy: {minimum: 0.5}\nmrr:\n  minimum: 0.5\n",
        encoding="utf-8",
    )
    score = {"value": 0.6, "low": 0.5646, "high": 0.6462}
    found = {"scores": dict.fromkeys(("accuracy", "calibration_error", "mrr"), score), "by_language": {}}
    found["by_tag"] = {"far": {"accuracy": {"value": 1.0, "low": 1.0, "high": 1.0}}}
    text = at_interval_ends(path.read_text(encoding="utf-8"), load_thresholds(path), found)
    assert text == (
        "# why accuracy: {minimum: 0.9}\naccuracy: {minimum: 0.564}  # kept\ncalibration_error: {maximum: 0.647}\n"
        "tag.far.accuracy: {minimum: 1.0}\ntag.gone.accuracy: {minimum: 0.5}\nmrr:\n  minimum: 0.564\n"
    )
