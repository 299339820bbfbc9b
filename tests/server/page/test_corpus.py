"""The list of articles says what the index no longer knows."""

import re
import shutil

import pytest

from qa import Assistant, Settings
from qa.documents.files import SUFFIXES
from qa.server.page.articles import corpus_html
from qa.server.page.state import corpus_of
from qa.server.uploads import UploadLimits, Uploads


@pytest.fixture
def listed(made_up, tmp_path, monkeypatch):
    """A copy of the made-up corpus in ``news``, and what the list says of each article."""
    shutil.copytree(made_up, tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    uploads = Uploads(tmp_path / "uploads", UploadLimits(), SUFFIXES)
    with Assistant(Settings(index_dir=tmp_path / "index")) as bot:

        def rows():
            text = corpus_html(corpus_of(bot, uploads))
            return {re.search(r"news/[\w.]+", row)[0]: row for row in text.split("<tr>") if "news/" in row}

        yield rows


def test_changed_and_removed_files_are_told_from_the_others(listed, tmp_path):
    assert all(">indexed<" in row for row in listed().values())
    (tmp_path / "news" / "harbour.txt").write_text("Another story altogether.\n", encoding="utf-8")
    (tmp_path / "news" / "hafen.txt").unlink()
    told = listed()
    assert "its file was changed; index again" in told.pop("news/harbour.txt")
    assert "its file is gone; index again" in told.pop("news/hafen.txt")
    assert told
    assert all(">indexed<" in row for row in told.values())


def test_a_file_that_is_again_as_it_was_counts_as_indexed(listed, tmp_path):
    path = tmp_path / "news" / "harbour.txt"
    text = path.read_bytes()
    path.write_bytes(text + b"!")
    assert "changed" in listed()["news/harbour.txt"]
    path.write_bytes(text)
    assert ">indexed<" in listed()["news/harbour.txt"]
