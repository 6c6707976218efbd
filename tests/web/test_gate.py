"""Who is let in, with what, and what everything that is answered says to the browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import TYPE_CHECKING

import pytest

from coda_git_mirror.web.serve import Server
from tests.web.sites import KEY, SETTINGS, Answer, Site, repository_of, served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

OURS = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILES = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; "
    "style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("gate") / "mirror"
    repository_of(folder, {**SETTINGS, "a.md": b"A\n"})
    with served(folder) as site:
        yield site


@pytest.fixture(scope="module")
def head(site: Site) -> str:
    return str(site.get("/head").text.split('"')[3])


def require_policy(answer: Answer, policy: str) -> None:
    assert answer.headers["Content-Security-Policy"] == policy
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers.get("Cross-Origin-Resource-Policy") == ("cross-origin" if policy == FILES else None)
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
    assert "Server" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["", "/head", "/static/browse.css", "/search?q=x", "/?at=2026-03-01"])
def test_pages_of_ours_have_their_policy(site: Site, path: str) -> None:
    answer = site.get(path or "/")
    assert answer.status in (200, 302)
    require_policy(answer, OURS)


def test_files_of_the_mirror_have_theirs(site: Site, head: str) -> None:
    for method in ("GET", "HEAD"):
        for kind in ("at", "get"):
            answer = site.get(f"/{kind}/{head}/a.md", method)
            assert (answer.status, answer.body) == (200, b"A\n" if method == "GET" else b"")
            assert answer.headers["Content-Length"] == "2"
            require_policy(answer, FILES)
    unchanged = site.get(f"/at/{head}/a.md", If_None_Match=answer.headers["Etag"])
    assert (unchanged.status, unchanged.body) == (304, b"")
    require_policy(unchanged, FILES)
    part = site.get(f"/at/{head}/a.md", Range="bytes=1-1")
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, b"\n", "bytes 1-1/2")
    require_policy(part, FILES)
    beyond = site.get(f"/at/{head}/a.md", Range="bytes=7-9")
    assert beyond.status == 416
    require_policy(beyond, OURS)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/head", "/search", "/static/browse.css", "/nothing"])
def test_other_methods_are_refused(site: Site, method: str, path: str) -> None:
    answer = site.get(path, method, Origin="http://example.org", Access_Control_Request_Method="GET")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    require_policy(answer, OURS)


@pytest.mark.parametrize("path", ["/", f"/{KEY}/", f"/{KEY}/head", f"/{KEY}/at/x/y", "/favicon.ico"])
@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1", "localhost", "127.0.0.1:1", "127.1:PORT", "[::1]:PORT", ""]
)
def test_another_host_is_turned_away_even_with_the_key(site: Site, path: str, host: str) -> None:
    named = host.replace("PORT", str(site.port))
    answer = site.ask(path, "GET", {"Host": named} if named else {})
    assert answer.status == 421
    require_policy(answer, OURS)


def test_our_own_hosts_are_let_in(site: Site) -> None:
    for host in (f"127.0.0.1:{site.port}", f"localhost:{site.port}", f"LocalHost:{site.port}"):
        assert site.ask(f"/{KEY}/head", "GET", {"Host": host}).status == 200
    twice = site.ask(f"/{KEY}/head", "GET", {"Host": f"{site.host}, {site.host}"})
    assert twice.status == 421


def test_an_address_for_a_proxy_counts_as_a_host(site: Site) -> None:
    ours = site.ask(f"http://{site.host}/{KEY}/head", "GET", {"Host": site.host})
    theirs = site.ask(f"http://example.org/{KEY}/head", "GET", {"Host": site.host})
    assert (ours.status, theirs.status) == (200, 421)


@pytest.mark.parametrize(
    "key", ["", "/", f"/{KEY[:-1]}", f"/{KEY}x", f"/{KEY.upper()}", "/%C3%A9", "/%E2%82%AC", "/%00", "/%FF"]
)
@pytest.mark.parametrize("path", ["/", "/head", "/favicon.ico", "/static/browse.css", "/at/x/y", "/robots.txt", "/.."])
def test_nothing_is_there_without_the_key(site: Site, key: str, path: str) -> None:
    answer = site.get(path, key=key)
    assert (answer.status, answer.body) == (404, b"There is nothing here.\n")
    require_policy(answer, OURS)


def test_the_key_alone_leads_to_the_account(site: Site) -> None:
    answer = site.get("")
    assert (answer.status, answer.headers["Location"]) == (308, f"/{KEY}/")
    require_policy(answer, OURS)


@pytest.mark.parametrize(
    "path", ["/nothing", "/at/x", "/at/2020-01-01/a.md", "/?at=2020-01-01", "/?at=" + "0" * 40, "/head/"]
)
def test_what_is_not_there_is_a_page_of_ours(site: Site, path: str) -> None:
    answer = site.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>" in answer.text
    require_policy(answer, OURS)
    as_json = site.get(f"{path}{'&' if '?' in path else '?'}format=json")
    assert (as_json.status, as_json.headers["Content-Type"]) == (404, "application/json")


@pytest.mark.parametrize("size", [70_000, 300_000, 3_000_000])
@pytest.mark.parametrize("place", ["line", "header", "headers"])
def test_what_is_too_long_is_refused(site: Site, size: int, place: str) -> None:
    many = "".join(f"X-{number}: {'x' * 1000}\r\n" for number in range(size // 1000))
    line = f"/{KEY}/head?{'x' * size if place == 'line' else ''}"
    more = {"line": "", "header": f"X: {'x' * size}\r\n", "headers": many}[place]
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as client:
        client.sendall(f"GET {line} HTTP/1.1\r\nHost: {site.host}\r\n{more}\r\n".encode())
        answer = client.makefile("rb").read()
    assert answer.split(b" ")[1] in (b"414", b"431")
    assert OURS.encode() in answer


def test_what_is_just_not_too_long_is_answered(site: Site) -> None:
    assert site.get(f"/head?{'x' * 60_000}").status == 200


def test_a_body_is_not_waited_for(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as client:
        client.sendall(f"GET /{KEY}/head HTTP/1.1\r\nHost: {site.host}\r\nContent-Length: 99999999\r\n\r\n".encode())
        assert client.recv(20).split(b" ")[1] == b"413"


def test_slow_clients_hold_nobody_up(site: Site) -> None:
    """More of them than there are threads, each in the middle of a request or of reading a large answer."""
    begun = f"GET /{KEY}/head HTTP/1.1\r\nHost: {site.host}\r\n".encode()
    clients = [socket.create_connection(("127.0.0.1", site.port), timeout=30) for _ in range(200)]
    try:
        for client in clients:
            client.sendall(begun)
        assert site.get("/head").status == 200
        for client in clients:
            client.sendall(b"X: y\r\n")
        assert site.get("/head").status == 200
    finally:
        for client in clients:
            client.close()


def test_who_says_too_little_for_too_long_is_let_go(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as client:
        client.sendall(f"GET /{KEY}/head HTTP/1.1\r\nHost: {site.host}\r\nX: ".encode())
        assert site.get("/head").status == 200
        listener = site.server._listener
        listener.trigger.pull_trigger(lambda: listener.maintenance(time() + 59))
        client.sendall(b"y")
        assert site.get("/head").status == 200
        listener.trigger.pull_trigger(lambda: listener.maintenance(time() + 61))
        assert client.recv(1) == b""


def test_who_takes_nothing_of_an_answer_is_let_go() -> None:
    """One that is made while it is read, and would keep a thread for ever."""
    ended = threading.Event()

    def endless(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            while True:
                yield b"x" * 65536
        finally:
            ended.set()

    server = Server()
    running = threading.Thread(target=server.run, args=[endless], daemon=True)
    running.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        for later in (599, *[700] * 300):
            server._listener.trigger.pull_trigger(lambda later=later: server._listener.maintenance(time() + later))
            if ended.wait(0.1):
                break
        assert later == 700
        assert ended.is_set()
    server.stop()
    running.join()


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="no list of open ports here")
def test_it_listens_on_loopback_alone(site: Site) -> None:
    listed = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    listening = [words[1] for words in listed if words[3] == "0A"]
    assert [place for place in listening if place.endswith(f":{site.port:04X}")] == [f"0100007F:{site.port:04X}"]
