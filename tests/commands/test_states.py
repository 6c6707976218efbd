"""Lawful states of a mirror's repository and folder that are no damage and give no false answers."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from coda_git_mirror.actions.verify.run import verify
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import Column, World
from tests.begun import Begun
from tests.commands.program import run
from tests.commands.test_command_line import settings
from tests.conftest import Serve
from tests.remotes import bare
from tests.support import VirtualClock, files, git, mirror, require_sound

ME = ("-c", "user.name=Me", "-c", "user.email=me@example.org")
Shape = Callable[[Path, Path], None]
LOOKS = (("status",), ("verify",), ("log",), ("diff",), ("restore", "../restored"))


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    world = World()
    plans = world.add_doc("Plans")
    plans.add_page("Notes", markdown="A line.\n")
    plans.add_table("Tasks", [Column("Task")], [{"Task": "Ship it"}])
    world.add_doc("Recipes").add_page("Soup", markdown="Hot.\n")
    return serve(world, clock=time.monotonic)


@pytest.fixture
def held(coda: SimulatedCoda, clock: VirtualClock, folder: Path, begun: Begun) -> Path:
    """A mirror with two syncs in its history."""
    recipes = coda.world.doc("Recipes")

    def make(there: Path) -> None:
        assert mirror(coda, there, clock).problems == ()
        recipes.add_page("Bread", markdown="Slow.\n")
        assert mirror(coda, there, clock).problems == ()

    begun.put(folder, make)
    if len(list(recipes.pages())) == 1:
        recipes.add_page("Bread", markdown="Slow.\n")
    return folder


def edit(coda: SimulatedCoda) -> None:
    coda.world.docs[0].table("Tasks").rows[0].set("Task", "Ship it now")


def command(folder: Path, *words: str, **environment: str) -> CompletedProcess[str]:
    """A command in a mirror's folder."""
    return run(words[0], "-o", str(folder), *words[1:], cwd=folder, **environment)


def synced(folder: Path, coda: SimulatedCoda, *flags: str) -> CompletedProcess[str]:
    answer = command(folder, "sync", *flags, **settings(coda))
    assert answer.returncode == 0, answer.stderr
    return answer


class TestRemoteOfAnotherBranch:
    """A bare repository whose HEAD names `master`, and clones of it (faults.md, row 47)."""

    @pytest.fixture
    def remote(self, held: Path, tmp_path: Path) -> Path:
        remote = bare(tmp_path / "remote.git")
        git(remote, "symbolic-ref", "HEAD", "refs/heads/master")
        git(held, "remote", "add", "origin", str(remote))
        return remote

    @pytest.fixture
    def clone(self, held: Path, remote: Path, tmp_path: Path) -> Path:
        """What a push by git alone, and then a clone, leave."""
        git(held, "push", "-q", "origin", "main")
        git(tmp_path, "clone", "-q", str(remote), "clone")
        assert files(tmp_path / "clone") == {}
        return tmp_path / "clone"

    def test_a_push_makes_a_folder_s_head_lead_to_the_mirror(self, held: Path, remote: Path, tmp_path: Path) -> None:
        assert command(held, "push").returncode == 0
        git(tmp_path, "clone", "-q", str(remote), "clone")
        assert files(tmp_path / "clone") == files(held)

    def test_a_push_leaves_a_head_that_leads_somewhere(self, held: Path, remote: Path) -> None:
        git(held, "push", "-q", "origin", "main:master")
        assert command(held, "push").returncode == 0
        assert git(remote, "symbolic-ref", "HEAD").strip() == "refs/heads/master"

    @pytest.mark.parametrize("words", [*LOOKS, ("push",), ("init",)], ids=lambda words: words[0])
    def test_each_command_takes_what_the_remote_has(self, clone: Path, held: Path, words: tuple[str, ...]) -> None:
        answer = command(clone, *words)
        assert answer.returncode == 0, answer.stderr
        assert "origin/main" in answer.stderr
        assert files(clone) == files(held)
        assert git(clone, "rev-parse", "HEAD") == git(held, "rev-parse", "HEAD")
        assert git(clone, "status", "--porcelain") == ""

    def test_a_sync_goes_on_where_the_remote_is(self, clone: Path, held: Path, coda: SimulatedCoda) -> None:
        edit(coda)
        synced(clone, coda, "--push")
        assert git(clone, "rev-parse", "HEAD~1") == git(held, "rev-parse", "HEAD")
        assert git(clone, "rev-list", "--count", "--max-parents=0", "--all").strip() == "1"
        require_sound(clone)

    def test_an_action_takes_it_up_as_well(self, clone: Path) -> None:
        assert verify(clone).findings == []

    def test_the_clone_around_us_is_found(self, clone: Path) -> None:
        assert run("verify", cwd=clone).returncode == 0

    def test_a_file_of_the_user_s_is_not_overwritten(self, clone: Path, coda: SimulatedCoda) -> None:
        (clone / "README.md").write_text("mine")
        (clone / ".git/info/exclude").write_text("README.md\n")
        for words in (*LOOKS, ("sync",)):
            answer = command(clone, *words, **settings(coda))
            assert answer.returncode == 1
            assert "README.md" in answer.stderr
        assert files(clone) == {"README.md": b"mine"}
        assert git(clone, "branch", "--list") == ""

    def test_the_mirror_s_own_branch_is_taken_where_another_unborn_one_is_out(self, held: Path) -> None:
        git(held, "checkout", "-q", "--orphan", "master")
        git(held, "rm", "-rq", "--cached", ".")
        shutil.rmtree(held / "docs")
        for path in held.iterdir():
            if path.is_file():
                path.unlink()
        assert command(held, "verify").returncode == 0
        assert git(held, "branch", "--show-current").strip() == "main"

    def test_another_repository_is_no_mirror_s(self, tmp_path: Path) -> None:
        other = bare(tmp_path / "other.git")
        git(tmp_path, "clone", "-q", str(other), "work")
        git(tmp_path / "work", *ME, "commit", "-q", "--allow-empty", "-m", "Mine")
        git(tmp_path / "work", "push", "-q", "origin", "HEAD:main")
        git(other, "symbolic-ref", "HEAD", "refs/heads/master")
        git(tmp_path, "clone", "-q", str(other), "clone")
        assert command(tmp_path / "clone", "verify").returncode == 1


DROPPINGS = {
    "docs/.~lock.tasks.csv#": b",me,host,;",
    "docs/plans/tables/.~lock.tasks.csv#": b",me,host,;",
    "docs/plans/tables/.tasks.csv.swp": b"b0VIM",
    "docs/plans/._pages": b"\0\5\x16\7",
    "docs/plans/desktop.ini": b"[.ShellClassInfo]",
    "docs/Thumbs.db": b"\xd0\xcf",
    "docs/.obsidian/app.json": b"{}",
    "docs/recipes/my notes.md": b"Mine.\n",
    "docs/a folder/mine.txt": b"Mine.\n",
}


class TestForeignFiles:
    """Files that are not the mirror's, beside those that are (faults.md, row 48)."""

    @pytest.fixture
    def littered(self, held: Path) -> Path:
        for path, content in DROPPINGS.items():
            (held / path).parent.mkdir(parents=True, exist_ok=True)
            (held / path).write_bytes(content)
        return held

    @pytest.mark.parametrize("words", LOOKS, ids=lambda words: words[0])
    def test_they_change_no_answer(self, littered: Path, words: tuple[str, ...]) -> None:
        answer = command(littered, *words)
        assert answer.returncode == 0, answer.stdout + answer.stderr

    def test_verify_says_that_they_are_there(self, littered: Path) -> None:
        report = json.loads(command(littered, "verify", "--json").stdout)
        assert report["sound"]
        assert "docs/recipes/my notes.md" in " ".join(report["unchecked"])

    def test_a_sync_leaves_them_alone_and_out_of_its_commit(
        self, littered: Path, coda: SimulatedCoda, clock: VirtualClock, tmp_path: Path
    ) -> None:
        edit(coda)
        coda.world.docs[0].rename("Our plans")
        answer = synced(littered, coda)
        notes = [line for line in answer.stderr.splitlines() if "left alone" in line]
        assert len(notes) == 1
        assert "docs/recipes/my notes.md" in notes[0]
        assert ".obsidian" not in notes[0]  # which .gitignore names
        assert {path: (littered / path).read_bytes() for path in DROPPINGS} == DROPPINGS
        committed = git(littered, "ls-tree", "-r", "--name-only", "HEAD").splitlines()
        assert DROPPINGS.keys().isdisjoint(committed)
        assert "docs/our-plans/README.md" in committed
        assert mirror(coda, tmp_path / "anew", clock).problems == ()
        assert files(littered) == {**files(tmp_path / "anew"), **DROPPINGS}

    @pytest.mark.parametrize("at", ["docs/our-plans/README.md", "docs/our-plans", "docs/our-plans/README.md/x"])
    def test_one_that_is_in_the_way_is_an_obstacle(self, held: Path, coda: SimulatedCoda, at: str) -> None:
        (held / at).parent.mkdir(parents=True, exist_ok=True)
        (held / at).write_bytes(b"Mine.\n")
        coda.world.docs[0].rename("Our plans")
        answer = command(held, "sync", **settings(coda))
        assert answer.returncode == 1
        assert at in answer.stderr
        assert "ove" in answer.stderr
        assert (held / at).read_bytes() == b"Mine.\n"
        (held / at).unlink()
        synced(held, coda)
        assert (held / "docs/our-plans/README.md").is_file()

    @pytest.mark.parametrize("at", ["refs/desktop.ini", "refs/heads/.DS_Store", "refs/remotes/._origin"])
    def test_those_among_git_s_references_are_named(self, held: Path, coda: SimulatedCoda, at: str) -> None:
        place = held / ".git" / at
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"[.ShellClassInfo]\n")
        answer = command(held, "verify")
        assert answer.returncode == 3
        assert str(place) in answer.stdout
        assert "lone" not in answer.stdout + answer.stderr, "nobody is told to clone"
        edit(coda)
        assert str(place) in synced(held, coda).stderr
        place.unlink()
        require_sound(held)


def shallow(held: Path, clone: Path) -> None:
    git(held, "clone", "-q", "--depth", "1", f"file://{held}", str(clone))


def partial(held: Path, clone: Path) -> None:
    git(held, "config", "uploadpack.allowFilter", "true")
    git(held, "clone", "-q", "--filter=blob:none", f"file://{held}", str(clone))


def sparse(held: Path, clone: Path) -> None:
    git(held, "clone", "-q", str(held), str(clone))
    git(clone, "sparse-checkout", "set", "docs/recipes")


def sparse_partial(held: Path, clone: Path) -> None:
    git(held, "config", "uploadpack.allowFilter", "true")
    git(held, "clone", "-q", "--filter=blob:none", "--sparse", f"file://{held}", str(clone))


def sparse_index(held: Path, clone: Path) -> None:
    git(held, "clone", "-q", str(held), str(clone))
    git(clone, "sparse-checkout", "set", "--sparse-index", "docs/recipes")


def worktree(held: Path, clone: Path) -> None:
    git(held, "checkout", "-q", "-b", "other")
    git(held, "worktree", "add", "-q", str(clone), "main")


def attributes(held: Path, clone: Path) -> None:
    git(held, "clone", "-q", str(held), str(clone))
    (clone / ".git/info/attributes").write_text("* text eol=crlf ident\n")
    for path in files(clone):
        (clone / path).touch()


def line_ends(held: Path, clone: Path) -> None:
    git(held, "clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", str(held), str(clone))


def modes(held: Path, clone: Path) -> None:
    git(held, "clone", "-q", str(held), str(clone))
    for path in files(clone):
        (clone / path).chmod(0o755)


def empty_folders(held: Path, clone: Path) -> None:
    git(held, "clone", "-q", str(held), str(clone))
    for name in ("docs/empty/inner", "docs/plans/empty", "docs/plans/pages/wine.md"):
        (clone / name).mkdir(parents=True)


def littered(held: Path, clone: Path) -> None:
    git(held, "clone", "-q", str(held), str(clone))
    for path, content in DROPPINGS.items():
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_bytes(content)


SHAPES = (
    shallow,
    partial,
    sparse,
    sparse_index,
    sparse_partial,
    worktree,
    attributes,
    line_ends,
    modes,
    empty_folders,
    littered,
)
ABSENT_ON_PURPOSE = (sparse, sparse_index, sparse_partial)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_lawful_state_is_no_damage(
    shape: Shape, held: Path, coda: SimulatedCoda, clock: VirtualClock, tmp_path: Path
) -> None:
    """Every command answers as in the mirror itself, and a sync makes what one anew would make (faults.md, row 49)."""
    clone, first = tmp_path / "clone", files(held)
    shape(held, clone)
    for words in (("status",), ("verify",), ("log",), ("restore", "../restored")):
        answer = command(clone, *words)
        assert answer.returncode == 0, (words, answer.stdout, answer.stderr)
        assert "damaged" not in answer.stdout + answer.stderr
    assert files(tmp_path / "restored") == first
    answer = command(clone, "diff")
    if shape is shallow:
        assert answer.returncode == 1
        assert "fetch --unshallow" in answer.stderr
    else:
        assert "Bread" in answer.stdout
        assert "Plans" not in answer.stdout
    edit(coda)
    coda.world.docs[0].add_page("Wine", markdown="Red.\n")
    synced(clone, coda)
    changed = git(clone, "diff", "--name-only", "HEAD~1", "HEAD").splitlines()
    assert not any(path.startswith("docs/recipes/") for path in changed), changed
    assert mirror(coda, tmp_path / "anew", clock).problems == ()
    assert git(clone, "rev-parse", "HEAD^{tree}") == git(tmp_path / "anew", "rev-parse", "HEAD^{tree}")
    absent = files(tmp_path / "anew").keys() - files(clone).keys()
    assert shape in ABSENT_ON_PURPOSE or not absent
    assert command(clone, "verify").returncode == 0
    assert "Wine" in command(clone, "diff").stdout


def test_a_history_that_was_cut_is_not_told_as_one_that_begins(held: Path, tmp_path: Path) -> None:
    """(faults.md, row 49)"""
    clone = tmp_path / "clone"
    shallow(held, clone)
    head = git(clone, "rev-parse", "--short=10", "HEAD").strip()
    for words in (("status",), ("log",), ("log", "Plans"), ("log", "Plans", "Tasks", "Ship it", "Task"), ("diff",)):
        answer = command(clone, *words)
        assert head in answer.stderr, words
        assert "fetch --unshallow" in answer.stderr
        assert "Doc added" not in answer.stdout
        assert "row added" not in answer.stdout
    for word in ("2001-01-01", "HEAD~1"):
        before = command(clone, "restore", "../early", "--at", word)
        assert before.returncode == 2
        errors = [line for line in before.stderr.splitlines() if line.startswith("Error: ")]
        assert "fetch --unshallow" in errors[0]
    git(clone, "fetch", "-q", "--unshallow")
    assert "added" in command(clone, "log", "Plans").stdout
    assert command(clone, "diff").stderr == ""


def test_what_was_committed_by_hand_is_read_again_in_a_cut_clone(
    held: Path, coda: SimulatedCoda, clock: VirtualClock, tmp_path: Path
) -> None:
    """(faults.md, row 49)"""
    (held / "docs/plans/pages/notes.md").write_text("Spoilt.\n")
    git(held, *ME, "commit", "-qam", "Mine")
    shallow(held, tmp_path / "clone")
    synced(tmp_path / "clone", coda)
    assert mirror(coda, tmp_path / "anew", clock).problems == ()
    require_sound(tmp_path / "clone", files(tmp_path / "anew"))


def test_a_partial_clone_whose_remote_is_away(held: Path, tmp_path: Path) -> None:
    """(faults.md, row 49)"""
    sparse_partial(held, tmp_path / "clone")
    held.rename(tmp_path / "away")
    for words in (("verify",), ("restore", "../restored"), ("log", "Plans"), ("diff",)):
        answer = command(tmp_path / "clone", *words)
        assert answer.returncode in (0, 1, 3), words
        assert "damaged" not in answer.stdout + answer.stderr, words
        assert "Traceback" not in answer.stderr, words
        assert not answer.returncode or "fetched" in answer.stdout + answer.stderr, answer


@pytest.mark.parametrize("way", [("--detach",), ("-b", "other")], ids=["detached", "branch"])
def test_a_worktree_without_the_mirror_s_branch(
    held: Path, coda: SimulatedCoda, tmp_path: Path, way: tuple[str, ...]
) -> None:
    """(faults.md, row 49)"""
    clone = tmp_path / "clone"
    git(held, "worktree", "add", "-q", *way, str(clone))
    for words in LOOKS:
        assert command(clone, *words).returncode == 0
    answer = command(clone, "sync", **settings(coda))
    assert answer.returncode == 1
    assert str(held) in answer.stderr
    synced(held, coda)
