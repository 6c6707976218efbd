"""The remote of a mirror: which one it is, what it holds, and sending it the branch `main`, never by force."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.disk.temporary import temporary_folder
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.command import ANY_END, GitCommand, advice
from coda_git_mirror.git.configured import Setting, read_settings
from coda_git_mirror.git.launcher import Output
from coda_git_mirror.git.repository import BRANCH, Repository
from coda_git_mirror.remote.addresses import lfs_endpoint, without_login
from coda_git_mirror.remote.transport import SilenceLimits, Transport

HEADS = "refs/heads/"
_USUAL_NAME = "origin"
_LOCAL = f"{HEADS}{BRANCH}"
_URLS = ("url", "pushurl")
_ALIAS = re.compile(r"url[.].*[.](push)?insteadof", re.DOTALL)


class NoRemote(MirrorError):
    """The repository does not say where to push."""


@dataclass(frozen=True)
class Remote:
    """Where `main` is pushed: a remote by its name, the branch there, and the addresses it has (one, as a rule).

    `written` are the addresses as the repository's configuration has them, `addresses` what git makes of them for a
    push; both may hold logins. `by_name`: git reads from where it pushes to, so that the name serves for both.
    `chosen` is whether the user has named the branch there.
    """

    name: str
    branch: str
    addresses: tuple[str, ...]
    written: tuple[str, ...]
    by_name: bool
    chosen: bool

    @property
    def shown(self) -> str:
        """The name and the addresses, without logins."""
        return f"{without_login(self.name)} ({without_login(', '.join(self.addresses))})"

    @property
    def tracking(self) -> str:
        """Where git remembers the branch as it was when it last saw it."""
        return f"refs/remotes/{self.name}/{self.branch.removeprefix(HEADS)}"

    def address_of(self, place: str) -> str:
        """The address that one of the places means."""
        return self.addresses[0] if self.by_name else place

    @property
    def places(self) -> tuple[str, ...]:
        """What git is given in order to look at each address."""
        return (self.name,) if self.by_name else self.addresses


def find_remote(repository: Repository) -> Remote:
    """The upstream of `main`, else the only remote, else `origin`. Raises `NoRemote`."""
    git, settings = repository.git, read_settings(repository.git)
    names = git.run("remote").text.splitlines()
    upstream = _last(settings, f"branch.{BRANCH}.remote")
    upstream = "" if upstream == "." else upstream
    name = upstream or (names[0] if len(names) == 1 else _USUAL_NAME if _USUAL_NAME in names else "")
    if not name:
        raise NoRemote(_no_remote(repository.root, names))
    branch = _last(settings, f"branch.{BRANCH}.merge") if upstream else ""
    reading, pushing = (_addresses(git, name, *flags) for flags in ((), ("--push",)))
    return Remote(
        name=name,
        branch=branch or _LOCAL,
        addresses=pushing,
        written=_written(settings, name, repository.common_dir / "config"),
        by_name=reading == pushing and len(pushing) == 1,
        chosen=bool(branch),
    )


def unpushed(repository: Repository, remote: Remote) -> int | None:
    """How many commits of `main` the remote lacked when git last saw it; None where git has never seen it."""
    git = repository.git
    if git.run("show-ref", "--verify", "--quiet", remote.tracking, accept=(0, 1, 128)).exit_code:
        return None
    return int(git.run("rev-list", "--count", _LOCAL, f"^{remote.tracking}", "--").text)


def branches_in(listing: Output) -> dict[str, str]:
    """The commits of the branches that `ls-remote` lists, by full name."""
    lines = (line.split("\t", 1) for line in listing.text.splitlines() if "\t" in line)
    return {name: commit for commit, name in lines}


class RemoteAccess:
    """The way to a remote. What fails is an `Output` to be judged, or `Unanswered`."""

    def __init__(self, repository: Repository, remote: Remote, patience: SilenceLimits) -> None:
        self._remote, self._patience, self._object_format = remote, patience, repository.object_format
        self._git = repository.git
        self._transport = Transport(self._git, patience)

    def list_branches(self, place: str) -> Output:
        """What `ls-remote` says of the branches at one of the remote's places; `branches_in` reads it."""
        return self._transport.ask("ls-remote", "--heads", "--", place)

    def lacks_head(self, place: str) -> bool:
        """Whether HEAD there leads to no commit, as in a repository that has been made for another branch."""
        answer = self._transport.ask("ls-remote", "--", place, "HEAD")
        return answer.exit_code == 0 and not answer.output.strip()

    def heal_local_head(self, address: str) -> bool:
        """Whether an address is a bare repository on this machine; its HEAD then leads to the branch if to no other."""
        folder = self._git.folder / address.removeprefix("file://")
        if not (folder / "HEAD").is_file() or not (folder / "objects").is_dir():
            return False
        there = self._git.elsewhere(folder)
        if there.run("--git-dir=.", "config", "--get", "core.bare", accept=ANY_END).text != "true":
            return False
        if there.run("--git-dir=.", "rev-parse", "--verify", "--quiet", "HEAD", accept=ANY_END).exit_code:
            there.run("--git-dir=.", "symbolic-ref", "HEAD", self._remote.branch, accept=ANY_END)
        return True

    def prepare_encryption(self) -> None:
        """Stores the empty tree, which git-remote-gcrypt names in this repository and does not make."""
        self._git.run("hash-object", "-w", "-t", "tree", "--stdin", stdin=b"")

    def send_large_files(self, everything: bool) -> Output:
        """Sends what Git LFS keeps of `main`: hooks are switched off, so that no push brings it along by itself.

        It goes where the repository's own settings say, else to each address of the remote; never where a file says
        that came with the content (`.lfsconfig`).
        """
        command = ("lfs", "push", *(["--all"] if everything else []), self._remote.name, BRANCH)
        for endpoint in self._lfs_endpoints():
            pinned = (f"lfs.url={endpoint}", f"lfs.pushurl={endpoint}")
            answer = self._transport.send(*command, settings=pinned)
            if answer.exit_code:
                break
        return answer

    def _lfs_endpoints(self) -> list[str]:
        settings = (
            "lfs.pushurl",
            f"remote.{self._remote.name}.lfspushurl",
            "lfs.url",
            f"remote.{self._remote.name}.lfsurl",
        )
        chosen = next(filter(None, (_value(self._git, setting) for setting in settings)), None)
        return [chosen] if chosen else [lfs_endpoint(address) for address in self._remote.addresses]

    def send(self, commit: str) -> Output:
        """Sends a commit with its history, and nothing else that any setting names."""
        never_by_force = (f"remote.{self._remote.name}.mirror=false",)
        refspec = f"{commit}:{self._remote.branch}"
        command = ("push", "--porcelain", "--progress", "--no-force", "--", self._remote.name, refspec)
        return self._transport.send(*command, settings=never_by_force)

    def remember(self, commit: str | None) -> None:
        """Notes what the remote's branch is now (None: not known), as git itself does after a push."""
        tracking = self._remote.tracking
        command = ("update-ref", tracking, commit) if commit else ("update-ref", "-d", tracking)
        if self._remote.by_name:
            self._git.run(*command, accept=(0, 1, 128))

    def pending(self, commit: str, known: str | None) -> int:
        """How many commits up to `commit` a remote lacks that has `known` (None: nothing), which is here too."""
        return int(self._git.run("rev-list", "--count", commit, *([f"^{known}"] if known else []), "--").text)

    def ever_used_lfs(self, commit: str) -> bool:
        """Whether any commit of this history sent files through Git LFS."""
        since = ("log", "-1", "--format=%H", "-Sfilter=lfs", commit, "--", ".gitattributes")
        return self._git.run(*since).text != ""

    def is_here(self, commit: str) -> bool:
        """Whether this repository has the commit."""
        return self._git.run("cat-file", "-e", f"{commit}^{{commit}}", accept=(0, 1, 128)).exit_code == 0

    def is_related(self, one: str, other: str) -> bool:
        """Whether two commits that are here have any history in common."""
        return self._git.run("merge-base", one, other, accept=(0, 1)).exit_code == 0

    def begins_alike(self, place: str, branch: str) -> bool | None:
        """Whether a branch there began with a commit of ours: its commits are fetched into a repository for the moment.

        None where they could not be had.
        """
        address = self._remote.address_of(place)
        with temporary_folder() as folder:
            aside = self._git.elsewhere(folder)
            aside.run("init", "--quiet", "--bare", "--template=", f"--object-format={self._object_format}")
            fetch = ("fetch", "--no-tags", "--filter=tree:0", "--progress", "--", address, f"+{branch}:{_LOCAL}")
            if Transport(aside, self._patience).send(*fetch).exit_code:
                return None
            theirs = aside.run("rev-list", "--max-parents=0", _LOCAL, "--").text.split()
        ours = self._git.run("rev-list", "--max-parents=0", _LOCAL, "--").text.split()
        return not set(ours).isdisjoint(theirs)


def _addresses(git: GitCommand, name: str, *flags: str) -> tuple[str, ...]:
    """What git makes of a remote's addresses; a name that is no remote's is an address itself."""
    answer = git.run("remote", "get-url", "--all", *flags, "--", name, accept=range(256))
    if answer.exit_code:
        answer = git.run("ls-remote", "--get-url", "--", name)
    return tuple(answer.text.splitlines())


def _written(settings: Sequence[Setting], name: str, own: Path) -> tuple[str, ...]:
    """The addresses in the repository's `own` configuration, also those that stand there for a part of others.

    What it includes from elsewhere is not among the latter.
    """
    aliases = (each.name for each in settings if each.file == own.resolve())
    bases = (alias.removeprefix("url.") for alias in aliases if _ALIAS.fullmatch(alias))
    urls = (each.value for key in _URLS for each in settings if each.name == f"remote.{name}.{key}")
    return (name, *urls, *bases)


def _last(settings: Sequence[Setting], name: str) -> str:
    """What counts of a setting, empty where nothing sets it."""
    return next((each.value for each in reversed(settings) if each.name == name), "")


def _value(git: GitCommand, setting: str) -> str:
    return git.run("config", "--get", setting, accept=(0, 1)).text


def _no_remote(root: Path, names: Collection[str]) -> str:
    if names:
        several = ", ".join(sorted(map(without_login, names)))
        choice = advice(root, "config", f"branch.{BRANCH}.remote", "NAME")
        return f"the mirror has several remotes ({several}); choose one with {choice}"
    return f"the mirror has no remote; add a private one with {advice(root, 'remote', 'add', 'origin', 'ADDRESS')}"
