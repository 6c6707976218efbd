"""Files get second names where the file system has such, and whole copies elsewhere, as on exFAT.

It is faults.md, row 131.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from coda_git_mirror.disk.atomic import link_whole
from coda_git_mirror.git.objects import PACKED
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.recovery import recover
from tests.publishing import Publish, contents, files_of


@pytest.fixture
def no_second_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


def named_twice(folder: Path) -> tuple[Path, Path]:
    source, target, aside = (folder / name for name in ("source", "target", "aside"))
    source.write_bytes(b"new")
    aside.write_bytes(b"what a crash left")
    link_whole(str(source), str(target), str(aside))
    return source, target


def test_a_second_name_needs_no_space(tmp_path: Path) -> None:
    source, target = named_twice(tmp_path)
    assert target.samefile(source)


@pytest.mark.usefixtures("no_second_names")
def test_a_copy_comes_whole(tmp_path: Path) -> None:
    source, target = named_twice(tmp_path)
    assert target.read_bytes() == source.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source", "target"]


@pytest.mark.parametrize("second_names", [True, False])
def test_what_has_the_name_stays(tmp_path: Path, request: pytest.FixtureRequest, second_names: bool) -> None:
    if not second_names:
        request.getfixturevalue("no_second_names")
    (tmp_path / "target").write_bytes(b"old")
    assert named_twice(tmp_path)[1].read_bytes() == b"old"
    with pytest.raises(FileNotFoundError):
        link_whole(str(tmp_path / "source"), str(tmp_path / "gone/target"), str(tmp_path / "aside"))


@pytest.mark.usefixtures("no_second_names")
@pytest.mark.parametrize("count", [1, PACKED])
def test_a_commit_needs_no_second_names(repository: Repository, publish: Publish, count: int) -> None:
    tree = {f"docs/a/{number}.md": b"%d\n" % number for number in range(count)}
    publish({"README.md": b"# Mirror\n"})
    publish(tree)
    recover(repository)
    assert contents(repository) == {"README.md": b"# Mirror\n", **tree} == files_of(repository.root)
    assert repository.fsck() == []
    assert repository.status() == []
