"""Indexes that several test modules ask, built once with the real embedding model."""

from pathlib import Path

import pytest

from folders import SEEDS
from made_up import write_corpus
from qa import Assistant, Settings


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory) -> Path:
    """The index of the seeds, made from the checkout, so that sources are called ``seeds/…``."""
    index = tmp_path_factory.mktemp("seeds") / "index"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(SEEDS.parent)
        Assistant(Settings(index_dir=index)).index(["seeds"])
    return index


@pytest.fixture
def seeds_bot(seeds_index):
    """An assistant over the seeds."""
    with Assistant(Settings(index_dir=seeds_index)) as bot:
        yield bot


@pytest.fixture(scope="session")
def made_up(tmp_path_factory) -> Path:
    """A folder with the made-up corpus in ``news`` and its index in ``index``."""
    folder = tmp_path_factory.mktemp("made_up")
    write_corpus(folder / "news")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Assistant(Settings(index_dir=folder / "index")).index(["news"])
    return folder


@pytest.fixture
def made_up_bot(made_up):
    """An assistant over the made-up corpus."""
    with Assistant(Settings(index_dir=made_up / "index")) as bot:
        yield bot
