"""Assets through Git LFS: pointers in git, files in the working copy; the real git-lfs agrees (faults.md, row 26)."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.command import GitLfsMissing, require_git_lfs
from coda_git_mirror.git.lfs import LfsStore
from coda_git_mirror.git.pointers import LFS_FILTER, Pointer, parse_pointer, pointer_to
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.preflight import NotReady, check_ready
from coda_git_mirror.mirror.publication import Publication
from coda_git_mirror.mirror.recovery import EditedMeanwhile, staging_of
from coda_git_mirror.mirror.trees import CommittedTree
from tests.publishing import Publish, RunGit, contents, files_of

from .lfs import (
    BYTES,
    EMPTY,
    FILES,
    FILM,
    OTHER,
    PHOTO,
    POINTER,
    needs_git_lfs,
    pointers,
    publish_through_lfs,
    require_sound_lfs,
    run,
)

pytestmark = needs_git_lfs


@pytest.fixture
def mirror(repository: Repository) -> Repository:
    publish_through_lfs(repository, FILES)
    return repository


def test_assets_are_pointers_in_git_and_files_on_disk(mirror: Repository) -> None:
    require_sound_lfs(mirror, FILES)
    pointer = pointers(mirror)[PHOTO]
    assert pointer == pointer_to(mirror.root / PHOTO)
    assert contents(mirror)[PHOTO] == pointer.text
    assert LfsStore(mirror).location(pointer).read_bytes() == BYTES
    assert set(pointers(mirror)) == {PHOTO, FILM}


def test_git_itself_makes_the_same_pointers(mirror: Repository) -> None:
    for path in (PHOTO, FILM, EMPTY):
        assert run(mirror.root, "git", "hash-object", f"--path={path}", path).strip() == mirror.tree("HEAD")[path].oid


def test_git_lfs_keeps_its_files_where_this_program_does(mirror: Repository, git: RunGit) -> None:
    place = LfsStore(mirror).location(POINTER).parents[2]
    assert f"LocalMediaDir={place}\n" in git("lfs", "env")
    git("config", "lfs.storage", "elsewhere")
    place = LfsStore(mirror).location(POINTER).parents[2]
    assert f"LocalMediaDir={place}\n" in git("lfs", "env")


def test_editing_a_file_in_place_leaves_the_stored_one_alone(mirror: Repository) -> None:
    with (mirror.root / PHOTO).open("r+b") as file:
        file.write(b"edited")
    assert LfsStore(mirror).location(pointers(mirror)[PHOTO]).read_bytes() == BYTES
    with pytest.raises(NotReady, match=PHOTO):
        check_ready(mirror)


def test_edit_while_the_sync_runs_is_left_alone(mirror: Repository) -> None:
    (mirror.root / PHOTO).write_bytes(b"edited")
    with pytest.raises(EditedMeanwhile, match=PHOTO):
        publish_through_lfs(mirror, {PHOTO: b"new"})
    assert (mirror.root / PHOTO).read_bytes() == b"edited"


def test_assets_change_move_and_go(mirror: Repository) -> None:
    publish_through_lfs(mirror, {PHOTO: b"new\n", FILM: None, "docs/new/assets/bl-2-film.mp4": OTHER})
    meant = {**FILES, PHOTO: b"new\n", "docs/new/assets/bl-2-film.mp4": OTHER}
    del meant[FILM]
    require_sound_lfs(mirror, meant)


def test_nothing_changed_makes_no_commit(mirror: Repository) -> None:
    assert publish_through_lfs(mirror, FILES) is None
    require_sound_lfs(mirror, FILES)


def test_plain_assets_become_lfs_and_plain_again(repository: Repository) -> None:
    publish_through_lfs(repository, FILES, lambda _: False)
    assert pointers(repository) == {}
    publish_through_lfs(repository, FILES)
    require_sound_lfs(repository, FILES)
    publish_through_lfs(repository, {**FILES, ".gitattributes": b"* -text -ident -filter\n"}, lambda _: False)
    assert pointers(repository) == {}
    assert contents(repository) == files_of(repository.root) == {**FILES, ".gitattributes": b"* -text -ident -filter\n"}
    assert repository.status() == []
    assert run(repository.root, "git", "status", "--porcelain") == ""


def test_status_needs_no_filter_and_sees_through_changed_times(mirror: Repository, git: RunGit, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for name in ("clean", "smudge", "process"):
        git("config", f"filter.lfs.{name}", f"touch '{marker}' && false")
    for path in (PHOTO, FILM):
        os.utime(mirror.root / path, (1, 1))
    assert mirror.status() == []
    check_ready(mirror)
    assert not marker.exists()


def test_the_index_learns_of_files_whose_times_changed(mirror: Repository, git: RunGit) -> None:
    for path in (PHOTO, FILM):
        os.utime(mirror.root / path, (1, 1))
    mirror.refresh_index()
    blind = [flag for name in ("clean", "smudge", "process") for flag in ("-c", f"filter.lfs.{name}=")]
    assert git(*blind, "-c", "filter.lfs.required=false", "status", "--porcelain") == ""


@pytest.mark.usefixtures("mirror")
def test_settings_of_the_repository_are_those_of_git_lfs(git: RunGit) -> None:
    ours = git("config", "--local", "--get-regexp", "^filter[.]lfs[.]")
    git("lfs", "install", "--local", "--force", "--skip-repo")
    assert git("config", "--local", "--get-regexp", "^filter[.]lfs[.]") == ours
    assert len(ours.splitlines()) == len(LFS_FILTER)


@pytest.mark.parametrize("scope", [(), ("--local",)], ids=["global", "local"])
def test_what_a_user_has_set_for_git_lfs_stays(repository: Repository, git: RunGit, scope: tuple[str, ...]) -> None:
    git("lfs", "install", *scope, "--skip-smudge", "--skip-repo")
    before = git("config", "--get-regexp", "^filter[.]lfs[.]")
    publish_through_lfs(repository, FILES)
    assert git("config", "--get-regexp", "^filter[.]lfs[.]") == before
    require_sound_lfs(repository, FILES)


def test_without_git_lfs_nothing_is_published(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only_git = tmp_path / "bin"
    only_git.mkdir()
    (only_git / "git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(only_git))
    monkeypatch.setenv("GIT_EXEC_PATH", _programs_without_lfs(tmp_path))
    with pytest.raises(GitLfsMissing, match="install git-lfs"):
        require_git_lfs()
    with pytest.raises(GitLfsMissing, match="lfs = false"):
        publish_through_lfs(repository, FILES)
    assert repository.head() is None
    assert files_of(repository.root) == {}


def _programs_without_lfs(folder: Path) -> str:
    programs = Path(subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip())
    place = folder / "exec"
    place.mkdir()
    for program in programs.iterdir():
        if program.name != "git-lfs":
            (place / program.name).symlink_to(program)
    return str(place)


@pytest.fixture
def clone(mirror: Repository, tmp_path: Path) -> Repository:
    """A clone without the files: whoever made it has git-lfs, and did not let it fetch."""
    remote = f"file://{tmp_path / 'remote.git'}"
    run(tmp_path, "git", "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    run(mirror.root, "git", "remote", "add", "origin", remote)
    run(mirror.root, "git", "lfs", "push", "--all", "origin")
    run(mirror.root, "git", "push", "--quiet", "origin", "main")
    run(tmp_path, "git", "clone", "--quiet", remote, "clone")
    return Repository.open(tmp_path / "clone")


def test_push_clone_and_pull_bring_the_same_bytes(mirror: Repository, clone: Repository) -> None:
    assert files_of(clone.root)[PHOTO] == pointers(clone)[PHOTO].text
    assert clone.status() == []
    run(clone.root, "git", "lfs", "install", "--local")
    run(clone.root, "git", "lfs", "pull")
    require_sound_lfs(clone, FILES)
    publish_through_lfs(mirror, {PHOTO: b"second\n"})
    run(mirror.root, "git", "lfs", "push", "origin", "main")
    run(mirror.root, "git", "push", "--quiet", "origin", "main")
    run(clone.root, "git", "pull", "--quiet")
    require_sound_lfs(clone, {**FILES, PHOTO: b"second\n"})
    require_sound_lfs(mirror, {**FILES, PHOTO: b"second\n"})


def test_a_clone_without_the_files_can_be_synced(clone: Repository) -> None:
    publish_through_lfs(clone, {PHOTO: b"second\n", "docs/crm/README.md": b"new\n"})
    assert (clone.root / PHOTO).read_bytes() == b"second\n"
    assert parse_pointer((clone.root / FILM).read_bytes())
    assert clone.status() == []
    check_ready(clone)


def test_a_file_fetched_anew_is_kept_though_its_pointer_is_the_same(clone: Repository) -> None:
    assert publish_through_lfs(clone, {PHOTO: BYTES}) is None
    assert LfsStore(clone).holds(pointers(clone)[PHOTO])


def test_a_kept_asset_is_carried_from_store_or_working_copy(mirror: Repository) -> None:
    tree, staging = CommittedTree(mirror, mirror.head()), staging_of(mirror)
    carried = tree.carry(PHOTO, staging, "docs/new/assets/bl-1-photo.png")
    assert carried is not None
    assert staging.location(carried.path).read_bytes() == BYTES
    assert carried.pointer == pointers(mirror)[PHOTO]
    stored = LfsStore(mirror).location(carried.pointer)
    stored.write_bytes(b"damaged")
    assert tree.carry(PHOTO, staging, "docs/new/assets/bl-1-photo.png") == carried
    stored.unlink()
    assert tree.carry(PHOTO, staging, "docs/new/assets/bl-1-photo.png") == carried
    (mirror.root / PHOTO).unlink()
    assert tree.carry(PHOTO, staging, "docs/new/assets/bl-1-photo.png") is None


def test_a_plain_asset_is_carried_as_it_is(repository: Repository, publish: Publish) -> None:
    publish({PHOTO: BYTES, EMPTY: b""})
    tree, staging = CommittedTree(repository, repository.head()), staging_of(repository)
    for path, content in ((PHOTO, BYTES), (EMPTY, b"")):
        carried = tree.carry(path, staging, f"{path}-moved")
        assert carried is not None
        assert staging.location(carried.path).read_bytes() == content
    assert tree.pointers([]) == {}


def test_a_damaged_stored_file_is_replaced(mirror: Repository) -> None:
    stored = LfsStore(mirror).location(pointers(mirror)[PHOTO])
    stored.write_bytes(b"damaged")
    publish_through_lfs(mirror, {PHOTO: BYTES})
    require_sound_lfs(mirror, FILES)


def test_a_staged_file_that_changed_is_refused(repository: Repository) -> None:
    staging = staging_of(repository)
    staged = staging.through_lfs(staging.write(PHOTO, BYTES))
    staging.location(PHOTO).write_bytes(b"changed")
    with pytest.raises(MirrorError, match="changed after it was staged"):
        Publication(repository, None, {PHOTO: staged}).publish("Sync")
    assert repository.head() is None


def test_file_systems_without_links_get_copies(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    publish_through_lfs(repository, FILES)
    require_sound_lfs(repository, FILES)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 01\n",
        Pointer("0" * 63, 1).text,
    ],
)
def test_only_the_canonical_form_is_a_pointer(content: bytes) -> None:
    assert parse_pointer(content) is None
    assert parse_pointer(POINTER.text) == POINTER
