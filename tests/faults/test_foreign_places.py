"""faults.md, row 48: symlinks and repositories among the docs that no mirrored file needs are in nobody's way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.mirror.working_copy import Obstacle
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.faults.trial import Trial
from tests.support import git

ME = ("-c", "user.name=Me", "-c", "user.email=me@example.org")
Make = Callable[[Path, Path], None]


def a_link(place: Path, outside: Path) -> None:
    place.symlink_to(outside)


def a_link_to_nothing(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "nothing")


def a_link_to_a_file(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "mine.md")


def a_repository(place: Path, outside: Path) -> None:
    git(outside, "init", "-q", str(place))
    (place / "mine.md").write_text("mine\n")


def a_repository_with_commits(place: Path, outside: Path) -> None:
    a_repository(place, outside)
    git(place, *ME, "commit", "-q", "--allow-empty", "-m", "Mine")


def a_worktree(place: Path, outside: Path) -> None:
    a_repository_with_commits(outside / "other", outside)
    git(outside / "other", "worktree", "add", "-q", str(place))


STRANGE = [a_link, a_link_to_nothing, a_link_to_a_file, a_repository, a_repository_with_commits, a_worktree]
PLACES = ["docs/mine", "docs/plans/mine", "docs/plans/pages/mine"]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "mine.md").write_text("mine\n")
    return folder


def _settings(trial: Trial) -> dict[str, str]:
    return {**settings(trial.coda), "CODA_ASSET_HOSTS": trial.file_host}


def _left_alone(trial: Trial, *places: str) -> None:
    """A sync goes well, names each place in one note, commits nothing of it, and changes nothing there."""
    answer = run("sync", "-o", str(trial.folder), cwd=trial.folder.parent, **_settings(trial))
    assert answer.returncode == 0, answer.stderr
    notes = [line for line in answer.stderr.splitlines() if "left alone what is not the mirror's" in line]
    assert len(notes) == 1
    assert all(place in notes[0] for place in places)
    tracked = git(trial.folder, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    assert not [path for path in tracked if "mine" in path.split("/")]


def test_48_symlinks_and_repositories_that_no_mirrored_file_needs_are_left_alone(trial: Trial, outside: Path) -> None:
    places = [f"{place}-{make.__name__}" for place in PLACES for make in STRANGE[:5]]
    for place, make in zip(places, STRANGE[:5] * len(PLACES), strict=True):
        make(trial.folder / place, outside)
    a_worktree(trial.folder / "docs/tree", outside)
    before = _everything(trial.folder / "docs/plans", outside)
    _left_alone(trial, "docs/mine-a_link", "docs/mine-a_repository/")
    after = _everything(trial.folder / "docs/plans", outside)
    assert {path: after.get(path) for path in before if "mine" in path} == {
        path: content for path, content in before.items() if "mine" in path
    }
    verified = run("verify", "-o", str(trial.folder), cwd=trial.folder.parent)
    assert verified.returncode == 0, verified.stdout
    assert "not the mirror's" in verified.stdout


def test_48_a_repository_made_in_a_doc_s_folder_is_left_alone(trial: Trial) -> None:
    git(trial.folder, "init", "-q", "docs/travel")
    head = (trial.folder / "docs/travel/.git/HEAD").read_bytes()
    trial.synced()
    assert (trial.folder / "docs/travel/.git/HEAD").read_bytes() == head
    assert (trial.folder / "docs/travel/pages/bergen.md").is_file()


@pytest.mark.parametrize("make", STRANGE)
def test_48_what_lies_where_a_mirrored_file_has_to_go_is_named_and_stays(
    trial: Trial, outside: Path, make: Make
) -> None:
    make(trial.folder / "docs/budget", outside)
    trial.world.add_doc("Budget").add_page("Notes", markdown="Rent.\n")
    head, before = trial.head, _everything(trial.folder / "docs", outside)
    with pytest.raises(Obstacle, match=r"docs/budget.* Move it away"):
        trial.sync()
    assert (trial.head, _everything(trial.folder / "docs", outside)) == (head, before)
    place = trial.folder / "docs/budget"
    place.rename(outside / "moved")
    trial.synced()
    assert (place / "pages/notes.md").is_file()


def _everything(*folders: Path) -> dict[str, bytes]:
    paths = (path for folder in folders for path in sorted(folder.rglob("*")))
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


@pytest.mark.parametrize(
    "name",
    ["refs/heads/@eaDir/main@SynoEAStream", "refs/tags/Icon\r", "objects/ab/.DS_Store", "objects/00/desktop.ini"],
)
def test_48_a_desktop_s_file_in_git_s_own_folder_is_named_with_what_to_do(trial: Trial, name: str) -> None:
    place = trial.folder / ".git" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("x")
    trial.synced()
    (finding,) = verify(trial.folder).findings
    assert finding.path == f".git/{name}"
    assert finding.remedy == f"delete that file: {place}"
    place.unlink()
    assert verify(trial.folder).findings == []
