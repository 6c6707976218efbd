"""What this working copy remembers of its runs, under git's own folder: losing it costs requests, nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from coda_git_mirror.disk.atomic import write_atomically
from coda_git_mirror.disk.files import naming
from coda_git_mirror.disk.remembered import remembered


@dataclass(frozen=True)
class Note:
    """Of a doc: the `updatedAt` as of which its content is settled (empty: none), the options with which it was read,
    the day (as an ordinal number) of the last reading of all of it, if that is known, what was in doubt then, what
    "all of it" was, in words (empty: everything), and whether its parts are of different times, and to be read again.
    """

    updated: str
    options: str
    refreshed: int | None = None
    doubts: str = ""
    scope: str = ""
    is_mixed: bool = False


def read_notes(file: Path) -> dict[str, Note]:
    """The notes by doc id; none where they are missing or cannot be read."""
    return remembered(file, lambda stored: {doc_id: _checked(Note(**note)) for doc_id, note in stored.items()}, {})


def write_notes(file: Path, notes: Mapping[str, Note]) -> None:
    content = json.dumps({doc_id: asdict(note) for doc_id, note in sorted(notes.items())}, indent=1)
    with naming(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, content.encode("utf-8", "surrogatepass"))


def read_left_out(file: Path) -> frozenset[str]:
    """The ids of the docs of the mirror that the last run was told to leave out; none where that is not known."""
    return remembered(file, lambda stored: frozenset(filter(_is_text, stored)), frozenset[str]())


def write_left_out(file: Path, doc_ids: Iterable[str]) -> None:
    with naming(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(sorted(doc_ids)).encode("utf-8", "surrogatepass"))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _checked(note: Note) -> Note:
    whole_days = note.refreshed is None or type(note.refreshed) is int
    texts = all(isinstance(text, str) for text in (note.updated, note.options, note.doubts, note.scope))
    if not (texts and whole_days and isinstance(note.is_mixed, bool)):
        raise TypeError("not a note")
    return note
