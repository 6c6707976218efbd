"""What no mirror should have committed beside its docs: secrets, what decides where things go, what leads outside."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.git.configured import Configured
from coda_git_mirror.git.objects import Blob
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.lawful_paths import LawlessPath, require_contained
from coda_git_mirror.mirror.run_log import LOG

_SECRETS = ".env"
_SENDS_ELSEWHERE = ".lfsconfig"
_NAMES_OTHERS = ".gitmodules"
_KINDS = {"120000": "is a symlink", "160000": "is a submodule, a repository of its own"}
_OURS = frozenset({*layout.ROOT_TEMPLATES, LOG})


class Refused(MirrorError):
    """Something is committed or staged with which no sync goes on, and no push either."""


class Unwelcome(NamedTuple):
    """A path, what is wrong with it, what to do, and whether neither sync nor push go on with it."""

    path: str
    fault: str
    remedy: str
    is_refused: bool


def may_hold_secrets(path: str) -> bool:
    """Whether a file is called as those are in which tokens are kept (`.env`, `.env.local`)."""
    return path.rpartition("/")[2].casefold().startswith(_SECRETS)


def unwelcome(tree: Mapping[str, Blob]) -> Iterator[Unwelcome]:
    """All of it that a revision has, by path; of what lies in `docs/` only what may hold secrets or leads outside."""
    for path in sorted(path for path, blob in tree.items() if blob.mode in _KINDS or _is_conspicuous(path)):
        yield from _findings(path, tree[path].mode)


def deciding(repository: Repository, tree: Mapping[str, Blob], configured: Configured) -> Iterator[Unwelcome]:
    """Files of a revision that git reads as settings here, since an `include.path` names them."""
    places = configured.files
    for place in sorted(os.path.relpath(repository.root / place, repository.root) for place in places):
        if (path := place.replace(os.sep, "/")) in tree:
            advice = "take it out of `include.path` in the settings of git"
            yield Unwelcome(path, "decides as settings of git what runs and where things go", advice, True)


def require_welcome(repository: Repository, commit: str | None, configured: Configured, staged: Iterable[str]) -> None:
    """Raises `Refused`, naming the first file of a commit, or of the paths that are staged on it, that is refused."""
    tree = repository.tree(commit)
    found = (each for each in (*unwelcome(tree), *deciding(repository, tree, configured)) if each.is_refused)
    if first := next(found, None):
        raise Refused(f"{first.path} is committed in {repository.root} and {first.fault}; {first.remedy}.")
    require_no_staged_secret(repository, staged if commit else ())


def require_no_staged_secret(repository: Repository, staged: Iterable[str]) -> None:
    """Raises `Refused` where one of these paths, which are staged, may hold secrets."""
    if path := next(filter(may_hold_secrets, staged), None):
        raise Refused(
            f"{path} is staged in {repository.root} and may hold your API token; {_take_out(path)}, and run again."
        )


def _is_conspicuous(path: str) -> bool:
    """Whether a path has anything that one with findings has; of nearly all in a mirror this says that they have none.

    Such a name begins with a dot, is a short name of Windows, is no plain one, or takes letters beyond ASCII.
    """
    framed = f"/{path}/"
    marked = "/." in framed or "//" in framed or "~" in framed or "\\" in framed or "\0" in framed
    return marked or not path.isascii()


def _findings(path: str, mode: str) -> Iterator[Unwelcome]:
    name, is_mirrored = path.casefold(), layout.is_mirrored(path)
    if fault := _way_out(path):
        yield Unwelcome(path, f"leads out of the mirror ({fault})", "make a commit without it", True)
    elif may_hold_secrets(path):
        advice = f"{_take_out(path)}, commit that, and make a new token if the file was ever pushed"
        yield Unwelcome(path, "may hold your API token", advice, True)
    elif name == _SENDS_ELSEWHERE:
        advice = f"take it out with `git rm -- {shlex.quote(path)}`, and commit that"
        yield Unwelcome(path, "could send images and attached files elsewhere than to the remote", advice, True)
    elif name == _NAMES_OTHERS:
        yield Unwelcome(path, "names repositories of others", "delete it, and commit that", False)
    elif mode in _KINDS and not is_mirrored:
        advice = "take it out of the mirror, and commit that"
        yield Unwelcome(path, f"{_KINDS[mode]}; a mirror has plain files only", advice, path in _OURS)


def _way_out(path: str) -> str:
    try:
        require_contained(path)
    except LawlessPath as error:
        return str(error).rpartition(": ")[2]
    return ""


def _take_out(path: str) -> str:
    return f"take it out with `git rm --cached -- {shlex.quote(path)}`"


def staged_paths(repository: Repository) -> list[str]:
    """The paths at which the index differs from HEAD."""
    command = ("diff-index", "--cached", "-z", "--name-only", "--no-renames", "HEAD")
    return repository.git.run(*command, accept=(0, 128)).fields
