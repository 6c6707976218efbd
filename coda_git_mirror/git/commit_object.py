"""Makes the object of a commit: who made it, and when."""

from __future__ import annotations

from datetime import datetime

from coda_git_mirror.git.command import GitCommand
from coda_git_mirror.git.objects import UNSYNCED

_NEUTRAL_IDENTITY = ("coda-git-mirror", "coda-git-mirror@localhost")
_NO_GUESSING = ("user.useConfigOnly=true",)


def make_commit(git: GitCommand, tree: str, parent: str | None, message: str, when: datetime | None) -> str:
    """Makes a commit, by the user's identity or a neutral one, dated `when` or now, and returns its id."""
    command = ("commit-tree", tree, *(("-p", parent) if parent else ()))
    text = message.replace("\0", "").encode("utf-8", "replace")
    configured = git.run(
        *command, stdin=text, settings=[*UNSYNCED, *_NO_GUESSING], environment=_dates(when), accept=(0, 128)
    )
    if configured.exit_code == 0:
        return configured.text
    return git.run(*command, stdin=text, settings=UNSYNCED, environment=_identity(git) | _dates(when)).text


def _identity(git: GitCommand) -> dict[str, str]:
    """The environment for roles that the user has not configured; git would guess them from the host's name."""
    name, email = _NEUTRAL_IDENTITY
    environment: dict[str, str] = {}
    for role in ("AUTHOR", "COMMITTER"):
        known = git.run("var", f"GIT_{role}_IDENT", settings=_NO_GUESSING, accept=(0, 1, 128))
        if known.exit_code != 0:
            environment |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email}
    return environment


def _dates(when: datetime | None) -> dict[str, str]:
    """The environment that dates a commit, shown in this machine's time zone."""
    if when is None:
        return {}
    date = f"{int(when.timestamp())} {when.astimezone():%z}"
    return {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
