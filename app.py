"""The chat in the browser: ``python app.py`` is ``qa serve``, and takes the same arguments."""

import sys

from qa.cli import main

if __name__ == "__main__":
    sys.exit(main(["serve", *sys.argv[1:]]))
