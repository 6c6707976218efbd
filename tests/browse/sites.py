"""`browse` as people start it: a process of its own that serves a mirror."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

import pytest

from tests.support import PROJECT, git


@dataclass(frozen=True)
class Answer:
    """An answer of the server to something that no browser sends."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Site:
    """A mirror in `folder` that is served at `address`, which ends with `/`."""

    folder: Path
    address: str

    def __call__(self, path: str = "", **query: str) -> str:
        """The address of something, such as `doc/ID`."""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        return f"{self.address}{path}{'?' if asked else ''}{asked}"

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def key(self) -> str:
        return urlsplit(self.address).path.strip("/")

    @cached_property
    def commits(self) -> list[str]:
        """The mirror's commits when it was first asked, the oldest first."""
        return git(self.folder, "rev-list", "--reverse", "HEAD").split()

    def ask(self, target: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
        """Sends a request for a target such as `/KEY/`, in which `KEY` means the key, with any headers."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.host.rpartition(":")[2]), timeout=60)
        try:
            connection.request(
                method, target.replace("/KEY", f"/{self.key}"), headers={"Host": self.host, **(headers or {})}
            )
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()


def environment(home: Path) -> dict[str, str]:
    """What a process of the program sees: no token, no configuration, a home of its own, one time zone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "CODA_"))}
    home.mkdir(exist_ok=True)
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TZ": "UTC",
    }


def untouchable(folder: Path) -> dict[str, tuple[int, bytes]]:
    """What looking must not change: each file of a mirror with its time and bytes, but those of the program's own."""
    own = folder / ".git" / "coda-git-mirror"
    files = (path for path in folder.rglob("*") if path.is_file() and own not in path.parents)
    return {path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@contextmanager
def away_from_home(home: Path) -> Iterator[None]:
    """For what is made once for several tests: neither the user's configuration nor a token is seen meanwhile."""
    with pytest.MonkeyPatch.context() as patched:
        seen = environment(home)
        for name in os.environ.keys() - seen:
            patched.delenv(name)
        for name, value in seen.items():
            patched.setenv(name, value)
        yield


@contextmanager
def site_of(folder: Path) -> Iterator[Site]:
    """Serves a mirror for as long as it is entered; afterwards SIGTERM must end the process with 0."""
    command = [sys.executable, "-m", "coda_git_mirror", "browse", "--no-open", "-o", str(folder)]
    seen = environment(folder.parent / "home-of-browse")
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(command, cwd=PROJECT, env=seen, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout
        try:
            address = process.stdout.readline().strip()
            assert address, f"browse said nothing but: {_told(errors)}"
            yield Site(folder, address)
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
        told = _told(errors)
        assert code == 0, told
        assert "Traceback" not in told
        assert urlsplit(address).path.strip("/") not in told


def _told(errors: IO[str]) -> str:
    errors.seek(0)
    return errors.read()
