"""The export of a page's content: begin, ask until it is ready, download (coda-api.md, Page export)."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass, field

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.answers import in_one_line
from coda_git_mirror.coda.bodies import GZIP_ENCODINGS, GZIP_MAGIC, gunzipped
from coda_git_mirror.coda.client import Client
from coda_git_mirror.coda.error_bodies import Recurrence, page_doubt
from coda_git_mirror.coda.failures import Incomplete, TooSlow, Unusable
from coda_git_mirror.coda.polls import Polls, PollTimes
from coda_git_mirror.coda.request import Request, path_of
from coda_git_mirror.coda.retry import RetryPolicy
from coda_git_mirror.coda.session import Answer, FileSession
from coda_git_mirror.coda.shape import item_with, require_item
from coda_git_mirror.errors import (
    AccessDenied,
    Deleted,
    ExportDenied,
    NotExportable,
    NotThere,
    Rejected,
    Unaddressable,
    Unavailable,
)
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.traffic import RateClass
from coda_git_mirror.turns import Grown, Turns

_CONGESTED_SECONDS = 0.3
"""For how long others of its class have to wait for their turn before a request too many is one too many."""
_REPLICATION_SECONDS = 30.0
"""How long a 404 of the status may mean that the job is not known everywhere yet; later it is lost."""
_LONGEST_JOB = 300.0
_MOST_JOBS = 3


class _LostJob(Exception):
    """Coda no longer knows the job: it has to begin anew."""


@dataclass(frozen=True)
class _Job:
    """An export that began at an instant of the clock; `path` is where its status is asked for."""

    id: str
    path: str
    begun: float

    def check(self, status: Json) -> None:
        """Raises Unusable for what is no status of this export."""
        if status.get("id") not in (None, self.id):
            raise Unusable("Coda's answer is about another export")
        if not isinstance(status.get("downloadLink") or "", str):
            raise Unusable("Coda's answer has a download link that is no text")


@dataclass(frozen=True)
class PageExporter:
    """Exports one page at a time for each call; the caller sees to it that no page is exported twice at once."""

    client: Client
    files: FileSession
    clock: Clock
    policy: RetryPolicy = RetryPolicy()
    times: PollTimes = field(default_factory=PollTimes)
    turns: Turns = field(default_factory=Turns)

    def export(self, doc_id: str, page_id: str, output_format: str) -> str:
        """The text of the page in "markdown" or "html".

        Raises NotExportable for page types that Coda does not export, ExportDenied for a token that may only read,
        else what `Client.ask` raises.
        """
        for _ in range(_MOST_JOBS):
            job = self._begin(doc_id, page_id, output_format)
            try:
                return self._finish(job)
            except _LostJob:
                continue
        raise Unavailable(f"Coda lost the export {_MOST_JOBS} times")

    def _begin(self, doc_id: str, page_id: str, output_format: str) -> _Job:
        path = path_of("docs", doc_id, "pages", page_id)
        body = {"outputFormat": output_format}
        request = Request(f"{path}/export", RateClass.EXPORT, method="POST", body=body, repeatable=True)
        try:
            job_id: str = self.client.ask(request, _require_job)["id"]
        except AccessDenied as error:
            self.client.ask(Request(path), item_with(page_id))
            raise ExportDenied("the token may not export pages") from error
        except Rejected as error:
            if "canvas" in str(error).lower():
                raise NotExportable("Coda cannot export pages of this type") from error
            raise
        return _Job(job_id, f"{path}/export{path_of(job_id)}", self.clock.now())

    def _finish(self, job: _Job) -> str:
        recurrence = Recurrence()
        polls = self.times.polls(self._is_congested())
        self.clock.sleep(polls.wait())
        failures = slow = 0
        while True:
            link = self._await_link(job, polls)
            try:
                with self.turns.turn() as grown:
                    return _content(self.files.get(link, grown), recurrence, grown)
            except Incomplete as failure:
                failures, slow = failures + 1, slow + isinstance(failure, TooSlow)
                if self.policy.is_over(failures, slow):
                    tried = f"(tried {failures} times)"
                    raise Unavailable(f"the export could not be downloaded: {failure} {tried}") from failure
            self.clock.sleep(self.policy.wait(failures, 0.5))

    def _is_congested(self) -> bool:
        return any(self.client.backlog(kind) > _CONGESTED_SECONDS for kind in (RateClass.EXPORT, RateClass.READ))

    def _await_link(self, job: _Job, polls: Polls) -> str:
        """Asks for the status until it has a download link; each call gives a fresh one.

        Only what was waited here counts: a machine may have slept, and the job went on meanwhile.
        """
        waited = 0.0
        while True:
            status = self._status(job)
            if error := status.get("error"):
                raise Unavailable(f"Coda could not export the page: {in_one_line(error)}")
            if link := status.get("downloadLink"):
                polls.ready(self.clock.now() - job.begun)
                return str(link)
            if status.get("status") == "failed":
                raise Unavailable("Coda could not export the page")
            if waited > _LONGEST_JOB:
                raise Unavailable(f"the export was not ready after {_LONGEST_JOB / 60:.0f} minutes")
            wait = polls.wait()
            self.clock.sleep(wait)
            waited += wait

    def _status(self, job: _Job) -> Json:
        try:
            return self.client.ask(Request(job.path), job.check)
        except Deleted:
            raise
        except NotThere as error:
            if self.clock.now() - job.begun > _REPLICATION_SECONDS:
                raise _LostJob from error
            return {}


def _require_job(job: Json) -> None:
    """Raises Unusable for a job that nobody can ask for: that says nothing of the page, whose address is a good one."""
    require_item(job)
    try:
        path_of(job["id"])
    except Unaddressable as error:
        raise Unusable("Coda's answer has an export whose id cannot stand in an address") from error


def _content(answer: Answer, recurrence: Recurrence, grown: Grown) -> str:
    """The page's text. Raises Incomplete for everything else that a link may lead to, which a fresh one may cure."""
    if answer.status != 200:
        raise Incomplete(f"error {answer.status}")
    body = _text_bytes(answer, grown)
    doubt = page_doubt(body, answer.media_type, _is_packed(answer), answer.is_redirected)
    recurrence.settle(doubt, hashlib.sha256(body).hexdigest())
    try:
        return body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise Incomplete("content that is no UTF-8 text") from error


def _text_bytes(answer: Answer, grown: Grown) -> bytes:
    """The body without the gzip encoding that no header tells of; either its trailer or the answer proves it whole."""
    if answer.body.startswith(GZIP_MAGIC):
        return gunzipped([answer.body], grown)
    if not answer.is_whole:
        raise Incomplete("an answer of which nobody can say whether it is complete")
    return answer.body


def _is_packed(answer: Answer) -> bool:
    return answer.content_encoding in GZIP_ENCODINGS or answer.body.startswith(GZIP_MAGIC)
