"""Real Chromium, driven by Playwright, and pages that complain of what no page may do.

A page fails its test if it asks another host for anything, if a dialog opens, if a script fails, or if the server had
to say that something it did not expect happened.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from folders import ROOT

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
WIDE, PHONE = {"width": 1366, "height": 850}, {"width": 390, "height": 844}
_SERIOUS = {"serious", "critical"}
_SECONDS = 1000.0


@dataclass
class Window:
    """A page in the browser. ``faults`` collects what must not happen."""

    page: Any
    url: str
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self) -> None:
        """Go to the page and wait until it can be used."""
        self.page.goto(f"{self.url}/")
        self.page.wait_for_selector("#question textarea")
        self.page.wait_for_function("sessionStorage.getItem('article-qa-conversation')")

    def ask(self, question: str, count: int | None = None) -> None:
        """Type a question, send it, and wait for the answer: the ``count``-th, or one more than there are."""
        wanted = count or self.answers.count() + 1
        self.page.fill("#question textarea", question)
        self.page.keyboard.press("Control+Enter")
        self.wait_for_answers(wanted)

    def wait_for_answers(self, count: int) -> None:
        """Wait until so many checked answers stand there."""
        script = f"document.querySelectorAll('#chat .answer .summary').length === {count}"
        self.page.wait_for_function(script, timeout=60 * _SECONDS)

    @property
    def answers(self) -> Any:
        """The checked answers, oldest first."""
        return self.page.locator("#chat .answer:has(.summary)")

    @property
    def last(self) -> Any:
        """The last checked answer."""
        return self.answers.last

    def marked(self, identifier: str = "quote") -> str:
        """The text of the mark in the opened article, in all its pieces."""
        self.page.wait_for_selector(f"#{identifier}")
        return self.page.evaluate(
            """(id) => { const text = document.getElementById(id).closest('.article-text');
                         return [...text.querySelectorAll('mark')].map((mark) => mark.textContent).join('') }""",
            identifier,
        )

    def tab(self, name: str) -> None:
        """Change to a tab."""
        self.page.get_by_role("tab", name=name).click()

    def axe(self) -> list[str]:
        """What axe finds that is serious or critical."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {node['target']} {node['html'][:120]}"
            for one in found
            if one["impact"] in _SERIOUS
            for node in one["nodes"]
        ]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser. Its driver runs an event loop, so it is let go when a module's tests are done."""
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def windows(chromium) -> Iterator[Callable[..., Window]]:
    """Opens pages, each in a browser profile of its own: ``windows(server, **options of the profile)``."""
    opened: list[tuple[Window, Any, Any]] = []

    def open_window(server: Any, **options: Any) -> Window:
        context = chromium.new_context(**{"viewport": WIDE, **options})
        page = context.new_page()
        window = Window(page, server.url)

        def requested(request: Any) -> None:
            window.requests.append(request.url)
            if not request.url.startswith((f"{server.url}/", "data:", f"blob:{server.url}")):
                window.faults.append(f"asked another host: {request.url}")

        page.on("request", requested)
        page.on("websocket", lambda socket: window.faults.append(f"opened a socket: {socket.url}"))
        page.on("dialog", lambda dialog: (window.faults.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: window.faults.append(f"a script failed: {error}"))
        context.on("page", lambda other: window.faults.append(f"opened a page: {other.url}") if other != page else None)
        opened.append((window, context, server))
        window.open()
        return window

    yield open_window
    for window, context, server in opened:
        context.close()
        assert not window.faults
        assert server.complaints == ""


@pytest.fixture
def picture(request) -> Callable[[Window, str], None]:
    """Keeps a picture of a page under ``docs/`` when tests run with ``--update-pictures``."""
    wanted = request.config.getoption("--update-pictures")

    def take(window: Window, name: str) -> None:
        window.page.wait_for_timeout(400)  # what is still fading in
        if wanted:
            window.page.screenshot(path=ROOT / "docs" / f"{name}.png")

    return take
