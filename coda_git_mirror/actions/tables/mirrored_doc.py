"""What the mirror holds of a doc beside one of its tables, as a hint at whom and what Coda knows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from coda_git_mirror.actions.tables.past import doc_at
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.format import layout
from coda_git_mirror.format.metadata import NOTHING_STORED, StoredDoc
from coda_git_mirror.format.table_parts import JSONL, stem_of
from coda_git_mirror.format.text import json_line
from coda_git_mirror.git.history import History


@dataclass(frozen=True)
class MirroredDoc:
    """A doc as a commit holds it, without a table that is about to be written."""

    history: History
    commit: str
    doc: str
    table: str

    @cached_property
    def _side(self) -> Side | None:
        return doc_at(self.history, self.commit, self.doc)

    @cached_property
    def _stored(self) -> StoredDoc:
        return self._side.stored() if self._side else NOTHING_STORED

    def mentions(self, text: str) -> bool:
        """Whether a text is the value of anything: in cells of other tables, or in what Coda says of doc and pages.

        Sharing does not count, for that is asked of Coda.
        """
        if self._side is None or self._side.place is None or not text:
            return False
        folder = self._side.place.path
        own = layout.inside(folder, stem_of(self._stored.tables.get(self.table)))
        quoted = json_line(text).decode("utf-8", "replace").strip()
        if quoted in self._described:
            return True
        found = self.history.files_with(quoted, self.commit, folder)
        return any(path.endswith(JSONL) and not path.startswith(f"{own}.") for path in found)

    @cached_property
    def _described(self) -> str:
        described = [self._stored.doc, *self._stored.pages.values()]
        return b"".join(map(json_line, described)).decode("utf-8", "replace")

    def content_of(self, blob: str) -> str:
        """The digest of a hosted file; empty where the mirror has never had its bytes."""
        return str(self._stored.assets.get(blob, {}).get("sha256") or "")

    def address_of(self, blob: str) -> str:
        """Where a hosted file was served last; empty where that is not known."""
        return str(self._stored.assets.get(blob, {}).get("url") or "")
