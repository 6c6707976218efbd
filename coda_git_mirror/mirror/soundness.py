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
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from coda_git_mirror.mirror.atomic import write_atomically
from coda_git_mirror.mirror.disk import CHUNK, naming
from coda_git_mirror.mirror.git_command import DamagedRepository
from coda_git_mirror.mirror.objects import Blob
from coda_git_mirror.mirror.repository import Repository

_SEEN = "sound.json"
_SUMMED = re.compile(r"pack-[0-9a-f]+\.(pack|idx)|multi-pack-index")
_FAN_OUT = re.compile("[0-9a-f]{2}")
_NAME_LENGTHS = {"sha1": 38, "sha256": 62}

Stamp = list[int]


def require_sound(repository: Repository, tree: Mapping[str, Blob]) -> None:
    """Raises `DamagedRepository` unless index and objects are whole, and every file of `tree` has its object."""
    if not index_is_whole(repository):
        index = repository.git_dir / "index"
        raise DamagedRepository(
            repository.root,
            f"its index {index} is not whole (delete that file and run `git reset`, which changes no file of yours)",
        )
    _require_whole_objects(repository)
    _require_present(repository, tree)


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


def _require_whole_objects(repository: Repository) -> None:
    objects, memory = repository.common_dir / "objects", repository.private_folder / _SEEN
    seen = _remembered(memory)
    now: dict[str, Stamp] = {}
    with naming(objects):
        for name, path in _object_files(objects, repository.object_format):
            # Another git may pack, and remove what it packed, at any moment; whether anything is missing is asked last.
            with contextlib.suppress(FileNotFoundError):
                stamp = _stamp(path)
                if seen.get(name) != stamp and not _is_whole(path, name, repository.object_format):
                    raise DamagedRepository(repository.root, f"{path} is not what git wrote")
                now[name] = stamp
    if now != seen:
        with naming(memory):
            memory.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(memory, json.dumps(now).encode())


def _require_present(repository: Repository, tree: Mapping[str, Blob]) -> None:
    wanted = {path: blob.oid for path, blob in tree.items() if blob.mode != "160000"}
    missing = repository.missing(list(wanted.values()))
    path = next((path for path, oid in wanted.items() if oid in missing), None)
    if path is not None:
        raise DamagedRepository(repository.root, f"the object {wanted[path]}, which is {path}, is missing")


def _remembered(memory: Path) -> dict[str, Stamp]:
    try:
        stored = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def _object_files(objects: Path, object_format: str) -> Iterator[tuple[str, Path]]:
    """Names below the folder of objects, with the files."""
    for entry in _listed(objects):
        if _FAN_OUT.fullmatch(entry.name):
            for file in _listed(Path(entry.path)):
                if len(file.name) == _NAME_LENGTHS[object_format]:
                    yield f"{entry.name}{file.name}", Path(file.path)
    for file in _listed(objects / "pack"):
        if _SUMMED.fullmatch(file.name):
            yield file.name, Path(file.path)


def _listed(folder: Path) -> Iterable[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return ()


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _is_whole(path: Path, name: str, object_format: str) -> bool:
    return _ends_in_digest(path, object_format) if _SUMMED.fullmatch(name) else _is_object(path, name, object_format)


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
