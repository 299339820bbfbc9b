"""A small made-up corpus for tests of the whole program.

``harbour.txt`` and ``hafen.txt`` are one story in two languages; the other two are on their own.
"""

import shutil
from pathlib import Path

from folders import NEWS


def write_corpus(folder: Path) -> Path:
    """Copy the articles into ``folder`` and return it."""
    shutil.copytree(NEWS, folder, dirs_exist_ok=True)
    return folder
