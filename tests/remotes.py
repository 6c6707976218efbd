"""Real remotes: bare repositories in folders, and behind git's own `http-backend` and an sshd of the test's own."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support import git

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
PRIVILEGES = Path("/run/sshd")
needs_sshd = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None or (os.geteuid() == 0 and not PRIVILEGES.is_dir()),
    reason="sshd and ssh are not installed, or /run/sshd is missing",
)


def bare(folder: Path) -> Path:
    """A new bare repository to push to."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)], check=True)
    git(folder, "config", "http.receivepack", "true")
    return folder


def tip(remote: Path, branch: str = "main") -> str:
    return git(remote, "rev-parse", f"refs/heads/{branch}").strip()


def add_hook(remote: Path, name: str, script: str) -> None:
    hook = remote / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


def ends(process: int, within: float = 5.0) -> bool:
    """Whether a process does nothing any more; one that was killed dies when a busy machine gets round to it.

    The dead may wait for their parent to take note of it.
    """
    deadline = time.monotonic() + within
    while (alive := _state(process) not in "ZX") and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


@dataclass
class WebHost:
    """Serves the repositories below `root` by HTTP. `login` is `user:password`, if one is asked for."""

    root: Path
    port: int = 0
    login: str = ""
    anybody_reads: bool = False
    status: int = 0
    seen: list[dict[str, str]] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    tls: ssl.SSLContext = field(default_factory=lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))

    def url(self, name: str, user: str = "") -> str:
        return f"http://{user}{'@' if user else ''}127.0.0.1:{self.port}/{name}"

    def admits(self, handler: BaseHTTPRequestHandler) -> bool:
        if not self.login or (self.anybody_reads and "receive-pack" not in handler.path):
            return True
        expected = base64.b64encode(self.login.encode()).decode()
        return handler.headers.get("Authorization") == f"Basic {expected}"


class _Backend(BaseHTTPRequestHandler):
    """One request, answered by `git http-backend` as a CGI program."""

    host: WebHost
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def do_CONNECT(self) -> None:
        """As a proxy it is every host on the web: what follows on this connection is TLS, and answered here."""
        self.host.connected.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.connection = self.host.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, body: bytes) -> None:
        self.host.seen.append(dict(self.headers.items()))
        if self.host.status:
            self._send(self.host.status, {}, b"")
        elif self.host.admits(self):
            self._send(*self._from_git(body))
        else:
            self._send(401, {"WWW-Authenticate": 'Basic realm="mirrors"'}, b"")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def _from_git(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.host.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        return int(headers.pop("Status", "200").split()[0]), headers, content

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def web_host(root: Path, **options: Any) -> Iterator[WebHost]:
    """A smart HTTP server on this machine."""
    host = WebHost(root, **options)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Backend", (_Backend,), {"host": host}))
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()


def certify(host: WebHost, folder: Path) -> Path:
    """Gives the host a key and a certificate for any name, and tells where the certificate is."""
    key, certificate = folder / "host.key", folder / "host.pem"
    names = "subjectAltName=DNS:git.example.org,DNS:github.com"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=git.example.org",
         "-addext", names, "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    host.tls.load_cert_chain(certificate, key)
    return certificate


@contextmanager
def silent_host() -> Iterator[str]:
    """The address of a host that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/mirror.git"


@dataclass(frozen=True)
class SshHost:
    """An sshd; `command` is the ssh that it lets in, `stranger` one with another key, `config` the settings of both."""

    port: int
    command: str
    stranger: str
    config: Path

    def url(self, folder: Path) -> str:
        return f"ssh://127.0.0.1:{self.port}{folder}"


@contextmanager
def ssh_host(folder: Path) -> Iterator[SshHost]:
    """An sshd on this machine with a host key, a user's key and settings of its own."""
    folder.mkdir()
    for name in ("host", "user", "other"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        "PidFile none\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
    )
    config = folder / "config"
    config.write_text(f"Host *\n UserKnownHostsFile {folder}/known\n IdentitiesOnly yes\n")
    command = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            user, other = (f"ssh -F {config} -i {folder / name}" for name in ("user", "other"))
            yield SshHost(port, user, other, config)
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "sshd did not start"
            threading.Event().wait(0.02)
        else:
            return
