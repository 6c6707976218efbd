"""Images and attached files: whole, replaced by a stub, or in Git LFS."""

from __future__ import annotations

from collections.abc import Iterator

from coda_git_mirror.actions.verify.streams import WatchedFile
from coda_git_mirror.format.asset_stub import stub
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.git.pointers import LARGEST_POINTER, Pointer, parse_pointer, pointer_to
from coda_git_mirror.model.content import Json
from coda_git_mirror.model.findings import FETCH_AGAIN, Finding

_STATED = ("name", "size", "mime", "id", "url", "sha256")


class AssetCheck:
    """Judges the hosted files of a mirror. `absent` counts those that are in Git LFS and not on this machine."""

    def __init__(self, store: LfsStore) -> None:
        self._store = store
        self.absent = 0

    def read(self, path: str, file: WatchedFile, entry: Json | None, faults: list[Finding]) -> str:
        """Reads a file, of which `metadata.json` has the entry, to its end; returns the sha256 of what it is."""
        small = file.buffered().read() if file.total <= LARGEST_POINTER or (entry and entry.get("stub")) else b""
        file.finish()
        pointer = parse_pointer(small)
        stated = pointer or Pointer(file.sha256, file.size)
        if entry and entry.get("stub"):
            faults += self._stub_findings(path, small, entry)
        elif entry and (stated.size, stated.sha256) != (entry.get("size"), entry.get("sha256")):
            faults.append(Finding(path, "is another file than the one that metadata.json tells of", FETCH_AGAIN))
        if pointer:
            faults += self._stored_findings(path, pointer)
        return stated.sha256

    def _stub_findings(self, path: str, content: bytes, entry: Json) -> Iterator[Finding]:
        name, size, mime, blob_id, url, sha256 = (entry.get(field) for field in _STATED)
        if content != stub(str(name), size, str(mime), str(blob_id), str(url), sha256):
            yield Finding(path, "is not the text that stands for its file", FETCH_AGAIN)

    def _stored_findings(self, path: str, pointer: Pointer) -> Iterator[Finding]:
        place = self._store.location(pointer)
        if not place.is_file() and pointer.size:
            self.absent += 1
        elif pointer.size and pointer_to(place) != pointer:
            yield Finding(path, f"is damaged in the store of Git LFS ({place})", "delete that file and `git lfs pull`")
