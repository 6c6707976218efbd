"""What the work tells while it goes on; how it is shown is the business of `ui`."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told by any thread; never prints results, only that work is moving."""

    def begin(self, docs: int, pages: int) -> None:
        """The docs of this run, and how many pages they have, are known."""

    def doc_begins(self, name: str, pages: int, tables: int) -> None:
        """One doc is being fetched."""

    def page_done(self) -> None:
        """One page has been fetched, or has failed."""

    def rows_read(self, count: int) -> None:
        """So many more rows have arrived."""

    def doc_done(self, name: str, problems: int) -> None:
        """One doc is fetched as far as it can be."""

    def note(self, text: str) -> None:
        """A sentence that the user should see now."""


class Silent:
    """Shows nothing."""

    def begin(self, docs: int, pages: int) -> None:
        pass

    def doc_begins(self, name: str, pages: int, tables: int) -> None:
        pass

    def page_done(self) -> None:
        pass

    def rows_read(self, count: int) -> None:
        pass

    def doc_done(self, name: str, problems: int) -> None:
        pass

    def note(self, text: str) -> None:
        pass
