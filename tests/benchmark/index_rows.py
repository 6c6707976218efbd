"""What looking back costs in a mirror with a long past: building the index, and asking it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from coda_git_mirror.actions.log.run import log
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from tests.benchmark.made_past import MadePast, write_past
from tests.benchmark.table import Benchmark, Row

_MOST_SECONDS, _MOST_MEMORY = 10.0, 200.0
_MOST_OF_HISTORY, _MOST_OF_SEARCH = 50.0, 100.0
_MOST_OF_LOG = 0.1
_TRIES = 11
_DOC, _PAGE = "doc0", "page7"
_BUILD = """
import json, resource, sys, time
from pathlib import Path
from coda_git_mirror.gc_tuning import search_rarely
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
search_rarely()
begun = time.perf_counter()
Index.open(Repository.open(Path(sys.argv[1])), lambda _: None)
seconds = time.perf_counter() - begun
usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([seconds, sum(usage.ru_utime + usage.ru_stime for usage in usages), peak * 1024 / 1e6]))
"""


def benchmarks(quick: bool) -> Mapping[str, Benchmark]:
    """The rows of this module, by the names by which one can ask for them; `quick` takes a smaller mirror."""
    return {"index": partial(_index, *((4_000, 200) if quick else (20_000, 1_000)))}


def _index(files: int, commits: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as place:
        folder, past = Path(place, "mirror"), MadePast(files)
        write_past(folder, past, commits)
        name = f"index of {files:,} files and {commits:,} commits"
        before = _milliseconds(partial(log, folder, (_DOC, _PAGE), None, 20), tries=3)
        seconds, processor, memory = _built(folder)
        size = (folder / ".git/coda-git-mirror/index.sqlite").stat().st_size / 1e6
        after = _milliseconds(partial(log, folder, (_DOC, _PAGE), None, 20), tries=3)
        index = Index.open(Repository.open(folder), lambda _: None)
        history = _milliseconds(lambda: index.versions(_DOC, _PAGE))
        searched = [_milliseconds(partial(index.search, words, "ever")) for words in _words(past)]
    built = f"{seconds:.1f} s; processor time, git's too, {processor:.1f} s; {size:.0f} MB"
    times = ", ".join(f"{each:.1f} ms" for each in searched)
    logged = f"{after:.0f} ms of {before:.0f} ms"
    return [
        _row(name, "time of building, of 10 s", seconds / _MOST_SECONDS, built),
        _row(name, "memory of building, of 200 MB", memory / _MOST_MEMORY, f"{memory:.0f} MB"),
        _row(name, "a page's versions, of 50 ms", history / _MOST_OF_HISTORY, f"{history:.2f} ms"),
        _row(name, "search, now and ever, of 100 ms", max(searched) / _MOST_OF_SEARCH, times),
        Row(name, "time of `log DOC PAGE`, against the same without", after / before, _MOST_OF_LOG, logged),
    ]  # fmt: skip


def _row(name: str, measured: str, ratio: float, details: str) -> Row:
    return Row(name, measured, ratio, 1.0, details)


def _words(past: MadePast) -> list[str]:
    """The most common word, that and a rarer one, a phrase, and what is nowhere."""
    line = past.docs[0].pages[0][0]
    first, second, *_ = line.split()
    common = past.commonest
    return [common, f"{common} {first}", f'"{first} {second}"', line, "nowhere"]


def _built(folder: Path) -> tuple[float, float, float]:
    """Seconds, seconds of processors, and megabytes at the most, of a process of its own."""
    answer = subprocess.run([sys.executable, "-c", _BUILD, str(folder)], check=True, capture_output=True)
    seconds, processor, memory = json.loads(answer.stdout)
    return seconds, processor, memory


def _milliseconds(work: Callable[[], Any], tries: int = _TRIES) -> float:
    """The least time that it took."""
    return min(map(_taken, [work] * tries)) * 1_000


def _taken(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
