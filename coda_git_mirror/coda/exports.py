"""The export of a page's content: begin, ask until it is ready, download (FACTS.md, Page export)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.client import Client, Request, Unusable
from coda_git_mirror.coda.retry import RetryPolicy
from coda_git_mirror.coda.session import Answer, FileSession, Incomplete
from coda_git_mirror.coda.throttle import RateClass
from coda_git_mirror.errors import Deleted, NotExportable, NotThere, Refused, Unavailable
from coda_git_mirror.model.content import Json

_FIRST_POLL = 0.5
_LONGEST_POLL = 4.0
_POLL_GROWTH = 1.5
_REPLICATION_SECONDS = 30.0
"""How long a 404 of the status may mean that the job is not known everywhere yet; later it is lost."""
_LONGEST_JOB = 300.0
_MOST_JOBS = 3
_ERROR_XML = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<Error>\s*<Code>[^<]*</Code>.*</Error>\s*", re.DOTALL)
_WEB_PAGE = re.compile(rb"\s*<!doctype html|\s*<html", re.IGNORECASE)


class _LostJob(Exception):
    """Coda no longer knows the job: it has to begin anew."""


@dataclass(frozen=True)
class PageExporter:
    """Exports one page at a time for each call; the caller sees to it that no page is exported twice at once."""

    client: Client
    files: FileSession
    clock: Clock
    policy: RetryPolicy = RetryPolicy()

    def export(self, path: str, output_format: str) -> str:
        """The text of the page at `path` (of the API) in "markdown" or "html".

        Raises NotExportable for page types that Coda does not export, else what `Client.ask` raises.
        """
        for _ in range(_MOST_JOBS):
            status_path = f"{path}/export/{self._begin(path, output_format)}"
            try:
                return self._finish(status_path)
            except _LostJob:
                continue
        raise Unavailable(f"Coda lost the export {_MOST_JOBS} times")

    def _begin(self, path: str, output_format: str) -> str:
        body = {"outputFormat": output_format}
        request = Request(f"{path}/export", RateClass.EXPORT, method="POST", body=body)
        try:
            job = self.client.ask(request, _check_job)
        except Refused as error:
            if "canvas" in str(error).lower():
                raise NotExportable("Coda cannot export pages of this type") from error
            raise
        identifier: str = job["id"]
        return identifier

    def _finish(self, status_path: str) -> str:
        begun = self.clock.now()
        for failures in range(1, self.policy.tries + 1):
            link = self._await_link(status_path, begun)
            try:
                return self._download(link)
            except Incomplete as error:
                reason = str(error)
            self.clock.sleep(self.policy.wait(failures, 0.5))
        raise Unavailable(f"the export could not be downloaded: {reason} (tried {self.policy.tries} times)")

    def _await_link(self, status_path: str, begun: float) -> str:
        """Asks for the status until it has a download link; each call gives a fresh one."""
        wait = _FIRST_POLL
        while True:
            status = self._status(status_path, begun)
            if error := status.get("error"):
                raise Unavailable(f"Coda could not export the page: {error}")
            if link := status.get("downloadLink"):
                return str(link)
            if status.get("status") == "failed":
                raise Unavailable("Coda could not export the page")
            if self.clock.now() - begun > _LONGEST_JOB:
                raise Unavailable(f"the export was not ready after {_LONGEST_JOB / 60:.0f} minutes")
            self.clock.sleep(wait)
            wait = min(wait * _POLL_GROWTH, _LONGEST_POLL)

    def _status(self, status_path: str, begun: float) -> Json:
        try:
            return self.client.ask(Request(status_path))
        except Deleted:
            raise
        except NotThere as error:
            if self.clock.now() - begun > _REPLICATION_SECONDS:
                raise _LostJob from error
            return {}

    def _download(self, link: str) -> str:
        """Raises Incomplete for everything that a fresh link may cure."""
        answer = self.files.get(link)
        if answer.status != 200:
            raise Incomplete(f"error {answer.status}")
        if _ERROR_XML.fullmatch(answer.body):
            raise Incomplete("an error message in place of the content")
        if _is_sign_in_page(answer):
            raise Incomplete("a web page in place of the content")
        try:
            return answer.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Incomplete("content that is no UTF-8 text") from error


def _is_sign_in_page(answer: Answer) -> bool:
    """Exports come as `text/plain` whatever their format; a whole document typed as HTML is somebody's web page."""
    typed_as_html = answer.headers.get("Content-Type", "").lower().startswith("text/html")
    return typed_as_html and _WEB_PAGE.match(answer.body) is not None


def _check_job(job: Json) -> None:
    if not isinstance(job.get("id"), str) or not job["id"]:
        raise Unusable("Coda's answer has no export job")
