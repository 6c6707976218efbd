"""What the tables of SQL are made of: the files of a revision, and what is said where they are not sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain

from coda_git_mirror.actions.held import Held, HeldDoc, damaged
from coda_git_mirror.actions.query.catalog import Grid
from coda_git_mirror.changes.trees import DamagedFile
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.format.assets import value_assets
from coda_git_mirror.format.cells import FileOf
from coda_git_mirror.format.damage import DamagedContent
from coda_git_mirror.format.page_files import below_head
from coda_git_mirror.format.table_parts import CSV, JSONL, files_of, whole_csv
from coda_git_mirror.format.tables import columns_of, view_definition
from coda_git_mirror.format.version import CURRENT
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.model.content import Column, Json
from coda_git_mirror.sql.tables import Layout, layout_of

_DESCRIPTION = ".json"


class NotHere(MirrorError):
    """A file is known and its content is elsewhere."""


class Sources:
    """Reads tables, views and pages of one revision. Raises DamagedFile where a file is missing or not sound."""

    def __init__(self, held: Held) -> None:
        self._held, self._tree = held, held.tree
        self._version = held.manifest.version if held.manifest else CURRENT
        self._lfs = LfsStore(held.repository)

    def layout(self, grid: Grid) -> Layout:
        """The columns of a table or view."""
        [path] = self._paths(grid, _DESCRIPTION)
        with blaming_any(path):
            content = b"".join(self._lines(path))
            # The ids of a view's rows, which may be a million, are not taken apart.
            columns = map(Column.of, view_definition(content)["columns"]) if grid.is_view else columns_of(content)
            return layout_of(tuple(columns), self._version)

    def records(self, table: Grid) -> Iterator[bytes]:
        """The lines of a table's JSONL."""
        return chain.from_iterable(map(self._lines, self._paths(table, JSONL)))

    def sheet(self, view: Grid) -> Iterator[bytes]:
        """The lines of a view's CSV, with one header."""
        return whole_csv(map(self._lines, self._paths(view, CSV)))

    def first_file(self, grid: Grid) -> str:
        """By what file a table or view is blamed."""
        return self._paths(grid, CSV if grid.is_view else JSONL)[0]

    def markdown(self, doc: HeldDoc, page: Json) -> str | None:
        """What the Markdown of a page says, without the head that repeats what is known of it; None without one."""
        file = page["files"].get(".md")
        if file is None:
            return None
        path = doc.path(file)
        if path is None:
            raise self._blaming(doc, [file])
        with blaming_any(path):
            return below_head(b"".join(self._lines(path))).decode()

    def why(self, error: Exception) -> str:
        """What is the matter with a file that is UNREADABLE, and what to do, in one sentence."""
        return str(error if isinstance(error, NotHere) else damaged(str(error), self._tree))

    def _paths(self, grid: Grid, suffix: str) -> tuple[str, ...]:
        paths = grid.doc.table_files(grid.entry, suffix)
        if not paths:
            raise self._blaming(grid.doc, files_of(grid.entry, suffix))
        return paths

    def _blaming(self, doc: HeldDoc, files: Iterable[str]) -> DamagedFile:
        """The first of some files that is not there, or what should list them."""
        folder = doc.record.path if doc.record else ""
        missing = (path for file in files if self._tree.digest(path := layout.inside(folder, file)) is None)
        return DamagedFile(next(missing, layout.inside(folder, layout.CHECKSUMS)))

    def _lines(self, path: str) -> Iterator[bytes]:
        """Of a file that is in Git LFS what this machine has of it."""
        pointer = self._tree.pointers([path]).get(path)
        if pointer is None:
            yield from self._tree.lines(path)
        elif pointer.size and self._lfs.holds(pointer):
            with self._lfs.location(pointer).open("rb") as file:
                yield from file
        elif pointer.size:
            raise NotHere(f"{path} is in Git LFS and not on this machine; `git lfs pull` brings it.")


def file_finder(doc: HeldDoc) -> FileOf | None:
    """Finds where the hosted files of a doc lie, as its CSVs say beside their names."""
    files = {blob: entry["file"] for blob, entry in doc.stored.assets.items() if entry["file"]}
    return partial(_file_of, files) if files else None


def _file_of(files: dict[str, str], image: Json) -> str | None:
    """A file that the mirror has was let in by whatever host served it."""
    url = image.get("url")
    host = url.split("/")[2:3] if isinstance(url, str) else []
    found = value_assets(image, [name.lower() for name in host])
    return files.get(found[0].blob_id) if found else None


UNREADABLE = (DamagedFile, NotHere)
"""What reading a file may raise where the fault is that file's."""


@contextmanager
def blaming_any(path: str) -> Iterator[None]:
    """Names the file that is not as this program writes it."""
    try:
        yield
    except DamagedFile:
        raise
    except (DamagedContent, ValueError) as error:
        raise DamagedFile(path) from error
