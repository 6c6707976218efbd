"""The line of a commit's message that tells which doc or page was made anew (mirror-format.md, The commit)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote

_DOC, _PAGE = "Coda-Doc-Recreated: ", "Coda-Page-Recreated: "


@dataclass(frozen=True)
class Remade:
    """The doc `doc` as of a revision's `commit` lives again as `new`; with a `page`, that page of it does, in it."""

    doc: str
    page: str | None
    commit: str
    new: str

    @property
    def trailer(self) -> str:
        """The line that tells it."""
        name, item = (_DOC, (self.doc,)) if self.page is None else (_PAGE, (self.doc, self.page))
        return name + " ".join(quote(part, safe="") for part in (*item, self.commit, self.new))


def remade(message: str) -> Iterator[Remade]:
    """What a commit's message tells of; what is quoted further up tells nothing."""
    for line in message.rstrip().rpartition("\n\n")[2].split("\n"):
        parts = [unquote(part) for part in line.partition(": ")[2].split()]
        if line.startswith(_DOC) and len(parts) == 3:
            yield Remade(parts[0], None, parts[1], parts[2])
        elif line.startswith(_PAGE) and len(parts) == 4:
            yield Remade(*parts)
