"""The files in which a repository has its objects, as they lie on the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SUMMED = re.compile(r"pack-[0-9a-f]+\.(pack|idx)|multi-pack-index")
"""The names of files that end in a digest of what they hold."""
_FAN_OUT = re.compile("[0-9a-f]{2}")
_NAME_LENGTHS = {"sha1": 38, "sha256": 62}
_BLOCK = 512


def loose_files(objects: Path, object_format: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The ids of objects that have a file of their own below the folder of objects, with the files."""
    for entry in _listed(objects):
        if _FAN_OUT.fullmatch(entry.name):
            for file in _listed(entry.path):
                if len(file.name) == _NAME_LENGTHS[object_format]:
                    yield f"{entry.name}{file.name}", file


def summed_files(objects: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The names of packs and of their indexes, with the files."""
    for file in _listed(objects / "pack"):
        if SUMMED.fullmatch(file.name):
            yield file.name, file


def loose_bytes(objects: Path, object_format: str) -> int:
    """How many bytes loose objects take on the disk; those that another git removes meanwhile take none."""
    return sum(_taken(file) for _, file in loose_files(objects, object_format))


def _taken(file: os.DirEntry[str]) -> int:
    """Windows does not say how many blocks a file has."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return 0
    return found.st_blocks * _BLOCK if hasattr(found, "st_blocks") else found.st_size


def _listed(folder: str | Path) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return ()
