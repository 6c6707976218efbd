"""The files of a revision read one after the other by one git process, each as a stream that proves its own content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from coda_git_mirror.disk.files import CHUNK
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.object_reader import NOT_FETCHED
from coda_git_mirror.git.repository import STREAMED, Repository

MOST_DAMAGED = 100


class DamagedBlob(MirrorError):
    """Git does not have an object, or not as it was stored."""


class BlobStream:
    """The content of one blob, to be read once; `DamagedBlob` from the reading that finds it not whole."""

    def __init__(self, oid: str, object_format: str, pipe: BinaryIO, lack: str) -> None:
        self.oid, self._pipe, self._lack = oid, pipe, lack
        header = pipe.readline().split()
        self.is_there = len(header) == 3 and header[1] == b"blob"
        self.size = self._left = int(header[2]) if self.is_there else 0
        self._digest = hashlib.new(object_format, b"blob %d\0" % self.size, usedforsecurity=False)
        self._ended = False
        self.is_damaged = not self.is_there

    def read(self, size: int = CHUNK) -> bytes:
        """Up to so many bytes, none at the end."""
        if self.is_damaged:
            raise DamagedBlob(f"git's object {self.oid} {self._lack}")
        content = self._pipe.read(min(size, self._left))
        self._left -= len(content)
        self._digest.update(content)
        if not content and not self._ended:
            self._end()
        return content

    def drain(self) -> None:
        """Reads what is left."""
        while self.read():
            pass

    def _end(self) -> None:
        """Git checks no object by its id while it is read; this does."""
        self._ended = True
        whole = self._left == 0 and self._pipe.read(1) == b"\n"
        if not whole or self._digest.hexdigest() != self.oid:
            self.is_damaged = True
            self.read()


def read_blobs(repository: Repository, oids: Sequence[str]) -> Iterator[BlobStream]:
    """A stream for each blob in the order asked for, which the caller reads to its end.

    At a damaged one git may end, and another process goes on; after `MOST_DAMAGED` of them nothing does.
    """
    git, done, damaged = repository.git, 0, 0
    lack = NOT_FETCHED if repository.is_partial() else "is missing or cannot be read"
    while done < len(oids) and damaged < MOST_DAMAGED:
        names = "".join(f"{oid}\n" for oid in oids[done:]).encode()
        with git.reading("cat-file", "--batch", stdin=names, settings=STREAMED) as pipe:
            for oid in oids[done:]:
                stream = BlobStream(oid, repository.object_format, pipe, lack)
                done += 1
                yield stream
                if stream.is_damaged:
                    damaged += 1
                    break
