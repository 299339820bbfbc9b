"""``qa serve``: where it listens, whom it lets in, and how it begins and ends."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import openai
import pytest

from fixtures_web import copy_articles, serving
from folders import ROOT
from qa.cli import main, serve
from scripted_ollama import ScriptedOllama

LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
LISTENING = "0A"


@pytest.fixture
def listened(monkeypatch):
    """The addresses at which this process began to listen."""
    addresses = []
    listen = socket.socket.listen

    def noting(self, *backlog):
        addresses.append(self.getsockname())
        return listen(self, *backlog)

    monkeypatch.setattr(socket.socket, "listen", noting)
    return addresses


def accounts_file(folder, mode=0o600):
    path = folder / "accounts"
    path.write_text("anna:open:sesame\nzoë:pässwörd\n", encoding="utf-8")
    path.chmod(mode)
    return path


# -- what is refused before anything begins


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_others_are_not_let_in_without_accounts(host, listened, capsys):
    assert main(["serve", "--host", host, "--port", "0"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"qa: {host} can be reached by others, and nobody would have to sign in\n" in said.err
    assert "--auth FILE" in said.err
    assert "--insecure" in said.err
    assert listened == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost", "::1", "[::1]", "LOCALHOST"])
def test_addresses_of_this_machine_need_no_accounts(host):
    assert serve._is_local(host)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_accounts_that_others_can_read_are_refused(tmp_path, mode, host, listened, capsys):
    path = accounts_file(tmp_path, mode)
    assert main(["serve", "--host", host, "--port", "0", "--auth", str(path)]) == 1
    said = capsys.readouterr().err
    assert f"mode {mode:03o}" in said
    assert f"chmod 600 {path}" in said
    assert "sesame" not in said
    assert listened == []


def test_accounts_that_are_not_there_are_refused(tmp_path, listened, capsys):
    assert main(["serve", "--auth", str(tmp_path / "none")]) == 1
    assert str(tmp_path / "none") in capsys.readouterr().err
    assert listened == []


def test_a_port_that_is_taken_is_told_with_what_to_do(capsys, listened):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listened.clear()
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1, port {port}: address already in use" in said
    assert "--port 0 for any" in said
    assert listened == []


def test_an_address_of_another_machine_is_told(tmp_path, capsys, listened):
    arguments = ["--host", "192.0.2.7", "--port", "0", "--auth", str(accounts_file(tmp_path))]
    assert main(["serve", *arguments]) == 1
    assert "cannot listen on 192.0.2.7" in capsys.readouterr().err
    assert listened == []


def test_without_a_wish_the_next_port_that_is_free_is_taken():
    with contextlib.ExitStack() as opened:
        ports = [opened.enter_context(serve._listen("127.0.0.1", None)).getsockname()[1] for _ in range(3)]
    assert ports == sorted(set(ports))
    assert all(7860 <= port < 7880 for port in ports)


@pytest.mark.parametrize("port", ["-1", "65536", "http", "80 ", ""])
def test_what_is_no_port_is_a_wrong_argument(port, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["serve", f"--port={port}"])
    assert caught.value.code == 2
    assert "is not a port from 0 to 65535" in capsys.readouterr().err


# -- while it runs


def test_it_listens_on_loopback_only(web_server):
    port = httpx.URL(web_server.url).port
    for address in ("127.0.0.2", "::1"):  # an address of this machine, too, but not the one that it was told
        with pytest.raises(OSError):  # noqa: PT011 - refused here, unreachable elsewhere
            socket.create_connection((address, port), timeout=5).close()
    assert httpx.get(f"{web_server.url}/health", trust_env=False).status_code == 200


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's table of sockets is Linux's")
def test_the_kernel_knows_no_other_address_of_it(web_server):
    port = httpx.URL(web_server.url).port
    inodes = {
        link.readlink().name.removeprefix("socket:[").removesuffix("]")
        for link in Path(f"/proc/{web_server.process.pid}/fd").iterdir()
        if str(link.readlink()).startswith("socket:[")
    }
    rows = [row.split() for table in ("tcp", "tcp6") for row in Path("/proc/net", table).read_text().splitlines()[1:]]
    own = [row[1].split(":") for row in rows if row[3] == LISTENING and row[9] in inodes]
    assert {int(number, 16) for _, number in own} == {port}
    assert {address for address, _ in own} <= LOOPBACK


@pytest.fixture(scope="module")
def locked_server(web_server, tmp_path_factory):
    """A server that only two people may use."""
    folder = tmp_path_factory.mktemp("locked")
    copy_articles(web_server, folder)
    with serving(folder, "--auth", str(accounts_file(folder))) as server:
        yield server


@pytest.mark.slow
def test_strangers_see_nothing_but_that_it_runs(locked_server):
    with httpx.Client(base_url=locked_server.url, trust_env=False) as stranger:
        for path in ("/", "/docs", "/openapi.json", "/api/sources", "/v1/models", "/read", "/look/web.js", "/config"):
            refused = stranger.get(path)
            assert refused.status_code == 401, path
            assert refused.headers["www-authenticate"].startswith("Basic ")
            assert refused.json()["error"]["hint"]
        for path in ("/api/ask", "/api/search", "/v1/chat/completions", "/mcp/"):
            assert stranger.post(path, json={"question": "Who?"}).status_code == 401, path
        assert stranger.get("/api/sources", auth=("anna", "wrong")).status_code == 401
        assert stranger.get("/health").status_code == 200
    assert locked_server.complaints == ""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "password"), [("anna", "open:sesame"), ("zoë", "pässwörd")])
def test_who_has_an_account_gets_in(locked_server, name, password):
    with httpx.Client(base_url=locked_server.url, trust_env=False) as client:
        bearer = {"Authorization": f"Bearer {name}:{password}".encode()}
        for path in ("/", "/api/sources", "/v1/models"):
            assert client.get(path, auth=httpx.BasicAuth(name, password)).status_code == 200
            assert client.get(path, headers=bearer).status_code == 200
    assert locked_server.complaints == ""


@pytest.mark.slow
def test_name_and_password_are_the_key_of_openais_client(locked_server):
    question = [{"role": "user", "content": "Is Kazakhstan a member of the CSTO?"}]
    with openai.OpenAI(base_url=f"{locked_server.url}/v1", api_key="anna:open:sesame", max_retries=0) as client:
        completion = client.chat.completions.create(model="article-qa", messages=question)
        assert completion.article_qa["status"] == "answered"
    with (
        openai.OpenAI(base_url=f"{locked_server.url}/v1", api_key="anna:wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError, match="needs a name and its password"),
    ):
        client.models.list()
    assert "sesame" not in "".join(locked_server.log)


# -- the end


@pytest.mark.slow
def test_ctrl_c_ends_it_quietly_whoever_is_connected(web_server, tmp_path):
    copy_articles(web_server, tmp_path)
    with (
        ScriptedOllama() as ollama,
        serving(tmp_path, environment={"OLLAMA_HOST": ollama.url}) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
        socket.socket() as unfinished,
        ThreadPoolExecutor() as threads,
    ):
        writing = threading.Event()

        def endless(_):
            while True:
                writing.set()
                yield "and "

        ollama.answer, ollama.pause = endless, 0.2
        question = {"question": "Is Kazakhstan a member of the CSTO?"}
        assert client.post("/api/ask", json={**question, "engine": "quote"}).status_code == 200  # it stays connected
        port = httpx.URL(server.url).port
        unfinished.connect(("127.0.0.1", port))
        unfinished.sendall(b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        asking = threads.submit(httpx.post, f"{server.url}/api/ask", json=question, timeout=60, trust_env=False)
        assert writing.wait(60)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) in {0, 130}
        with contextlib.suppress(httpx.HTTPError):
            assert asking.result(60).status_code >= 500
        assert ollama.disconnected.wait(60)
        assert server.complaints == ""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_app_py_is_the_same_command(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    command = [sys.executable, str(ROOT / "app.py"), "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    for option in ("--host", "--port", "--auth", "--insecure", "--open", "--index", "--config", "--engine", "--model"):
        assert option in done.stdout
    assert not any(tmp_path.iterdir())
