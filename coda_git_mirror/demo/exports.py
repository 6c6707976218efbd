"""The export job: begun, unknown for a moment, rendered, downloaded by a link that dies (coda-api.md, Page export)."""

from __future__ import annotations

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from coda_git_mirror.demo.replies import ErrorReply, Reply, json_reply, storage_error
from coda_git_mirror.demo.world import Page

FORGOTTEN_AFTER = 60.0  # a job that nobody asked about for so long no longer counts as open


@dataclass
class Job:
    """One request for one page; `body` is what it will write to the file of the page when rendered."""

    id: str
    place: tuple[str, str]
    body: bytes
    error: str | None
    begun: float
    asked: float
    ready: float
    written: bool = False
    closed: bool = False


@dataclass(frozen=True)
class ExportTimes:
    """Seconds until the status is known, until the file (all the same, or between two), until a link dies."""

    not_found: float = 0.0
    render: float | tuple[float, float] = 0.0
    link: float = 300.0

    def until_written(self, what: bytes) -> float:
        """How long a job takes: always the same for the same content, somewhere between least and most."""
        least, most = self.render if isinstance(self.render, tuple) else (self.render, self.render)
        chance = int.from_bytes(hashlib.sha256(what).digest()[:4]) / 2**32
        return self.not_found + least + chance * (most - least)


class Exports:
    """All export jobs and the files they leave, keyed by doc and page and *not* by request."""

    def __init__(
        self, times: ExportTimes, clock: Callable[[], float], file_origin: str, complete_status: str, expired: int
    ) -> None:
        self._times = times
        self._clock = clock
        self._origin = file_origin
        self._complete_status = complete_status
        self._expired = expired
        self._jobs: dict[str, Job] = {}
        self._at_place: defaultdict[tuple[str, str], list[Job]] = defaultdict(list)
        self._unwritten: list[Job] = []
        self._files: dict[tuple[str, str], bytes] = {}
        self.violations: list[str] = []

    def begin(self, page: Page, text: str, url: str) -> Reply:
        """Accepts a job; `text` is the page as rendered from what reads show now."""
        now = self._clock()
        place = (page.doc.id, page.id)
        self._watch(place, now)
        number = len(self._jobs) + 1
        job_id = hashlib.sha256(f"{place}\0{number}".encode()).hexdigest()[:32]
        body = gzip.compress(text.encode("utf-8", "surrogatepass"), mtime=0)
        ready = now + self._times.until_written(repr(place).encode() + body)
        job = Job(job_id, place, body, page.export_error, now, now, ready)
        self._jobs[job_id] = job
        self._at_place[place].append(job)
        self._unwritten += [job] if job.error is None else []
        return json_reply({"id": job_id, "status": "inProgress", "href": f"{url}/{job_id}"}, 202)

    def status(self, job_id: str, place: tuple[str, str], url: str) -> Reply:
        """What has become of a job."""
        now = self._clock()
        job = self._jobs.get(job_id)
        if job is None or job.place != place or now < job.begun + self._times.not_found:
            raise ErrorReply(404, "Could not find this export request.")
        job.asked = now
        self._write_finished(now)
        found = {"id": job_id, "status": "inProgress", "href": url}
        if job.error is not None:
            job.closed = True
            found.update(status="failed", error=job.error)
        elif job.written:
            found.update(status=self._complete_status, downloadLink=self._link(place, now))
        return json_reply(found)

    def download(self, doc_id: str, page_id: str, expires: str, signature: str) -> Reply:
        """The file host's side: the page's present file, whoever asked for it, or an XML refusal."""
        now = self._clock()
        self._write_finished(now)
        place = (doc_id, page_id)
        if signature != _signature(place, expires):
            return storage_error(403, "SignatureDoesNotMatch", "The request signature does not match.")
        if now >= float(expires):
            if self._expired == 200:
                return storage_error(200, "NoSuchKey", "The specified key does not exist.")
            return storage_error(403, "AccessDenied", "Request has expired")
        self._close(place)
        return Reply(200, self._files[place], _storage_headers(self._files[place]))

    def excuse(self, place: tuple[str, str]) -> None:
        """A fault struck an export of this page, after which a client may begin another."""
        for job in self._at_place[place]:
            job.closed = True

    def forget(self) -> None:
        """A new client begins: no job of an earlier one counts as open, no violation as its own."""
        for job in self._jobs.values():
            job.closed = True
        self.violations.clear()

    def _watch(self, place: tuple[str, str], now: float) -> None:
        open_jobs = (job for job in self._at_place[place] if not job.closed)
        if any(now - job.asked < FORGOTTEN_AFTER for job in open_jobs):
            self.violations.append(f"page {place[1]} of doc {place[0]} exported twice at once")

    def _write_finished(self, now: float) -> None:
        for job in sorted((job for job in self._unwritten if job.ready <= now), key=lambda job: job.ready):
            job.written = True
            self._files[job.place] = job.body
            self._unwritten.remove(job)

    def _close(self, place: tuple[str, str]) -> None:
        for job in self._at_place[place]:
            job.closed = job.closed or job.written

    def _link(self, place: tuple[str, str], now: float) -> str:
        expires = repr(now + self._times.link)
        path = "/".join(quote(part, safe="") for part in place)
        return f"{self._origin}/exports/{path}?X-Amz-Expires={expires}&X-Amz-Signature={_signature(place, expires)}"


def _signature(place: tuple[str, str], expires: str) -> str:
    return hashlib.sha256(f"{place}\0{expires}".encode()).hexdigest()


def _storage_headers(body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "text/plain",
        "Content-Encoding": "gzip",
        "ETag": f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"',
        "Accept-Ranges": "bytes",
        "x-amz-request-id": "0123456789ABCDEF",
    }
