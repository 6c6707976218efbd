"""faults.md, rows 57 to 60: what somebody who can push to the mirror's remote commits into it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from coda_git_mirror.demo.blocks import Picture
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import World
from coda_git_mirror.errors import EXIT_FAILED, EXIT_PARTIAL, EXIT_PUSH_FAILED, EXIT_USAGE
from tests.commands.program import run
from tests.commands.test_command_line import require_one_sentence, run_apart, settings
from tests.conftest import Serve
from tests.faults.push.pushing import ME
from tests.mirror.lfs import needs_git_lfs
from tests.remotes import bare, tip, web_host
from tests.support import VirtualClock, commit_by_hand, files, git, mirror

ESCAPES = "\x1b]0;owned\x07\x1b[31m\u202ered\x9b"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror of an account with a picture, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "mirror"
    with SimulatedCoda(_world()) as coda:
        mirror(coda, folder, VirtualClock(), asset_hosts=frozenset({coda.asset_hosts}))
    return folder


@pytest.fixture
def held(made: Path, folder: Path) -> Path:
    shutil.copytree(made, folder, symlinks=True)
    return folder


@pytest.fixture
def coda(serve: Serve) -> SimulatedCoda:
    return serve(_world())


def _world() -> World:
    world = World()
    world.add_doc("Plans").add_page("Notes", markdown="A line.\n")
    return world


def say(folder: Path, *arguments: str, coda: SimulatedCoda | None = None) -> CompletedProcess[str]:
    return run(*arguments, "-o", str(folder), cwd=folder.parent, **(settings(coda) if coda else {}))


def committed(folder: Path, *entries: str) -> str:
    """A commit of a tree made by hand: HEAD's, with entries as `git mktree` reads them on top of it."""
    tree = git(folder, "ls-tree", "HEAD") + "".join(f"{entry}\n" for entry in entries)
    made = subprocess.run(
        ["git", "-C", str(folder), "mktree"], input=tree, capture_output=True, text=True, check=True
    ).stdout.strip()
    commit = git(folder, *ME, "commit-tree", "-p", "HEAD", "-m", "By hand", made).strip()
    git(folder, "update-ref", "refs/heads/main", commit)
    return commit


def blob(folder: Path, content: str) -> str:
    command = ["git", "-C", str(folder), "hash-object", "-w", "--stdin"]
    return subprocess.run(command, input=content, capture_output=True, text=True, check=True).stdout.strip()


def tree_with(folder: Path, name: str, content: str) -> str:
    entry = f"100755 blob {blob(folder, content)}\t{name}\n"
    command = ["git", "-C", str(folder), "mktree"]
    return subprocess.run(command, input=entry, capture_output=True, text=True, check=True).stdout.strip()


def _add(folder: Path, path: str, content: str = "x\n") -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(content)
    git(folder, "add", "-f", "--", path)


def _commit_all(folder: Path) -> None:
    commit_by_hand(folder, "A stranger's")


@pytest.mark.parametrize("path", [".env", ".env.local", "notes/.ENV", "docs/.envrc"])
@pytest.mark.parametrize("when", ["staged", "committed"])
def test_57_a_secret_that_is_tracked_is_refused_until_it_is_taken_out(
    held: Path, coda: SimulatedCoda, tmp_path: Path, path: str, when: str
) -> None:
    git(held, "remote", "add", "origin", str(bare(tmp_path / "remote.git")))
    _add(held, path, "CODA_API_TOKEN=another\n")
    if when == "committed":
        _commit_all(held)
    for verb, code in (("sync", EXIT_FAILED), ("push", EXIT_PUSH_FAILED)):
        answer = say(held, verb, coda=coda)
        require_one_sentence(answer, code)
        assert f"{path} is {when}" in answer.stderr
        assert f"git rm --cached -- {path}" in answer.stderr
    assert len(coda.requests) == 0
    found = say(held, "verify")
    assert (found.returncode, f"{path}: " in found.stdout) == (EXIT_PARTIAL, True)
    git(held, "rm", "--quiet", "--cached", "--", path)
    if when == "committed":
        _commit_all(held)
    if not path.startswith("docs/"):
        assert say(held, "sync", coda=coda).returncode == 0
        assert say(held, "verify").returncode == 0
        assert (held / path).read_text() == "CODA_API_TOKEN=another\n"


def test_57_a_secret_beside_the_docs_is_passed_over_by_add_also_in_older_mirrors(
    held: Path, coda: SimulatedCoda
) -> None:
    (held / ".gitignore").write_text("backup_log.txt\n")
    commit_by_hand(held, "As an older version wrote it")
    (held / ".git/info/exclude").write_text("mine")
    for _ in range(2):
        assert say(held, "sync", coda=coda).returncode == 0
    for name in (".env", ".env.local"):
        (held / name).write_text("CODA_API_TOKEN=secret\n")
    git(held, "add", "-A")
    assert git(held, "status", "--porcelain") == ""
    assert (held / ".git/info/exclude").read_text() == "mine\n.env*\n"


def test_57_a_new_mirror_s_own_gitignore_passes_it_over(held: Path) -> None:
    assert ".env*" in (held / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("path", ["README.md", "notes/login.txt"])
@pytest.mark.parametrize("taken_out", [False, True])
def test_57_no_file_with_the_token_is_pushed_nor_a_history_that_has_it(
    held: Path, coda: SimulatedCoda, tmp_path: Path, path: str, taken_out: bool
) -> None:
    remote = bare(tmp_path / "remote.git")
    git(held, "remote", "add", "origin", str(remote))
    _add(held, path, f"Use {coda.token} for it.\n")
    _commit_all(held)
    if taken_out:
        _add(held, path, "Ask me.\n")
        _commit_all(held)
    answer = say(held, "push", coda=coda)
    require_one_sentence(answer, EXIT_PUSH_FAILED)
    assert path in answer.stderr
    assert coda.token not in answer.stderr
    assert git(remote, "for-each-ref") == ""


def test_57_once_there_is_another_token_the_history_may_go(held: Path, coda: SimulatedCoda, tmp_path: Path) -> None:
    git(held, "remote", "add", "origin", str(bare(tmp_path / "remote.git")))
    _add(held, "README.md", f"Use {coda.token} for it.\n")
    _commit_all(held)
    for token, code in ((coda.token, EXIT_PUSH_FAILED), ("the-token-that-came-after-it", 0)):
        answer = run_apart("push", "-o", str(held), cwd=tmp_path, CODA_API_TOKEN=token)
        assert answer.returncode == code, answer.stderr


def test_57_settings_with_the_token_are_not_committed(held: Path, coda: SimulatedCoda) -> None:
    before = git(held, "rev-parse", "HEAD")
    (held / "coda-mirror.toml").write_text(f"# {coda.token}\n")
    answer = say(held, "sync", coda=coda)
    require_one_sentence(answer, EXIT_USAGE)
    assert "coda-mirror.toml holds the Coda API " in answer.stderr
    assert git(held, "rev-parse", "HEAD") == before


def _lfsconfig(folder: Path) -> str:
    _add(folder, ".lfsconfig", "[lfs]\n\turl = http://127.0.0.1:9/evil\n")
    return ".lfsconfig"


def _link(name: str, target: str) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)
        git(folder, "add", "-f", "--", name)
        return name

    return make


def _submodule(folder: Path) -> str:
    (folder / "other").mkdir()
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{git(folder, 'rev-parse', 'HEAD').strip()},other")
    _add(folder, ".gitmodules", '[submodule "other"]\n\tpath = other\n\turl = ext::sh -c touch% /tmp/x\n')
    return "other"


STRANGERS: dict[str, tuple[Callable[[Path], str], bool]] = {
    "settings of Git LFS": (_lfsconfig, True),
    "settings that are endless": (_link("coda-mirror.toml", "/dev/zero"), True),
    "settings that are elsewhere": (_link("coda-mirror.toml", "/etc/hostname"), True),
    "a log that is endless": (_link("backup_log.txt", "/dev/zero"), True),
    "a link": (_link("elsewhere", "/"), False),
    "a submodule": (_submodule, False),
}
"""What is committed, by name, and whether a sync refuses it."""


@pytest.mark.parametrize("stranger", STRANGERS)
def test_58_what_a_stranger_commits_is_named_and_has_no_effect(held: Path, coda: SimulatedCoda, stranger: str) -> None:
    commit, is_refused = STRANGERS[stranger]
    path = commit(held)
    _commit_all(held)
    before = files(held)
    found = say(held, "verify")
    assert found.returncode == EXIT_PARTIAL
    assert f"{path}: " in found.stdout
    assert say(held, "status").returncode in (0, EXIT_USAGE)
    answer = say(held, "sync", coda=coda)
    if is_refused:
        assert answer.returncode in (EXIT_FAILED, EXIT_USAGE)
        assert path in answer.stderr
        assert files(held) == before
    else:
        assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("name", [".git", "..", ".GIT", "git~1"])
def test_58_entries_that_lead_out_are_named_and_refused(held: Path, coda: SimulatedCoda, name: str) -> None:
    committed(held, f"040000 tree {tree_with(held, 'post-checkout', 'exit 1')}\t{name}")
    found = say(held, "verify")
    assert found.returncode == EXIT_PARTIAL
    assert f"{name}/post-checkout: leads out of the mirror" in found.stdout
    answer = say(held, "sync", coda=coda)
    require_one_sentence(answer, EXIT_FAILED)
    assert f"{name}/post-checkout" in answer.stderr


@pytest.mark.parametrize("place", ["docs/x", "docs/plans/y", ".git/x", ".git/coda-git-mirror/x", "DOCS/x"])
def test_58_no_mirror_is_made_within_another(held: Path, coda: SimulatedCoda, place: str) -> None:
    for verb in (("sync",), ("init",), ("sync", "--dry-run")):
        answer = run(*verb, "-o", str(held / place), cwd=held.parent, **settings(coda))
        require_one_sentence(answer, EXIT_USAGE)
        assert "lies " in answer.stderr
    assert not (held / place).exists()
    assert git(held, "status", "--porcelain") == ""


def test_58_a_large_file_in_the_place_of_the_settings_is_not_read(held: Path, coda: SimulatedCoda) -> None:
    with (held / "coda-mirror.toml").open("wb") as file:
        file.truncate(8 * 1024**3)
    answer = say(held, "sync", coda=coda)
    require_one_sentence(answer, EXIT_USAGE)
    assert "coda-mirror.toml" in answer.stderr


@needs_git_lfs
def test_59_large_files_go_to_the_remote_and_nowhere_else(held: Path, tmp_path: Path) -> None:
    """Also where the settings of Git LFS lie in the working copy and are not tracked."""
    remote = bare(tmp_path / "remote.git")
    elsewhere = bare(tmp_path / "elsewhere.git")
    git(held, "remote", "add", "origin", str(remote))
    _add(held, ".gitattributes", "* -text\ndocs/*/assets/** filter=lfs diff=lfs merge=lfs -text\n")
    git(held, "config", "filter.lfs.clean", "git-lfs clean -- %f")
    _add(held, "docs/plans/assets/photo.png", "a photo")
    _commit_all(held)
    for key in ("url", "pushurl"):
        (held / ".lfsconfig").write_text(f'[lfs]\n\t{key} = {elsewhere}\n[remote "origin"]\n\tlfsurl = {elsewhere}\n')
        assert say(held, "push").returncode == 0
        shutil.rmtree(remote / "lfs", ignore_errors=False)
        assert not (elsewhere / "lfs").exists()
        _add(held, "docs/plans/assets/photo.png", f"another photo {key}")
        _commit_all(held)
    (held / ".lfsconfig").unlink()
    git(held, "config", "lfs.url", str(elsewhere))
    assert say(held, "push").returncode == 0, "what the user's own settings say is the user's to decide"
    assert (elsewhere / "lfs").exists()


@needs_git_lfs
def test_59_what_came_from_the_remote_sends_nothing_elsewhere(held: Path, coda: SimulatedCoda, tmp_path: Path) -> None:
    """Two mirrors of one remote: somebody pushes from the other, and this one is pulled, synced and pushed."""
    remote, other, ran = bare(tmp_path / "remote.git"), tmp_path / "other", tmp_path / "ran"
    git(held, "remote", "add", "origin", str(remote))
    assert say(held, "push").returncode == 0
    git(tmp_path, "clone", "--quiet", str(remote), str(other))
    with web_host(tmp_path) as host:
        (other / ".lfsconfig").write_text(f"[lfs]\n\turl = {host.url('lfs')}\n\tpushurl = {host.url('lfs')}\n")
        (other / "coda-mirror.toml").write_text("lfs = true\nallow_public_remote = true\n")
        (other / ".gitattributes").write_text("* filter=lfs diff=lfs\n")
        (other / "elsewhere").symlink_to("/")
        (other / "hooks").mkdir()
        (other / "hooks/pre-push").write_text(f"#!/bin/sh\ntouch {ran}\n")
        (other / "hooks/pre-push").chmod(0o755)
        git(other, "add", "-A")
        _submodule(other)
        _commit_all(other)
        git(other, "push", "--quiet", "origin", "main")
        before = tip(remote)
        git(held, *ME, "-c", "filter.lfs.smudge=cat", "pull", "--quiet", "--ff-only", "origin", "main")
        coda.world.docs[0].page("Notes").append(Picture(coda.world.add_blob(b"GIF89a photo", "photo.gif", "image/gif")))
        answer = say(held, "sync", "--push", coda=coda)
        require_one_sentence(answer, EXIT_FAILED)
        assert ".lfsconfig" in answer.stderr
        require_one_sentence(say(held, "push", coda=coda), EXIT_PUSH_FAILED)
        found = say(held, "verify").stdout
        assert [name for name in (".lfsconfig", ".gitmodules", "elsewhere", "other") if f"{name}: " not in found] == []
        git(held, "rm", "--quiet", "--", ".lfsconfig", ".gitmodules", "elsewhere")
        git(held, "rm", "--quiet", "--cached", "--", "other")
        (held / "other").rmdir()
        _commit_all(held)
        answer = say(held, "sync", "--push", coda=coda)
        assert answer.returncode == 0, answer.stderr
        assert tip(remote) != before
        assert len(list((remote / "lfs/objects").rglob("*"))) > 0
        assert host.seen == []
    assert not ran.exists()


def test_59_no_tracked_file_is_settings_of_git(held: Path, coda: SimulatedCoda) -> None:
    _add(held, "git-settings", "[core]\n\tsshCommand = touch /nowhere\n")
    _commit_all(held)
    assert say(held, "sync", coda=coda).returncode == 0
    git(held, "config", "include.path", "../git-settings")
    answer = say(held, "sync", coda=coda)
    require_one_sentence(answer, EXIT_FAILED)
    assert "git-settings" in answer.stderr
    assert "git-settings: " in say(held, "verify").stdout


PROGRAMS = {
    "diff.evil.textconv": "{}",
    "diff.evil.command": "{}",
    "diff.external": "{}",
    "filter.evil.clean": "{}",
    "filter.evil.smudge": "{}",
    "filter.evil.process": "{}",
    "merge.evil.driver": "{}",
    "core.fsmonitor": "{}",
    "core.hooksPath": "{}.d",
    "core.pager": "{}",
    "core.editor": "{}",
    "gpg.program": "{}",
    "log.showSignature": "true",
    "commit.gpgSign": "true",
    "interactive.diffFilter": "{}",
}
"""Settings of `.git/config` that name programs; a tracked `.gitattributes` chooses files for them."""


def test_60_no_program_that_settings_name_runs(held: Path, coda: SimulatedCoda, tmp_path: Path) -> None:
    ran, evil = tmp_path / "ran", tmp_path / "evil"
    evil.write_text(f'#!/bin/sh\necho "$0 $*" >>{ran}\ncat "$1" 2>/dev/null\n')
    evil.chmod(0o755)
    hooks = Path(f"{evil}.d")
    hooks.mkdir()
    for name in ("pre-push", "post-checkout", "post-commit", "reference-transaction", "post-index-change"):
        shutil.copy(evil, hooks / name)
    git(held, "remote", "add", "origin", str(bare(tmp_path / "remote.git")))
    _add(held, ".gitattributes", "* filter=evil diff=evil merge=evil\n")
    _commit_all(held)
    shutil.copytree(hooks, held / ".git/hooks", dirs_exist_ok=True)
    for name, value in PROGRAMS.items():
        git(held, "config", name, value.format(evil))
    coda.world.docs[0].page("Notes").rename("Notices")
    for verb in ("sync", "push", "verify", "status", "log", "diff"):
        answer = say(held, verb, coda=coda)
        assert answer.returncode == 0, answer.stderr
    for words in (["Notes"], ["i-unknown"]):
        say(held, "log", *words)
    assert not ran.exists(), ran.read_text()


def test_60_no_program_is_told_the_token(
    held: Path, coda: SimulatedCoda, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts git, and whatever variable holds the token."""
    told, wrapper = tmp_path / "told", tmp_path / "bin/git"
    wrapper.parent.mkdir()
    real = shutil.which("git")
    wrapper.write_text(f'#!/bin/sh\nenv >>{told}\necho "ran: $*" >>{told}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    if lfs := shutil.which("git-lfs"):
        (wrapper.parent / "git-lfs").write_text(f'#!/bin/sh\nenv >>{told}\nexec {lfs} "$@"\n')
        (wrapper.parent / "git-lfs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("ANOTHER_NAME", f"Bearer {coda.token}")
    git(held, "remote", "add", "origin", str(bare(tmp_path / "remote.git")))
    (held / "coda-mirror.toml").write_text("lfs = true\n" if lfs else "")
    told.unlink()
    for verb in (("sync", "--push"), ("push",), ("verify",), ("status", "--remote"), ("diff",), ("log",)):
        assert say(held, *verb, coda=coda).returncode == 0
    text = told.read_text()
    assert {"version", "push", "ls-remote", "fsck"} <= {word for line in text.splitlines() for word in line.split()}
    assert coda.token not in text


@pytest.mark.parametrize("verb", ["sync", "push", "verify", "status", "restore", "log", "diff", "init"])
def test_58_no_terminal_obeys_the_name_of_a_folder_or_file(held: Path, coda: SimulatedCoda, verb: str) -> None:
    strange = held.rename(held.with_name(ESCAPES))
    (strange / "docs" / ESCAPES).write_text("mine\n")
    more = (str(strange.with_name(f"restored{ESCAPES}")),) if verb == "restore" else ()
    for folder in (strange, strange / "docs/x" / ESCAPES, strange.with_name(f"{ESCAPES}new")):
        answer = run(verb, *more, "-o", str(folder), cwd=strange.parent, **settings(coda))
        text = answer.stdout + answer.stderr
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(text), repr(text)
    usage = run(verb, f"--{ESCAPES}", cwd=strange.parent)
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(usage.stderr), repr(usage.stderr)
