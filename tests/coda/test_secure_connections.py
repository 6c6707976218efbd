"""Changes over TLS: a certificate that is not accepted means that nothing left; later it may mean anything."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror.coda.writer import CodaWriter
from coda_git_mirror.errors import Unanswered, Unavailable
from tests.coda.wire import client_of
from tests.support import VirtualClock

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")


class BreakingServer:
    """Reads each request to its end and then speaks no TLS any more."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate, key)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.requests: list[bytes] = []
        self.url = f"https://127.0.0.1:{self._listening.getsockname()[1]}/apis/v1"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                self._break(connection)

    def _break(self, connection: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(connection, server_side=True) as secure:
                self.requests.append(secure.recv(65_536))
                os.write(secure.fileno(), b"HTTP/1.1 202 Accepted\r\n\r\n")
        except OSError:
            """A client that does not accept the certificate hangs up."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.fixture
def server(certificate: tuple[Path, Path]) -> Iterator[BreakingServer]:
    server = BreakingServer(*certificate)
    yield server
    server.stop()


def test_a_certificate_that_is_not_accepted_is_told(server: BreakingServer, clock: VirtualClock) -> None:
    with pytest.raises(Unavailable, match=r"certificate was not accepted\) \(tried 8 times\)") as told:
        CodaWriter(client_of(server.url, clock)).delete_rows("d", "t", ["i-1"])
    assert not isinstance(told.value, Unanswered)
    assert not any(server.requests)


def test_what_breaks_after_the_request_leaves_it_open(
    server: BreakingServer, certificate: tuple[Path, Path], clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    with pytest.raises(Unanswered):
        CodaWriter(client_of(server.url, clock)).delete_rows("d", "t", ["i-1"])
    assert len(server.requests) == 1
    assert server.requests[0].startswith(b"DELETE /apis/v1/docs/d/tables/t/rows")
