"""Where things are in the checkout, for tests in any folder."""

from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
SEEDS = ROOT / "seeds"
NEWS = TESTS / "news"
"""The made-up corpus; see ``made_up``."""
GOLDEN = TESTS / "golden"
