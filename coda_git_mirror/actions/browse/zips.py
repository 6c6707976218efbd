"""A doc's folder at a revision as one zip, made while it is read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import UTC
from io import RawIOBase
from typing import Any, Literal

from coda_git_mirror.actions.browse.files import Files, MirrorFile, mirror_file
from coda_git_mirror.actions.browse.mirror import Browsed, NotThere
from coda_git_mirror.disk.files import CHUNK
from coda_git_mirror.git.objects import SUBMODULE
from coda_git_mirror.model.looking import IndexedCommit

_EARLIEST, _LATEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
"""What a zip can date."""
_NEW: Literal["w"] = "w"
"""A member of the zip is made, no file of the disk."""
_PLAIN_FILE = 0o100644 << 16


def doc_folder(browsed: Browsed, revision: IndexedCommit, doc: str) -> str:
    """Where a doc lies at a revision. Raises NotThere."""
    state = browsed.index.state_of(doc, doc, revision.number)
    if state is None or not state.path:
        raise NotThere(f"The mirror has no doc {doc!r} at {revision.id[:10]}.")
    return state.path


def zipped(browsed: Browsed, revision: IndexedCommit, folder: str) -> Iterator[bytes]:
    """The pieces of a zip of all files below a folder, whose names begin with the folder's own.

    The same revision gives the same bytes: files are in order and dated by the commit. Of Git LFS it has the files
    themselves where they are on this machine.
    """
    files, pipe = Files(browsed), _Pipe()
    when = min(max(revision.when.astimezone(UTC).timetuple()[:6], _EARLIEST), _LATEST)
    above = len(folder.rpartition("/")[0])
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _files_in(browsed, revision, folder):
            yield from _added(archive, files, file, _entry(file.path[above:].lstrip("/"), when), pipe)
    yield pipe.taken()


def _files_in(browsed: Browsed, revision: IndexedCommit, folder: str) -> Iterator[MirrorFile]:
    blobs = browsed.tree(revision.id).blobs
    for path in sorted(path for path in blobs if path.startswith(f"{folder}/")):
        if blobs[path].mode != SUBMODULE:
            yield mirror_file(path, blobs[path])


def _entry(name: str, when: tuple[int, ...]) -> zipfile.ZipInfo:
    """A backslash would part folders on Windows, and so lead elsewhere."""
    entry = zipfile.ZipInfo(name.encode("utf-8", "replace").decode().replace("\\", "_"), (*when,))  # type: ignore[arg-type]
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _PLAIN_FILE, 3
    return entry


def _added(
    archive: zipfile.ZipFile, files: Files, file: MirrorFile, entry: zipfile.ZipInfo, pipe: _Pipe
) -> Iterator[bytes]:
    content = files.real(file)
    with content.stream, archive.open(entry, _NEW, force_zip64=content.size >= zipfile.ZIP64_LIMIT // 2) as target:
        while piece := content.stream.read(CHUNK):
            target.write(piece)
            yield pipe.taken()


class _Pipe(RawIOBase):
    """Takes what is written, to be taken out again; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._pieces.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
