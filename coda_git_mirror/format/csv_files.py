"""A CSV as people's programs write it: whatever its encoding, its delimiter and its line ends (cli.md, apply)."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.format.asset_cells import LARGEST_CELL

_CHUNK = 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 4096
_HINT = "sep="
"""By a first line `sep=;` Excel tells which delimiter the file has."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LEGACY = "cp1252"
"""What a file is read as that is not UTF-8 or UTF-16."""
_UNDEFINED = "coda-git-mirror-undefined"
Line = tuple[int, list[str]]
"""The number of the line in which a record ends, and its cells."""


def _as_latin1(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that Windows-1252 leaves undefined, as Windows itself reads them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error(_UNDEFINED, _as_latin1)


@dataclass(frozen=True)
class Sheet:
    """A CSV that is read anew each time somebody asks for its records. `header` are the cells of its first line."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    has_hint: bool
    state: tuple[int, int]

    def records(self) -> Iterator[Line]:
        """The rows after the header that are not empty, each with as many cells as that has.

        Raises UsageError where the file is no CSV, and MirrorError where somebody writes into it meanwhile.
        """
        with _opened(self.path, self.encoding) as file:
            for line, cells in islice(_lines(file, self.delimiter, self.path, self.has_hint), 1, None):
                yield line, self._fitted(line, cells)
            if _state(self.path) != self.state:
                raise MirrorError(f"{self.path} was changed while it was read; run the command again.")

    def _fitted(self, line: int, cells: list[str]) -> list[str]:
        width = len(self.header)
        if any(cells[width:]):
            raise UsageError(
                f"Line {line} of {self.path} has more cells than the header; put cells with a {self.delimiter!r} "
                "in quotes, and run the command again."
            )
        return [*cells[:width], *[""] * (width - len(cells))]


def read_sheet(path: Path, known: Collection[str]) -> Sheet:
    """Looks at a CSV; `known` are names that its header may have, by which the delimiter is found.

    Raises UsageError where there is no such file, or it is none.
    """
    try:
        state, encoding = _state(path), _encoding(path)
        with _opened(path, encoding) as file:
            sample = file.readline(_SAMPLE)
        hint = sample.strip() if sample.lower().startswith(_HINT) and len(sample.strip()) <= len(_HINT) + 1 else None
        header, delimiter = _header(path, encoding, hint, known)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror or error}); name a CSV file.") from error
    if not any(header):
        raise UsageError(f"{path} has no header; its first line is to name the columns.")
    return Sheet(path, encoding, delimiter, tuple(header), hint is not None, state)


def _header(path: Path, encoding: str, hint: str | None, known: Collection[str]) -> tuple[list[str], str]:
    """The first line, read by the delimiter that gives most names that are known, else most names."""
    names = frozenset(known)
    delimiters = (hint[len(_HINT) :],) if hint and len(hint) > len(_HINT) else _DELIMITERS
    found = [(_first(path, encoding, each, hint is not None), each) for each in delimiters]
    return max(found, key=lambda each: (len(names.intersection(each[0])), len(each[0])))


def _first(path: Path, encoding: str, delimiter: str, has_hint: bool) -> list[str]:
    with _opened(path, encoding) as file:
        return next((cells for _, cells in _lines(file, delimiter, path, has_hint)), [])


def _lines(file: TextIO, delimiter: str, path: Path, has_hint: bool) -> Iterator[Line]:
    """The records that are not empty, from the header on."""
    csv.field_size_limit(LARGEST_CELL)
    if has_hint:
        file.readline()
    reader = csv.reader(file, delimiter=delimiter)
    try:
        for cells in filter(any, reader):
            yield reader.line_num + has_hint, [_with_plain_ends(cell) for cell in cells]
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV from line {reader.line_num + has_hint} on ({error}).") from error


def _with_plain_ends(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell


@contextlib.contextmanager
def _opened(path: Path, encoding: str) -> Iterator[TextIO]:
    errors = _UNDEFINED if encoding == LEGACY else "replace"
    with io.TextIOWrapper(path.open("rb"), encoding, errors, newline="") as file:
        yield file


def _encoding(path: Path) -> str:
    """By its first bytes, else UTF-8 where all of it is that, else Windows-1252."""
    with path.open("rb") as file:
        begin = file.read(_SAMPLE)
        for mark, encoding in _MARKS:
            if begin.startswith(mark):
                return encoding
        if wide := _wide(begin):
            return wide
        decoder = codecs.getincrementaldecoder("utf-8")()
        file.seek(0)
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return LEGACY
    return "utf-8"


def _wide(begin: bytes) -> str | None:
    """UTF-16 without its mark: of Latin letters every second byte is 0."""
    high, low = begin[0::2].count(0), begin[1::2].count(0)
    if max(high, low) * 4 < len(begin):
        return None
    return "utf-16-be" if high > low else "utf-16-le"


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
