"""One writer at a time, and a message that tells the second who the first is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from folders import ROOT
from qa.errors import IndexLockedError
from qa.index.lock import writer_lock

HOLD = """
import sys, time
from pathlib import Path
from qa.index.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    arguments = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_writer_learns_who_the_first_is_and_how_to_stop_it(tmp_path, holder):
    with pytest.raises(IndexLockedError) as caught, writer_lock(tmp_path / "lock"):
        pass
    assert f"being written by process {holder.pid} on {os.uname().nodename} since " in caught.value.message
    assert caught.value.hint == f"wait for it to end, or stop it with: kill {holder.pid}"


def test_a_killed_process_leaves_no_lock(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with writer_lock(tmp_path / "lock"):
        pass


def test_two_threads_of_one_process_exclude_each_other_too(tmp_path):
    with writer_lock(tmp_path / "lock"):
        with pytest.raises(IndexLockedError), writer_lock(tmp_path / "lock"):
            pass
        with pytest.raises(IndexLockedError), writer_lock(tmp_path / "lock"):
            pass  # the refused attempt must not have released it


def test_the_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), writer_lock(tmp_path / "lock"):
        raise ZeroDivisionError
    with writer_lock(tmp_path / "lock"):
        pass


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x", "host": 1, "started": 2}', "\udcff"])
def test_an_unreadable_lock_file_still_gives_a_message(tmp_path, content):
    path = tmp_path / "lock"
    with writer_lock(path):
        path.write_bytes(content.encode(errors="surrogateescape"))
        with pytest.raises(IndexLockedError, match="being written by another process"), writer_lock(path):
            pass
