"""What git and the disk cost a sync: commits in large mirrors, the size of the history, the memory of packing it."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

from coda_git_mirror.actions.entry import find_mirror, ready_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.init import init
from coda_git_mirror.changes.message import commit_message
from coda_git_mirror.git.packing import pack_history
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.mirror.trees import StagedTree
from coda_git_mirror.progress import Silent
from tests.benchmark.made_mirror import MadeMirror, MadeTable
from tests.benchmark.table import Benchmark, Row

_MOST_TIME = 2.5
_MOST_TIME_OF_THE_FIRST = 5.0
_MOST_SIZE = 3.0
_MOST_MEMORY = 256.0
_TRIES = 21
_EDITED_ROWS = 10
_WHO = {"NAME": "Benchmark", "EMAIL": "benchmark@example.org"}
_IDENTITY = {f"GIT_{role}_{part}": value for role in ("AUTHOR", "COMMITTER") for part, value in _WHO.items()}


def benchmarks(quick: bool) -> Mapping[str, Benchmark]:
    """The rows of this module, by the names by which one can ask for them; `quick` takes smaller mirrors."""
    commits: dict[str, Benchmark] = {
        f"commit-{size}": partial(_apart, _commits, size) for size in ((20_000,) if quick else (20_000, 100_000))
    }
    rows, syncs = (40_000, 60) if quick else (100_000, 200)
    return {**commits, "history": partial(_apart, _history, rows, syncs)}


def _apart(measure: Callable[..., list[Row]], *arguments: int) -> list[Row]:
    """Measures in a process of its own, as somebody whom git knows; what its gits take at the most is theirs alone."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _introduce) as process:
        return process.submit(measure, *arguments).result()


def _introduce() -> None:
    os.environ |= _IDENTITY


def _commits(size: int) -> list[Row]:
    """A first commit and later ones: all that a sync does but reading and rendering, against plain git."""
    made = MadeMirror(size)
    everything = dict(made.everything())
    with tempfile.TemporaryDirectory() as place:
        ours, plain = Path(place, "ours"), Path(place, "plain")
        init(ours, Silent())
        _git(Path(place), "init", "--quiet", str(plain))
        first = [_seconds(_commit, ours, everything, made)], [_seconds(_commit_plainly, plain, everything, ["-f", "."])]
        later: tuple[list[float], list[float]] = [], []
        for _ in range(_TRIES):
            changed = made.edit()
            later[0].append(_seconds(_commit, ours, changed, made))
            later[1].append(_seconds(_commit_plainly, plain, changed, ["--", *changed]))
    name = f"commit of {len(changed)} changed files in {size:,}"
    return [
        _compared(name, "time, against `git add` of them and `git commit`", *later, _MOST_TIME),
        _compared(
            f"first commit of {size:,} files", "time, against `git add -f .` and `git commit`", *first,
            _MOST_TIME_OF_THE_FIRST,
        ),
    ]  # fmt: skip


def _compared(name: str, measured: str, ours: list[float], plain: list[float], bound: float) -> Row:
    usual = median(ours), median(plain)
    return Row(name, measured, usual[0] / usual[1], bound, f"{usual[0]:.2f} s, git {usual[1]:.2f} s, {_of(len(ours))}")


def _of(tries: int) -> str:
    return "once" if tries == 1 else f"median of {tries}"


def _seconds(work: Callable[..., object], *arguments: object) -> float:
    """How long it takes from a disk at rest: nobody waits for what somebody else has written."""
    os.sync()
    begun = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - begun


def _commit(folder: Path, files: Mapping[str, bytes], made: MadeMirror) -> None:
    """The way of a sync that has read and rendered these files."""
    repository = find_mirror(folder)
    assert repository
    with ready_mirror(repository, Silent()):
        held, staging = Held.at_head(repository), staging_of(repository)
        staged = {path: staging.write(path, content) for path, content in files.items()}
        publication = Publication(repository, held.tree.commit, staged)
        with publication.preparing():
            changes = held.changes_to(StagedTree(held.tree, staging, publication.changes))
            message = commit_message(changes, made.manifest.totals, first=held.manifest is None)
        assert publication.publish(message)
        pack_history(repository, Silent())


def _commit_plainly(folder: Path, files: Mapping[str, bytes], what: list[str]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    _git(folder, "add", *what)
    _git(folder, "commit", "--quiet", "-m", "Plain")


def _history(rows: int, syncs: int) -> list[Row]:
    """The history of a table of which every sync changes a few rows, and git's peak memory while it grows."""
    table, packing = MadeTable(rows), 0.0
    with tempfile.TemporaryDirectory() as place:
        repository = Repository.init(Path(place, "ours"))
        for version in range(1, syncs + 1):
            table.edit(_EDITED_ROWS, version)
            _store(repository, table.files())
            packing += _seconds(pack_history, repository, Silent())
        peak, size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6, _size(repository.git_dir)
        shutil.copytree(repository.git_dir, Path(place, "ideal.git"))
        ideal = ("-c", "pack.windowMemory=1g", "repack", "-a", "-d", "-f", "-q", "--window=50", "--depth=250")
        _git(Path(place, "ideal.git"), *ideal)
        least = _size(Path(place, "ideal.git"))
    name, whole = f"{syncs} syncs that change 10 rows of {rows:,}", sum(map(len, table.files().values()))
    sizes = f"{size / 1e6:.0f} MB, packed with `-f` {least / 1e6:.0f} MB; the table {whole / 1e6:.0f} MB"
    memory = f"{peak:.0f} MB, {packing / syncs:.2f} s a sync"
    return [
        Row(name, "size of `.git`, against the packed ideal", size / least, _MOST_SIZE, sizes),
        Row(name, "memory of packing, against 256 MB", peak / _MOST_MEMORY, 1.0, memory),
    ]


def _store(repository: Repository, files: Mapping[str, bytes]) -> None:
    staging = staging_of(repository)
    staged = {path: staging.write(path, content) for path, content in files.items()}
    assert Publication(repository, repository.head(), staged).publish("Sync")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _git(folder: Path, *arguments: str) -> None:
    """Plain git, which shall not begin to tidy up in the midst of it."""
    command = ["git", "-c", "gc.auto=0", "-c", "maintenance.auto=false", *arguments]
    subprocess.run(command, cwd=folder, check=True)
