"""Large tables that somebody asked for: the index is then as if they were small, whenever and however often it grew.

It is what browse.md says under "The index" of tables above 5 MB, and faults.md, row 106.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index import contents, many_rows
from coda_git_mirror.index.index import Index
from tests.index.pasts import ADoc, at, files_of, pasts, write_past
from tests.index.test_increments import everything, few, folder_for_a_mirror, silent
from tests.support import PROJECT, git

LONG = 60.0
TABLE = ("d1", "t1")
TAKE = """
import os, signal, sys
from pathlib import Path
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index import contents
from coda_git_mirror.index.index import Index
contents.LARGEST_ROWS = 1
def told(text):
    if sys.argv[2] == "die" and "to be read" in text:
        os.kill(os.getpid(), signal.SIGKILL)
index = Index.open(Repository.open(Path(sys.argv[1])), told)
if sys.argv[2] == "little":
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
taking = index.take_in([("d1", "t1")], None)
print(taking.why if taking else len(index.search("word", "ever")))
"""


@contextmanager
def limits(largest: int, waiting: int = many_rows._MOST_WAITING) -> Iterator[None]:
    """Tables count as large above so many bytes, and so many of what differs are kept in memory."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(contents, "LARGEST_ROWS", largest)
        patched.setattr(many_rows, "_MOST_WAITING", waiting)
        yield


def take_all(index: Index) -> None:
    large = [(state.doc, state.item) for state in index.not_searched("ever")]
    assert index.take_in(large, LONG) is None
    assert index.not_searched("ever") == []


def known(folder: Path) -> dict[str, Any]:
    """All that is in the file of the index, without the numbers that tell when it was read."""
    held: dict[str, Any] = everything(Repository.open(folder))
    lines = {number: rest for number, *rest in held["lines"]}
    held["lines"] = sorted(lines.values(), key=repr)
    for words in ("names", "words"):
        held[words] = Counter((term, repr(lines[line]), offset) for term, line, offset in held[words])
    held["things"] = [thing[:-2] for thing in held["things"]]
    return held


def file_of(folder: Path) -> Path:
    return folder / ".git" / "coda-git-mirror" / "index.sqlite"


@settings(few, max_examples=few.max_examples // 3)
@given(
    pasts(),
    st.dictionaries(st.integers(0, 7), st.booleans()),
    st.sampled_from([-1, 60, 150]),
    st.sampled_from([0, many_rows._MOST_WAITING]),
)
def test_taken_tables_are_as_if_they_were_small(
    states: list[dict[str, bytes]], stops: dict[int, bool], largest: int, waiting: int
) -> None:
    """`stops` are commits at which the index is brought up to date, and with True what is large by then is taken in."""
    with folder_for_a_mirror() as folder:
        commits = write_past(folder, states)
        Index.open(at(folder, commits[-1]), silent).close()
        expected = known(folder)
        file_of(folder).unlink()
        with limits(largest, waiting):
            for number in sorted(each for each in stops if each < len(commits)):
                index = Index.open(at(folder, commits[number]), silent)
                if stops[number]:
                    take_all(index)
                index.close()
            index = Index.open(at(folder, commits[-1]), silent)
            take_all(index)
            index.close()
        assert known(folder) == expected


def _shuffled(rows: Mapping[str, str], seed: int) -> dict[str, str]:
    order = list(rows)
    random.Random(seed).shuffle(order)
    return {row: rows[row] for row in order}


def _states() -> list[dict[str, bytes]]:
    """Rows that change, go, come back, are rewritten all at once, and stand in another order."""
    rows = {f"i-{number}": f"word{number} was here" for number in range(400)}
    every = [
        rows,
        {**rows, "i-7": "word7 is another"},
        {"i-new": "word at the top", **rows},
        {row: text for row, text in rows.items() if row != "i-9"},
        _shuffled(rows, 1),
        {row: f"{text} too" for row, text in rows.items()},
        _shuffled(rows, 2),
        {},
        rows,
    ]
    return [files_of({"d1": ADoc("Plans", rows=each)}) for each in every]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror whose index has not read the rows of its table."""
    folder = tmp_path_factory.mktemp("made") / "mirror"
    write_past(folder, _states())
    with limits(1):
        Index.open(Repository.open(folder), silent).close()
    return folder


@pytest.fixture(scope="module")
def expected(made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the index of the same mirror knows where its table is small."""
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("small") / "mirror"))
    file_of(folder).unlink()
    Index.open(Repository.open(folder), silent).close()
    return known(folder)


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Iterator[Path]:
    with limits(1):
        yield Path(shutil.copytree(made, tmp_path / "mirror"))


@pytest.mark.parametrize("waiting", [0, 20_000, many_rows._MOST_WAITING])
def test_however_much_waits_in_memory_the_same_rows_differ(
    folder: Path, expected: dict[str, Any], waiting: int
) -> None:
    with limits(1, waiting):
        index = Index.open(Repository.open(folder), silent)
        take_all(index)
    assert known(folder) == expected


def test_a_row_dies_where_git_says(folder: Path) -> None:
    """`git log -S` lists the commits that changed how often a text occurs; the last of them took what is gone."""
    index = Index.open(Repository.open(folder), silent)
    for row in ("i-7", "i-9", "i-399"):
        for life in index.row_lives(*TABLE, row):
            said = git(
                folder, "log", "--format=%H", f"-S{life.text}", "--", life.path.replace(".csv", ".jsonl")
            ).split()
            assert life.born.id in said
            assert life.died is None or life.died.id in said
        assert life.born.id == said[-1]


def take(folder: Path, how: str, most: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TAKE, str(folder), how, str(most)]
    return subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}
    )


def require_untaken(folder: Path) -> None:
    """The index is as it was before, with nothing beside it."""
    index = Index.open(Repository.open(folder), silent)
    assert [each.name for each in file_of(folder).parent.iterdir() if "lock" not in each.name] == ["index.sqlite"]
    assert [state.name for state in index.not_searched("now")] == ["Tasks"]
    assert index.search("word", "ever") == []


def test_a_kill_leaves_what_was(folder: Path, expected: dict[str, Any]) -> None:
    before = file_of(folder).read_bytes()
    killed = take(folder, "die")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert file_of(folder).read_bytes() == before
    assert file_of(folder).with_name("index-copy.sqlite").exists()
    require_untaken(folder)
    take_all(Index.open(Repository.open(folder), silent))
    assert known(folder) == expected


@pytest.mark.thinned(2)
@pytest.mark.parametrize("more", [60_000, -5_000])
def test_a_full_disk_leaves_what_was(folder: Path, expected: dict[str, Any], more: int) -> None:
    """While the rows are written into the copy, and while the index is copied."""
    answer, _ = take(folder, "little", file_of(folder).stat().st_size + more).communicate()
    assert "disk" in answer
    require_untaken(folder)
    take_all(Index.open(Repository.open(folder), silent))
    assert known(folder) == expected


def test_several_at_once(folder: Path, expected: dict[str, Any]) -> None:
    running = [take(folder, "whole") for _ in range(3)]
    assert {process.communicate()[0] for process in running} == {"100\n"}
    assert known(folder) == expected


def test_a_damaged_index_is_made_anew_first(folder: Path, expected: dict[str, Any]) -> None:
    index = Index.open(Repository.open(folder), silent)
    content = bytearray(file_of(folder).read_bytes())
    content[4096 * 3 :] = b"\xff" * (len(content) - 4096 * 3)
    file_of(folder).write_bytes(content)
    assert index.take_in([TABLE], LONG) is None
    assert known(folder) == expected


def test_where_nothing_can_be_written(folder: Path) -> None:
    shutil.rmtree(file_of(folder).parent)
    file_of(folder).parent.write_bytes(b"")
    index = Index.open(Repository.open(folder), silent)
    take_all(index)
    assert len(index.search("word", "now")) == 100
    assert file_of(folder).parent.read_bytes() == b""


def test_a_file_that_git_cannot_read(folder: Path) -> None:
    """It is told, once for each HEAD; whatever needs no rows is answered."""
    blob = git(folder, "rev-parse", "HEAD:docs/plans/tables/tasks.jsonl").strip()
    told: list[str] = []
    index = Index.open(Repository.open(folder), told.append)
    (folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    taking = index.take_in([TABLE], LONG)
    assert taking
    assert blob in taking.why
    assert index.take_in([TABLE], LONG) == taking
    assert len([line for line in told if "failed" in line]) == 1
    assert index.search("plans", "now")
    require_untaken(folder)


class Gate:
    """Stops whoever takes a table, where that tells of it, until it is let through."""

    def __init__(self) -> None:
        self.reached, self._open = threading.Event(), threading.Event()
        self.told: list[str] = []

    def __call__(self, line: str) -> None:
        self.told.append(line)
        if "to be read" in line:
            self.reached.set()
            assert self._open.wait(LONG)

    def open(self) -> None:
        self._open.set()


def test_others_ask_meanwhile_and_a_sync_commits(folder: Path, expected: dict[str, Any]) -> None:
    last, before = git(folder, "rev-parse", "HEAD", "HEAD~2").split()
    gate = Gate()
    index = Index.open(at(folder, before), gate)
    assert index.take_in([TABLE], 0) is not None
    assert gate.reached.wait(LONG)
    assert index.search("plans", "now")
    assert [state.name for state in index.not_searched("now")] == ["Tasks"]
    git(folder, "update-ref", "refs/heads/main", last)
    index.refresh()
    assert index.head
    assert index.head.id == last
    assert Index.existing(Repository.open(folder)) is not None
    gate.open()
    assert index.take_in([TABLE], LONG) is None
    assert known(folder) == expected


def test_a_past_that_is_rewritten_meanwhile(folder: Path) -> None:
    gate = Gate()
    index = Index.open(Repository.open(folder), gate)
    index.take_in([TABLE], 0)
    assert gate.reached.wait(LONG)
    git(folder, "update-ref", "refs/heads/main", "HEAD~3")
    gate.open()
    taking = index.take_in([TABLE], LONG)
    assert taking
    assert "rewritten" in taking.why
    take_all(index)
    incremental = known(folder)
    file_of(folder).unlink()
    take_all(Index.open(Repository.open(folder), silent))
    assert known(folder) == incremental


def test_what_is_ended_leaves_what_was(folder: Path) -> None:
    gate = Gate()
    index = Index.open(Repository.open(folder), gate)
    index.take_in([TABLE], 0)
    assert gate.reached.wait(LONG)
    ending = threading.Thread(target=index.close)
    ending.start()
    gate.open()
    ending.join()
    require_untaken(folder)
