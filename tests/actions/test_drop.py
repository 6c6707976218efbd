"""A doc is taken out of the mirror by `drop`, or by hand, and syncs go on (faults.md, row 53)."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.actions.exclusion import with_excluded
from coda_git_mirror.demo.blocks import Mention
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import MirrorError
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, settings
from tests.faults.trial import account
from tests.support import PROJECT, commit_by_hand, files, git, require_sound


def linked_account() -> World:
    """Another doc leads into the one that is dropped, and one has its name."""
    world = account()
    recipes, travel = world.doc("Recipes"), world.doc("Travel")
    travel.page("Oslo").append(Mention(recipes.page("Soup")))
    world.add_doc("Recipes").add_page("Other", markdown="Namesake.\n")
    return world


@pytest.fixture
def coda() -> Iterator[SimulatedCoda]:
    with SimulatedCoda(linked_account(), limits=Limits.none()) as served:
        yield served


def program(coda: SimulatedCoda, cwd: Path, *arguments: str) -> tuple[int, str]:
    answer = run(*arguments, cwd=cwd, **settings(coda))
    assert "Traceback" not in answer.stderr
    return answer.returncode, answer.stdout + answer.stderr


def excluding(folder: Path) -> list[str]:
    return list(tomllib.loads((folder / "coda-mirror.toml").read_text()).get("exclude", []))


def test_a_dropped_doc_leaves_in_a_commit_of_its_own(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert program(coda, tmp_path, "sync", "-o", "m")[0] == 0
    doc, mirror = coda.world.doc("Recipes"), tmp_path / "m"
    before = files(mirror)
    code, told = program(coda, tmp_path, "drop", doc.id, "-o", "m")
    assert (code, "dropped Recipes (docs/recipes)" in told) == (0, True), told
    assert git(mirror, "log", "-1", "--format=%s").strip() == "Drop doc Recipes from the mirror"
    assert excluding(mirror) == [doc.id]
    assert f'"{doc.id}",  # Recipes\n' in (mirror / "coda-mirror.toml").read_text()
    require_sound(mirror)
    assert "https://" in (mirror / "docs/travel/pages/oslo.md").read_text()
    dropped = files(mirror)
    assert program(coda, tmp_path, "sync", "-o", "m")[0] == 0
    assert files(mirror) == dropped, "what a sync would have made without the doc"
    (tmp_path / "anew").mkdir()
    assert program(coda, tmp_path, "sync", "-o", "anew/m", "--exclude", doc.id)[0] == 0
    anew = files(tmp_path / "anew/m")
    assert {path: content for path, content in anew.items() if path != "coda-mirror.toml"} == {
        path: content for path, content in dropped.items() if path != "coda-mirror.toml"
    }
    assert program(coda, tmp_path, "restore", "back", "-o", "m", "--at", "HEAD~1")[0] in (0, 1)
    assert git(mirror, "show", "HEAD~1:docs/recipes/pages/soup.md").encode() == before["docs/recipes/pages/soup.md"]
    assert program(coda, tmp_path, "verify", "-o", "m")[0] == 0


def test_what_names_no_doc_or_several_changes_nothing(coda: SimulatedCoda, tmp_path: Path) -> None:
    assert program(coda, tmp_path, "sync", "-o", "m")[0] == 0
    before = files(tmp_path / "m")
    for selector, words in (("Nix", "it holds"), ("Recipes", "2 docs answer"), ("*", "4 docs answer")):
        answer = run("drop", selector, "-o", "m", cwd=tmp_path)
        require_one_sentence(answer, 2)
        assert words in answer.stderr
    (tmp_path / "m/coda-mirror.toml").write_bytes(b"# mine\n")
    answer = run("drop", "Travel", "-o", "m", cwd=tmp_path)
    require_one_sentence(answer, 1)
    assert "changes that are not committed" in answer.stderr
    (tmp_path / "m/coda-mirror.toml").write_bytes(before["coda-mirror.toml"])
    assert files(tmp_path / "m") == before
    require_sound(tmp_path / "m")
    assert (
        run("drop", f"https://coda.io/d/Travel_d{coda.world.doc('Travel').id}", "-o", "m", cwd=tmp_path).returncode == 0
    )
    assert not (tmp_path / "m/docs/travel").exists()


@pytest.mark.parametrize("excluded", [False, True])
def test_a_doc_that_was_removed_by_hand_hinders_no_sync(coda: SimulatedCoda, tmp_path: Path, excluded: bool) -> None:
    assert program(coda, tmp_path, "sync", "-o", "m")[0] == 0
    mirror = tmp_path / "m"
    before = files(mirror)
    git(mirror, "rm", "-r", "-q", "docs/travel")
    commit_by_hand(mirror, "Away with it")
    assert program(coda, tmp_path, "diff", "HEAD~1", "HEAD", "-o", "m")[0] == 0
    assert "3 docs" in program(coda, tmp_path, "status", "-o", "m")[1]
    assert "Doc removed" in program(coda, tmp_path, "log", "Travel", "-o", "m")[1]
    assert "Pages removed" in program(coda, tmp_path, "log", "Oslo", "-o", "m")[1]
    assert program(coda, tmp_path, "restore", "r", "--doc", "Travel", "-o", "m")[0] == 2
    options = ["--exclude", "Travel"] if excluded else []
    code, told = program(coda, tmp_path, "sync", "-o", "m", *options)
    assert code == 0, told
    require_sound(mirror)
    assert program(coda, tmp_path, "verify", "-o", "m")[0] == 0
    assert (files(mirror) == before) is not excluded


def test_a_damaged_doc_is_brought_back_by_the_very_commands_that_are_told(coda: SimulatedCoda, tmp_path: Path) -> None:
    place = tmp_path / "a folder"
    assert program(coda, tmp_path, "sync", "-o", str(place))[0] == 0
    before = files(place)
    git(place, "rm", "-q", "docs/travel/metadata.json")
    commit_by_hand(place, "A slip")
    code, told = program(coda, tmp_path, "sync", "--full", "-o", str(place))
    assert code == 1
    identity = {"GIT_AUTHOR_NAME": "Me", "GIT_AUTHOR_EMAIL": "me@example.org"}
    who = {**identity, "GIT_COMMITTER_NAME": "Me", "GIT_COMMITTER_EMAIL": "me@example.org"}
    commands = re.findall(r"`(git [^`]+)`", told)
    assert len(commands) == 2
    for command in commands:
        assert subprocess.run(["sh", "-c", command], cwd=tmp_path, env={"PATH": "/usr/bin:/bin", **who}).returncode == 0
    assert files(place) == before
    assert program(coda, tmp_path, "sync", "-o", str(place))[0] == 0


TEMPLATE = (PROJECT / "templates/coda-mirror.toml").read_text(encoding="utf-8")
LAYOUTS = [
    TEMPLATE,
    "",
    "docs = []",
    "exclude = []\n",
    'exclude = ["a"]',
    'exclude = [ "a", "b]" , ] # more\nlfs = true\n',
    "exclude = [\n  'a', # ]\n  'b' # \"last\"\n]\r\n",
    'exclude=[\n"""a""",\n\n\t]\nformats = ["html"]',
]


@pytest.mark.parametrize("text", LAYOUTS)
@given(doc_id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=9), name=st.text(max_size=30))
def test_nothing_else_of_the_settings_changes(text: str, doc_id: str, name: str) -> None:
    try:
        changed = with_excluded(text.encode(), doc_id, name).decode()
    except MirrorError:
        assert not doc_id.isprintable()
        return
    before, after = tomllib.loads(text), tomllib.loads(changed)
    assert after == {**before, "exclude": [*before.get("exclude", []), doc_id]}
    assert with_excluded(changed.encode(), "another", "x")
    rest = iter(changed)
    assert all(each in rest for each in "".join(text.split())), "nothing of the file went but white space"


def test_settings_that_are_laid_out_oddly_are_left_alone() -> None:
    with pytest.raises(MirrorError, match="write 'd-1' into that list"):
        with_excluded(b'"exclude" = []\n', "d-1", "Plans")


def test_a_drop_that_the_working_copy_cannot_show_yet_tells_of_its_commit(
    coda: SimulatedCoda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert program(coda, tmp_path, "sync", "-o", "m")[0] == 0
    with monkeypatch.context() as patched:
        patched.setattr("coda_git_mirror.mirror.publication.complete", _broken_disk)
        code, told = program(coda, tmp_path, "drop", coda.world.doc("Travel").id, "-o", "m")
    assert (code, "The commit is made" in told) == (3, True), told
    assert git(tmp_path / "m", "log", "-1", "--format=%s").strip() == "Drop doc Travel from the mirror"
    assert program(coda, tmp_path, "sync", "-o", "m")[0] == 0
    assert not (tmp_path / "m/docs/travel").exists()
    require_sound(tmp_path / "m")


def _broken_disk(*_: object) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))
