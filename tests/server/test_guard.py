"""Nobody reaches the server who should not: other pages, other names, strangers, bodies without end."""

import asyncio
import base64
import json

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import InputError
from qa.server.accounts import Accounts
from qa.server.guard import Guard

LOCAL = {"localhost", "127.0.0.1", "::1"}
HASH = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4)).decode()
NAVIGATION = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
SECURITY = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "x-frame-options",
    "permissions-policy",
}


class Reply:
    """What came back, message by message."""

    def __init__(self, messages):
        self.messages = messages
        self.status = messages[0].get("status")
        self.headers = {name.decode().lower(): value.decode() for name, value in messages[0].get("headers", ())}
        self.pieces = [message["body"] for message in messages[1:]]

    @property
    def error(self):
        return json.loads(b"".join(self.pieces))["error"]


def answering(headers=(), pieces=(b"well",)):
    """An application that reads the body to its end and then answers."""

    async def app(scope, receive, send):
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        for place, piece in enumerate(pieces, start=1):
            await send({"type": "http.response.body", "body": piece, "more_body": place < len(pieces)})

    return app


def guarded(app=None, names=LOCAL, accounts=None, most_bytes=100):
    return Guard(app or answering(), names=names, accounts=accounts, most_bytes=most_bytes)


def request(guard, headers=None, *, method="GET", path="/", body=(b"",), kind="http", scheme="http", more=()):
    """Run one request; ``more`` are headers beyond those of ``headers``, for sending two of a name."""
    sent = []
    waiting = [
        {"type": "http.request", "body": piece, "more_body": place < len(body)}
        for place, piece in enumerate(body, start=1)
    ]

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    named = {"host": "localhost:8000", **(headers or {})}
    pairs = [(name.encode(), value.encode()) for name, value in [*named.items(), *more] if value is not None]
    scope = {"type": kind, "scheme": scheme, "path": path, "headers": pairs}
    if kind == "http":
        scope["method"] = method
    asyncio.run(guard(scope, receive, send))
    reply = Reply(sent)
    reply.user = scope.get("state", {}).get("user")
    return reply


def basic(name, password):
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def accounts_file(folder, text, mode=0o600):
    path = folder / "accounts"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


# --- names of the host


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8000", "localhost.:80", "127.0.0.1:1", "[::1]:8000", "[::1]"])
def test_the_server_answers_to_its_own_names(host):
    assert request(guarded(), {"host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example:8000", "localhost.evil.example", "localhost@evil.example", "", None, "localhost:x", "::1"]
)
def test_a_page_that_points_its_own_name_here_is_refused(host):
    reply = request(guarded(), {"host": host})
    assert reply.status == 421
    assert reply.error["message"]
    assert reply.error["hint"]


def test_a_server_open_to_a_network_takes_any_name():
    assert request(guarded(names=None), {"host": "library.example:8000"}).status == 200


@given(st.text(st.characters(max_codepoint=255)))
def test_no_other_host_is_taken_for_one_of_the_names(host):
    bare = host.strip(" \t").lower()
    if bare.partition(":")[0].removesuffix(".") not in LOCAL and not bare.startswith("[::1]"):
        assert request(guarded(), {"host": None}, more=[("host", host)]).status == 421


# --- other pages


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://localhost",
        "http://localhost:3000",
        "https://localhost:8000",
        "http://localhost:8000.evil.example",
        "http://localhost:8000 http://evil.example",
        "http://evil.example@localhost:8000",
        "file://",
    ],
)
@pytest.mark.parametrize("names", [LOCAL, None])
def test_another_page_cannot_send_anything(origin, names):
    assert request(guarded(names=names), {"origin": origin}, method="POST").status == 403


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("http", "localhost:8000", "http://localhost:8000"),
        ("http", "LOCALHOST:8000", "http://localhost:8000"),
        ("http", "localhost:80", "http://localhost"),
        ("https", "localhost", "https://localhost:443"),
        ("http", "[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_servers_own_page_can(scheme, host, origin):
    headers = {"host": host, "origin": origin, "sec-fetch-site": "same-origin"}
    assert request(guarded(), headers, method="POST", scheme=scheme).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_cannot_fetch_or_embed_but_link(site):
    navigation = {**NAVIGATION, "sec-fetch-site": site}
    assert request(guarded(), navigation).status == 200
    assert request(guarded(), navigation, method="HEAD").status == 200
    assert request(guarded(), navigation, method="POST").status == 403
    assert request(guarded(), {**navigation, "sec-fetch-dest": "iframe"}).status == 403
    assert request(guarded(), {**navigation, "sec-fetch-mode": "no-cors"}).status == 403
    assert request(guarded(), {"sec-fetch-site": site}).status == 403


def test_an_address_typed_into_the_browser_opens():
    assert request(guarded(), {**NAVIGATION, "sec-fetch-site": "none"}).status == 200


@pytest.mark.parametrize("name", ["Host", "Origin", "Sec-Fetch-Site", "Authorization"])
def test_two_headers_of_a_name_are_not_guessed_between(name):
    own = {"host": "localhost:8000", "origin": "http://localhost:8000", "sec-fetch-site": "same-origin"}
    assert request(guarded(), {**own, "authorization": "x"}, more=[(name, "localhost:8000")]).status == 400


# --- WebSockets and the server's own events


def test_a_websocket_of_another_page_is_closed():
    reply = request(guarded(), {"origin": "https://evil.example"}, kind="websocket", scheme="ws")
    assert [(message["type"], message["code"]) for message in reply.messages] == [("websocket.close", 1008)]


def test_a_websocket_of_the_own_page_reaches_the_application():
    async def app(scope, receive, send):
        await send({"type": "websocket.accept"})

    own = {"host": "localhost", "origin": "https://localhost"}
    reply = request(guarded(app), own, kind="websocket", scheme="wss")
    assert reply.messages == [{"type": "websocket.accept"}]
    strangers = guarded(app, accounts=Accounts({"anna": "secret"}))
    assert request(strangers, own, kind="websocket", path="/health", scheme="wss").messages[0]["code"] == 1008


def test_start_and_end_of_the_server_pass():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(guarded(app)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]


# --- accounts


@pytest.mark.parametrize("password", ["secret", "p:a:ss", "pässwörd 漢字"])
def test_basic_and_bearer_name_the_user(password):
    guard = guarded(accounts=Accounts({"zoë": password}))
    for headers in (basic("zoë", password), {"authorization": f"bearer zoë:{password}"}):
        reply = request(guard, headers)
        assert (reply.status, reply.user) == (200, "zoë")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("anna", "wrong"),
        basic("anna", ""),
        basic("nobody", "secret"),
        basic("anna", "secret\0"),
        {"authorization": "Basic !!!"},
        {"authorization": "Basic /w=="},
        {"authorization": "Bearer secret"},
        {"authorization": "Digest anna:secret"},
        {"authorization": "Bearer anna:" + "x" * 10_000},
        {"authorization": f"Bearer bert:{HASH}"},
    ],
)
def test_others_are_asked_to_sign_in(headers):
    reply = request(guarded(accounts=Accounts({"anna": "secret", "bert": HASH})), headers)
    assert (reply.status, reply.user) == (401, None)
    assert reply.headers["www-authenticate"] == 'Basic realm="article-qa", charset="UTF-8"'
    assert "secret" not in json.dumps(reply.error)


def test_health_is_open_to_all_of_the_right_name():
    guard = guarded(accounts=Accounts({"anna": "secret"}))
    assert request(guard, path="/health").status == 200
    assert request(guard, path="/health", method="POST").status == 401
    assert request(guard, path="/health/", method="GET").status == 401
    assert request(guard, {"host": "evil.example"}, path="/health").status == 421


@pytest.mark.parametrize("kind", ["$2a$", "$2b$", "$2y$"])
def test_a_hash_is_verified_once_and_then_remembered(kind, monkeypatch):
    accounts = Accounts({"anna": kind + HASH[4:], "bert": "plain"})
    header = basic("anna", "open sesame")["authorization"]
    assert accounts.remembered_user_of(header) is None
    assert accounts.user_of(header) == "anna"
    checked = []
    monkeypatch.setattr(bcrypt, "checkpw", lambda *pair: checked.append(pair) or False)
    assert accounts.remembered_user_of(header) == accounts.user_of(header) == "anna"
    assert checked == []
    for name in ("anna", "bert", "nobody"):
        assert accounts.user_of(f"Bearer {name}:wrong") is None
    assert len(checked) == 3  # an unknown name takes as long as a known one


def test_the_password_of_a_hash_does_not_open_another_name():
    accounts = Accounts({"anna": HASH, "bert": "plain"})
    assert accounts.user_of("Bearer anna:open sesame") == "anna"
    for name in ("bert", "nobody"):
        assert accounts.user_of(f"Bearer {name}:open sesame") is None


def test_a_long_password_fits_its_hash():
    password = "long " * 20
    hashed = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    assert Accounts({"anna": hashed}).user_of(basic("anna", password)["authorization"]) == "anna"


@given(st.text(), st.text())
def test_only_the_password_itself_fits(password, tried):
    user = Accounts({"anna": password}).user_of(basic("anna", tried)["authorization"])
    assert user is None or tried == password


@given(st.text())
def test_no_header_breaks_the_check(header):
    assert Accounts({"anna": "secret", "bert": HASH}).user_of(header) is None


def test_a_file_of_accounts_is_read(tmp_path):
    path = accounts_file(tmp_path, f"\ufeff# staff\r\n\r\nanna:se:cret\r\nbert:{HASH}\n  \n")
    accounts = Accounts.read(path)
    assert accounts.user_of("Bearer anna:se:cret") == "anna"
    assert accounts.user_of("Bearer bert:open sesame") == "bert"
    assert "cret" not in repr(accounts)
    assert not hasattr(accounts, "__dict__")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no account"),
        ("# nobody\n", "no account"),
        ("a:b\nhunter2\n", "line 2"),
        ("anna:\n", "line 1"),
        (":hunter2\n", "line 1"),
        (" anna:hunter2\n", "line 1"),
        ("anna:hunter2\nanna:hunter2\n", "line 2"),
        ("an\x07na:hunter2\n", "control"),
        ("anna:hunter2\x07\n", "control"),
        ("anna:$2y$hunter2\n", "bcrypt"),
        ("anna:$apr1$hunter2\n", "bcrypt"),
        (b"anna:hunter2\xff\n", "UTF-8"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_without_its_passwords(tmp_path, text, said):
    with pytest.raises(InputError, match=said) as caught:
        Accounts.read(accounts_file(tmp_path, text))
    assert caught.value.hint
    assert "hunter2" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620])
def test_a_file_that_others_can_use_is_refused(tmp_path, mode):
    path = accounts_file(tmp_path, "anna:hunter2", mode)
    with pytest.raises(InputError) as caught:
        Accounts.read(path)
    assert caught.value.hint == f"chmod 600 {path}"


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            Accounts.read(path)


# --- bodies


@pytest.mark.parametrize(
    ("length", "status"), [("100", 200), ("101", 413), ("9" * 5000, 413), ("-1", 400), ("1_0", 400)]
)
def test_a_length_above_the_limit_is_refused_before_the_body(length, status):
    reply = request(guarded(), {"content-length": length}, method="POST")
    assert reply.status == status
    assert reply.headers.keys() >= SECURITY


def test_a_body_without_a_length_is_counted():
    assert request(guarded(), method="POST", body=[b"x" * 50, b"x" * 50]).status == 200
    reply = request(guarded(), method="POST", body=[b"x" * 50, b"x" * 51, b"x" * 50])
    assert (reply.status, reply.error["message"]) == (413, "the request is larger than 100 bytes")
    assert reply.headers.keys() >= SECURITY


def test_an_application_that_catches_everything_still_answers_413():
    async def app(scope, receive, send):
        try:
            await receive()
        except Exception:  # noqa: BLE001 - as frameworks do
            await send({"type": "http.response.start", "status": 500, "headers": []})

    async def silent(scope, receive, send):
        try:
            await receive()
        except Exception:  # noqa: BLE001 - as frameworks do
            return

    for catching in (app, silent):
        assert request(guarded(catching), method="POST", body=[b"x" * 101]).status == 413


def test_a_response_that_began_is_not_begun_again():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    assert [message["type"] for message in request(guarded(app), body=[b"x" * 101]).messages] == ["http.response.start"]


def test_the_applications_own_errors_pass():
    async def app(scope, receive, send):
        raise LookupError

    with pytest.raises(LookupError):
        request(guarded(app))


# --- what goes out


def test_a_stream_passes_piece_by_piece():
    sent_when = []

    async def run():
        messages = []

        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for piece in (b"one", b"two", b""):
                await send({"type": "http.response.body", "body": piece, "more_body": bool(piece)})
                sent_when.append(messages[-1]["body"])

        async def send(message):
            messages.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}
        await guarded(app)(scope, None, send)

    asyncio.run(run())
    assert sent_when == [b"one", b"two", b""]


def test_every_response_has_the_headers_and_none_that_opens_it_to_other_pages():
    theirs = [
        (b"Content-Security-Policy", b"default-src *"),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"access-control-allow-credentials", b"true"),
        (b"Referrer-Policy", b"same-origin"),
        (b"content-type", b"text/plain"),
    ]
    reply = request(guarded(answering(theirs)))
    names = [name.lower() for name, _ in reply.messages[0]["headers"]]
    assert len(names) == len(set(names))
    assert reply.headers.keys() == SECURITY | {"content-type"}
    assert reply.headers["content-security-policy"].startswith("default-src 'self'; ")
    assert reply.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"origin": "null"}, {}, {"content-length": "x"}])
def test_a_refusal_has_the_headers_too(headers):
    accounts = None if "content-length" in headers else Accounts({"anna": "secret"})
    reply = request(guarded(accounts=accounts), headers)
    assert reply.status >= 400
    assert reply.headers.keys() >= SECURITY
    assert reply.headers["content-type"] == "application/json"
    assert int(reply.headers["content-length"]) == len(reply.pieces[0])
