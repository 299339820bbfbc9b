"""What strangers send stays in the folder, under a harmless name, within the limits, and replaces nothing."""

import errno
import os
import stat
import tempfile
import threading
import unicodedata
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa.documents.files import find_files
from qa.errors import InputError
from qa.inert import acts
from qa.server.uploads import UploadLimits, Uploads

SUFFIXES = {".txt", ".md", ".pdf"}


@pytest.fixture
def uploads(tmp_path):
    return Uploads(tmp_path / "deep" / "folder", UploadLimits(), SUFFIXES)


@pytest.fixture
def send(tmp_path, uploads):
    """Add one file of this name and content; returns its name in the folder, or why it was refused."""

    def sending(name, content="words", into=uploads):
        source = tmp_path / "sent"
        source.write_text(content)
        accepted, refused = into.add([(name, source)])
        assert source.read_text() == content, "files are copied, not moved"
        return accepted[0].name if accepted else refused[0].reason

    return sending


def everything(folder):
    """Every path below a folder, with what a file holds."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\x\\a.txt", "a.txt"),
        ("/a\\../b.txt", "b.txt"),
        ("....txt", "article.txt"),
        (".txt", "article.txt"),
        (" . .hidden .txt. .", "hidden.txt"),
        ("a\u202egnp.txt", "agnp.txt"),
        ("a\0b\n\x1bc.txt", "abc.txt"),
        ('<a>:"b|c?*.md', "abc.md"),
        ("cafe\u0301.TXT", "caf\u00e9.TXT"),
        ("con.txt", "_con.txt"),
        ("NUL.old.txt", "_NUL.old.txt"),
        ("COM1 .txt", "_COM1.txt"),
        ("console.txt", "console.txt"),
        ("é" * 200 + ".txt", "é" * 60 + ".txt"),
        ("a" + "é" * 200 + ".txt", "a" + "é" * 59 + ".txt"),
        ("\ud800a.txt", "a.txt"),
        ("a\u2028 \u00a0b.txt", "a b.txt"),
    ],
)
def test_a_name_is_made_safe(send, uploads, sent, kept):
    assert send(sent) == kept
    assert uploads.names() == [kept]


@pytest.mark.parametrize("name", ["..", "", "/", "a.txt/", "a.exe", "txt", "a.txt.exe", "a.txt:stream", "a."])
def test_what_has_no_readable_ending_is_refused_and_makes_no_folder(send, uploads, name):
    assert send(name) == "is not a kind of file that can be read (.md, .pdf, .txt)"
    assert not uploads.folder.exists()


def names_from_anyone():
    anything = st.text(st.characters(exclude_categories=()))
    telling = st.text(st.sampled_from("./\\: \0\n\u202eCONa\u00e9\u0301*"), max_size=12)
    return st.builds("".join, st.tuples(anything | telling, st.sampled_from(["", ".txt", ".TXT", ".md", "/", ". "])))


@given(names_from_anyone())
@example("../../evil.txt")
@example("..")
@example("CON.txt")
def test_whatever_the_name_a_file_lands_in_the_folder_or_nowhere(name):
    """Nothing outside changes, the name is visible and portable, and the indexer finds what is there."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        (root / "sent").write_text("words")
        before = everything(root)
        uploads = Uploads(root / "in" / "folder", UploadLimits(), SUFFIXES)
        accepted, refused = uploads.add([(name, root / "sent")])
        after = everything(root)
        assert before.items() <= after.items()
        if refused:
            assert after == before
            assert "/" not in refused[0].name
            assert not any(map(acts, refused[0].name))
            return
        (one,) = accepted
        assert set(after) - set(before) == {root / "in", uploads.folder, one.path}
        assert (one.path.parent, one.path.name) == (uploads.folder, one.name)
        assert uploads.names() == [one.name]
        assert uploads.owns(one.path)
        assert one.name == one.name.strip(". ")
        assert unicodedata.is_normalized("NFC", one.name)
        assert not any(acts(character) or character in '<>:"|?*/\\' for character in one.name)
        assert len(one.name.rpartition(".")[0].encode()) <= 120
        assert [file.path for file in find_files([str(uploads.folder)], root=root).files] == [one.path]


def test_a_refused_name_is_shown_without_its_path_and_with_its_tricks_visible(uploads, tmp_path):
    _, refused = uploads.add([("../x/a\u202e\n.exe", tmp_path / "none"), ("../", tmp_path / "none")])
    assert [one.name for one in refused] == ["a\\u202e\\u000a.exe", ".."]


def test_limits_are_kept(tmp_path):
    uploads = Uploads(tmp_path / "folder", UploadLimits(files=3, megabytes=1, total_files=2), SUFFIXES)
    sizes = {"exact": 2**20, "large": 2**20 + 1, "empty": 0, "late": 5}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(b"x" * size)
    accepted, refused = uploads.add([(f"{name}.txt", tmp_path / name) for name in sizes])
    assert [one.name for one in accepted] == ["exact.txt"]
    assert [(one.name, one.reason) for one in refused] == [
        ("large.txt", "is larger than 1 MB"),
        ("empty.txt", "is empty"),
        ("late.txt", "only 3 files at once; add it with the next lot"),
    ]
    (tmp_path / "other").write_text("other")
    accepted, refused = uploads.add([("late.txt", tmp_path / "late"), ("other.txt", tmp_path / "other")])
    assert [one.name for one in accepted] == ["late.txt"]
    assert [one.reason for one in refused] == ["does not fit: the folder may hold only 2 files"]


def test_the_same_content_is_kept_once_whatever_its_name(send, uploads):
    assert send("a.txt") == "a.txt"
    assert send("a.txt") == "is there already with the same content"
    assert send("b.md") == "is there already with the same content, as a.txt"
    assert send("c.txt", "sword") == "c.txt", "as long, but other words"
    assert uploads.names() == ["a.txt", "c.txt"]


def test_a_name_that_is_taken_gets_a_number(send, uploads):
    assert [send("a.txt", str(number)) for number in range(3)] == ["a.txt", "a (2).txt", "a (3).txt"]
    assert [(uploads.folder / name).read_text() for name in ("a.txt", "a (2).txt", "a (3).txt")] == ["0", "1", "2"]
    long = "é" * 60 + ".txt"
    assert [send(long, text) for text in ("x", "y")] == [long, "é" * 58 + " (2).txt"]


def test_files_and_folder_are_their_owners_alone(send, uploads):
    send("a.txt")
    assert stat.S_IMODE(uploads.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((uploads.folder / "a.txt").stat().st_mode) == 0o600


def test_sources_that_are_no_files_are_refused(uploads, tmp_path):
    """A link could name any file of this machine; a pipe would be waited for."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "inner").mkdir()
    accepted, refused = uploads.add([("a.txt", tmp_path / name) for name in ("link", "pipe", "inner", "none")])
    assert not accepted
    assert [one.reason.removeprefix("cannot be read: ") for one in refused] == [
        "it is a link", "not a regular file", "is a directory", "no such file or directory",
    ]  # fmt: skip


def test_a_link_in_the_folder_is_neither_owned_nor_listed_nor_written_through(send, uploads, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("words")
    uploads.folder.mkdir(parents=True)
    (uploads.folder / "a.txt").symlink_to(outside)
    (uploads.folder / "b.txt").symlink_to(tmp_path / "not-yet.txt")
    assert uploads.names() == []
    assert not uploads.owns(uploads.folder / "a.txt")
    assert send("a.txt", "other") == "a (2).txt"
    assert send("b.txt", "more") == "b (2).txt"
    assert outside.read_text() == "words"
    assert not (tmp_path / "not-yet.txt").exists()
    with pytest.raises(InputError):
        uploads.remove("a.txt")


def test_a_file_is_owned_only_if_it_lies_directly_in_the_folder(send, uploads, tmp_path, monkeypatch):
    send("a.txt")
    folder = uploads.folder
    (tmp_path / "way").symlink_to(folder)
    (folder / "inner").mkdir()
    (folder / "inner" / "b.txt").write_text("b")
    (tmp_path / "to-it.txt").symlink_to(folder / "a.txt")
    monkeypatch.chdir(folder)
    assert uploads.owns(folder / "a.txt")
    assert uploads.owns(str(tmp_path / "way" / "a.txt"))
    others = [folder / "inner/b.txt", folder / "inner", folder, folder / "none.txt", tmp_path / "to-it.txt", tmp_path]
    assert not any(map(uploads.owns, [*others, "a.txt", "", f"{folder}/..", f"{folder}/a\0.txt"]))
    assert Uploads(tmp_path / "way", UploadLimits(), SUFFIXES).owns(folder / "a.txt")


def test_two_who_add_the_same_name_at_once_both_keep_their_words(uploads, tmp_path):
    """Also two programs, which share no lock."""
    twin = Uploads(uploads.folder, UploadLimits(), SUFFIXES)
    barrier = threading.Barrier(4)
    kept = []

    def work(number, shared):
        for turn in range(10):
            source = tmp_path / f"{number}"
            source.write_text(f"{number} {turn}")
            barrier.wait()
            kept.extend(shared.add([("a.txt", source)])[0])

    threads = [
        threading.Thread(target=work, args=(n, shared)) for n, shared in enumerate([uploads, uploads, twin, twin])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.name for one in kept}) == 40
    assert {one.path.read_text() for one in kept} == {f"{number} {turn}" for number in range(4) for turn in range(10)}
    assert sorted(path.name for path in uploads.folder.iterdir()) == uploads.names()


def test_what_was_removed_comes_back_last_first(send, uploads):
    for text in ("first", "second"):
        assert send("a.txt", text) == "a.txt"
        uploads.remove("a.txt")
    assert uploads.names() == []
    assert not uploads.owns(uploads.folder / ".removed" / "a.txt")
    assert not find_files([str(uploads.folder)], root=uploads.folder).files, "the indexer does not see it"
    assert [uploads.restore("a.txt"), uploads.restore("a.txt")] == ["a.txt", "a (2).txt"]
    assert [(uploads.folder / name).read_text() for name in uploads.names()] == ["first", "second"]
    with pytest.raises(InputError, match="no removed file"):
        uploads.restore("a.txt")


def test_a_removed_file_with_a_number_in_its_name_is_not_taken_for_another(send, uploads):
    for text in ("one", "two"):
        send("a.txt", text)
    uploads.remove("a (2).txt")
    with pytest.raises(InputError):
        uploads.restore("a.txt (2)")
    uploads.remove("a.txt")
    assert uploads.restore("a.txt") == "a.txt"
    assert (uploads.folder / "a.txt").read_text() == "one"


@settings(deadline=None)  # files are written
@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "restore"]), st.sampled_from("ab")), max_size=12))
def test_no_words_are_ever_lost(deeds):
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        uploads = Uploads(root / "folder", UploadLimits(), SUFFIXES)
        added = set()
        for number, (deed, letter) in enumerate(deeds):
            if deed == "add":
                (root / "sent").write_text(f"{number}")
                assert uploads.add([(f"{letter}.txt", root / "sent")])[0]
                added.add(f"{number}")
                continue
            with suppress(InputError):
                (uploads.remove if deed == "remove" else uploads.restore)(f"{letter}.txt")
        assert sorted(path.read_text() for path in uploads.folder.rglob("*") if path.is_file()) == sorted(added)


@pytest.mark.parametrize(
    "name", ["../outside.txt", "none.txt", "", ".", "..", ".removed", ".removed/b.txt", "/etc/hosts"]
)
def test_only_listed_names_are_moved(send, uploads, tmp_path, name):
    for kept in ("a.txt", "b.txt"):
        send(kept, kept)
    uploads.remove("b.txt")
    (uploads.folder.parent / "outside.txt").write_text("outside")
    before = everything(tmp_path)
    for move in (uploads.remove, uploads.restore):
        with pytest.raises(InputError) as failure:
            move(name)
        assert failure.value.hint
    assert everything(tmp_path) == before


def test_a_full_folder_takes_nothing_back(send, tmp_path):
    uploads = Uploads(tmp_path / "folder", UploadLimits(total_files=1), SUFFIXES)
    send("a.txt", "one", uploads)
    uploads.remove("a.txt")
    send("a.txt", "two", uploads)
    with pytest.raises(InputError, match="may hold only 1 files"):
        uploads.restore("a.txt")


def test_a_file_system_without_hard_links_will_do(send, uploads, monkeypatch):
    def no_link(source, target, **how):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    assert [send("a.txt", "one"), send("a.txt", "two")] == ["a.txt", "a (2).txt"]
    uploads.remove("a.txt")
    assert uploads.restore("a.txt") == "a.txt"
    assert sorted(path.read_text() for path in uploads.folder.iterdir() if path.is_file()) == ["one", "two"]


@pytest.mark.parametrize("call", ["link", "fsync"])
def test_a_disk_error_is_said_and_leaves_nothing_behind(send, uploads, monkeypatch, call):
    def full(*_, **how):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    assert send("a.txt") == "cannot be kept: no space left on device"
    assert list(uploads.folder.iterdir()) == []


@pytest.mark.parametrize("folder", ["file", "file/below", "dangling"])
def test_a_folder_that_cannot_be_one_is_an_error_with_a_hint(send, tmp_path, folder):
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"the folder .* cannot be") as failure:
        send("a.txt", into=Uploads(tmp_path / folder, UploadLimits(), SUFFIXES))
    assert "uploads_dir" in failure.value.hint


def test_a_folder_that_may_not_be_read_is_an_error_with_a_hint(send, uploads, monkeypatch):
    def closed(_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "scandir", closed)
    for deed in (uploads.names, lambda: send("a.txt"), lambda: uploads.remove("a.txt")):
        with pytest.raises(InputError, match="cannot be read: permission denied") as failure:
            deed()
        assert failure.value.hint
