"""Lines for people: through the user's pager on a terminal, as git shows them, and plainly elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from coda_git_mirror.git.launcher import paging
from coda_git_mirror.git.pager import pager_for
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.ui.paint import print_lines, write_lines


def show_lines(lines: Iterable[str], folder: Path, verb: str) -> None:
    """Shows what a verb tells of the mirror in `folder`."""
    pager = pager_for(Repository.open(folder), verb) if sys.stdout.isatty() else None
    if pager is None:
        print_lines(lines)
        return
    with paging(pager) as opened:
        write_lines(lines, opened)
