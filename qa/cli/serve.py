"""``qa serve``: the page in the browser and the APIs for programs, on this machine unless told otherwise.

Knows addresses, ports and how a server begins and ends. Does not know what it serves.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from qa.assistant import Assistant
from qa.cli.common import build_if_missing, open_assistant, say
from qa.errors import ConfigError, InputError

if TYPE_CHECKING:
    import uvicorn

    from qa.server.accounts import Accounts

_PORT = 7860
_TRIED_PORTS = 20
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_GRACE_SECONDS = 1
_KEEP_ALIVE_SECONDS = 75
"""Longer than clients and proxies keep a connection that nobody uses: a question sent just as it is closed is lost."""
_LOADING_SECONDS = 3
"""A browser that opens the page at once has it by then; opening the index meanwhile would hold that up."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command line may say."""
    parser.add_argument("--host", metavar="ADDRESS", default="127.0.0.1", help="where to listen (default 127.0.0.1)")
    parser.add_argument(
        "--port", metavar="N", type=_port, help=f"default: the first free one from {_PORT}; 0 takes any that is free"
    )
    parser.add_argument("--auth", metavar="FILE", type=Path, help="who may use it: one name:password a line")
    parser.add_argument(
        "--insecure", action="store_true", help="listen on another address than this machine's without --auth"
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted; returns the exit code.

    Raises:
        QAError: the address, the port or the accounts cannot be used, or there is no index and none can be built.
    """
    local = _is_local(options.host)
    if not local and options.auth is None and not options.insecure:
        raise InputError(
            f"{options.host} can be reached by others, and nobody would have to sign in",
            "give --auth FILE with one name:password a line, or --insecure if that is meant",
        )
    accounts = _accounts(options.auth)
    listening = _listen(options.host, options.port)
    with listening, open_assistant(options) as assistant:
        build_if_missing(assistant)
        _serve(assistant, listening, options, accounts, local=local)
    return 0


def _serve(
    assistant: Assistant,
    listening: socket.socket,
    options: argparse.Namespace,
    accounts: Accounts | None,
    *,
    local: bool,
) -> None:
    gc.disable()  # what is loaded now stays: looking for garbage in it would only take time, now and later
    try:
        import uvicorn

        from qa.server.app import make_app
    except ImportError as error:
        missing = error.name or str(error)
        raise ConfigError(
            f"the page needs {missing}, which is not installed", "pip install 'article-qa[web]'"
        ) from None
    app = make_app(assistant, names={*_LOCAL_NAMES, options.host.casefold()} if local else None, accounts=accounts)
    gc.freeze()
    gc.enable()
    config = uvicorn.Config(
        app,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        server_header=False,
        proxy_headers=False,
        ws="none",
    )
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)  # pages that are open are cut off
    announcing = (server, _url(listening), assistant, options.open)
    threading.Thread(target=_announce, args=announcing, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):  # which is how it is meant to end
        server.run(sockets=[listening])


def _announce(server: uvicorn.Server, url: str, assistant: Assistant, opens: bool) -> None:  # noqa: FBT001
    """Say where the page is, as soon as it is there; then get ready for the first question."""
    while not server.started:
        time.sleep(0.02)
        if server.should_exit:
            return
    say(f"qa: the page is at {url} (Ctrl-C ends it)")
    if opens:
        _open_browser(url)
    time.sleep(_LOADING_SECONDS)
    assistant.warm_up()


def _open_browser(url: str) -> None:
    """Open the page in a window, where there is one; a browser in the terminal would take that away from us."""
    import webbrowser

    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if type(browser) is not webbrowser.GenericBrowser:
            browser.open(url)


def _accounts(path: Path | None) -> Accounts | None:
    if path is None:
        return None
    from qa.server.accounts import Accounts

    return Accounts.read(path)


def _is_local(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    import ipaddress

    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def _listen(host: str, port: int | None) -> socket.socket:
    """A socket on the wanted port, or on the first free one.

    Raises:
        InputError: the address is none of this machine's, or the port is taken.
    """
    host = host.strip("[]")
    ports = [port] if port is not None else range(_PORT, _PORT + _TRIED_PORTS)
    reason = ""
    for candidate in ports:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host, candidate, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listening = socket.socket(family, kind, protocol)
            try:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind(address)
                listening.listen(128)
            except OSError:
                listening.close()
                raise
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            continue
        return listening
    tried = f"port {port}" if port is not None else f"ports {_PORT} to {_PORT + _TRIED_PORTS - 1}"
    raise InputError(f"cannot listen on {host}, {tried}: {reason}", "choose another with --port, or --port 0 for any")


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{host}:{port}/"


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)
