"""The folder below git's own in which this working copy keeps what is not content; found without asking git."""

from __future__ import annotations

from pathlib import Path

from coda_git_mirror.disk.small_files import read_small

PRIVATE = "coda-git-mirror"
"""Its name."""
_ELSEWHERE = b"gitdir: "


def private_folder_in(folder: Path) -> Path | None:
    """Where it is, or would be, in a folder that is the top of a working copy; None where that is not to be seen.

    In a working copy beside others `.git` is a file that says where git's own folder is.
    """
    place = folder / ".git"
    if place.is_dir():
        return place / PRIVATE
    try:
        said = read_small(place) or b""
    except OSError:
        return None
    if not said.startswith(_ELSEWHERE):
        return None
    return folder / said.removeprefix(_ELSEWHERE).strip().decode("utf-8", "surrogateescape") / PRIVATE
