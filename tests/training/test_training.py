"""Training as a whole, on a handful of examples: prepare, train, stop, go on, export, go on from what was exported."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

from qa.models.reader import PackagedNetwork, Reader
from training.batches import BEGIN, END, LONGEST, Data, Stream, batches
from training.dev import best_spans
from training.shipped import shipped_state
from training.torch_reader import TorchNetwork

ROOT = Path(__file__).resolve().parents[2]
FIRST = "The ferry to Nordby leaves every two hours. It costs nine crowns, and children pay four."
SECOND = "Lena Holt is the mayor of Arvik. She was a teacher before. The town has 4,200 people. It lies on a fjord."
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with prepared data of two paragraphs."""
    folder = tmp_path_factory.mktemp("training")
    (folder / "lexicon.json").write_text(json.dumps({"mayor": [["Bürgermeisterin", 2]], "town": [["Stadt", 1]]}))
    rows, pairs = [], []
    for split in ("train", "dev"):
        for number in range(6):
            room = f" Room {number} of the {split} hall is closed."
            rows += [
                {"set": "squad2-en", "lang": "en", "split": split, "context": FIRST + room, "qas": [
                    ["How much do children pay?", FIRST.index("four"), FIRST.index("four") + 4],
                    ["Who built the ferry?", None, None]]},
                {"set": "squad2-en", "lang": "en", "split": split, "context": SECOND + room, "qas": [
                    ["Who is the mayor of Arvik?", 0, len("Lena Holt")]]},
            ]  # fmt: skip
            pairs += [
                {
                    "set": "mnli-dev",
                    "lang": "en",
                    "split": split,
                    "premise": FIRST + room,
                    "hypothesis": claim,
                    "label": label,
                }
                for claim, label in (("A ferry goes to Nordby.", "e"), ("No ferry leaves.", "c"), ("It is blue.", "n"))
            ]
    for name, content in (("reader", rows), ("support", pairs)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
            lines.writelines(json.dumps(row) + "\n" for row in content)
    run(folder, "training.prepare")
    return folder


def run(folder, module, *arguments):
    environment = {**os.environ, "QA_TRAINING": str(folder), "QA_TRAINING_DATA": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_answer_is_in_its_window_whatever_the_window(folder):
    data = Data(folder / "prepared")
    random = np.random.default_rng(1)
    mayor = next(row for row in data.rows("reading", "train") if row[2] == 0 and data.sets[row[-1]] == "squad2-en")
    whole = data.question(mayor, random, room=200)
    answer = whole.ids[whole.target[0] : whole.target[1] + 1].tolist()
    for room in range(len(answer) + 1, 40):
        example = data.question(mayor, random, room=room)
        assert example.ids[example.target[0] : example.target[1] + 1].tolist() == answer
        assert example.ids[0] == BEGIN
        assert (example.ids == END).sum() == 3
        assert len(example.ids) <= LONGEST


def test_a_passage_that_does_not_answer_is_marked_so(folder):
    data = Data(folder / "prepared")
    row = next(row for row in data.rows("reading", "train") if row[4] >= 0)
    assert data.question(row, np.random.default_rng(1), negative=1.0).target == (0, 0)


def test_batches_are_of_like_length_and_within_the_budget(folder):
    data = Data(folder / "prepared")
    random = np.random.default_rng(1)
    examples = [data.pair(row, random) for row in data.rows("support", "train")]
    made = list(batches(examples, 400))
    assert sum(len(batch.ids) for batch in made) == len(examples)
    for batch in made:
        assert batch.ids.numel() <= 400 + 8 * len(batch.ids)
        assert (batch.readable[:, 0]).all()
        assert not (batch.readable & ~batch.mask).any()


def test_a_stream_told_where_it_was_draws_what_would_have_come(folder):
    data = Data(folder / "prepared")
    first = Stream(data, "reading", 512, seed=3)
    for _ in range(5):
        next(first)
    again = Stream(data, "reading", 512, seed=3, position=first.position)
    while first.position == again.position:
        next(first)
    assert next(again).ids.shape[0] > 0
    assert first.position == again.position


def test_the_best_span_ends_where_it_begins_or_later():
    logits = torch.full((1, 6, 2), -9.0)
    logits[0, 4, 0] = logits[0, 2, 1] = 9.0
    logits[0, 3, 0] = logits[0, 3, 1] = 5.0
    first, last, margin = best_spans(logits)
    assert (int(first[0]), int(last[0])) in {(3, 3), (2, 2), (4, 4)}
    assert float(margin[0]) > 0


def test_it_trains_stops_goes_on_and_exports(folder, tmp_path):
    told = run(folder, "training.train", "--minutes", "0.1", "--budget", "512")
    steps = [json.loads(line)["step"] for line in told.splitlines() if line.startswith("{")]
    assert steps[-1] > 0
    told = run(folder, "training.train", "--minutes", "0.05", "--budget", "512")
    assert f"goes on at step {steps[-1]}" in told
    run(folder, "training.train", "--cool", "0.001", "--budget", "512")
    kept = torch.load(folder / "checkpoint.pt", weights_only=True)
    assert kept["step"] > steps[-1]
    state = torch.load(folder / "cooled.pt", weights_only=True)
    assert not torch.equal(state["span.weight"], kept["network"]["span.weight"])

    from training.export import write

    write(state, tmp_path / "reader.onnx")
    shipped = Reader(PackagedNetwork(tmp_path / "reader.onnx"), "shipped")
    exact = Reader(TorchNetwork(state, half=False), "exact")
    for ours, theirs in zip(
        shipped.read("Who is the mayor?", [FIRST, SECOND]),
        exact.read("Who is the mayor?", [FIRST, SECOND]),
        strict=True,
    ):
        assert np.abs(ours.logits - theirs.logits).mean() < 0.6
    for ours, theirs in zip(
        shipped.supports([("A ferry leaves.", FIRST)]), exact.supports([("A ferry leaves.", FIRST)]), strict=True
    ):
        assert ours.entailed == pytest.approx(theirs.entailed, abs=0.15)
    back = shipped_state(tmp_path / "reader.onnx")
    assert back.keys() == state.keys()
    for name, tensor in back.items():
        scale = float(state[name].abs().max()) or 1.0
        # The mean, because weights of channels with small inputs are rounded coarsely on purpose.
        assert float((tensor - state[name]).abs().mean()) <= scale / 254
