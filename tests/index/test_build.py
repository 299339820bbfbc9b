"""The index follows the files: only what changed is done again, and nothing is lost on the way."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from folders import ROOT
from made_up import write_corpus
from qa import Assistant, Settings
from qa.errors import IndexLockedError, IndexMismatchError, InputError
from qa.index.reader import open_reader
from qa.index.writer import open_writer
from qa.records import LeftOut

MODEL = "multilingual-e5-small"


@pytest.fixture
def folder(made_up, tmp_path, monkeypatch):
    """A copy of the made-up corpus with its finished index."""
    write_corpus(tmp_path / "news")
    shutil.copytree(made_up / "index", tmp_path / "index", symlinks=True)
    monkeypatch.chdir(tmp_path)
    Assistant(Settings(index_dir="index")).index(["news"])
    return tmp_path


def contents(index):
    """Everything in an index that a user could see."""
    with open_reader(index, model=MODEL) as reader:
        passages = {
            (p.source, p.start, p.end, p.sentences): p.sentence_vectors.tobytes()
            for article in reader.articles()
            for p in reader.passages_of(article.id)
        }
        groups = {article.source: article.group for article in reader.articles()}
        words = sorted(reader.matching(["crane", "bridg", "winter"], 10))
        return reader.info.content_hash, passages, groups, reader.copies(), words


def test_a_second_run_does_nothing_and_embeds_nothing(folder, monkeypatch):
    bot = Assistant(Settings(index_dir="index"))
    monkeypatch.setattr(bot._embedder, "embed_passages", lambda _: pytest.fail("embedded"))
    before = Path("index/current").readlink()
    report = bot.index(["news"])
    assert not report.changed
    assert len(report.unchanged) == 4
    assert Path("index/current").readlink() == before


def test_without_paths_the_last_ones_are_indexed_again_wherever_one_stands(folder, monkeypatch):
    monkeypatch.chdir("/")
    report = Assistant(Settings(index_dir=folder / "index")).index()
    assert len(report.unchanged) == 4


def test_a_changed_article_is_embedded_alone(folder):
    text = (folder / "news/bridge.md").read_text(encoding="utf-8")
    (folder / "news/bridge.md").write_text(text.replace("eleven", "fourteen"), encoding="utf-8")
    with Assistant(Settings(index_dir="index")) as bot:
        report = bot.index(["news"])
        assert (report.updated, report.embedded_passages) == (("news/bridge.md",), 1)
        assert "fourteen weeks" in bot.ask("How many weeks will the bridge be closed?").text


def test_an_open_assistant_sees_what_another_one_indexed(folder):
    with Assistant(Settings(index_dir="index")) as bot:
        assert bot.ask("How many hens does the fox of Zarn eat?").status == "refused"
        (folder / "news/fox.txt").write_text("The fox of Zarn eats seven hens every week, the farmers said.")
        Assistant(Settings(index_dir="index")).index(["news"])
        assert "seven hens" in bot.ask("How many hens does the fox of Zarn eat?").text


def test_a_question_under_way_outlives_the_switch_to_a_newer_index(folder):
    with Assistant(Settings(index_dir="index")) as bot:
        index = bot._open().index
        (folder / "news/fox.txt").write_text("The fox of Zarn eats seven hens every week, the farmers said.")
        Assistant(Settings(index_dir="index")).index(["news"])
        assert bot.search("fox")[0].source == "news/fox.txt"
        assert index is not bot._open().index
        assert len(index.articles()) == 4


def test_a_removed_article_is_gone_and_its_copy_stands_alone(folder):
    (folder / "news/harbour.txt").unlink()
    with Assistant(Settings(index_dir="index")) as bot:
        assert bot.index(["news"]).removed == ("news/harbour.txt",)
        answer = bot.ask("Who built the crane?")
        assert {citation.source for citation in answer.citations} == {"news/hafen.txt"}
        assert all(not citation.also_in for citation in answer.citations)
        assert bot.copies() == []


def test_increments_lead_to_what_a_clean_build_gives(folder):
    bot = Assistant(Settings(index_dir="index"))
    (folder / "news/bees.txt").unlink()
    bot.index(["news"])
    (folder / "news/hafen.txt").write_text("Ganz etwas anderes steht jetzt hier. Es hat zwei Sätze.", encoding="utf-8")
    bot.index(["news"])
    write_corpus(folder / "news")
    bot.index(["news"])
    Assistant(Settings(index_dir="clean")).index(["news"])
    assert contents(folder / "index") == contents(folder / "clean")


def test_what_can_no_longer_be_read_stays_as_it_was(folder):
    (folder / "news/bees.txt").write_bytes(b"\x00\x01" * 100)
    with Assistant(Settings(index_dir="index")) as bot:
        report = bot.index(["news"])
        assert [failure.source for failure in report.failures] == ["news/bees.txt"]
        assert "news/bees.txt" in {source.source for source in bot.sources()}


def test_what_was_left_out_and_skipped_is_told_and_kept(folder):
    (folder / "news/shares.eml").write_text(
        "From: Ann <a@b.example>\nSubject: Shares\nContent-Type: multipart/mixed; boundary=B\n\n--B\n"
        "\nThe shares fell.\n"
        '--B\nContent-Type: image/png\nContent-Disposition: attachment; filename="curve.png"\n\nx\n--B--\n'
    )
    (folder / "news/old.doc").write_bytes(b"x")
    with Assistant(Settings(index_dir="index")) as bot:
        report = bot.index(["news"])
        assert report.left_out == (LeftOut("news/shares.eml", "the attachment curve.png"),)
        assert report.skipped == ("news/old.doc",)
        assert report.notes == (
            "skipped 1 file of types that cannot be read (.doc): news/old.doc",
            "news/shares.eml: left out: the attachment curve.png",
        )
        (source,) = (source for source in bot.sources() if source.source == "news/shares.eml")
        assert source.left_out == ("the attachment curve.png",)
        assert bot.info().skipped == ("news/old.doc",)
        (folder / "news/old.doc").unlink()
        assert bot.index(["news"]).skipped == bot.info().skipped == ()


def test_an_unchanged_article_is_not_cleaned_again(folder, monkeypatch):
    from qa.index import ingest

    seen = []
    really = ingest.clean
    monkeypatch.setattr(ingest, "clean", lambda document: seen.append(document.source) or really(document))
    (folder / "news/owl.txt").write_text("The owl of Zarn sleeps all day, the farmers said.")
    Assistant(Settings(index_dir="index")).index(["news"])
    assert seen == ["news/owl.txt"]


@pytest.mark.parametrize("paths", [["nowhere"], ["empty"]])
def test_a_wrong_or_emptied_folder_does_not_wipe_the_index(folder, paths):
    (folder / "empty").mkdir()
    bot = Assistant(Settings(index_dir="index"))
    with pytest.raises(InputError):
        bot.index(paths)
    assert len(bot.sources()) == 4


def test_a_line_that_many_articles_repeat_is_furniture_whenever_they_come(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = "Zarn Courier, voice of the valley since 1902"
    bodies = [
        "A dog ran over the market in Zarn.",
        "The mill of Lissow is for sale now.",
        "Snow fell on Velmora all week.",
    ]
    bot = Assistant(Settings(index_dir="index"))
    (tmp_path / "news").mkdir()
    for number, body in enumerate(bodies):
        text = f"{body} Nobody had expected that, the mayor said.\n\n{line}\n\nMore than {number + 2} people came."
        (tmp_path / "news" / f"{number}.txt").write_text(text)
        bot.index(["news"])
    assert not any("Courier" in hit.text for hit in bot.search("Zarn Courier voice of the valley"))
    Assistant(Settings(index_dir="clean")).index(["news"])
    assert contents(tmp_path / "index") == contents(tmp_path / "clean")


def test_two_writers_the_second_is_told_who_writes(folder):
    with open_writer(Path("index"), model=MODEL, fingerprint=Settings().index_fingerprint()):
        with pytest.raises(IndexLockedError) as error:
            Assistant(Settings(index_dir="index")).index(["news"])
        assert str(os.getpid()) in error.value.message
        assert Assistant(Settings(index_dir="index")).ask("Who built the crane?").status == "answered"


def test_other_settings_are_refused_until_a_rebuild(folder):
    other = Settings.model_validate({"index_dir": "index", "split": {"max_characters": 300}})
    with pytest.raises(IndexMismatchError) as error:
        Assistant(other).index(["news"])
    assert "--rebuild" in error.value.hint
    assert len(Assistant(other).index(["news"], rebuild=True).added) == 4


@pytest.mark.slow
def test_killed_at_any_moment_the_next_command_works_and_the_next_run_completes(folder):
    """The real command, killed with SIGKILL at random moments of first builds and of updates."""
    command = [sys.executable, "-m", "qa"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    chance = random.Random(7)
    Assistant(Settings(index_dir="clean")).index(["news"])
    wanted = contents(folder / "clean")
    for attempt in range(12):
        index = "index" if attempt % 2 else f"first{attempt}"
        (folder / "news/bees.txt").write_text(f"Attempt {attempt} changed this. The bees of Lissow slept all day long.")
        process = subprocess.Popen([*command, "index", "news", "--index", index], cwd=folder, env=environment)
        time.sleep(chance.uniform(0.3, 5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = subprocess.run(
            [*command, "ask", "Who built the crane?", "--index", index], cwd=folder, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        if index == "index":
            assert "Ida Brandt" in done.stdout
        write_corpus(folder / "news")
        subprocess.run([*command, "index", "news", "--index", index], cwd=folder, env=environment, check=True)
        assert contents(folder / index) == wanted


def test_no_network_is_needed(made_up, tmp_path):
    """Indexing and asking work where there is no network interface at all."""
    unshare = ["unshare", "-rn"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow network namespaces")
    for arguments in (["index", str(ROOT / "seeds" / "000*.txt")], ["ask", "Which leaders will Biden meet?"]):
        done = subprocess.run(
            [*unshare, sys.executable, "-m", "qa", *arguments, "--index", str(tmp_path / "index")],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert "Kazakhstan" in done.stdout
