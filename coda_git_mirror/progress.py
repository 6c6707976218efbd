"""What the work tells while it goes on; how it is shown is the business of `ui`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from coda_git_mirror.model.traffic import Requests


@dataclass(frozen=True)
class DocDone:
    """What was read of a doc, or taken over as it was; and how much of it could not be read."""

    name: str
    pages: int
    tables: int
    rows: int
    problems: int


class Progress(Protocol):
    """Told by any thread; never prints results, only that work is moving."""

    def begin(self, docs: int) -> None:
        """So many docs will be read."""

    def expect(self, pages: int, requests: Requests) -> None:
        """So many more pages will be exported, and so many more requests be sent, than was known."""

    def page_done(self) -> None:
        """One page has been exported, or has failed."""

    def rows_read(self, count: int) -> None:
        """So many more rows have arrived."""

    def doc_done(self, doc: DocDone) -> None:
        """One doc is read as far as it can be."""

    def writing(self, rows: int, requests: int) -> None:
        """So many rows will be written, with so many requests."""

    def written(self, rows: int, requests: int) -> None:
        """So many more rows, and requests, have been sent."""

    def note(self, text: str) -> None:
        """A sentence that the user should see now."""


class Silent:
    """Shows nothing."""

    def begin(self, docs: int) -> None:
        pass

    def expect(self, pages: int, requests: Requests) -> None:
        pass

    def page_done(self) -> None:
        pass

    def rows_read(self, count: int) -> None:
        pass

    def doc_done(self, doc: DocDone) -> None:
        pass

    def writing(self, rows: int, requests: int) -> None:
        pass

    def written(self, rows: int, requests: int) -> None:
        pass

    def note(self, text: str) -> None:
        pass
