"""Downloads of hosted files: each once a run, however many docs name it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TypeAlias

from coda_git_mirror.actions.sync.read_context import ReadContext
from coda_git_mirror.errors import AccessDenied, CodaError, NotThere, OutOfPatience, TokenRefused
from coda_git_mirror.format.assets import AssetReference
from coda_git_mirror.model.downloads import Download
from coda_git_mirror.model.outcome import Denied, Failed, Fetched, Gone

_Attempt: TypeAlias = "Fetched[tuple[Download, Path]] | Failed | Denied | Gone"


class BlobDownloads:
    """Begins each download when it is first asked for."""

    def __init__(self, context: ReadContext) -> None:
        self._context = context
        self._jobs: dict[str, Future[_Attempt]] = {}
        self._lock = threading.Lock()

    def begin(self, reference: AssetReference) -> Future[_Attempt]:
        """The download of a file, under way or done; raises what ends the whole run."""
        with self._lock:
            if reference.blob_id not in self._jobs:
                self._jobs[reference.blob_id] = self._context.workers.downloads.submit(self._fetch, reference)
            return self._jobs[reference.blob_id]

    def _fetch(self, reference: AssetReference) -> _Attempt:
        try:
            return Fetched(self._context.resumption.asset(reference.blob_id, lambda: self._downloaded(reference)))
        except (TokenRefused, OutOfPatience):
            raise
        except NotThere:
            return Gone()
        except AccessDenied as error:
            return Denied(str(error))
        except CodaError as error:
            return Failed(str(error))

    def _downloaded(self, reference: AssetReference) -> tuple[Download, Path]:
        limit, address = self._context.options.largest_asset, reference.address or reference.url
        self._context.require_time()
        with self._context.files.writing() as file:
            download = self._context.source.download(address, file, limit, reference.name, reference.mime)
        return download, file.path
