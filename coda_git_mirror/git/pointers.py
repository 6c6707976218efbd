"""Git LFS pointers: the small text that git stores in place of a large file (git-lfs, docs/spec.md)."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.disk.files import CHUNK, blob_id

LFS_FILTER = (
    "filter.lfs.clean=git-lfs clean -- %f",
    "filter.lfs.smudge=git-lfs smudge -- %f",
    "filter.lfs.process=git-lfs filter-process",
    "filter.lfs.required=true",
)
"""What `git lfs install` configures."""
LARGEST_POINTER = 1024
"""In bytes; whatever is larger is no pointer."""
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize (0|[1-9][0-9]{0,18})\n"
)


@dataclass(frozen=True)
class Pointer:
    """A file by its content: sha256 in hex, size in bytes."""

    sha256: str
    size: int

    @property
    def text(self) -> bytes:
        """What git stores: the same bytes as git-lfs writes. An empty file is its own pointer."""
        if self.size == 0:
            return b""
        return b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
            self.sha256.encode(),
            self.size,
        )

    def oid(self, object_format: str = "sha1") -> str:
        """The id of the pointer as a git blob."""
        return blob_id(self.text, object_format)


def parse_pointer(content: bytes) -> Pointer | None:
    """The pointer that a blob is, in the one form that git-lfs writes; None for any other content."""
    match = _POINTER.fullmatch(content)
    return Pointer(match[1].decode(), int(match[2])) if match else None


def pointer_to(path: Path) -> Pointer:
    """The pointer to a file of any size, read in pieces; a symlink is an `OSError` where the system can tell."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    digest, size = hashlib.sha256(), 0
    with os.fdopen(descriptor, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Pointer(digest.hexdigest(), size)
