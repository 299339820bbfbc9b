"""Options that all tests share."""

from __future__ import annotations

import os

import pytest

from qa import llm
from qa.settings import Settings

pytest_plugins = ["fixtures_program", "fixtures_ollama", "fixtures_web", "fixtures_browser"]

# No test, and no program that a test starts, may ask an Ollama server that happens to run on this machine.
os.environ["OLLAMA_HOST"] = NOBODY = "127.0.0.1:9"
_USUAL = Settings().ollama_host


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files under tests/golden")
    parser.addoption("--update-pictures", action="store_true", help="take the pictures under docs/ anew")


@pytest.fixture(autouse=True)
def nobody_at_the_usual_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for settings made in a test, which do not read the environment."""
    answers = llm.ollama.server_answers
    monkeypatch.setattr(llm.ollama, "server_answers", lambda host, *rest: host != _USUAL and answers(host, *rest))


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written rather than compared."""
    return bool(request.config.getoption("--update-golden"))
