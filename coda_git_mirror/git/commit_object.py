"""Makes the object of a commit: who made it, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.objects import UNSYNCED

_NEUTRAL_IDENTITY = ("coda-git-mirror", "coda-git-mirror@localhost")
_ROLES = ("AUTHOR", "COMMITTER")
_NO_GUESSING = ("user.useConfigOnly=true",)


def make_commit(
    git: GitCommand, tree: str, parent: str | None, message: str, when: datetime | None, is_nobody: bool
) -> str:
    """Makes a commit, by the user's identity or a neutral one, dated `when` or now, and returns its id.

    With `is_nobody` git knows no identity, and is not asked for it.
    """
    command = ("commit-tree", tree, *(("-p", parent) if parent else ()))
    text = message.replace("\0", "").encode("utf-8", "replace")
    if not is_nobody:
        settings = [*UNSYNCED, *_NO_GUESSING]
        configured = git.run(*command, stdin=text, settings=settings, environment=_dates(when), accept=(0, 128))
        if configured.exit_code == 0:
            return configured.text
    identity = _neutral(_ROLES if is_nobody else _unknown_roles(git))
    return git.run(*command, stdin=text, settings=UNSYNCED, environment=identity | _dates(when)).text


def _unknown_roles(git: GitCommand) -> list[str]:
    """The roles that the user has not configured; git would guess them from the host's name."""
    asked = {role: git.run("var", f"GIT_{role}_IDENT", settings=_NO_GUESSING, accept=(0, 1, 128)) for role in _ROLES}
    return [role for role, answer in asked.items() if answer.exit_code != 0]


def _neutral(roles: Iterable[str]) -> dict[str, str]:
    """The environment that gives these roles the neutral identity."""
    name, email = _NEUTRAL_IDENTITY
    return {f"GIT_{role}_{part}": value for role in roles for part, value in (("NAME", name), ("EMAIL", email))}


def _dates(when: datetime | None) -> dict[str, str]:
    """The environment that dates a commit, shown in this machine's time zone."""
    if when is None:
        return {}
    date = f"{int(when.timestamp())} {when.astimezone():%z}"
    return {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
