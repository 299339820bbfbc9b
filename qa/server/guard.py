"""What stands before the server: it keeps out other web pages, other hosts' names, strangers and bodies without end.

Pure ASGI, so that what is streamed passes piece by piece. Does not know what the application serves, nor where accounts
come from. The scheme is the connection's: a proxy that ends TLS must tell the server, which must trust it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from qa.server.accounts import Accounts

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; media-src 'self' blob:; "
    "worker-src 'self' blob:; frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS: Headers = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]
_DROPPED = {b"content-security-policy", b"access-control-allow-origin", b"access-control-allow-credentials"}

_SINGLE = {"host", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "authorization", "content-length"}
"""The headers that are decided by. Of two, the application might read the other one."""

_CHALLENGE = [(b"www-authenticate", b'Basic realm="article-qa", charset="UTF-8"')]
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s\[\]:/@?#\\]+)(?::([0-9]{0,5}))?")
_SCHEMES = {"ws": "http", "wss": "https"}
_PORTS = {"http": 80, "https": 443}
_POLICY_VIOLATION = 1008
_CHECKED_AT_ONCE = 2
_MOST_DIGITS = 18


class _RefusedError(Exception):
    """A request that does not reach the application."""

    def __init__(self, status: HTTPStatus, message: str, hint: str, headers: Headers | None = None) -> None:
        super().__init__(message)
        self.status, self.hint, self.headers = status, hint, headers or []


class _TooLargeError(Exception):
    """Stops the application where it reads or answers: the body went past the limit."""


class Guard:
    """An ASGI application that lets through to another one what may reach it.

    A refusal is JSON, ``{"error": {"message": ..., "hint": ..., "type": ...}}``; a WebSocket is closed with code 1008.
    The user's name is put into ``scope["state"]["user"]`` if there are accounts.
    """

    def __init__(
        self, app: App, *, names: Collection[str] | None, accounts: Accounts | None = None, most_bytes: int
    ) -> None:
        """Guard ``app``.

        Args:
            app: the application.
            names: the hosts' names and addresses by which the server may be called; ``None`` for any.
            accounts: who may use it; ``None`` for everyone. ``GET /health`` needs no account.
            most_bytes: of a request's body.
        """
        self._app = app
        self._names = None if names is None else frozenset(_plain_name(name) for name in names)
        self._accounts = accounts
        self._most_bytes = most_bytes
        # Threads of its own and few: somebody who guesses passwords must not occupy those that the others need.
        self._checking = ThreadPoolExecutor(_CHECKED_AT_ONCE, thread_name_prefix="qa-passwords")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, as ASGI has it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send, self._most_bytes)
        try:
            await self._check(scope)
        except _RefusedError as refused:
            await _refuse(scope, exchange.send, refused)
            return
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception:
            if not exchange.too_large:
                raise
        if exchange.too_large and not exchange.started:
            await _refuse(scope, exchange.pass_on, self._too_large())

    async def _check(self, scope: Scope) -> None:
        headers = _single_headers(scope["headers"])
        self._check_host(headers.get("host"))
        _check_origin(scope, headers)
        _check_fetch_site(scope, headers)
        if self._accounts is not None and not _is_health(scope):
            user = await self._user(self._accounts, headers.get("authorization"))
            scope.setdefault("state", {})["user"] = user
        self._check_length(headers.get("content-length"))

    def _check_host(self, host: str | None) -> None:
        if self._names is None:
            return
        match = _HOST.fullmatch(host or "")
        if match is None or _plain_name(match[1]) not in self._names:
            message = "this server does not go by the name that was asked for"
            raise _RefusedError(HTTPStatus.MISDIRECTED_REQUEST, message, "open the address that it printed")

    async def _user(self, accounts: Accounts, authorization: str | None) -> str:
        user = accounts.remembered_user_of(authorization)
        if user is None and authorization is not None:
            # bcrypt is slow by design; meanwhile others are served
            user = await asyncio.get_running_loop().run_in_executor(self._checking, accounts.user_of, authorization)
        if user is None:
            hint = "sign in; a program sends them as Basic, or name:password as its API key"
            raise _RefusedError(HTTPStatus.UNAUTHORIZED, "this server needs a name and its password", hint, _CHALLENGE)
        return user

    def _check_length(self, length: str | None) -> None:
        length = "0" if length is None else length
        if not (length.isascii() and length.isdigit()):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "Content-Length is not a number", "send the number of bytes")
        if len(length) > _MOST_DIGITS or int(length) > self._most_bytes:
            raise self._too_large()

    def _too_large(self) -> _RefusedError:
        message = f"the request is larger than {self._most_bytes} bytes"
        return _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message, "send less at once")


class _Exchange:
    """One request and its response: counts what comes in, and adds the headers to what goes out."""

    def __init__(self, receive: Receive, send: Send, most_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self._bytes_left = most_bytes
        self.too_large = False
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._bytes_left -= len(message.get("body", b""))
            self.too_large = self._bytes_left < 0
            self._stop_if_too_large()
        return message

    async def send(self, message: Message) -> None:
        if not self.started:
            self._stop_if_too_large()  # an application that catches everything would answer something else
        await self.pass_on(message)

    async def pass_on(self, message: Message) -> None:
        self.started = True
        if message["type"].endswith("http.response.start"):  # also when a WebSocket is denied
            message = {**message, "headers": _with_security(message.get("headers", ()))}
        await self._send(message)

    def _stop_if_too_large(self) -> None:
        if self.too_large:
            raise _TooLargeError


async def _refuse(scope: Scope, send: Send, refused: _RefusedError) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": str(refused)})
        return
    body = json.dumps(
        {"error": {"message": str(refused), "hint": refused.hint, "type": "invalid_request_error"}}
    ).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *refused.headers]
    await send({"type": "http.response.start", "status": refused.status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_security(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    kept = [(name, value) for name, value in headers if name.lower() not in _DROPPED]
    present = {name.lower() for name, _ in kept}
    return kept + [(name, value) for name, value in _HEADERS if name not in present]


def _single_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers that are decided by, each of which may be there once."""
    found: dict[str, str] = {}
    for raw_name, value in headers:
        name = raw_name.decode("latin-1").lower()
        if name in found:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, f"the request has two headers {name}", "send it once")
        if name in _SINGLE:
            found[name] = value.decode("latin-1").strip(" \t")
    return found


def _plain_name(name: str) -> str:
    return name.lower().removeprefix("[").removesuffix("]").removesuffix(".")


def _origin(scheme: str, host: str) -> tuple[str, str, int] | None:
    """What a browser tells pages apart by; ``None`` if it is no web page."""
    match = _HOST.fullmatch(host)
    if match is None or scheme not in _PORTS:
        return None
    return scheme, match[1].lower(), int(match[2] or _PORTS[scheme])


def _check_origin(scope: Scope, headers: dict[str, str]) -> None:
    if "origin" not in headers:
        return
    scheme, _, host = headers["origin"].partition("://")
    asking = _origin(scheme.lower(), host)
    own_scheme = scope.get("scheme", "http").lower()
    if asking is None or asking != _origin(_SCHEMES.get(own_scheme, own_scheme), headers.get("host", "")):
        raise _other_page()


def _check_fetch_site(scope: Scope, headers: dict[str, str]) -> None:
    """A browser may follow a link to here from anywhere, but another page may not fetch or embed anything."""
    opens = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    followed_link = opens and scope.get("method") in {"GET", "HEAD"}
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and not followed_link:
        raise _other_page()


def _other_page() -> _RefusedError:
    hint = "use the server's own page, or a program outside the browser"
    return _RefusedError(HTTPStatus.FORBIDDEN, "another web page may not use this server", hint)


def signed_in(scope: Mapping[str, Any]) -> str:
    """Who has signed in, as ``Guard`` noted it; nobody, where nobody has to."""
    return str(scope.get("state", {}).get("user", ""))


def _is_health(scope: Scope) -> bool:
    return (scope["type"], scope.get("method"), scope["path"]) == ("http", "GET", "/health")
