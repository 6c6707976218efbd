"""What tests of the ledger look at: its entries, the last commit's message, and what one more sync asks Coda for."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.demo.server import Request, SimulatedCoda
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import Manifest, parse_manifest
from coda_git_mirror.model.ledger import Problem
from tests.support import git


def manifest(folder: Path) -> Manifest:
    return parse_manifest((folder / layout.MANIFEST).read_bytes())


def entries(folder: Path) -> tuple[Problem, ...]:
    return manifest(folder).problems


def known(folder: Path) -> set[tuple[str, str, str]]:
    """The entries of the ledger by what they are about: kind, id and state."""
    return {(entry.kind, entry.item_id, entry.state) for entry in entries(folder)}


def message(folder: Path) -> str:
    return git(folder, "log", "-1", "--format=%B")


def paragraph(folder: Path, title: str) -> list[str]:
    """The lines of the last commit's message below a title such as `Solved`; none where it is not there."""
    for part in message(folder).split("\n\n"):
        if part.startswith(f"{title}:\n"):
            return [line.strip() for line in part.splitlines()[1:]]
    return []


def clone(folder: Path, place: Path) -> Path:
    """A fresh clone of a mirror: without a note of what its syncs knew."""
    git(place.parent, "clone", "-q", str(folder), str(place))
    return place


def told(report: SyncReport) -> set[tuple[str, str]]:
    """What a run tells as its problems, by kind and id."""
    return {(problem.kind, problem.item_id) for problem in report.problems}


class Watch:
    """Tells what is asked of Coda from now on, and again from each time that it was asked."""

    def __init__(self, coda: SimulatedCoda) -> None:
        self._coda, self._seen = coda, len(coda.requests)

    def api(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self._new() if request.origin == "api"]

    def both(self) -> list[str]:
        """The requests to the API and to the host of files, each by its method and path."""
        return [f"{request.method} {request.path}" for request in self._new()]

    def _new(self) -> list[Request]:
        requests = list(self._coda.requests)[self._seen :]
        self._seen += len(requests)
        return requests
