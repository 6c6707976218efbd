"""Each kind of fault, as it shows on the wire."""

from __future__ import annotations

import http.client
import socket
import time
import zlib
from typing import Any
from urllib.parse import urlsplit

import pytest

from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Page, Table, World
from tests.demo.client import Client
from tests.demo.conftest import Serve


@pytest.fixture
def client(serve: Serve) -> Client:
    return serve()


def raw(url: str, headers: dict[str, str] | None = None) -> tuple[bytes, bytes]:
    """Head and body of one answer as sent, read until the connection closes."""
    parts = urlsplit(url)
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    return head, body


def download_link(client: Client, page: Page) -> str:
    page.write(markdown="A sentence that is not short. " * 20)
    return str(client.status(client.begin(page.doc.id, page.id).json).json["downloadLink"])


def test_failing_so_many_times_after_so_many(client: Client) -> None:
    client.coda.on("GET", r"^/whoami$").fail(500, times=2, after=1)
    assert [client.get("/whoami").status for _ in range(5)] == [200, 500, 500, 200, 200]


def test_gateway_errors_are_html_and_others_json(client: Client) -> None:
    client.coda.on("GET", "whoami").fail(504, times=1)
    assert client.get("/whoami").body.startswith(b"<html>")
    client.coda.on("GET", "whoami").fail(403, times=1)
    assert client.get("/whoami").json["statusCode"] == 403
    client.coda.on("GET", "whoami").fail(429, body="slow down", headers={"Retry-After": "7"})
    reply = client.get("/whoami")
    assert (reply.body, reply.headers["Retry-After"]) == (b"slow down", "7")


def test_a_flow_repeats_its_piece(client: Client) -> None:
    pauses: list[int] = []
    client.coda.on("GET", "whoami").flow(b"more", 3, before=lambda: pauses.append(1))
    head, body = raw(f"{client.coda.api_url}/whoami")
    assert b"Transfer-Encoding: chunked" in head
    assert (body, len(pauses)) == (b"4\r\nmore\r\n" * 3 + b"0\r\n\r\n", 3)


def test_off_ends_all_faults(client: Client) -> None:
    client.coda.on("GET", "whoami").fail(500)
    client.coda.off()
    assert client.get("/whoami").status == 200


def test_faults_match_method_and_path(client: Client, page: Page) -> None:
    client.coda.on("POST", "").fail(500)
    client.coda.on("GET", r"/pages$").fail(500)
    assert client.get(f"/docs/{page.doc.id}").status == 200
    assert client.get(f"/docs/{page.doc.id}/pages").status == 500


def test_a_fraction_fails_and_the_same_one_each_time(serve: Serve) -> None:
    seen = []
    for _ in range(2):
        client = serve()
        client.coda.on("GET", "whoami").rate(0.3, 502, seed=5)
        seen.append([client.get("/whoami").status for _ in range(100)])
    assert seen[0] == seen[1]
    assert 15 < seen[0].count(502) < 45


def test_an_answer_of_ones_own(client: Client) -> None:
    client.coda.on("GET", "whoami").answer(200, {"name": "nobody"}, times=1)
    assert client.get("/whoami").json == {"name": "nobody"}
    client.coda.on("GET", "whoami").garbage(b"{not json")
    assert client.get("/whoami").body == b"{not json"


def test_a_redirect(client: Client) -> None:
    client.coda.on("GET", "whoami").redirect("https://elsewhere.example/")
    reply = client.get("/whoami")
    assert (reply.status, reply.headers["Location"]) == (302, "https://elsewhere.example/")


def test_changed_json(client: Client, table: Table) -> None:
    def drop_items(content: Any) -> None:
        del content["items"]

    client.coda.on("GET", "/rows").mutate(drop_items, times=1)
    path = f"/docs/{table.doc.id}/tables/{table.id}/rows"
    assert "items" not in client.get(path).json
    client.coda.on("GET", "/rows").mutate(lambda content: {**content, "nextPageToken": "again"})
    assert [client.get(path).json["nextPageToken"] for _ in range(2)] == ["again", "again"]


def test_an_edit_in_the_middle_of_a_listing(client: Client, page: Page) -> None:
    client.coda.on("GET", r"/pages$").call(lambda: page.rename("Renamed"))
    assert client.items(f"/docs/{page.doc.id}/pages")[0]["name"] == "Renamed"


def test_a_body_cut_before_its_declared_length(client: Client, page: Page) -> None:
    client.coda.on("GET", "/exports/").cut(10)
    with pytest.raises(http.client.IncompleteRead):
        client.download(download_link(client, page))


def test_a_body_cut_where_the_connection_closes(client: Client) -> None:
    client.coda.on("GET", "whoami").cut(10, mode="close")
    head, body = raw(client.coda.api_url + "/whoami", client.headers)
    assert b"Content-Length" not in head
    assert body == b'{"name": "'


def test_a_gzip_stream_cut_inside_chunks_that_end_well(client: Client, page: Page) -> None:
    client.coda.on("GET", "/exports/").cut(30, mode="gzip-chunks")
    reply = client.download(download_link(client, page))
    assert (reply.status, reply.headers["Transfer-Encoding"], len(reply.body)) == (200, "chunked", 30)
    stream = zlib.decompressobj(31)
    assert stream.decompress(reply.body).startswith(b"A sentence")
    assert not stream.eof


def test_a_gzip_stream_cut_where_the_connection_closes(client: Client) -> None:
    client.coda.on("GET", "whoami").cut(30, mode="gzip-close")
    head, body = raw(client.coda.api_url + "/whoami", client.headers)
    assert b"Content-Encoding: gzip" in head
    assert len(body) == 30


@pytest.mark.parametrize("delta", [-5, 5])
def test_a_length_that_lies(client: Client, delta: int) -> None:
    length = len(client.get("/whoami").body)
    client.coda.on("GET", "whoami").lie_length(delta)
    head, body = raw(client.coda.api_url + "/whoami", client.headers)
    assert f"Content-Length: {length + delta}".encode() in head
    assert len(body) == length


def test_a_dropped_connection(client: Client) -> None:
    client.coda.on("GET", "whoami").drop(times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        client.get("/whoami")
    assert client.coda.requests[-1].status == 0


def test_a_stalled_answer_is_released_when_the_simulation_ends(world: World) -> None:
    with SimulatedCoda(world) as coda:
        coda.on("GET", "whoami").stall(3600)
        parts = urlsplit(coda.api_url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
        connection.request("GET", "/apis/v1/whoami", headers={"Authorization": f"Bearer {coda.token}"})
        answer = connection.getresponse()
        assert answer.status == 200
        began = time.monotonic()
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()
    assert time.monotonic() - began < 5


def test_one_fault_ends_and_others_last(client: Client) -> None:
    first, second = (client.coda.on("GET", path).fail(500) for path in ("/whoami", "/folders"))
    assert [client.get(path).status for path in ("/whoami", "/folders")] == [500, 500]
    client.coda.off(first)
    assert [client.get(path).status for path in ("/whoami", "/folders")] == [200, 500]
    client.coda.off(first, second)
    assert [client.get(path).status for path in ("/whoami", "/folders")] == [200, 200]


def test_a_missing_blob(client: Client, page: Page) -> None:
    blob = page.doc.world.add_blob(b"x", "x.bin", None)
    url = f"http://{client.coda.asset_hosts}/docs/{page.doc.id}/blobs/{blob.id}/{blob.hash}"
    found = client.download(url)
    assert (found.status, found.headers["Content-Type"], found.headers["x-amz-meta-filename"]) == (200, None, "x.bin")
    blob.gone = True
    assert client.download(url).status == 404
    blob.gone = False
    assert client.download(url).body == b"x"


@pytest.mark.parametrize(("status", "code"), [(403, b"AccessDenied"), (404, b"NoSuchKey"), (410, b"Gone")])
def test_a_blob_is_refused_as_told(client: Client, page: Page, status: int, code: bytes) -> None:
    blob = page.doc.world.add_blob(b"x", "x.bin", None)
    blob.gone, blob.gone_status = True, status
    found = client.download(f"http://{client.coda.asset_hosts}/docs/{page.doc.id}/blobs/{blob.id}/{blob.hash}")
    assert (found.status, found.headers["Content-Type"]) == (status, "application/xml")
    assert b"<Code>" + code + b"</Code>" in found.body


@pytest.mark.parametrize(("exact", "statuses"), [(False, [200, 200, 200, 200, 404]), (True, [200, 404, 404, 404, 404])])
def test_a_blob_address_may_lack_its_tail(serve: Serve, page: Page, exact: bool, statuses: list[int]) -> None:
    client = serve(exact_blob_addresses=exact)
    blob = page.doc.world.add_blob(b"x", "x.bin", None)
    url = f"http://{client.coda.asset_hosts}/docs/{page.doc.id}/blobs/{blob.id}"
    tails = (f"/{blob.hash}", f"/{blob.hash[:20]}", "/", "", "/wrong")
    assert [client.download(url + tail).status for tail in tails] == statuses
