"""The last commit of a kind, as a line about it tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from coda_git_mirror.mirror.git_command import GitCommand
from coda_git_mirror.mirror.repository import Repository


@dataclass(frozen=True)
class Committed:
    """A commit with its date and the first line of its message."""

    id: str
    when: datetime
    subject: str


def last_commit(repository: Repository, saying: str) -> Committed | None:
    """The youngest commit of HEAD's history that has a line in its message which begins with `saying`."""
    commit = repository.last_commit_saying(saying)
    if commit is None:
        return None
    seconds, _, subject = GitCommand(repository.root).run("log", "-1", "--format=%ct %s", commit).text.partition(" ")
    return Committed(commit, datetime.fromtimestamp(int(seconds), UTC), subject)
