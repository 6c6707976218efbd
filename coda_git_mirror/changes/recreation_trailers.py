"""The line of a commit's message that tells which doc or page was made anew (mirror-format.md, The commit)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

_RECREATED = "Coda-Doc-Recreated: "


@dataclass(frozen=True)
class RecreatedDoc:
    """The doc `old` as of a revision's `commit` lives again as `new`."""

    old: str
    commit: str
    new: str

    @property
    def trailer(self) -> str:
        """The line that tells it."""
        return _RECREATED + " ".join(quote(part, safe="") for part in (self.old, self.commit, self.new))


def recreated_docs(message: str) -> list[RecreatedDoc]:
    """Those that a commit's message tells of; what is quoted further up tells nothing."""
    lines = message.rstrip().rpartition("\n\n")[2].split("\n")
    parts = [line.removeprefix(_RECREATED).split() for line in lines if line.startswith(_RECREATED)]
    return [RecreatedDoc(*map(unquote, each)) for each in parts if len(each) == 3]
