"""Whether git's own files are what git wrote: asked before a sync builds on them, and cheap while they do not change.

Each object, pack and index ends in, or is named by, a digest of its content. A file that was found whole is looked at
again only when its size, times or inode are others; what a disk loses without a trace `verify` finds, which reads all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.files import CHUNK, naming, write_lightly
from coda_git_mirror.disk.remembered import remembered
from coda_git_mirror.git.command import DamagedRepository, GitFailed
from coda_git_mirror.git.object_files import SUMMED, loose_files, summed_files
from coda_git_mirror.git.repository import Repository

_SEEN = "sound.json"
_OID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")

Stamp = str
_NOT_SEEN = ""


@dataclass(frozen=True)
class _Seen:
    """The files of objects that were found whole, or are to be, and a commit of which every file has its object."""

    files: dict[str, Stamp] = field(default_factory=dict)
    complete: str | None = None


def require_whole_index(repository: Repository) -> None:
    """Raises `DamagedRepository` unless the index is what git wrote."""
    if not index_is_whole(repository):
        index = repository.git_dir / "index"
        raise DamagedRepository(
            repository.root,
            f"its index {index} is not whole (delete that file and run `git reset`, which changes no file of yours)",
        )


def require_sound(repository: Repository, commit: str | None) -> None:
    """Raises `DamagedRepository` unless objects are whole, and every file of the commit has its object."""
    memory = repository.private_folder / _SEEN
    seen = _remembered(memory)
    files = _require_whole_objects(repository, seen.files)
    complete = None if _may_lack_some(repository, seen.files, files) else seen.complete
    _require_present(repository, _new_ids(repository, commit, complete), files)
    if (now := _Seen(files, commit)) != seen:
        _remember(memory, now)


def expect_whole(repository: Repository, base: str | None, commit: str, names: Iterable[str]) -> None:
    """Remembers of a commit that was just made on `base` which files have all its new objects.

    These are looked at the next time as any that nobody has looked at; one that is gone then is missed.
    """
    memory = repository.private_folder / _SEEN
    seen = _remembered(memory)
    if seen.complete == base:
        _remember(memory, _Seen({**seen.files, **dict.fromkeys(names, _NOT_SEEN)}, commit))


def _remember(memory: Path, seen: _Seen) -> None:
    with naming(memory):
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_lightly(memory, json.dumps({"files": seen.files, "complete": seen.complete}).encode())


def index_is_whole(repository: Repository) -> bool:
    """Whether the index ends in its own digest; one without a digest (`index.skipHash`) or no index is fine."""
    try:
        content = (repository.git_dir / "index").read_bytes()
    except FileNotFoundError:
        return True
    digest = hashlib.new(repository.object_format, usedforsecurity=False)
    body, said = content[: -digest.digest_size], content[-digest.digest_size :]
    digest.update(body)
    return content.startswith(b"DIRC") and (said == digest.digest() or not any(said))


def _require_whole_objects(repository: Repository, seen: Mapping[str, Stamp]) -> dict[str, Stamp]:
    objects = repository.common_dir / "objects"
    now: dict[str, Stamp] = {}
    with naming(objects):
        for name, entry in chain(loose_files(objects, repository.object_format), summed_files(objects)):
            try:
                stamp = _stamp(entry)
                if seen.get(name) != stamp and not _is_whole(Path(entry.path), name, repository.object_format):
                    raise DamagedRepository(repository.root, f"{entry.path} is not what git wrote")
            except FileNotFoundError:
                # Another git may pack, and remove what it packed, at any moment; what is missing is asked last.
                continue
            now[name] = stamp
    return now


def _may_lack_some(repository: Repository, seen: Mapping[str, Stamp], now: Mapping[str, Stamp]) -> bool:
    """Whether a file with objects is gone that was there, as after packing, or objects lie elsewhere too."""
    return not seen.keys() <= now.keys() or (repository.common_dir / "objects/info/alternates").exists()


def _require_present(repository: Repository, wanted: Mapping[str, str], whole: Collection[str]) -> None:
    """Asks git for those objects that were not found whole just now; in a partial clone it fetches what it lacks."""
    asked = [oid for oid in wanted if oid not in whole]
    if asked and repository.is_partial():
        return
    missing = repository.missing(asked) if asked else frozenset()
    oid = next((oid for oid in asked if oid in missing), None)
    if oid is not None:
        raise DamagedRepository(repository.root, f"the object {oid}, which is {wanted[oid]}, is missing")


def _new_ids(repository: Repository, commit: str | None, complete: str | None) -> dict[str, str]:
    """The objects of all files, or of those by which the commit differs from a `complete` one, with their paths."""
    if commit and commit == complete:
        return {}
    if commit and complete:
        # The commit before may have left a history that somebody has rewritten.
        with contextlib.suppress(GitFailed):
            return repository.new_ids(complete, commit)
    return repository.tree(commit).ids()


def _remembered(memory: Path) -> _Seen:
    return remembered(memory, _seen, _Seen())


def _seen(stored: Any) -> _Seen:
    """Raises TypeError where this is not what `require_sound` wrote."""
    seen = _Seen(**stored)
    if not isinstance(seen.files, dict) or (seen.complete is not None and not _OID.fullmatch(seen.complete)):
        raise TypeError("not the files that were found whole")
    return seen


def _stamp(file: os.DirEntry[str]) -> Stamp:
    found = file.stat()
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def _is_whole(path: Path, name: str, object_format: str) -> bool:
    return _ends_in_digest(path, object_format) if SUMMED.fullmatch(name) else _is_object(path, name, object_format)


def _ends_in_digest(path: Path, object_format: str) -> bool:
    digest = hashlib.new(object_format, usedforsecurity=False)
    left = path.stat().st_size - digest.digest_size
    with path.open("rb") as file:
        while left > 0 and (content := file.read(min(left, CHUNK))):
            digest.update(content)
            left -= len(content)
        return left == 0 and file.read() == digest.digest()


def _is_object(path: Path, name: str, object_format: str) -> bool:
    digest, inflater = hashlib.new(object_format, usedforsecurity=False), zlib.decompressobj()
    try:
        with path.open("rb") as file:
            while content := file.read(CHUNK):
                for piece in _inflated(inflater, content):
                    digest.update(piece)
    except zlib.error:
        return False
    return inflater.eof and digest.hexdigest() == name


def _inflated(inflater: zlib._Decompress, content: bytes) -> Iterator[bytes]:
    """The content in pieces of bounded size, however much it was deflated."""
    while content:
        yield inflater.decompress(content, CHUNK)
        content = inflater.unconsumed_tail
