"""What a user's word for a revision means: a commit as git has it, or the state that a mirror was in on a day."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from coda_git_mirror.errors import UsageError
from coda_git_mirror.format.times import local_time
from coda_git_mirror.git.command import advice
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.sync_commits import NoSync, SyncCommits

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")
_DATED_REFLOG = re.compile(r"@\{(?!-?\d{1,8}\}|u(pstream)?\}|push\})", re.IGNORECASE)


class Revisions:
    """The revisions of a mirror whose syncs' commits are known by `trailer`, as `SyncCommits` has it."""

    def __init__(self, repository: Repository, trailer: str) -> None:
        self._root, self._git, self._repository = repository.root, repository.git, repository
        self._syncs = SyncCommits(repository, trailer)

    def resolve(self, word: str) -> str:
        """The commit of a revision as git has it, or of the last sync up to an instant or the end of a day.

        Raises UsageError where a word means none.
        """
        commit, end = self._of_git(word), _end_of(word)
        if commit is None and end is not None:
            return self._of_time(end, word)
        if commit is None:
            beginning = beginning_of(self._repository)
            raise UsageError(
                f"{word!r} is not a revision of the mirror in {self._root}{f': {beginning}' if beginning else ''}."
            )
        return commit

    def _of_git(self, word: str) -> str | None:
        if word.startswith("-") or "\0" in word:
            raise UsageError(f"{word!r} is not a revision.")
        if _DATED_REFLOG.search(word):
            raise UsageError(
                f"{word!r} goes by when branches moved in this copy of the mirror, which is not the same in any other; "
                "give a day such as 2026-03-31, which goes by the syncs."
            )
        command = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{word}^{{commit}}")
        answer = self._git.run(*command, accept=(0, 1, 128, 129))
        if (answer.exit_code and ".." in word) or "^" in answer.text:
            raise UsageError(f"{word!r} is not a revision, but means several of them; give a single one.")
        return answer.text if answer.exit_code == 0 else None

    def _of_time(self, end: datetime, word: str) -> str:
        try:
            return self._syncs.last_by(end).id
        except NoSync as error:
            if beginning := beginning_of(self._repository):
                raise UsageError(f"No sync of {word} or before is known here: {beginning}.") from error
            if error.first is None:
                raise UsageError(
                    f"The mirror in {self._root} has no sync in its history, so none of {word} or before; "
                    "`coda-git-mirror sync` makes the first."
                ) from error
            first = f"{local_time(error.first.when)} ({error.first.id[:10]})"
            raise UsageError(
                f"The mirror in {self._root} has no sync of {word} or before; its first is of {first}."
            ) from error


def two_of(word: str) -> tuple[str, str] | None:
    """The ends of a range such as `A..B`, of which an empty one is HEAD; None for what is none."""
    before, dots, after = word.partition("..")
    if not dots or word == dots or "..." in word or "{" in word:
        return None
    return before or "HEAD", after or "HEAD"


def beginning_of(repository: Repository) -> str | None:
    """Where the history of a clone without all of it begins, and what brings the rest; None where nothing lacks."""
    cut, head = repository.cut_at(), repository.head()
    if not cut or head is None:
        return None
    first = next((commit for commit in History(repository).commits(head) if commit.id in cut), None)
    if first is None:
        return None
    fetch = advice(repository.root, "fetch", "--unshallow")
    return f"the history here begins at {first.id[:10]} of {local_time(first.when)}, and {fetch} brings what was before"


def _end_of(word: str) -> datetime | None:
    """The last second of a day such as `2026-03-31`, or an instant such as `2026-03-31T12:00`, in local time."""
    try:
        if _DAY.fullmatch(word):
            following = date.fromisoformat(word) + timedelta(days=1)
            return datetime(following.year, following.month, following.day).astimezone() - timedelta(seconds=1)
        return datetime.fromisoformat(word).astimezone() if _INSTANT.fullmatch(word) else None
    except (ValueError, OverflowError):
        return None
