"""The index: what goes in comes out, whatever the history; what is damaged is said to be; nothing leaks."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa.index.catalog
import qa.index.generations
import qa.index.opening
import qa.index.reader
from fake_articles import (
    DIMENSIONS,
    MODEL,
    STATE,
    contents,
    index,
    make_article,
    reader_contents,
    vector_of,
    vectors_for,
)
from folders import TESTS
from qa.errors import (
    IndexDamagedError,
    IndexLockedError,
    IndexMismatchError,
    IndexMissingError,
    InputError,
    QAError,
)
from qa.index.catalog import Catalog
from qa.index.reader import open_reader
from qa.index.stored import article_id, passage_text, vector_key
from qa.index.vector_cache import VectorCache
from qa.index.writer import open_writer
from qa.models.vectors import PassageVectors
from qa.records import Article, Document, Junk, Metadata, Passage, Span


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """An index of ``STATE``, never written to."""
    folder = tmp_path_factory.mktemp("built") / ".qa"
    index(folder, STATE)
    return folder


@pytest.fixture
def copied(built, tmp_path):
    """A copy of ``built`` that a test may harm."""
    return Path(shutil.copytree(built, tmp_path / ".qa", symlinks=True))


def other_process(code: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        **options,
    )


# -- what goes in comes out


def test_an_article_comes_back_as_it_was_put(tmp_path):
    text = "Erste Zeile\r\n\0🙂 Größe. " + "x" * 200_000 + " The end."
    passage = Passage(13, 22, (Span(13, 15), Span(15, 22)))
    document = Document("über/a b.txt", "/x/über/a b.txt", text, "txt", True, "00ff")
    article = Article(document, (Junk(0, 11, "menü"),), Metadata("T", "2024-02", "Outlet", "de"))
    vectors = vectors_for(text, passage)
    with open_writer(tmp_path, model=MODEL, fingerprint="f") as writer:
        writer.put(article, [passage], [vectors], [["größe", "🙂"]])
        assert writer.commit(["über", "x"], "/root")
    with open_reader(tmp_path, model=MODEL) as reader:
        stored = reader.article("über/a b.txt")
        assert (stored.path, stored.format, stored.verbatim, stored.sha256) == (document.path, "txt", True, "00ff")
        assert (stored.metadata, stored.junk, stored.sections) == (article.metadata, article.junk, ())
        assert stored.characters == len(text)
        assert reader.article_text(stored.id) == text
        assert reader.article_text(stored.id, len(text) - 8, len(text)) == "The end."
        (back,) = reader.passages_of(stored.id)
        assert (back.source, back.start, back.end, back.text) == (stored.source, 13, 22, text[13:22])
        assert back.sentences == passage.sentences
        assert np.array_equal(back.sentence_vectors, vectors.sentences.astype(np.float16).astype(np.float32))
        assert reader.passages([back.id, 5]).keys() == {back.id}
        assert reader.nearest(vectors.passage, 5) == [(back.id, pytest.approx(1.0))]
        assert [number for number, score in reader.matching(["größe"], 5) if score > 0] == [back.id]
        assert reader.document_frequencies(["größe", "🙂", "absent"]) == {"größe": 1, "🙂": 1, "absent": 0}
        assert reader.article("other") is None
        info = reader.info
        assert (info.model, info.dimensions, info.fingerprint) == (MODEL, DIMENSIONS, "f")
        assert (info.articles, info.passages, info.corpus, info.root) == (1, 1, ("über", "x"), "/root")


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=40), st.integers(0, 45), st.none() | st.integers(0, 45))
def test_any_part_of_a_text_can_be_read_though_it_is_stored_in_pieces(tmp_path_factory, text, start, end):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(qa.index.catalog, "_TEXT_PIECE", 4)
        catalog = Catalog.create(tmp_path_factory.mktemp("text") / "c.sqlite")
        catalog.add_article(Article(Document("s", "p", text, "txt", True, ""), (), Metadata()), [], [], MODEL)
        assert catalog.article_text(article_id("s"), start, end) == text[start:end]
        catalog.close()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_characters=" ", codec="utf-8"), min_size=1)), max_size=6))
def test_terms_match_exactly_as_they_were_given(tmp_path_factory, passages):
    """Whatever characters a term has: no tokenizer of SQLite's may fold, split or join it."""
    catalog = Catalog.create(tmp_path_factory.mktemp("terms") / "c.sqlite")
    catalog.add_terms(dict(enumerate(passages)))
    for term in {term for terms in passages for term in terms} | {"A", "a", '"', "a-b", "NEAR"}:
        found = {number for number, _ in catalog.matching([term], 100, None)}
        assert found == {number for number, terms in enumerate(passages) if term in terms}
    catalog.close()


def test_a_very_long_question_matches_like_any_other(built):
    with open_reader(built, model=MODEL) as reader:
        short = reader.matching(["minister"], 5)
        long = reader.matching(["minister", *(f"absent{number}" for number in range(20_000))], 5)
    assert [number for number, _ in long] == [number for number, _ in short]


@pytest.mark.parametrize("exact", [0, 1024], ids=["filtering Chroma's answer", "exact"])
def test_a_filtered_search_finds_the_best_of_the_allowed(built, monkeypatch, exact):
    monkeypatch.setattr(qa.index.reader, "_EXACT", exact)
    random_ = random.Random(1)
    with open_reader(built, model=MODEL) as reader:
        articles = reader.articles()
        passages = [passage for article in articles for passage in reader.passages_of(article.id)]
        for size in (0, 1, 2, 30, 60):
            allowed = {article.id for article in random_.sample(articles, size)}
            vector = vector_of(f"question {size}")
            expected = sorted(
                ((float(vector @ vector_of(p.text)), p.id) for p in passages if p.article_id in allowed),
                key=lambda pair: (-pair[0], pair[1]),
            )
            for k in (0, 1, 10, 1000):
                found = reader.nearest(vector, k, allowed)
                assert [score for _, score in found] == pytest.approx([score for score, _ in expected[:k]], abs=1e-5)
                assert {number for number, _ in found} <= {number for _, number in expected}
                assert reader.similarities(vector, [number for number, _ in found]) == dict(found)
            in_words = reader.matching(["minister"], 1000, allowed)
            everywhere = reader.matching(["minister"], 1000)
            kept = {p.id for p in passages if p.article_id in allowed}
            assert in_words == [pair for pair in everywhere if pair[0] in kept]


def test_chroma_may_fail_to_find_enough_and_still_k_passages_come_back(built, monkeypatch):
    """Its graph is approximate; the promise of k results is ours."""
    monkeypatch.setattr("qa.index.chroma.VectorStore.nearest", lambda *_: [])
    with open_reader(built, model=MODEL) as reader:
        assert len(reader.nearest(vector_of("q"), 10)) == 10


# -- history leaves no trace


@pytest.mark.parametrize("seed", range(4))
def test_many_small_updates_give_what_one_clean_build_gives(tmp_path, seed):
    chance = random.Random(seed)
    state: dict[str, int] = {}
    for _ in range(4):
        for source in chance.sample(sorted(STATE), 8):
            if chance.random() < 0.3:
                state.pop(source, None)
            else:
                state[source] = chance.randrange(4)
        index(tmp_path / "updated", state)
    index(tmp_path / "clean", dict(sorted(state.items(), reverse=True)))
    assert contents(tmp_path / "updated") == contents(tmp_path / "clean")


def test_a_removed_article_is_gone_from_everywhere(copied):
    source = next(source for source, version in STATE.items() if len(make_article(source, version)[1]) > 2)
    index(copied, {name: version for name, version in STATE.items() if name != source})
    assert source not in json.dumps(contents(copied), default=repr)
    database = sqlite3.connect(copied / "current" / "catalog.sqlite")
    gone = article_id(source)
    assert database.execute("SELECT count(*) FROM texts WHERE article_id = ?", (gone,)).fetchone() == (0,)
    for table, column in (("vectors", "passage_id"), ("passage_terms", "rowid")):
        orphans = f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT id FROM passages)"
        assert database.execute(orphans).fetchone() == (0,)
    database.close()


def test_an_article_may_change_twice_in_one_run(tmp_path):
    with open_writer(tmp_path / "twice", model=MODEL, fingerprint="f") as writer:
        for version in (1, 2, 3):
            article, passages = make_article("a.txt", version, passages=3)
            text = article.document.text
            vectors = [vectors_for(text, passage) for passage in passages]
            writer.put(article, passages, vectors, [[str(version)] for _ in passages])
        writer.commit(["corpus"], "/")
    with open_reader(tmp_path / "twice", model=MODEL) as reader:
        reader.check()
        assert reader.article_text(article_id("a.txt")) == text
        assert len(reader.matching(["3"], 10)) == 3
        assert not reader.matching(["2"], 10)


def test_nothing_changed_means_nothing_written(copied):
    before = sorted((path, path.stat().st_mtime_ns) for path in copied.rglob("*") if path.name != "lock")
    index(copied, STATE)
    assert sorted((path, path.stat().st_mtime_ns) for path in copied.rglob("*") if path.name != "lock") == before


def test_an_unchanged_run_and_listing_import_nothing_heavy(copied):
    code = """
import sys
from pathlib import Path
from fake_articles import *
index(Path(sys.argv[1]), STATE)
with open_reader(Path(sys.argv[1]), model=MODEL) as reader:
    reader.articles(), reader.matching(["minister"], 3)
print([name for name in ("chromadb", "llama_index") if name in sys.modules])
with open_reader(Path(sys.argv[1]), model=MODEL) as reader:
    reader.nearest(vector_of("q"), 3)
print([name for name in ("chromadb", "llama_index") if name in sys.modules])
"""
    process = other_process(code, copied)
    assert process.communicate()[0].splitlines() == ["[]", "['chromadb']"]
    assert process.returncode == 0


# -- other programs


def test_a_llamaindex_application_can_open_the_index(built):
    import chromadb
    from llama_index.core import VectorStoreIndex
    from llama_index.core.embeddings import MockEmbedding
    from llama_index.vector_stores.chroma import ChromaVectorStore

    client = chromadb.PersistentClient(str(built / "current" / "chroma"))
    collection = client.get_collection("passages", embedding_function=None)
    model = MockEmbedding(embed_dim=DIMENSIONS)
    retriever = VectorStoreIndex.from_vector_store(
        ChromaVectorStore(chroma_collection=collection), embed_model=model
    ).as_retriever(similarity_top_k=3)
    found = retriever.retrieve("anything")
    client.close()
    assert len(found) == 3
    for item in found:
        article, _ = make_article(item.node.metadata["source"], STATE[item.node.metadata["source"]])
        start, end = item.node.metadata["start"], item.node.metadata["end"]
        assert item.node.get_content() == article.document.text[start:end]
        assert (item.node.start_char_idx, item.node.end_char_idx) == (start, end)
        assert item.node.ref_doc_id == article.document.source
        dated = article.metadata.published is not None
        assert item.node.metadata["published_day"] == (738780 if dated else -1)
        assert item.node.metadata["locator"] == "page 1"


def test_articles_alike_are_found_in_a_draft_and_in_what_is_published(tmp_path):
    def put(writer, source, text_of):
        article, passages = make_article(text_of, 1, passages=3)
        document = Document(source, source, article.document.text, "txt", True, source)
        vectors = [vectors_for(document.text, passage) for passage in passages]
        writer.put(Article(document, (), Metadata()), passages, vectors, [[] for _ in passages])

    with open_writer(tmp_path, model=MODEL, fingerprint="f") as writer:
        for source, text_of in {"a": "x", "b": "y", "c": "x", "d": "z"}.items():
            put(writer, source, text_of)
        assert writer.nearest_articles("a", 2)[0] == ("c", pytest.approx(1.0, abs=1e-5))
        writer.commit([], "/")
    with open_writer(tmp_path, model=MODEL, fingerprint="f") as writer:
        assert [source for source, _ in writer.nearest_articles("c", 1)] == ["a"]
        assert len(writer.nearest_articles("c", 9)) == 3
        assert writer.nearest_articles("unknown", 1) == []


# -- readers and writers at once


def test_a_reader_keeps_its_generation_while_others_are_written(copied):
    """In another process, as a web server would; what it has not yet opened must still be there."""
    code = """
import sys
from pathlib import Path
from fake_articles import *
with open_reader(Path(sys.argv[1]), model=MODEL) as reader:
    print("open", flush=True)
    for line in sys.stdin:
        print(reader_contents(reader)["hash"], reader.info.chroma_path.is_dir(), flush=True)
"""
    before, generation = contents(copied)["hash"], (copied / "current").resolve()
    process = other_process(code, copied)
    assert process.stdout.readline() == "open\n"
    for version in (11, 12):
        index(copied, {**STATE, "a01.txt": version})
        process.stdin.write("look\n")
        process.stdin.flush()
        assert process.stdout.readline() == f"{before} True\n"
        assert contents(copied)["hash"] != before
    assert sorted(path.name for path in (copied / "generations").iterdir()) == ["000001", "000003"]
    assert process.communicate()[0] == ""
    index(copied, STATE)
    assert not generation.exists()
    assert contents(copied)["hash"] == before


def test_readers_come_and_go_while_a_writer_publishes(copied):
    """A generation may be deleted between a reader's finding it and its claiming it."""
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                with open_reader(copied, model=MODEL) as reader:
                    assert len(reader.articles()) == len(STATE)
            except Exception as error:  # noqa: BLE001 - any is a failure
                failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(10):
        index(copied, {**STATE, "a01.txt": 20 + version})
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(list((copied / "generations").iterdir())) <= 2


def test_a_generation_that_goes_while_it_is_being_claimed_is_not_read(copied, monkeypatch):
    flock = qa.index.generations.fcntl.flock

    def publish_first(descriptor, operation):
        monkeypatch.undo()
        index(copied, {"only.txt": 1})
        flock(descriptor, operation)

    monkeypatch.setattr(qa.index.generations.fcntl, "flock", publish_first)
    with open_reader(copied, model=MODEL) as reader:
        assert [article.source for article in reader.articles()] == ["only.txt"]


@pytest.mark.parametrize("states", [[2, 60, 0, 3, 0], [1, 0], [0, 1, 60, 59, 2]], ids=str)
def test_reading_changes_nothing_that_is_sealed(tmp_path, states):
    """Or the next run would take what Chroma does while it reads for damage."""
    for size in states:
        index(tmp_path, dict.fromkeys(sorted(STATE)[:size], 1))
        with open_reader(tmp_path, model=MODEL) as reader:
            reader.check()
            assert len(reader._vectors().nearest(vector_of("q"), 1000)) == reader.info.passages
            assert reader.info.articles == size
        qa.index.generations.verify((tmp_path / "current").resolve(), contents=True)


def test_a_reader_knows_when_there_is_something_newer(copied):
    with open_reader(copied, model=MODEL) as reader:
        assert reader.is_current()
        index(copied, STATE)
        assert reader.is_current()
        index(copied, {})
        assert not reader.is_current()
        shutil.rmtree(copied)
        assert not reader.is_current()
        index(copied, STATE)  # the same number again, but another generation
        assert (copied / "current").resolve() == reader.info.chroma_path.parent
        assert not reader.is_current()


def test_a_writer_goes_on_from_what_it_published(copied):
    with open_writer(copied, model=MODEL, fingerprint="f", rebuild=True) as writer:
        assert (writer.corpus(), writer.passage_count()) == (("corpus",), 0)
        writer.commit(["elsewhere"], "/")
        article, passages = make_article("b.txt", 1, passages=2)
        vectors = [vectors_for(article.document.text, passage) for passage in passages]
        writer.put(article, passages, vectors, [[], []])
        assert writer.commit(["elsewhere"], "/")
        assert not writer.commit(["elsewhere"], "/")
        assert (writer.corpus(), writer.passage_count(), list(writer.known())) == (("elsewhere",), 2, ["b.txt"])
    assert len(list((copied / "generations").iterdir())) == 1


def test_the_second_writer_is_refused(copied):
    with (
        open_writer(copied, model=MODEL, fingerprint="f"),
        pytest.raises(IndexLockedError),
        open_writer(copied, model=MODEL, fingerprint="f"),
    ):
        pass


def test_threads_share_a_reader(built):
    with open_reader(built, model=MODEL) as reader:
        expected = reader.nearest(vector_of("q"), 10), reader.matching(["minister"], 10)
        found: list[object] = []

        def look() -> None:
            found.append((reader.nearest(vector_of("q"), 10), reader.matching(["minister"], 10)))

        threads = [threading.Thread(target=look) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [expected] * 8


def test_opening_and_closing_leaks_neither_files_nor_threads(built):
    def cycle() -> tuple[int, int]:
        with open_reader(built, model=MODEL) as first, open_reader(built, model=MODEL) as second:
            first.nearest(vector_of("q"), 3)
            second.nearest(vector_of("q"), 3)
        return sum(1 for _ in Path("/proc/self/fd").iterdir()), sum(1 for _ in Path("/proc/self/task").iterdir())

    seen = [cycle() for _ in range(60)]  # Chroma closes a little later than it is told to, so single counts differ
    for first, last in zip(zip(*seen[:10], strict=True), zip(*seen[-10:], strict=True), strict=True):
        assert min(last) <= max(first)


# -- embedding is not done twice


def test_vectors_survive_a_run_that_did_not_commit(tmp_path):
    with open_writer(tmp_path, model=MODEL, fingerprint="f") as writer:
        writer.remember({"k": vectors_for("A text.", Passage(0, 7, (Span(0, 7),)))})
    with open_writer(tmp_path, model=MODEL, fingerprint="f") as writer:
        found = writer.vectors_for(["k", "other"])
        assert found.keys() == {"k"}
        assert np.array_equal(found["k"].passage, vector_of("A text."))
        assert found["k"].tokens == 7
        writer.commit([], "/")
    assert not (tmp_path / "vectors.sqlite").exists()


def test_only_passages_that_are_new_are_embedded(copied):
    assert index(copied, STATE, rebuild=True) == 0
    source = next(source for source, version in STATE.items() if make_article(source, version)[1])
    version = next(version for version in range(10, 99) if len(make_article(source, version)[1]) == 4)
    assert index(copied, {**STATE, source: version}) == 3  # versions share their first passage
    assert index(copied, {**STATE, source: version}, rebuild=True) == 0


def test_a_vector_key_changes_with_all_that_the_vector_depends_on():
    def key(text, passage, model="m"):
        return vector_key(model, passage_text(text, passage))

    passage = Passage(2, 10, (Span(2, 5), Span(6, 10)))
    first = key("a one two. ", passage)
    assert key("bb one two. and more", Passage(3, 11, (Span(3, 6), Span(7, 11)))) == first  # it moved
    assert key("a one two. ", passage, "other") != first
    assert key("a one TWO. ", passage) != first
    assert key("a one two. ", Passage(2, 10, (Span(2, 10),))) != first
    assert key("a one two. ", Passage(2, 10, passage.sentences, (Span(0, 1),))) != first


def test_a_passage_is_embedded_under_its_headings():
    text = "# Bees\n\nThey hum. They sting.\n"
    passage = Passage(8, 29, (Span(8, 17), Span(18, 29)), (Span(2, 6),))
    found = passage_text(text, passage)
    assert [found.text[span.start : span.end] for span in found.sentences] == ["Bees", "They hum.", "They sting."]
    assert found.text == "Bees\nThey hum. They sting."


@pytest.mark.parametrize("harm", ["truncate", "zero", "noise", "folder", "other table"])
def test_a_corrupt_vector_cache_is_started_anew(tmp_path, harm):
    path = tmp_path / "vectors.sqlite"
    cache = VectorCache(path)
    some = {f"{n}": vectors_for(f"Text {n}.", Passage(0, 7, (Span(0, 7),))) for n in range(200)}
    cache.put(some)
    cache.close()
    size = path.stat().st_size
    if harm == "folder":
        path.unlink()
        (path / "x").mkdir(parents=True)
    elif harm == "other table":
        path.unlink()
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE vectors(x)")
        database.close()
    else:
        half = path.read_bytes()[: size // 2 if harm != "zero" else 0]
        path.write_bytes(half + {"truncate": b"", "zero": bytes(size), "noise": b"\xa5" * (size - len(half))}[harm])
    cache = VectorCache(path)
    cache.get(some)
    cache.put(some)
    assert cache.get(some).keys() == some.keys()
    cache.close()


# -- refusals, each with a way out


def test_there_is_no_index(tmp_path):
    with pytest.raises(IndexMissingError) as caught:
        open_reader(tmp_path / "none", model=MODEL)
    assert "qa index" in caught.value.hint


@pytest.mark.parametrize("rebuild", [False, True])
def test_a_file_is_no_index_and_is_left_alone(tmp_path, rebuild):
    path = tmp_path / "notes"
    path.write_text("mine")
    with pytest.raises(InputError):
        open_reader(path, model=MODEL)
    with pytest.raises(InputError):
        index(path, STATE, rebuild=rebuild)
    assert path.read_text() == "mine"


def test_another_model_or_other_settings_are_refused_until_a_rebuild(copied):
    with pytest.raises(IndexMismatchError) as caught:
        open_reader(copied, model="other")
    assert "--rebuild" in caught.value.hint
    for model, fingerprint in (("other", "f"), (MODEL, "g")):
        with pytest.raises(IndexMismatchError), open_writer(copied, model=model, fingerprint=fingerprint):
            pass
    with open_writer(copied, model="other", fingerprint="g", rebuild=True) as writer:
        assert writer.commit([], "/")
    assert open_reader(copied, model="other").info.articles == 0


def test_vectors_of_another_length_are_refused(copied):
    with open_reader(copied, model=MODEL) as reader, pytest.raises(IndexMismatchError):
        reader.nearest(np.ones(DIMENSIONS + 1, np.float32), 3)
    passage = Passage(0, 2, (Span(0, 2),))
    vectors = PassageVectors(np.ones(3, np.float32), np.ones((1, 3), np.float32), 1)
    article = Article(Document("n", "n", "Hi", "txt", True, ""), (), Metadata())
    with open_writer(copied, model=MODEL, fingerprint="f") as writer, pytest.raises(IndexMismatchError):
        writer.put(article, [passage], [vectors], [[]])


def test_a_full_disk_leaves_the_index_as_it_was(copied):
    """A limit on the size of files stands in for the disk; it is met in the copy, in SQLite or in Chroma."""
    code = """
import resource, sys
from pathlib import Path
from fake_articles import *
from qa.errors import QAError
import chromadb, llama_index.vector_stores.chroma
for limit in map(int, sys.argv[2:]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        index(Path(sys.argv[1]), {f"new{number}.txt": number for number in range(400)})
    except QAError as error:
        print("could not be written" in error.message and "untouched" in error.hint)
    print([path.name for path in (Path(sys.argv[1]) / "generations").iterdir()])
    (Path(sys.argv[1]) / "vectors.sqlite").unlink(missing_ok=True)
"""
    before = contents(copied)
    process = other_process(code, copied, 100_000, 300_000, 1_100_000, stderr=subprocess.DEVNULL)
    assert process.communicate()[0].splitlines() == ["True", "['000001']"] * 3
    assert contents(copied) == before


# -- damage

GRAPH_FILES = ["header.bin", "data_level0.bin", "length.bin", "link_lists.bin", "index_metadata.pickle"]
PARTS = ["current", "generations", "000001", "seal.json", "catalog.sqlite", "chroma", "chroma.sqlite3", *GRAPH_FILES]


def part(folder: Path, name: str) -> Path:
    if name in ("current", "generations"):
        return folder / name
    if name == "000001":
        return folder / "generations" / name
    if name == "chroma":
        return folder / "current" / name
    return max((folder / "generations").rglob(name), key=lambda path: path.stat().st_size)  # of two graphs, passages'


def harm_file(path: Path, how: str) -> None:
    if how == "delete":
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    elif how == "truncate":
        os.truncate(path, path.stat().st_size // 2)
    elif how == "zero":
        path.write_bytes(bytes(path.stat().st_size))
    elif how == "flip":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 0xFF
        path.write_bytes(content)
    else:
        harm_file(path, "delete")
        path.write_bytes(b"garbage")


HARMS = [
    (name, how)
    for name in PARTS
    for how in ("delete", "garbage", "truncate", "zero", "flip")
    if how in ("delete", "garbage") or "." in name
    if (name, how) != ("chroma.sqlite3", "flip")  # an unread byte of it harms nobody
]


@pytest.fixture(scope="module")
def expected(built):
    return contents(built)


@pytest.mark.parametrize(("name", "how"), HARMS, ids=[f"{how} {name}" for name, how in HARMS])
def test_damage_is_reported_never_read_and_a_rebuild_mends_it(copied, expected, name, how):
    harm_file(part(copied, name), how)
    undetectable_by_a_reader = (name, how) == ("catalog.sqlite", "flip")  # too dear to look for at each question
    if not undetectable_by_a_reader:
        with pytest.raises((IndexDamagedError, IndexMissingError)) as caught:
            contents(copied)
        assert "qa index" in caught.value.hint
    if (name, how) not in {("current", "delete"), ("generations", "delete")}:
        with pytest.raises(QAError):
            index(copied, {**STATE, "another.txt": 1})
    index(copied, STATE, rebuild=True)
    assert contents(copied) == expected
    assert not list(copied.glob("*.new"))


def test_half_the_passages_missing_from_chroma_are_missed(copied):
    import chromadb

    client = chromadb.PersistentClient(str((copied / "current" / "chroma").resolve()))
    collection = client.get_collection("passages", embedding_function=None)
    collection.delete(ids=collection.get(limit=1)["ids"])
    client.close()
    with open_reader(copied, model=MODEL) as reader, pytest.raises(IndexDamagedError):
        reader.check()


def test_an_index_that_cannot_be_written_to_is_searched_exactly(built, monkeypatch):
    def found():
        with open_reader(built, model=MODEL) as reader:
            reader.check()
            (vector,) = reader.passages_of(reader.articles()[0].id)[0].sentence_vectors[:1]
            return reader.nearest(vector, 3)

    usual = found()
    monkeypatch.setattr(qa.index.reader, "is_writable", lambda _: False)
    monkeypatch.setattr(qa.index.reader, "open_store", lambda *_: pytest.fail("Chroma was opened"))
    assert found() == usual


def test_an_index_of_another_layout_is_refused(copied, monkeypatch):
    monkeypatch.setattr(qa.index.opening, "LAYOUT_VERSION", 99)
    with pytest.raises(IndexDamagedError, match="layout"):
        open_reader(copied, model=MODEL)


def test_a_rebuild_makes_do_with_any_garbage_and_deletes_only_what_is_ours(tmp_path, expected):
    folder = tmp_path / ".qa"
    (folder / "generations" / "000001" / "chroma").mkdir(parents=True)
    (folder / "generations" / "000001" / "seal.json").write_text("]")
    (folder / "generations" / "000002").write_text("a file")
    (folder / "lock" / "folder").mkdir(parents=True)
    (folder / "current").mkdir()
    (folder / "vectors.sqlite").write_text("no database")
    (folder / "notes.txt").write_text("mine")
    index(folder, STATE, rebuild=True)
    assert contents(folder) == expected
    assert (folder / "notes.txt").read_text() == "mine"
    assert sorted(path.name for path in folder.iterdir()) == ["current", "generations", "lock", "notes.txt"]
    assert len(list((folder / "generations").iterdir())) == 1


def test_reader_contents_sees_what_it_must(built):
    """The comparison that the tests above rest on is not empty."""
    with open_reader(built, model=MODEL) as reader:
        seen = reader_contents(reader)
    assert seen["counts"] == (60, len(seen["passages"])) == (60, len(seen["chroma"]))
    assert all(seen[name] for name in ("hash", "articles", "vectors", "terms", "copies", "chroma articles"))
