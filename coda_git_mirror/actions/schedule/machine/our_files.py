"""Files that a scheduler reads, of which ours say in their first lines for which mirror they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from coda_git_mirror.actions.schedule.naming import is_made_for
from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.small_files import read_small
from coda_git_mirror.errors import MirrorError


def differing(files: Mapping[Path, str], place: str) -> dict[Path, str]:
    """Those that are not there as they should be. Raises MirrorError where somebody else's is in the way."""
    changed: dict[Path, str] = {}
    for path, text in files.items():
        content = _text(path)
        if content is not None and not is_made_for(content, place):
            raise MirrorError(f"{path} is there and was not made for {place}; move it away and try again.")
        if content != text:
            changed[path] = text
    return changed


def put(files: Mapping[Path, str]) -> None:
    """Writes files, and the folders around them. Raises MirrorError."""
    for path, text in files.items():
        with naming(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text.encode())


def made_for(folder: Path, pattern: str, place: str) -> list[Path]:
    """The files of a folder that were made for a mirror, whatever their names."""
    return [path for path in sorted(folder.glob(pattern)) if is_made_for(_text(path) or "", place)]


def take_away(paths: Iterable[Path]) -> None:
    """Removes files. Raises MirrorError."""
    for path in paths:
        with naming(path):
            path.unlink(missing_ok=True)


def _text(path: Path) -> str | None:
    with naming(path):
        content = read_small(path)
    return None if content is None else content.decode("utf-8", "replace")
