"""Downloads of hosted files: images, videos and attachments, by their addresses (coda-api.md, Page export).

Never with the token, only from hosts that are known, streamed to where the caller wants them, whole or not at all.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.connections import MOST_REDIRECTS, REDIRECTS
from coda_git_mirror.coda.deadlines import Deadline
from coda_git_mirror.coda.download_filename import served_name
from coda_git_mirror.coda.error_bodies import HEAD_BYTES, NOTHING_SAID, ExpectedFile, Recurrence, file_doubt
from coda_git_mirror.coda.failures import Passing, TooMuch
from coda_git_mirror.coda.origin import redirect_target
from coda_git_mirror.coda.retry import RetryPolicy
from coda_git_mirror.coda.streams import FileStreams, Stream
from coda_git_mirror.errors import AccessDenied, Deleted, NotThere, Rejected, Unaddressable, Unavailable
from coda_git_mirror.model.plain_json import is_count

_PASSING = frozenset({408, 425, 429})
_SLOW_TRIES = 3
_ENCODING_SLACK = 1024 * 1024
_LONGEST_ADDRESS = 8_000
"""In characters; servers take no longer ones."""


class Destination(Protocol):
    """Takes a file as it arrives; `restart` comes before its first byte, each time: what was written is void."""

    def restart(self) -> None: ...

    def write(self, content: bytes, /) -> object: ...


@dataclass(frozen=True)
class Downloaded:
    """A file that was taken whole: size in bytes, media type (may be empty), original name (too), sha256 in hex."""

    size: int
    content_type: str
    filename: str
    sha256: str


@dataclass(frozen=True)
class TooLarge:
    """A file beyond the limit, of which at most a part was taken; its size in bytes where the server says it."""

    size: int | None
    content_type: str
    filename: str


@dataclass(frozen=True)
class TimeLimits:
    """A try may take `grace` seconds and one more for each `slowest` bytes; no try goes on after `total` seconds."""

    grace: float = 60.0
    slowest: float = 32 * 1024
    total: float = 3600.0


@dataclass(frozen=True)
class BlobDownloader:
    """Fetches one file a call; safe to use from many threads."""

    files: FileStreams
    hosts: AssetHosts
    clock: Clock
    policy: RetryPolicy = RetryPolicy()
    patience: TimeLimits = TimeLimits()
    chance: Callable[[], float] = random.random

    def fetch(
        self, url: str, destination: Destination, limit_bytes: int | None = None, expected: ExpectedFile = NOTHING_SAID
    ) -> Downloaded | TooLarge:
        """Writes the file at `url` to the destination; unless it returns Downloaded, what was written is void.

        Raises NotThere, Deleted, AccessDenied, Rejected or Unavailable, and whatever the destination raises.
        """
        if not self.hosts.admit(url):
            raise Rejected("its address is on none of the hosts from which files are fetched")
        if len(url) > _LONGEST_ADDRESS:
            raise Unaddressable("its address is longer than any server takes")
        job = _Job(url, destination, limit_bytes, expected, self.clock.now() + self.patience.total)
        failures = slow = 0
        while True:
            try:
                return self._attempt(job)
            except Passing as failure:
                failures, slow = failures + 1, slow + isinstance(failure, TooMuch)
                if failures >= self.policy.tries or slow >= _SLOW_TRIES or self.clock.now() >= job.end:
                    raise Unavailable(f"it could not be downloaded: {failure} (tried {failures} times)") from failure
            self.clock.sleep(self.policy.wait(failures, self.chance()))

    def _attempt(self, job: _Job) -> Downloaded | TooLarge:
        url, deadline = job.url, self._deadline(job)
        for redirects in range(MOST_REDIRECTS + 1):
            with self.files.open(url, deadline) as stream:
                if stream.status not in REDIRECTS:
                    return self._take(job, deadline, stream, is_redirected=redirects > 0)
                url = redirect_target(url, stream.headers)
            if not self.hosts.admit_redirect(job.url, url):
                raise Rejected("its address leads to a place that is not safe to follow")
        raise Rejected("its address redirects without end")

    def _deadline(self, job: _Job) -> Deadline:
        """Of a try that begins now, as long as nothing has arrived."""
        return Deadline(self.clock, min(self.patience.grace, job.end - self.clock.now()))

    def _take(self, job: _Job, deadline: Deadline, stream: Stream, is_redirected: bool) -> Downloaded | TooLarge:
        if stream.status != 200:
            _raise_for(stream.status)
        media_type = stream.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        filename = served_name(stream.headers)
        if job.limit is not None and (stream.length or 0) > job.limit:
            return TooLarge(stream.length if is_count(stream.length) else None, media_type, filename)
        intake = _Intake(job)
        try:
            for piece in stream.content(self._watch(job, deadline)):
                intake.take(piece)
        except _Overflow:
            return TooLarge(None, media_type, filename)
        sha256 = intake.sha256.hexdigest()
        job.recurrence.settle(file_doubt(bytes(intake.head), media_type, filename, job.expected, is_redirected), sha256)
        return Downloaded(intake.size, media_type, filename, sha256)

    def _watch(self, job: _Job, deadline: Deadline) -> Callable[[int], None]:
        """Gives more time for what arrives, and ends what is endless without being content, as an encoding can be."""

        def check(received: int) -> None:
            latest = deadline.begun + self.patience.grace + received / self.patience.slowest
            deadline.end = min(latest, job.end)
            if job.limit is not None and received > 2 * job.limit + _ENCODING_SLACK:
                raise _Overflow

        return check


@dataclass(frozen=True)
class _Job:
    """One call of `fetch`; `end` is the instant after which it is given up."""

    url: str
    destination: Destination
    limit: int | None
    expected: ExpectedFile
    end: float
    recurrence: Recurrence = field(default_factory=Recurrence)


class _Overflow(Exception):
    """More arrives than the limit allows."""


class _Intake:
    """Passes a file on to a destination that begins anew, and remembers what there is to say of it."""

    def __init__(self, job: _Job) -> None:
        self._job = job
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.head = bytearray()
        job.destination.restart()

    def take(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._job.limit is not None and self.size > self._job.limit:
            raise _Overflow
        self.head += piece[: HEAD_BYTES - len(self.head)]
        self.sha256.update(piece)
        self._job.destination.write(piece)


def _raise_for(status: int) -> NoReturn:
    if status == 410:
        raise Deleted("the file was deleted in Coda (error 410)")
    if status == 404:
        raise NotThere("the file is not there (error 404)")
    if status in (401, 403):
        raise AccessDenied(f"the file may not be read (error {status})")
    if status >= 500 or status < 400 or status in _PASSING:
        raise Passing(f"error {status}")
    raise Rejected(f"the request for the file is refused (error {status})")
