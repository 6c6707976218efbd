"""Which table a CSV is of, by where it lies or lay, or by what the user says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.apply.edited import Kept
from coda_git_mirror.actions.log.docs import manifest_at
from coda_git_mirror.changes.sides import Side
from coda_git_mirror.errors import UsageError
from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import DocRecord
from coda_git_mirror.format.table_parts import CSV, part_of, stem_of
from coda_git_mirror.git.history import BlobTree, History
from coda_git_mirror.model.content import Json

_ROOMS = (layout.TABLES, layout.VIEWS)


@dataclass(frozen=True)
class Sheets:
    """The table or view whose CSV a file is, and which part of it; `inside` is where it lies in the mirror, if so.

    `kept` is what is left to be done of it since it was applied before, and not to the end.
    """

    doc: str
    grid: str
    part: int = 1
    inside: str | None = None
    kept: Kept | None = None


def sheets_of(file: Path, root: Path, history: History, head: str) -> Sheets | None:
    """What a file is by its name and those of the folders that it is in, which may be those of a copy.

    None where they are no names of a doc's folder and of a CSV in it, now or before.
    """
    place = file.parent.resolve() / file.name
    inside = _inside(place, root.resolve())
    for path in _paths(inside, place):
        if found := _grid_at(path, history, head):
            return Sheets(*found, inside=inside)
    return None


def _inside(place: Path, root: Path) -> str | None:
    if not place.is_relative_to(root):
        return None
    path = place.relative_to(root).as_posix()
    return path if path.startswith(f"{layout.DOCS}/") else None


def _paths(inside: str | None, place: Path) -> Iterator[str]:
    """Paths of the mirror that a file may be a copy of."""
    if inside:
        yield inside
        return
    *_, last, name = ("", "", *place.parts)
    if last in _ROOMS and len(place.parts) > 2:
        yield "/".join((layout.DOCS, place.parts[-3], last, name))
    else:
        yield from ("/".join((layout.DOCS, last, room, name)) for room in _ROOMS)


def _grid_at(path: str, history: History, head: str) -> tuple[str, str, int] | None:
    """The doc, the table or view, and the part, as they are there now, else as they were last."""
    root, _, rest = path.partition("/")
    folder, _, file = rest.partition("/")
    part = part_of(file)
    if part is None or part.suffix != CSV:
        return None
    for commit in _commits(history, head, f"{root}/{folder}/{part.stem}{CSV}"):
        manifest = manifest_at(history, commit)
        doc = next((doc for doc in manifest.docs if doc.path == f"{root}/{folder}"), None) if manifest else None
        grid = _grid_called(history, commit, doc, part.stem) if doc else None
        if doc and grid:
            return doc.id, grid, part.number
    return None


def _commits(history: History, head: str, path: str) -> Iterator[str]:
    yield head
    change = next(history.commits(head, path), None)
    if change and change.parent:
        yield change.parent


def _grid_called(history: History, commit: str, doc: DocRecord, stem: str) -> str | None:
    tree = BlobTree(history, history.files(commit, layout.inside(doc.path, layout.METADATA)))
    stored = Side(tree, doc).stored()
    entries: list[Json] = [*stored.tables.values(), *stored.views.values()]
    return next((str(entry["id"]) for entry in entries if stem_of(entry) == stem), None)


def unnamed(file: Path) -> UsageError:
    """What to say where nobody knows the table of a file."""
    return UsageError(
        f"{file} does not tell which table it is of, as a CSV in docs/DOC/tables of the mirror does and a copy of it "
        "in folders of these names; name it with --to DOC TABLE."
    )
