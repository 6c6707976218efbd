"""Which gits are at work in a repository, whoever started them."""

from __future__ import annotations

import os
import time
from pathlib import Path

from coda_git_mirror.git.launcher import ProgramMissing, run

_PROCESSES = Path("/proc")
_LOOKS, _MOMENT = 25, 0.02
"""How often, and how many seconds apart, a git is looked at that may be about to end."""


def lasting_git(folders: list[Path]) -> int | None:
    """A git that lives there for longer than a process needs that is about to end."""
    git = living_git(folders)
    for _ in range(_LOOKS):
        if git is None:
            break
        time.sleep(_MOMENT)
        git = living_git(folders)
    return git


def living_git(folders: list[Path], processes: Path = _PROCESSES) -> int | None:
    """The id of a git process that works below one of `folders`; any git at all where the system does not say."""
    if processes.is_dir():
        names = os.listdir(processes)  # noqa: PTH208 (there may be hundreds, and each commit asks)
        gits = (name for name in names if name.isdecimal() and _is_git(f"{processes}/{name}"))
        places = [str(folder) for folder in folders]
        return next((int(name) for name in gits if _works_below(f"{processes}/{name}", places)), None)
    return _any_git()


def _is_git(process: str) -> bool:
    name = _said(f"{process}/comm").strip()
    return name == b"git" or name.startswith(b"git-")


def _works_below(process: str, folders: list[str]) -> bool:
    try:
        place = os.readlink(f"{process}/cwd")  # noqa: PTH115 (a deleted folder's link does not resolve)
    except OSError:
        return False
    return any(f"{place}/".startswith(f"{folder}/") for folder in folders) or _is_told_of(process, folders)


def _is_told_of(process: str, folders: list[str]) -> bool:
    words = os.fsdecode(_said(f"{process}/cmdline"))
    return any(folder in words for folder in folders)


def _said(file: str) -> bytes:
    """What the system says of a process; nothing where that has ended."""
    try:
        with open(file, "rb") as said:  # noqa: PTH123 (paths as objects take most of the time)
            return said.read()
    except OSError:
        return b""


def _any_git() -> int | None:
    """What `ps` knows; none where there is no `ps`, as on Windows, which keeps open files from being removed."""
    try:
        listed = run(["ps", "-A", "-o", "pid=,comm="], {}).text
    except ProgramMissing:
        return None
    rows = (line.split(None, 1) for line in listed.splitlines() if line.strip())
    return next((int(row[0]) for row in rows if len(row) == 2 and Path(row[1].strip()).name == "git"), None)
