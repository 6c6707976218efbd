"""A file of the revision as it goes by: its checksum, its size, and whether it is text as the format wants it."""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Iterator
from typing import Any

from coda_git_mirror.git.blob_streams import BlobStream

_BLOCK = 256 * 1024
_MARK = codecs.BOM_UTF8


class WatchedFile(io.RawIOBase):
    """Passes a blob on to whoever reads it. `text`: whether it has to be UTF-8 with LF and one newline at its end.

    `may_be_marked`: what looks like a byte order mark may be the file's own, as in the name of a first column.
    """

    def __init__(self, stream: BlobStream, text: bool, may_be_marked: bool = False) -> None:
        self._stream, self._text, self._may_be_marked = stream, text, may_be_marked
        self._sha256 = hashlib.sha256()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._faults: dict[str, None] = {}
        self._tail = b""
        self.size = 0

    @property
    def total(self) -> int:
        """The size that the file has by git's word, before it is read."""
        return self._stream.size

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def buffered(self) -> io.BufferedReader:
        """The file for readers of lines."""
        return io.BufferedReader(self, _BLOCK)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = self._stream.read(len(buffer))
        buffer[: len(content)] = content
        self._watch(content)
        return len(content)

    def finish(self) -> None:
        """Reads what nobody has read."""
        while content := self._stream.read():
            self._watch(content)

    def faults(self) -> Iterator[str]:
        """What is wrong with the text, once all of it went by. The JSONL of a table without rows is empty."""
        if not self._text or not self.size:
            return
        self._decode(b"", final=True)
        yield from self._faults
        if not self._tail.endswith(b"\n"):
            yield "does not end with a newline"
        elif self._tail.endswith(b"\n\n"):
            yield "ends with more than one newline"

    def _watch(self, content: bytes) -> None:
        self._sha256.update(content)
        if self._text:
            if self.size == 0 and content.startswith(_MARK) and not self._may_be_marked:
                self._faults["begins with a byte order mark"] = None
            if b"\r" in content:
                self._faults["has line ends that are not LF alone"] = None
            self._decode(content)
            self._tail = (self._tail + content[-2:])[-2:]
        self.size += len(content)

    def _decode(self, content: bytes, final: bool = False) -> None:
        try:
            self._decoder.decode(content, final)
        except UnicodeDecodeError:
            self._decoder.reset()
            self._faults["is not UTF-8"] = None
