"""A mirror that is served on loopback, and what a client sees of it, to the last byte."""

from __future__ import annotations

import http.client
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from coda_git_mirror.actions.browse.mirror import Browsed
from coda_git_mirror.web.app import create_app
from coda_git_mirror.web.serve import Server

KEY = "k3y-of_24_characters--ab"
Files = Mapping[str, bytes]
SETTINGS = {"coda-mirror.toml": b""}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Site:
    """A server that runs; `said` is what it complained of."""

    folder: Path
    server: Server
    said: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def get(self, path: str, method: str = "GET", key: str = f"/{KEY}", **headers: str) -> Answer:
        """What comes back for a path below the key, which stands in the request as it is given."""
        return self.ask(f"{key}{path}", method, {"Host": self.host, **_named(headers)})

    def ask(self, address: str, method: str, headers: Mapping[str, str]) -> Answer:
        """What comes back for a request with just these headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.putrequest(method, address, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Serves the mirror of a folder for a while."""
    told: list[str] = []
    server = Server()
    site = Site(folder, server, told)
    browsed = Browsed.open(folder, lambda _: None)
    app = create_app(browsed, KEY, server.hosts, told.append)
    running = threading.Thread(target=server.run, args=[app])
    running.start()
    try:
        yield site
    finally:
        server.stop()
        running.join()
        browsed.close()


def repository_of(folder: Path, *commits: Mapping[str, bytes | tuple[str, bytes] | None]) -> list[str]:
    """A repository with a commit a day from 1 March 2026 on, at noon; the commits' ids.

    Each commit has the files of the one before, and these: bytes of a file, or mode and bytes; None removes one.
    """
    folder.mkdir(parents=True)
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    stream = b"".join(_commit(number, files) for number, files in enumerate(commits, 1))
    subprocess.run([*git, "fast-import", "--quiet"], input=stream, check=True)
    subprocess.run([*git, "reset", "--quiet", "--hard"], check=True)
    listed = subprocess.run([*git, "rev-list", "--reverse", "main"], check=True, capture_output=True, text=True)
    return listed.stdout.split()


def _commit(number: int, files: Mapping[str, bytes | tuple[str, bytes] | None]) -> bytes:
    seconds = 1_772_366_400 + (number - 1) * 86_400
    message = f"Sync {number}\n\nCoda-Docs: 1\nCoda-Problems: 0\n".encode()
    head = b"commit refs/heads/main\ncommitter Me <me@example.org> %d +0000\ndata %d\n%s\n"
    lines = [head % (seconds, len(message), message)]
    for path, content in files.items():
        name = b'"%s"' % path.encode("utf-8", "surrogateescape").replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(
            b"\n", b"\\n"
        )
        if content is None:
            lines.append(b"D %s\n" % name)
            continue
        mode, data = content if isinstance(content, tuple) else ("100644", content)
        if mode == "160000":
            lines.append(b"M 160000 %s %s\n" % (data, name))
        else:
            lines.append(b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), name, len(data), data))
    return b"".join(lines) + b"\n"
