"""The doc that is being made, as Coda shows it."""

from __future__ import annotations

import re
from collections import Counter

from coda_git_mirror.actions.ports import Source
from coda_git_mirror.actions.recreate.flight import Stopped
from coda_git_mirror.actions.writing.live import FIRST_WAIT, PATIENCE
from coda_git_mirror.clock import Clock
from coda_git_mirror.errors import CodaError, NotYetFresh, OutOfPatience, TokenRefused
from coda_git_mirror.model.content import Page, Table

_WORD = re.compile(r"\w+")
_LINK_TARGET = re.compile(r"\]\([^)]*\)|<[^>]*>|https?://\S+")
_LONGEST_WAIT = 8.0
_NUMBERED = re.compile(r"\d+")


def words_of(text: str) -> Counter[str]:
    """The words that anybody sees in a text, whatever it is written in; addresses are none."""
    return Counter(_WORD.findall(_LINK_TARGET.sub("] ", text)))


class NewDoc:
    """Reads it; a doc is read surely when Coda says that every change is in what it shows."""

    def __init__(self, source: Source, doc_id: str, clock: Clock) -> None:
        self._source, self.id, self._clock = source, doc_id, clock

    def pages_surely(self, patience: float = PATIENCE) -> list[Page]:
        """All pages, once every change is to be seen; then other reads show it, too. Raises Stopped."""
        deadline, wait = self._clock.now() + patience, FIRST_WAIT
        while True:
            try:
                return self._source.pages(self.id, fresh=True)
            except NotYetFresh:
                pass
            except CodaError as error:
                raise Stopped(f"The new doc cannot be read: {error}.") from error
            if self._clock.now() + wait > deadline:
                raise Stopped("Coda does not show what became of the last changes; wait some minutes.")
            self._clock.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def words(self, page_id: str) -> Counter[str] | None:
        """The words on a page, without those in its tables; None where Coda does not tell them."""
        try:
            return words_of(self._source.page_text(self.id, page_id))
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError:
            return self.exported_words(page_id)

    def exported_words(self, page_id: str) -> Counter[str] | None:
        """The same by the page's export, which has what the mere text of a page may lack."""
        try:
            exported = self._source.export_page(self.id, page_id, "markdown")
        except (TokenRefused, OutOfPatience):
            raise
        except CodaError:
            return None
        return words_of("\n".join(line for line in exported.split("\n") if not line.startswith("|")))

    def tables_on(self, page_id: str) -> list[Table]:
        """The base tables of a page in the order in which they were made."""
        found = [table for table in self._source.tables(self.id) if not table.is_view and _page_of(table) == page_id]
        return sorted(found, key=_number)


def _page_of(table: Table) -> object:
    parent = table.raw.get("parent")
    return parent.get("id") if isinstance(parent, dict) else None


def _number(table: Table) -> tuple[int, str]:
    """New tables are numbered as they come (coda-api.md, Content that comes in)."""
    numbers = _NUMBERED.findall(table.name)
    return (int(numbers[-1]) if numbers else 0, table.id)
