"""The file of the index is a cache: whatever becomes of it, the answers are those of one made anew."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.asking import Asking
from coda_git_mirror.index.index import Index
from coda_git_mirror.index.opening import IndexFile, OwnConnection, connect
from tests.index.pasts import ADoc, APage, files_of, write_past
from tests.index.test_increments import everything, silent
from tests.support import PROJECT, git

COMMITS = 40
BUILD = """
import os, signal, sys
from pathlib import Path
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
def told(text):
    if sys.argv[2] == "die" and ": 20 of" in text:
        os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "little":
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
index = Index.open(Repository.open(Path(sys.argv[1])), told)
print(len(index.commits()), len(index.search("line", "ever")))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror with its index."""
    folder = tmp_path_factory.mktemp("made") / "mirror"
    text = [f"line {number}\n" for number in range(COMMITS)]
    pages = (
        {f"p{page}": APage(f"Page {page}", "".join(text[:number])) for page in range(3)} for number in range(COMMITS)
    )
    write_past(folder, [files_of({"d1": ADoc("Plans", each, rows={"i-1": "a line"})}) for each in pages])
    Index.open(Repository.open(folder), silent)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "mirror"))


def file_of(folder: Path) -> Path:
    return folder / ".git" / "coda-git-mirror" / "index.sqlite"


def require_whole(folder: Path, made: Path) -> None:
    """The index is as one that was made anew, and answers."""
    index = Index.open(Repository.open(folder), silent)
    assert len(index.versions("d1", "p1")) == COMMITS
    assert everything(Repository.open(folder)) == everything(Repository.open(made))


def _junk(file: Path) -> None:
    file.write_bytes(b"no database at all" * 1_000)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _foreign(file: Path) -> None:
    file.unlink()
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE lines(other)")
    connection.close()


def _older(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 1")
    connection.close()


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _holes(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[4096 * 3 :] = b"\xff" * (len(content) - 4096 * 3)
    file.write_bytes(content)


def _link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to("elsewhere")


@pytest.mark.parametrize("spoil", [_junk, _empty, _foreign, _older, _cut, _holes, _link])
def test_what_is_not_ours_is_made_anew(folder: Path, made: Path, spoil: Callable[[Path], None]) -> None:
    spoil(file_of(folder))
    require_whole(folder, made)
    assert stat.S_IMODE(file_of(folder).lstat().st_mode) == 0o600


def test_damage_that_shows_later(folder: Path, made: Path) -> None:
    """A file that is spoilt while it is open, or where nobody looked at first."""
    index = Index.open(Repository.open(folder), silent)
    _holes(file_of(folder))
    assert len(index.versions("d1", "p1")) == COMMITS
    assert len(index.search("line", "ever")) == 100
    require_whole(folder, made)


def test_another_history(folder: Path) -> None:
    index = Index.open(Repository.open(folder), silent)
    git(folder, "update-ref", "refs/heads/main", "HEAD~5")
    index.refresh()
    assert len(index.commits()) == COMMITS - 5
    assert len(index.versions("d1", "p1")) == COMMITS - 5
    who = ("-c", "user.name=A", "-c", "user.email=a@b.org")
    tree = git(folder, "rev-parse", "HEAD~2^{tree}").strip()
    rewritten = git(folder, *who, "commit-tree", "-m", "Another", "-p", "HEAD~3", tree).strip()
    git(folder, "update-ref", "refs/heads/main", rewritten)
    index.refresh()
    assert index.head
    assert index.head.id == rewritten
    incremental = everything(Repository.open(folder))
    shutil.rmtree(file_of(folder).parent)
    Index.open(Repository.open(folder), silent)
    assert everything(Repository.open(folder)) == incremental


def test_a_history_that_was_cut_and_is_fetched(folder: Path, tmp_path: Path) -> None:
    """What was the first commit is not the first any more."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=3", folder.as_uri(), str(clone))
    assert len(Index.open(Repository.open(clone), silent).commits()) == 3
    git(clone, "fetch", "--quiet", "--unshallow")
    assert len(Index.open(Repository.open(clone), silent).commits()) == COMMITS


@pytest.fixture
def unwritable(folder: Path) -> Iterator[Path]:
    """As if `.git` could not be written: what would be the folder of ours is a file."""
    shutil.rmtree(file_of(folder).parent)
    file_of(folder).parent.write_bytes(b"")
    yield folder
    assert file_of(folder).parent.read_bytes() == b""


def test_where_nothing_can_be_written(unwritable: Path) -> None:
    index = Index.open(Repository.open(unwritable), silent)
    assert len(index.versions("d1", "p1")) == COMMITS
    assert len(index.search("line", "now")) == 100
    git(unwritable, "update-ref", "refs/heads/main", "HEAD~5")
    index.refresh()
    assert len(index.commits()) == COMMITS - 5
    assert Index.existing(Repository.open(unwritable)) is None


def build(folder: Path, how: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILD, str(folder), how]
    return subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "."}
    )


def test_several_at_once(folder: Path, made: Path) -> None:
    shutil.rmtree(file_of(folder).parent)
    running = [build(folder, "whole") for _ in range(3)]
    assert {process.communicate()[0] for process in running} == {f"{COMMITS} 100\n"}
    require_whole(folder, made)


def test_a_kill_leaves_nothing_half(folder: Path, made: Path) -> None:
    shutil.rmtree(file_of(folder).parent)
    killed = build(folder, "die")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert Index.existing(Repository.open(folder)) is not None
    require_whole(folder, made)


def test_a_full_disk_leaves_nothing_half(folder: Path, made: Path) -> None:
    shutil.rmtree(file_of(folder).parent)
    answer, _ = build(folder, "little").communicate()
    assert answer == f"{COMMITS} 100\n"
    require_whole(folder, made)


def test_many_threads(folder: Path) -> None:
    index = Index.open(Repository.open(folder), silent)
    counts: list[int] = []

    def look() -> None:
        for _ in range(10):
            index.refresh()
            counts.append(len(index.versions("d1", "p1")) + len(index.search("line", "ever")))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [COMMITS + 100] * 80


class _WithoutSearch(OwnConnection):
    """As an SQLite that was built without FTS5."""

    def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
        assert "USING fts5" not in query
        return super().execute("SELECT 1 WHERE 0" if "'fts5'" in query else query, *values)


def _connect_without_search(place: str) -> sqlite3.Connection:
    return sqlite3.connect(place, factory=_WithoutSearch, isolation_level=None, check_same_thread=False)


@pytest.mark.parametrize("words", ["line", '"line 3"', "page", "a LINE", "nothing", "plans"])
def test_without_full_text_search_the_same_is_found(folder: Path, words: str) -> None:
    repository = Repository.open(folder)
    plain = Index(Asking(repository, silent, IndexFile(repository, connect)))
    expected = [set(plain.search(words, when, 1_000)) for when in ("now", "ever")]
    without = Index(Asking(repository, silent, IndexFile(repository, _connect_without_search)))
    assert plain.has_search
    assert not without.has_search
    assert [set(without.search(words, when, 1_000)) for when in ("now", "ever")] == expected
