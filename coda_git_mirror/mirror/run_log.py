"""The mirror's log of runs: a line each, newest last, for people; never a reason for a sync to fail."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import open_to_append
from coda_git_mirror.disk.small_files import SMALL, read_end
from coda_git_mirror.format.text import one_line

LOG = "backup_log.txt"
KEPT_LINES = 1000


def append_run(root: Path, line: str) -> bool:
    """Adds `line` to the log in the mirror at `root` and keeps the last 1,000; false where that was not possible."""
    log = root / LOG
    entry = one_line(line).encode("utf-8", "replace") + b"\n"
    try:
        _append(log, entry)
        _rotate(log)
    except OSError:
        return False
    return True


def last_run(root: Path) -> str:
    """The last line of the log, an instant and what was done; empty where there is no log."""
    try:
        lines = read_end(root / LOG).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""


def _append(log: Path, entry: bytes) -> None:
    with open_to_append(log) as file:
        file.write(entry)


def _rotate(log: Path) -> None:
    lines = read_end(log).splitlines(keepends=True)
    if len(lines) > KEPT_LINES or log.stat().st_size > SMALL:
        write_atomically(log, b"".join(lines[-KEPT_LINES:]))
