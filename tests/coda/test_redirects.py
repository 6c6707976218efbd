"""One rule for where the download of an export, and of a file, may be led (faults.md, row 65)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.downloads import BlobDownloader
from coda_git_mirror.coda.failures import Incomplete
from coda_git_mirror.coda.retry import RetryPolicy
from coda_git_mirror.coda.session import FileSession
from coda_git_mirror.coda.streams import FileStreams
from coda_git_mirror.errors import Rejected
from tests.coda.conftest import Serving
from tests.coda.test_downloads import Nowhere
from tests.coda.wire import Asked, reply
from tests.support import VirtualClock

Fetch = Callable[[str, AssetHosts, VirtualClock], object]


def export(url: str, hosts: AssetHosts, clock: VirtualClock) -> object:
    return FileSession(clock, hosts=hosts).get(url)


def file(url: str, hosts: AssetHosts, clock: VirtualClock) -> object:
    return BlobDownloader(FileStreams(), hosts, clock, RetryPolicy(tries=1)).fetch(url, Nowhere())


@pytest.mark.parametrize("fetch", [export, file])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{other}/x",
        "//127.0.0.1:{other}/x",
        "http://localhost:{own}/x",
        "https://router/x",
        "https://printer.local/x",
        "https://169.254.169.254/latest",
        "https://public.example:8443/x",
        "http://public.example/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_nobody_is_led_to_what_only_this_machine_can_see(
    foreign: Serving, clock: VirtualClock, fetch: Fetch, location: str
) -> None:
    other = foreign(lambda _: reply(200, b"# A page\n"))

    def answer(asked: Asked) -> list[bytes]:
        ports = {"own": asked.headers["host"].rpartition(":")[2], "other": str(other.server_address[1])}
        return reply(302, Location=location.format(**ports))

    server = foreign(answer)
    with pytest.raises((Incomplete, Rejected), match="not safe to follow"):
        fetch(f"{server.origin}/a", AssetHosts.parse(server.origin.removeprefix("http://")), clock)
    assert (len(server.asked), other.asked) == (1, [])


@pytest.mark.parametrize("fetch", [export, file])
def test_within_the_origin_and_to_named_hosts_anybody_is_led(
    foreign: Serving, clock: VirtualClock, fetch: Fetch
) -> None:
    other = foreign(lambda _: reply(200, b"# A page\n"))
    server = foreign(lambda asked: reply(302, Location="/b" if asked.path == "/a" else f"{other.origin}/c"))
    hosts = AssetHosts.parse(f"{server.origin},{other.origin}".replace("http://", ""))
    fetch(f"{server.origin}/a", hosts, clock)
    assert [asked.path for asked in (*server.asked, *other.asked)] == ["/a", "/b", "/c"]
