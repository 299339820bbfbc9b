#!/bin/sh
# Makes or updates .venv. Run by make; usage: requirements/install.sh core|web|full
#
#   core   what the program needs to index and answer
#   web    that, and what the chat in the browser and an Ollama server need
#   full   all that, the other optional parts, and what tests and benchmarks need; brings torch
#
# Every package is pinned with its hashes, except torch: which of its builds suits depends on the machine.
set -eu
cd "$(dirname "$0")/.."

say() { echo "set-up: $*" >&2; }
fail() { say "$1"; say "$2"; exit 1; }

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
"$PYTHON" -c "$new_enough" 2>/dev/null ||
    fail "$PYTHON is missing or older than Python 3.11" "name a newer one: make PYTHON=python3.12 ..."
if ! .venv/bin/python -c "import pip; $new_enough" 2>/dev/null; then
    say "creating .venv"
    "$PYTHON" -m venv --clear .venv ||
        fail "$PYTHON cannot create a virtual environment" "install its venv module (Debian: apt install python3-venv)"
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt

# Copies, because nltk refuses hard-linked files. pip's certificate is uv's too.
export UV_LINK_MODE=copy UV_PYTHON=.venv/bin/python
[ -n "${SSL_CERT_FILE:-}" ] || [ -z "${PIP_CERT:-}" ] || export SSL_CERT_FILE="$PIP_CERT"
install() { .venv/bin/uv pip install "$@"; }

# On Linux, torch from PyPI brings gigabytes of CUDA libraries. So first: the one already there, or a wheel in a folder
# that pip has been told of; then the build for this machine from PyTorch's own index, where that can be reached.
install_torch() {
    folders=
    for folder in ${PIP_FIND_LINKS:-}; do
        [ ! -d "$folder" ] || folders="$folders --find-links $folder"
    done
    # shellcheck disable=SC2086  # one argument a word is wanted
    install --quiet --no-index $folders 'torch>=2.2' 2>/dev/null && return
    say "installing torch for this machine"
    UV_HTTP_RETRIES=0 install --quiet --torch-backend=auto 'torch>=2.2' 2>/dev/null && return
    say "PyTorch's index cannot be reached; installing torch from PyPI (several gigabytes on Linux)"
    install 'torch>=2.2'
}

rm -f .venv/core-* .venv/web-* .venv/full-*
say "installing the $1 packages (under 300 MB to download)"
install --quiet --no-deps --require-hashes -r "requirements/$1.txt"
[ "$1" != full ] || install_torch
install --quiet --no-deps --build-constraints requirements/full.txt --editable .
