"""What words for revisions mean: a day is a sync's, whatever the dates of other commits say."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror.errors import UsageError
from coda_git_mirror.git.command import DamagedRepository
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.revisions import Revisions
from tests.publishing import RunGit
from tests.support import commit_by_hand

TRAILER = "Coda-Problems: "
SYNC = f"Sync 1 doc: 1 page changed\n\nPlans\n  Pages changed: Notes\n\nCoda-Docs: 1\n{TRAILER}0\n"
WRONG = ["1970-01-01T00:00:01Z", "2099-12-31T00:00:00Z"]
HOSTILE = """
[log]
    showSignature = true
    follow = true
    date = relative
    decorate = full
    abbrevCommit = true
    showRoot = false
    mailmap = true
[i18n]
    logOutputEncoding = UTF-16
    commitEncoding = ISO-8859-1
[format]
    pretty = oneline
[core]
    commentChar = C
[trailer]
    separators = "="
[color]
    ui = always
"""


@pytest.fixture
def root(repository: Repository) -> Path:
    return repository.root


@pytest.fixture
def revisions(repository: Repository) -> Revisions:
    return Revisions(repository, TRAILER)


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


def sync_at(root: Path, when: str, message: str = SYNC) -> str:
    return commit_by_hand(root, message, when)


def refusal(revisions: Revisions, word: str) -> str:
    with pytest.raises(UsageError) as refused:
        revisions.resolve(word)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_revision_is_what_git_has_and_no_option(root: Path, revisions: Revisions) -> None:
    first, second = sync_at(root, "2026-03-10T12:00Z"), commit_by_hand(root, "Mine")
    (root / "README.md").touch()
    for word, commit in {"HEAD": second, "main~1": first, second[:10]: second, "HEAD@{1}": first}.items():
        assert revisions.resolve(word) == commit
    for nonsense in ("--git-dir=/", "-q", "nothing", "", "HEAD:README.md", "a\0b", "2026-02-30", "2026-03-10T25:00"):
        assert "is not a revision" in refusal(revisions, nonsense)


@pytest.mark.parametrize("word", ["main~1..HEAD", "main..HEAD", "HEAD~1...HEAD", "^HEAD~1"])
def test_several_revisions_are_not_one(word: str, root: Path, revisions: Revisions) -> None:
    sync_at(root, "2026-03-10T12:00Z")
    sync_at(root, "2026-03-11T12:00Z")
    assert "means several of them; give a single one" in refusal(revisions, word)


@pytest.mark.parametrize(
    "word", ["HEAD@{last monday}", "@{2026-03-10}", "main@{yesterday}", "HEAD@{1773144000}", "HEAD@{now}~1"]
)
def test_a_day_of_the_reflog_is_refused_for_it_is_another_one_in_a_clone(
    word: str, root: Path, revisions: Revisions
) -> None:
    sync_at(root, "2026-03-10T12:00Z")
    sync_at(root, "2026-03-11T12:00Z")
    assert "give a day such as 2026-03-31" in refusal(revisions, word)


def test_what_else_is_in_such_braces_goes_to_git(root: Path, revisions: Revisions, git: RunGit) -> None:
    first = sync_at(root, "2026-03-10T12:00Z")
    git("checkout", "--quiet", "-b", "other", "--track", "main")
    sync_at(root, "2026-03-11T12:00Z")
    assert [revisions.resolve(word) for word in ("@{-1}", "@{u}", "other@{UPSTREAM}", "@{1}")] == [first] * 4


@pytest.mark.parametrize("wrong", WRONG)
def test_a_commit_of_the_user_decides_no_day_whatever_its_date(wrong: str, root: Path, revisions: Revisions) -> None:
    commit_by_hand(root, "Mine", wrong)
    first = sync_at(root, "2026-03-10T12:00Z")
    commit_by_hand(root, "Mine", wrong)
    second = sync_at(root, "2026-03-14T12:00Z")
    commit_by_hand(root, "Mine", "2026-03-15T12:00Z")
    third = sync_at(root, "2026-03-16T12:00Z")
    commit_by_hand(root, "Mine", wrong)
    for word, commit in {
        "2026-03-10": first,
        "2026-03-13": first,
        "2026-03-14T11:59:59Z": first,
        "2026-03-14T12:00:00Z": second,
        "2026-03-15": second,
        "2026-03-16T12:00Z": third,
        "2098-01-01": third,
        "2100-01-01": third,
    }.items():
        assert revisions.resolve(word) == commit, word
    for word in ("2026-03-08", "2026-03-10T11:59:59Z", "1970-01-02", "0001-01-01"):
        assert f"no sync of {word} or before; its first is of 2026-03-10 " in refusal(revisions, word)
        assert f"({first[:10]})" in refusal(revisions, word)


def test_the_order_of_history_decides_between_syncs_of_any_dates(root: Path, revisions: Revisions) -> None:
    future = sync_at(root, "2099-01-01T12:00Z")
    first = sync_at(root, "2026-03-10T12:00Z")
    sync_at(root, "2099-01-01T12:00Z")
    second = sync_at(root, "2026-03-12T12:00Z")
    back = sync_at(root, "2026-03-11T12:00Z")
    days = {"2026-03-10": first, "2026-03-11": back, "2026-03-12": back, "2099-12-31": back}
    assert {day: revisions.resolve(day) for day in days} == days
    assert "its first is of 2026-03-10 " in refusal(revisions, "2026-03-09")
    assert [revisions.resolve(f"HEAD~{number}") for number in (1, 4)] == [second, future]


def test_days_are_those_of_the_first_parents(root: Path, revisions: Revisions, git: RunGit) -> None:
    first = sync_at(root, "2026-03-10T12:00Z")
    git("checkout", "--quiet", "-b", "other")
    elsewhere = sync_at(root, "2026-03-12T12:00Z")
    commit_by_hand(root, "Mine", "2099-01-01T12:00Z")
    git("checkout", "--quiet", "main")
    second = sync_at(root, "2026-03-14T12:00Z")
    git("merge", "--quiet", "--no-ff", "-m", "Merge what is mine", "other")
    days = {"2026-03-13": first, "2026-03-14": second, "2099-12-31": second}
    assert {day: revisions.resolve(day) for day in days} == days
    assert revisions.resolve("HEAD^2~1") == elsewhere
    git("checkout", "--quiet", "--detach", "other")
    assert revisions.resolve("2026-03-13") == elsewhere


@pytest.mark.parametrize(
    "message",
    [
        f"Look at this\n\n{SYNC}\nIs that right?\n",
        f"{TRAILER}0\n",
        f"Undo\n\n    {TRAILER}0\n",
        f"Undo\n\nIt says {TRAILER}0\n",
        f"Undo\n\n{TRAILER}0\n \nThat was it.\n",
    ],
    ids=["all of a message", "a subject", "indented", "in a line", "a blank line that is none"],
)
def test_a_message_that_quotes_a_sync_s_is_none(message: str, root: Path, revisions: Revisions) -> None:
    sync = sync_at(root, "2026-03-10T12:00Z")
    commit_by_hand(root, message, "2026-03-11T12:00Z", "--cleanup=verbatim")
    assert revisions.resolve("2026-03-12") == sync


def test_a_sync_s_commit_stays_one_and_keeps_its_day_when_it_is_reworded_or_moved(
    root: Path, revisions: Revisions, git: RunGit, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sync_at(root, "2026-03-08T12:00Z")
    git("checkout", "--quiet", "-b", "other")
    sync_at(root, "2026-03-10T12:00Z")
    git("checkout", "--quiet", "main")
    (root / "mine.md").write_text("mine\n")
    git("add", "mine.md")
    commit_by_hand(root, "Mine", "2026-03-09T12:00Z")
    for wrong in WRONG:
        monkeypatch.setenv("GIT_COMMITTER_DATE", wrong)
        git("checkout", "--quiet", "other")
        git("rebase", "--quiet", "--force-rebase", "--keep-empty", "main")
        git("commit", "--quiet", "--amend", "--allow-empty", "--signoff", "-m", "The day it broke", "-m", SYNC)
        moved = git("rev-parse", "HEAD").strip()
        assert "Signed-off-by" in git("show", "--format=%B", "HEAD")
        assert revisions.resolve("2026-03-10") == moved
        assert revisions.resolve("2026-03-09") == first
        git("checkout", "--quiet", "main")
        git("cherry-pick", "-x", "--allow-empty", "--keep-redundant-commits", "other")
        assert revisions.resolve("2026-03-10") == git("rev-parse", "HEAD").strip()
        git("reset", "--quiet", "--hard", "HEAD~1")
        assert revisions.resolve("2026-03-10") == first


@pytest.mark.parametrize("settings", ["", HOSTILE])
def test_git_s_settings_do_not_matter(settings: str, root: Path, revisions: Revisions, isolated_machine: Path) -> None:
    first = sync_at(root, "2026-03-10T12:00Z", SYNC.replace("Notes", "Größe 🚲"))
    second = sync_at(root, "2026-03-12T12:00Z")
    commit_by_hand(root, "Größe", "1970-01-01T00:00:01Z")
    (isolated_machine / "gitconfig").write_text(settings)
    assert [revisions.resolve(word) for word in ("2026-03-11", "2026-03-12")] == [first, second]


@pytest.mark.usefixtures("in_tokyo")
def test_a_day_ends_where_this_machine_is(root: Path, revisions: Revisions) -> None:
    first = sync_at(root, "2026-03-14T14:59:59Z")
    second = sync_at(root, "2026-03-14T15:00:00Z")
    words = {"2026-03-14": first, "2026-03-15": second, "2026-03-14T23:59:59": first, "2026-03-15T00:00": second}
    assert {word: revisions.resolve(word) for word in words} == words
    assert "its first is of 2026-03-14 23:59" in refusal(revisions, "2026-03-13")


def test_a_mirror_without_a_sync_says_so(root: Path, revisions: Revisions) -> None:
    assert "has no sync in its history" in refusal(revisions, "2026-03-10")
    commit_by_hand(root, "Start the mirror of a Coda account", "2026-03-10T12:00Z")
    assert "has no sync in its history" in refusal(revisions, "2026-03-10")


@pytest.mark.parametrize("date", ["99999999999999 +0000", "18446744073709551616 +0000", "-5 +0000", "soon", ""])
def test_dates_that_no_calendar_has_hide_nothing(date: str, root: Path, revisions: Revisions, git: RunGit) -> None:
    first = sync_at(root, "2026-03-10T12:00Z")
    tree = git("rev-parse", "HEAD^{tree}").strip()
    who = f"Me <me@example.org> {date}"
    text = f"tree {tree}\nparent {first}\nauthor {who}\ncommitter {who}\n\nMine\n"
    command = ["git", "-C", str(root), "hash-object", "-t", "commit", "-w", "--literally", "--stdin"]
    made = subprocess.run(command, input=text, text=True, check=True, capture_output=True).stdout.strip()
    git("update-ref", "refs/heads/main", made)
    assert revisions.resolve("2026-03-10") == first
    second = sync_at(root, "2026-03-12T12:00Z")
    assert [revisions.resolve(word) for word in ("2026-03-11", "2026-03-12")] == [first, second]


def test_a_history_that_cannot_be_read_to_its_end_is_no_answer(root: Path, revisions: Revisions) -> None:
    lost = sync_at(root, "2026-03-10T12:00Z")
    sync_at(root, "2026-03-12T12:00Z")
    last = sync_at(root, "2026-03-14T12:00Z")
    (root / ".git/objects" / lost[:2] / lost[2:]).unlink()
    assert revisions.resolve("2026-03-14") == last
    with pytest.raises(DamagedRepository):
        revisions.resolve("2026-03-11")


def test_a_long_history_is_one_walk_over_commits_alone(
    root: Path, revisions: Revisions, git: RunGit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "".join(
        f"commit refs/heads/main\ncommitter Me <me@example.org> {1_700_000_000 + number * 60} +0000\n"
        f"data {len(SYNC)}\n{SYNC}\n"
        for number in range(20_000)
    )
    subprocess.run(["git", "-C", str(root), "fast-import", "--quiet"], input=made, text=True, check=True)
    oldest = git("rev-list", "--max-parents=0", "main").strip()
    (tmp_path / "traces").mkdir()
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(tmp_path / "traces"))
    assert revisions.resolve("2023-11-14T22:13:59Z") == oldest
    started = [trace.read_text() for trace in (tmp_path / "traces").iterdir()]
    assert sum('"name":"log"' in trace for trace in started) == 1
    assert len(started) <= 3


def test_no_tree_is_looked_at(root: Path, revisions: Revisions, git: RunGit) -> None:
    (root / "a.md").write_text("a\n")
    git("add", "a.md")
    first = sync_at(root, "2026-03-10T12:00Z")
    sync_at(root, "2026-03-12T12:00Z")
    tree = git("rev-parse", "HEAD^{tree}").strip()
    (root / ".git/objects" / tree[:2] / tree[2:]).unlink()
    assert revisions.resolve("2026-03-11") == first
