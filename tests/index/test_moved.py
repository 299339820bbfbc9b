"""Articles that are moved or copied together with their index are found where they are now."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_up import write_corpus
from qa import Assistant, Settings
from qa.index.stored import rebased

QUESTION = "When was the crane built?"
NAMES = st.lists(st.sampled_from(["a", "b", "ä", ".."]), min_size=1, max_size=4).map("/".join)


def bot_in(folder, index=".qa"):
    return Assistant(Settings(index_dir=folder / index))


def paths_of(bot):
    return {article.source: article.path for article in bot.articles()}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("original") / "desk"
    write_corpus(folder / "news")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with bot_in(folder) as bot:
            bot.index(["news"])
    return folder


@pytest.fixture
def desk(original, tmp_path):
    """A copy, articles and index; the original stays where it is."""
    shutil.copytree(original, tmp_path / "desk", symlinks=True)
    return tmp_path / "desk"


def test_citations_are_checked_against_the_articles_beside_the_index(desk):
    with bot_in(desk) as bot:
        assert paths_of(bot) == {name: str(desk / name) for name in paths_of(bot)}
        answer = bot.ask(QUESTION)
        assert answer.citations
        (desk / answer.citations[0].source).write_text("Another story.\n", encoding="utf-8")
        assert bot.ask(QUESTION).citations != answer.citations


def test_only_what_changed_after_the_move_is_indexed_again(desk, tmp_path):
    with bot_in(desk) as bot:
        assert bot.index().unchanged == tuple(sorted(paths_of(bot)))
        (desk / "news" / "bees.txt").write_text("The bees of Ommen make 40 kg of honey a year.\n", encoding="utf-8")
        assert bot.index().updated == ("news/bees.txt",)
        assert paths_of(bot) == {name: str(desk / name) for name in paths_of(bot)}
    desk.rename(tmp_path / "table")
    with bot_in(tmp_path / "table") as bot:
        assert "40 kg" in bot.ask("How much honey do the bees of Ommen make?").text
        assert not bot.index().updated


def test_an_index_that_is_moved_alone_keeps_its_articles(desk, tmp_path, monkeypatch):
    with bot_in(desk) as bot:
        (desk / "news" / "bees.txt").write_text("The bees of Ommen make 40 kg of honey a year.\n", encoding="utf-8")
        bot.index()
    (tmp_path / "elsewhere").mkdir()
    (desk / ".qa").rename(tmp_path / "elsewhere" / ".qa")
    with bot_in(tmp_path / "elsewhere") as bot:
        assert paths_of(bot) == {name: str(desk / name) for name in paths_of(bot)}
        assert bot.index().unchanged == tuple(sorted(paths_of(bot)))


@given(NAMES, NAMES, NAMES)
def test_a_path_is_rebased_if_it_is_inside_and_only_then(before, now, rest):
    assert rebased(f"/{before}/{rest}", f"/{before}", f"/{now}") == f"/{now}/{rest}"
    assert rebased(f"/{before}{rest}", f"/{before}", f"/{now}") == f"/{before}{rest}"
    assert rebased(f"/{rest}", "/", f"/{now}") == f"/{now}/{rest}"
