"""What a revision holds comes back byte for byte, into a folder of its own, and the mirror is only read."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coda_git_mirror.actions.restore import RestoreReport, Wanted, restore
from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.errors import MirrorError, UsageError
from coda_git_mirror.git.command import DamagedRepository
from tests.actions.verify import damage
from tests.actions.verify.damage import HANDBOOK, ME, ROADMAP
from tests.actions.verify.test_verify_assets import PHOTO, account
from tests.conftest import Serve
from tests.support import VirtualClock, commit_by_hand, files, git, mirror

TASKS = f"{ROADMAP}/tables/tasks.csv"


def committed(folder: Path, revision: str = "HEAD", below: str = "") -> dict[str, bytes]:
    """The files of a revision, by plain git."""
    names = git(folder, "ls-tree", "-r", "-z", "--name-only", revision).split("\0")[:-1]
    show = ["git", "-C", str(folder), "show"]
    return {
        name: subprocess.run([*show, f"{revision}:{name}"], check=True, capture_output=True).stdout
        for name in names
        if name.startswith(below)
    }


def state(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in folder.rglob("*")}


def left_out(report: RestoreReport) -> dict[str, str]:
    return {finding.path: f"{finding.fault}; {finding.remedy}" for finding in report.left_out}


def test_a_revision_comes_back_byte_for_byte_and_the_mirror_is_only_read(good: Path, tmp_path: Path) -> None:
    before = state(good)
    for place, revision in (("new/now", None), ("then", "HEAD~1")):
        report = restore(good, tmp_path / place, Wanted(revision))
        expected = committed(good, revision or "HEAD")
        assert files(tmp_path / place) == expected
        assert (report.left_out, report.count) == ([], len(expected))
        assert report.size == sum(map(len, expected.values()))
    assert report.commit.subject == git(good, "log", "-1", "--format=%s", "HEAD~1").strip()
    assert state(good) == before


@pytest.mark.parametrize(
    ("wanted", "below"),
    [
        (Wanted(docs=("Product roadmap",)), f"{ROADMAP}/"),
        (Wanted(docs=("Product*", "Lumen*")), ("docs/product-roadmap/", "docs/lumen-handbook/")),
        (Wanted(path=TASKS), TASKS),
        (Wanted(path=f"./{ROADMAP}/tables/"), f"{ROADMAP}/tables/"),
        (Wanted(path="README.md"), "README.md"),
    ],
    ids=["a doc", "docs", "a file", "a folder", "a file of the root"],
)
def test_a_part_comes_back_under_its_own_path(
    good: Path, tmp_path: Path, wanted: Wanted, below: str | tuple[str, ...]
) -> None:
    (tmp_path / "empty").mkdir()
    restore(good, tmp_path / "empty", wanted)
    expected = {path: content for path, content in committed(good).items() if path.startswith(below)}
    assert files(tmp_path / "empty") == expected


def test_a_day_or_a_time_means_the_last_sync_up_to_its_end(good: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(good), "clone")
    for day in ("2031-05-02", "2031-05-04"):
        commit_by_hand(clone, f"Sync of {day}\n\n{LAST_TRAILER}0", f"{day}T10:00:00Z")
    commits = git(clone, "rev-list", "HEAD").split()
    local = datetime(2031, 5, 4, 10, tzinfo=UTC).astimezone()
    expected = {
        "2031-05-03": commits[1],
        "2031-05-01": commits[2],
        "2031-05-05": commits[0],
        "2031-05-04T10:00:00Z": commits[0],
        "2031-05-04T09:59:59+00:00": commits[1],
        f"{local.replace(tzinfo=None).isoformat()}": commits[0],
        f"{(local - timedelta(seconds=1)).replace(tzinfo=None).isoformat(' ')}": commits[1],
    }
    for number, (at, commit) in enumerate(expected.items()):
        assert restore(clone, tmp_path / str(number), Wanted(at, path="README.md")).commit.id == commit, at
    git(clone, "tag", "2031-05-05", commits[2])
    assert restore(clone, tmp_path / "tagged", Wanted("2031-05-05")).commit.id == commits[2]
    with pytest.raises(UsageError, match="no sync of 1999-01-01 or before; its first is of "):
        restore(clone, tmp_path / "none", Wanted("1999-01-01"))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted("no-such"), "not a revision"),
        (Wanted("--output=x"), "not a revision"),
        (Wanted(docs=("Nothing",)), "No doc of that revision answers"),
        (Wanted(path="docs/none"), "There is no docs/none"),
        (Wanted(path="../mirror"), "no path of a mirror"),
        (Wanted(path="/etc/passwd"), "no path of a mirror"),
        (Wanted(path=""), "no path of a mirror"),
        (Wanted(docs=("Workshop",), path="docs"), "exclude each other"),
    ],
)
def test_what_nothing_answers_to_is_refused_before_anything_is_made(
    good: Path, tmp_path: Path, wanted: Wanted, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        restore(good, tmp_path / "new", wanted)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_in_use_or_in_the_mirror_is_refused(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    (tmp_path / "into").symlink_to(copy / "docs")
    (copy / "room").mkdir()
    refused = {
        tmp_path / "full": "not empty",
        tmp_path / "full/file": "no folder",
        tmp_path / "link": "no folder",
        tmp_path / "into/new": "inside the mirror",
        copy / "room": "inside the mirror",
        copy / "not/yet/there": "inside the mirror",
        copy / ".git/new": "inside the mirror",
        copy: "inside the mirror",
    }
    for folder, words in refused.items():
        with pytest.raises(UsageError, match=words):
            restore(copy, folder, Wanted())
    assert git(copy, "status", "--porcelain") == ""
    assert not any((tmp_path / "empty").iterdir())


def hostile_tree(folder: Path, path: str, mode: str = "100644") -> None:
    """Commits, around the working copy, a README and a file that no git of ours would write."""
    blob = git(folder, "rev-parse", "HEAD:README.md").strip()
    *folders, name = path.split("/")

    def tree(lines: str) -> str:
        command = ["git", "-C", str(folder), "mktree"]
        return subprocess.run(command, input=lines, text=True, check=True, capture_output=True).stdout.strip()

    oid = tree(f"{mode} blob {blob}\t{name}\n100644 blob {blob}\tzz.md\n")
    for part in reversed(folders):
        oid = tree(f"040000 tree {oid}\t{part}\n")
    commit = git(folder, *ME, "commit-tree", oid, "-p", "HEAD", "-m", "hostile").strip()
    git(folder, "update-ref", "refs/heads/hostile", commit)


@pytest.mark.parametrize(
    ("path", "mode", "words"),
    [
        ("docs/../../escaped.md", "100644", "leads out"),
        (".git/config", "100644", "leads out"),
        ("docs/.GIT/hooks/x", "100644", "leads out"),
        ("docs/link", "120000", "no plain file"),
        (f"docs/{'x' * 250}.md", "100644", "no place for its name"),
    ],
)
def test_a_hostile_path_is_left_out_and_told(copy: Path, tmp_path: Path, path: str, mode: str, words: str) -> None:
    hostile_tree(copy, path, mode)
    report = restore(copy, tmp_path / "out/here", Wanted("hostile"))
    assert words in left_out(report)[path]
    written = files(tmp_path / "out")
    beside = f"{path.rpartition('/')[0]}/zz.md"
    assert written.keys() == ({f"here/{beside}"} if beside not in left_out(report) else set())
    assert not any(found.is_symlink() for found in (tmp_path / "out").rglob("*"))


def test_damaged_objects_are_told_and_the_rest_comes_back(copy: Path, tmp_path: Path) -> None:
    damage.emptied_object(TASKS)(copy)
    damage.flipped_object(f"{HANDBOOK}/README.md")(copy)
    report = restore(copy, tmp_path / "out", Wanted())
    assert left_out(report).keys() == {TASKS, f"{HANDBOOK}/README.md"}
    assert files(tmp_path / "out").keys() == files(copy).keys() - {TASKS, f"{HANDBOOK}/README.md"}
    assert not list((tmp_path / "out").rglob(".*coda-git-mirror"))
    damage.lost_object("docs")(copy)
    with pytest.raises(DamagedRepository):
        restore(copy, tmp_path / "other", Wanted())
    with pytest.raises(MirrorError):
        restore(tmp_path, tmp_path / "other", Wanted())
    assert not (tmp_path / "other").exists()


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")
def test_files_in_git_lfs_come_back_themselves(serve: Serve, clock: VirtualClock, folder: Path, tmp_path: Path) -> None:
    coda = serve(account())
    mirror(coda, folder, clock, asset_hosts=frozenset({coda.asset_hosts}), lfs=True)
    photo = next((folder / "docs/plans/assets").iterdir()).relative_to(folder).as_posix()
    assert restore(folder, tmp_path / "first", Wanted()).left_out == []
    assert (tmp_path / "first" / photo).read_bytes() == PHOTO
    shutil.rmtree(folder / ".git/lfs/objects")
    assert restore(folder, tmp_path / "second", Wanted()).left_out == []
    assert files(tmp_path / "second") == files(tmp_path / "first")
    (folder / photo).write_bytes(b"edited")
    report = restore(folder, tmp_path / "third", Wanted())
    assert "git lfs pull" in left_out(report)[photo]
    assert not (tmp_path / "third" / photo).exists()
    assert files(tmp_path / "third").keys() == files(tmp_path / "first").keys() - {photo}


def test_the_plain_git_way_and_what_the_next_sync_does(copy: Path, serve: Serve, clock: VirtualClock) -> None:
    """The README's words: an uncommitted checkout is refused, a committed one is read again from Coda."""
    coda, now = serve(demo_workspace()), files(copy)
    edit_workspace(coda.world)
    hosts = frozenset({coda.asset_hosts})
    git(copy, "checkout", "HEAD~1", "--", ROADMAP)
    with pytest.raises(MirrorError, match="staged changes"):
        mirror(coda, copy, clock, asset_hosts=hosts, all_accessible=True)
    git(copy, *ME, "commit", "--quiet", "--message", "Mine")
    assert mirror(coda, copy, clock, asset_hosts=hosts, all_accessible=True).problems == ()
    assert files(copy).keys() == now.keys()
    assert verify(copy).findings == []
