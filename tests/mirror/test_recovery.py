"""Whatever instant a publication stops at, recovery leads to exactly the old tree or exactly the new one."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.errors import MirrorBusy
from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.prepared_index import PreparedIndex
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.preflight import check_ready
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import EditedMeanwhile, Outcome, journal_file, recover, staging_of
from coda_git_mirror.state.journal import Journal, Step, read_journal
from tests.publishing import Publish, RunGit, contents, files_of

OLD = {
    "README.md": b"old\n",
    "docs/crm/README.md": b"old\n",
    "docs/crm/kept.md": b"kept\n",
    "docs/gone/README.md": b"gone\n",
    "docs/folder/file": b"file in folder\n",
}
CHANGES = {
    "README.md": b"new\n",
    "docs/crm/README.md": b"new\n",
    "docs/fresh/README.md": b"fresh\n",
    "docs/gone/README.md": None,
    "docs/folder/file": None,
    "docs/folder": b"now a file\n",
}
NEW = {path: content for path, content in (OLD | CHANGES).items() if content is not None}

STRIDE = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "slow" else 3
"""Each step is tried in the slow profile, and every so many-th else."""


class Crash(BaseException):
    """Stands for the end of the process: nothing that handles errors may handle it."""


class CrashAt:
    """Lets calls through until the given one, which and all after which crash, as a dead process does nothing more."""

    def __init__(self, step: int) -> None:
        self._left = step
        self.crashed = False

    def before(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def crashing(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left < 0:
                self.crashed = True
                raise Crash
            return call(*arguments, **named)

        return crashing

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("replace", "unlink", "fsync", "link", "mkdir", "rmdir"):
            monkeypatch.setattr(os, name, self.before(getattr(os, name)))
        monkeypatch.setattr(GitCommand, "run", self.before(GitCommand.run))


def _stage_and_publish(repository: Repository) -> None:
    staging = staging_of(repository)
    files = {path: staging.write(path, content) if content else None for path, content in CHANGES.items()}
    Publication(repository, repository.head(), files).publish("New")


def crashes(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], stride: int = 1) -> Iterator[CrashAt]:
    """Runs `work` with a crash at each step in turn, or at every so many-th, until one run gets through."""
    for step in itertools.count(0, stride):
        crash = CrashAt(step)
        with monkeypatch.context() as patched:
            crash.install(patched)
            with contextlib.suppress(Crash):
                work()
        yield crash
        if not crash.crashed:
            return


def _require_old_or_new(repository: Repository, *, committed: bool) -> None:
    meant = NEW if committed else OLD
    assert contents(repository) == meant == files_of(repository.root)
    assert repository.status() == []
    assert repository.fsck() == []
    assert not journal_file(repository).exists()
    assert not staging_of(repository).root.exists()
    assert not (repository.private_folder / "quarantine").exists()
    assert not (repository.git_dir / "index.lock").exists()
    check_ready(repository)


@pytest.fixture
def fresh(tmp_path: Path, repository: Repository, publish: Publish) -> Callable[[], Repository]:
    """Copies of one mirror that holds OLD."""
    publish(OLD)
    numbers = itertools.count()

    def copy() -> Repository:
        root = tmp_path / f"copy{next(numbers)}"
        shutil.copytree(repository.root, root)
        mirror = Repository.open(root)
        mirror.refresh_index()
        return mirror

    return copy


def test_crash_at_every_step(monkeypatch: pytest.MonkeyPatch, fresh: Callable[[], Repository]) -> None:
    outcomes = set()
    mirrors: list[Repository] = [fresh()]
    for _ in crashes(monkeypatch, lambda: _stage_and_publish(mirrors[-1]), STRIDE):
        repository = mirrors[-1]
        committed = contents(repository) == NEW
        outcomes.add(recover(repository).outcome)
        _require_old_or_new(repository, committed=committed)
        assert recover(repository).outcome is Outcome.NOTHING
        mirrors.append(fresh())
    assert outcomes == {Outcome.NOTHING, Outcome.DISCARDED, Outcome.COMPLETED}
    assert len(mirrors) * STRIDE > 40


def test_crash_at_every_step_of_the_first_commit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, publish: Publish
) -> None:
    mirrors = [Repository.init(tmp_path / "first0")]
    for _ in crashes(monkeypatch, lambda: publish({"docs/a.md": b"a\n"}, repository=mirrors[-1]), STRIDE):
        repository = mirrors[-1]
        committed = repository.head() is not None
        recover(repository)
        assert files_of(repository.root) == ({"docs/a.md": b"a\n"} if committed else {})
        assert repository.status() == []
        mirrors.append(Repository.init(tmp_path / f"first{len(mirrors)}"))


def test_crash_at_every_step_of_recovery(monkeypatch: pytest.MonkeyPatch, fresh: Callable[[], Repository]) -> None:
    """The first crash is when the branch has just moved and no file has; recovery then crashes again and again."""

    def interrupted() -> Repository:
        repository = fresh()
        with monkeypatch.context() as patched:
            patched.setattr("coda_git_mirror.mirror.publication.complete", CrashAt(0).before(lambda: None))
            with pytest.raises(Crash):
                _stage_and_publish(repository)
        return repository

    mirrors = [interrupted()]
    for _ in crashes(monkeypatch, lambda: recover(mirrors[-1]), STRIDE):
        recover(mirrors[-1])
        _require_old_or_new(mirrors[-1], committed=True)
        mirrors.append(interrupted())


DRIVER = """
import os, signal, sys
from pathlib import Path
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.git.repository import Repository

left = int(sys.argv[2])

def killed_before(call):
    def run(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)
    return run

os.replace, os.unlink = killed_before(os.replace), killed_before(os.unlink)
repository = Repository.open(Path(sys.argv[1]))
staging = staging_of(repository)
changes = eval(sys.argv[3])
files = {path: staging.write(path, content) if content else None for path, content in changes.items()}
Publication(repository, repository.head(), files).publish("New")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_kill_at_every_rename_and_unlink(fresh: Callable[[], Repository]) -> None:
    for step in range(0, 60, STRIDE):
        repository = fresh()
        driver = [sys.executable, "-c", DRIVER, str(repository.root), str(step), repr(CHANGES)]
        end = subprocess.run(driver, check=False).returncode
        committed = contents(repository) == NEW
        recover(repository)
        _require_old_or_new(repository, committed=committed)
        if end == 0:
            assert step > 10
            return
        assert end == -signal.SIGKILL
    pytest.fail("the publication never got through")


@pytest.fixture
def interrupted(repository: Repository, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A mirror whose branch has moved from OLD to NEW and whose files have not."""
    publish(OLD)
    with monkeypatch.context() as patched:
        patched.setattr("coda_git_mirror.mirror.publication.complete", CrashAt(0).before(lambda: None))
        with pytest.raises(Crash):
            _stage_and_publish(repository)
    return repository


def test_edit_made_after_a_crash_is_left_untouched(interrupted: Repository, git: RunGit) -> None:
    edited = interrupted.root / "README.md"
    edited.write_text("the user's\n")
    before = files_of(interrupted.root)
    with pytest.raises(EditedMeanwhile, match=r"README\.md.*git -C .* stash"):
        recover(interrupted)
    assert files_of(interrupted.root) == before
    git("restore", "README.md")
    assert recover(interrupted).outcome is Outcome.COMPLETED
    _require_old_or_new(interrupted, committed=True)


def test_staging_and_index_that_are_gone_are_made_again_from_git(interrupted: Repository) -> None:
    staging_of(interrupted).clear()
    PreparedIndex(interrupted).discard()
    assert recover(interrupted).outcome is Outcome.COMPLETED
    _require_old_or_new(interrupted, committed=True)


def test_commit_on_top_is_left_alone(interrupted: Repository, git: RunGit) -> None:
    git("reset", "--quiet", "--hard")
    git("commit", "--quiet", "--allow-empty", "-m", "on top")
    assert recover(interrupted).outcome is Outcome.SUPERSEDED
    _require_old_or_new(interrupted, committed=True)


def test_branch_taken_back_discards_the_run(interrupted: Repository, git: RunGit) -> None:
    git("update-ref", "refs/heads/main", "HEAD~1")
    assert recover(interrupted).outcome is Outcome.DISCARDED
    _require_old_or_new(interrupted, committed=False)


def test_a_damaged_journal_tells_nothing(repository: Repository) -> None:
    journal_file(repository).parent.mkdir(parents=True)
    journal_file(repository).write_text("{")
    recover(repository)
    assert not journal_file(repository).exists()


def test_journal_comes_back_as_written(tmp_path: Path) -> None:
    journal = Journal("main", None, "c" * 40, (Step("docs/ö.md", None, "1" * 40), Step("docs/b.md", "2" * 40, None)))
    journal.write(tmp_path / "journal")
    assert read_journal(tmp_path / "journal") == journal
    assert read_journal(tmp_path / "none") is None


def test_stale_locks_of_a_dead_git_are_removed_and_named(repository: Repository, publish: Publish) -> None:
    publish(OLD)
    stale = [repository.git_dir / name for name in ("index.lock", "HEAD.lock", "packed-refs.lock")]
    stale.append(repository.git_dir / "refs/heads/main.lock")
    half_written = repository.git_dir / "objects/ab/tmp_obj_x1y2z3"
    half_written.parent.mkdir(exist_ok=True)
    for path in (*stale, half_written):
        path.touch()
    assert recover(repository).removed_locks == tuple(stale)
    assert not any(path.exists() for path in (*stale, half_written))
    publish({"README.md": b"new\n"})


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="only /proc says where a process works")
def test_a_git_that_is_about_to_end_is_waited_for(repository: Repository, publish: Publish) -> None:
    publish({"docs/a.md": b"a\n"})
    rubbish = repository.git_dir / "objects/tmp_obj_killed"
    rubbish.write_bytes(b"half")
    command = ["git", "-C", str(repository.root), "cat-file", "--batch"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=repository.root) as ending:
        assert ending.stdin is not None
        ending.stdin.close()
        assert recover(repository).outcome is Outcome.NOTHING
    assert not rubbish.exists()


def test_locks_of_a_living_git_stay(repository: Repository, publish: Publish) -> None:
    publish(OLD)
    lock = repository.git_dir / "index.lock"
    lock.touch()
    living = subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=repository.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert living.stdin is not None
        assert living.stdout is not None
        living.stdin.write(b"HEAD\n")
        living.stdin.flush()
        living.stdout.readline()
        with pytest.raises(MirrorBusy, match=str(living.pid)):
            recover(repository)
        assert lock.exists()
    finally:
        living.communicate()
    assert recover(repository).removed_locks == (lock,)
