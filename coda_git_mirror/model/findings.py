"""What a verification finds wrong in a mirror, and the remedies that it names."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

READ = "`coda-git-mirror sync` asks for it again"
SYNC = "`coda-git-mirror sync --full` writes it anew"
BRING_BACK = "bring back the last good version"
"""Which that is, and with what command, the history tells."""
FETCH_AGAIN = "delete it and commit that; the next sync fetches it anew"
MOVE_AWAY = "move it out of docs/, or delete it, and commit that"
SOUND_COPY = "clone the remote, or another sound copy of the mirror, into a new folder and go on there"


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is not as it should be: where, what, and what to do about it."""

    path: str
    fault: str
    remedy: str = SYNC


def other_revision(path: str) -> str:
    """The remedy for a file that is not to be had as it is."""
    return f"take it from another revision (`git log -- {shlex.quote(path)}` lists them)"
