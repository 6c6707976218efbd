"""The names in a revision, and what lies under them (mirror-format.md, law 2): no content is read for this."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from coda_git_mirror.format import layout
from coda_git_mirror.format.paths import LONGEST_NAME
from coda_git_mirror.format.table_parts import part_of
from coda_git_mirror.git.objects import REGULAR_FILE, Blob
from coda_git_mirror.mirror.lawful_paths import LawlessPath, require_lawful
from coda_git_mirror.mirror.unwelcome import unwelcome
from coda_git_mirror.model.findings import MOVE_AWAY, SYNC, Finding
from coda_git_mirror.state.journal import folded

_KINDS = {"120000": "is a symlink", "160000": "is a submodule, a repository of its own"}
_EXECUTABLE = "100755"


def name_findings(tree: Mapping[str, Blob]) -> Iterator[Finding]:
    """Paths that some system could not hold, that are no plain files, or that should not be in a mirror."""
    found = list(unwelcome(tree))
    yield from (Finding(each.path, each.fault, each.remedy) for each in found)
    told = {each.path for each in found}
    mirrored = sorted(path for path in tree if layout.is_mirrored(path))
    for path in mirrored:
        yield from _kind_findings(path, tree[path].mode)
        if path not in told and (fault := _fault_of_name(path)):
            yield Finding(path, fault, MOVE_AWAY)
    yield from _collisions(mirrored)


def folders_of(paths: Collection[str]) -> frozenset[str]:
    """Every folder above these paths."""
    folders: set[str] = set()
    for path in paths:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return frozenset(folders)


def _kind_findings(path: str, mode: str) -> Iterator[Finding]:
    if mode in _KINDS:
        yield Finding(path, f"{_KINDS[mode]}; a mirror has plain files only", MOVE_AWAY)
    elif path == layout.DOCS:
        yield Finding(path, "is a file where the mirror has a folder", MOVE_AWAY)
    elif mode == _EXECUTABLE:
        yield Finding(path, "is marked as executable", SYNC)
    elif mode != REGULAR_FILE:
        yield Finding(path, f"has the mode {mode} instead of {REGULAR_FILE}", SYNC)


def _fault_of_name(path: str) -> str | None:
    try:
        require_lawful(path)
    except LawlessPath as error:
        return f"has an unlawful name ({str(error).rpartition(': ')[2]})"
    part = part_of(path.split("/", 2)[-1])
    names = f"{part.stem}{part.suffix}" if part else path
    if any(len(PurePosixPath(name).stem) > LONGEST_NAME for name in names.split("/")):
        return f"has an unlawful name (more than {LONGEST_NAME} characters)"
    return None


def _collisions(paths: Collection[str]) -> Iterator[Finding]:
    """Files or folders that are one on macOS and Windows."""
    spellings: dict[str, set[str]] = defaultdict(set)
    for path in {*paths, *folders_of(paths)}:
        spellings[folded(path)].add(path)
    for spelled in spellings.values():
        first, *others = sorted(spelled)
        yield from (Finding(path, f"is the same name as {first} on systems without case", MOVE_AWAY) for path in others)
