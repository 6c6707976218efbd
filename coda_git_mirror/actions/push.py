"""`push`: sends the mirror's commits to its remote, if that is private, and the mirror's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror
from coda_git_mirror.actions.pushed_files import require_no_token
from coda_git_mirror.errors import MirrorError, PushFailed
from coda_git_mirror.format import layout
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.git.command import advice, require_git_lfs
from coda_git_mirror.git.configured import read_configured
from coda_git_mirror.git.launcher import Output, Unanswered
from coda_git_mirror.git.repository import BRANCH, Repository
from coda_git_mirror.mirror.run_log import append_run
from coda_git_mirror.mirror.unwelcome import require_welcome, staged_paths
from coda_git_mirror.redact import redacted
from coda_git_mirror.remote.addresses import holds_secret, is_encrypted, ssh_host, store_of_encrypted
from coda_git_mirror.remote.privacy import CheckedRemotes, Readers, find_readers
from coda_git_mirror.remote.push_failures import BEHIND, meaning, push_refusal
from coda_git_mirror.remote.remote import HEADS, Remote, RemoteAccess, branches_in, find_remote
from coda_git_mirror.remote.transport import SilenceLimits

_KEPT = "What is committed is kept, and the next push tries again"


@dataclass(frozen=True)
class Pushed:
    """What a push did: to which remote, and how many commits this lacked (0: nothing was sent).

    `note` is a sentence on what the user has yet to do there; empty, as a rule.
    """

    remote: str
    commits: int
    note: str = ""


def push(folder: Path, allow_public: bool, now: datetime, patience: SilenceLimits | None = None) -> Pushed:
    """Brings the remote's branch to the last commit of `main`; never by force. Raises PushFailed."""
    repository = open_mirror(folder)
    with _logged(repository, now) as log:
        remote = find_remote(repository)
        return log(_Push(repository, remote, patience or SilenceLimits()).run(allow_public, now))


@contextmanager
def _logged(repository: Repository, now: datetime) -> Iterator[Callable[[Pushed], Pushed]]:
    """Writes a line into the mirror's log, and makes of every expected failure one of the push."""

    def log(pushed: Pushed) -> Pushed:
        if pushed.commits:
            _append(repository, now, f"pushed {counted(pushed.commits, 'commit')} to {pushed.remote}")
        return pushed

    try:
        yield log
    except (MirrorError, OSError) as error:
        failure = error if isinstance(error, PushFailed) else PushFailed(f"Nothing was pushed: {error}")
        _append(repository, now, f"push failed: {redacted(str(failure))}")
        raise failure from error


def _append(repository: Repository, now: datetime, text: str) -> None:
    append_run(repository.root, f"{now:%Y-%m-%dT%H:%M:%SZ} {one_line(text)}")


class _Push:
    """One push of what `main` is now to one remote."""

    def __init__(self, repository: Repository, remote: Remote, patience: SilenceLimits) -> None:
        self._repository, self._remote, self._patience = repository, remote, patience
        self._line = RemoteAccess(repository, remote, patience)
        self._commit = repository.branch(BRANCH) or ""

    def run(self, allow_public: bool, now: datetime) -> Pushed:
        if not self._commit:
            raise self._failure(f"the mirror has no branch {BRANCH} with a commit yet; sync it first")
        self._require_no_secret()
        configured, staged = read_configured(self._repository.git), staged_paths(self._repository)
        require_welcome(self._repository, self._commit, configured, staged)
        if not allow_public:
            self._require_private(now)
        tips = [self._tip(place) for place in self._remote.places]
        pending = max(self._line.pending(self._commit, tip) for tip in tips)
        if pending:
            require_no_token(self._repository, self._commit, tips)
            self._send_large_files(everything=None in tips)
            self._send()
        self._line.remember(self._commit)
        return Pushed(self._remote.shown, pending, self._head_note(anew=pending > 0))

    def _head_note(self, anew: bool) -> str:
        """A remote whose HEAD names a branch that it does not have gives clones without a file."""
        for place in self._remote.places:
            address = self._remote.address_of(place)
            if self._line.heal_local_head(address) or is_encrypted(address) or not anew:
                continue
            try:
                lacking = self._line.lacks_head(place)
            except Unanswered:
                continue
            if lacking:
                branch = self._remote.branch
                return (
                    f"HEAD of {self._remote.shown} names a branch that it does not have, so a clone shows no file; "
                    f"make {_names([branch])} its default branch (`git symbolic-ref HEAD {branch}` in the repository "
                    f"there), or clone it with `git clone -b {_names([branch])}`."
                )
        return ""

    def _require_no_secret(self) -> None:
        if any(map(holds_secret, self._remote.written)):
            raise PushFailed(
                f"Nothing was pushed: the address of the remote holds a password or a token, which {self._config} "
                f"keeps in plain text; take it out with {self._set_url}, and give it to git's credential helper."
            )

    def _require_private(self, now: datetime) -> None:
        """Asks for each address once a day whether anybody could read what is pushed there."""
        checked = CheckedRemotes(self._repository.private_folder / "remotes.json")
        for address in self._remote.addresses:
            if not checked.is_recent(address, now):
                self._require_private_address(address)
                checked.add(address, now)

    def _require_private_address(self, address: str) -> None:
        finding = find_readers(self._repository, address, self._patience.asking)
        if finding.readers is Readers.ANYBODY:
            raise self._failure(
                f"anybody can read {finding.place} without a login; make it private, or, if your docs may be public, "
                f"set `allow_public_remote = true` in {layout.SETTINGS}"
            )
        if finding.readers is Readers.UNKNOWN and not ssh_host(address):
            raise self._failure(f"it could not be asked whether anybody can read it: {meaning(finding.words)}")

    def _tip(self, place: str) -> str | None:
        """The commit of the remote's branch, which this mirror builds upon; None where there is no such branch yet."""
        branches = self._branches(place)
        tip = branches.get(self._remote.branch)
        if tip is None:
            self._require_no_stranger(branches)
            self._require_new_store(self._remote.address_of(place), branches)
            return None
        if not self._line.is_here(tip):
            raise self._failure(self._lacking(self._line.begins_alike(place, self._remote.branch)))
        if not self._repository.is_ancestor(tip, self._commit):
            raise self._failure(self._lacking(self._line.is_related(tip, self._commit)))
        return tip

    def _branches(self, place: str) -> dict[str, str]:
        answer = self._answer(lambda: self._line.list_branches(place))
        if answer.exit_code:
            raise self._failure(meaning(answer.errors))
        return branches_in(answer)

    def _require_no_stranger(self, branches: dict[str, str]) -> None:
        """A remote without our branch is a new one, unless it has others, and nothing of this mirror in them."""
        if self._remote.chosen or not branches or any(map(self._is_ours, branches.values())):
            return
        raise self._failure(f"it holds another repository ({_names(branches)}); {self._take_an_empty_one}")

    def _require_new_store(self, address: str, branches: Collection[str]) -> None:
        """Where git-remote-gcrypt finds nothing of its own it begins anew, by force: only in an empty repository."""
        if branches or not is_encrypted(address):
            return
        self._line.prepare_encryption()
        store = store_of_encrypted(address)
        if store and (kept := self._branches(store)):
            raise self._failure(
                f"the repository holds {_names(kept)}, but nothing that your keys decrypt; {self._take_an_empty_one}, "
                "or make its key known to gpg here"
            )

    def _is_ours(self, commit: str) -> bool:
        return self._line.is_here(commit) and self._line.is_related(commit, self._commit)

    def _lacking(self, related: bool | None) -> str:
        """What to do about a branch that this mirror does not build upon."""
        if related is False:
            return f"its branch {_names([self._remote.branch])} holds another repository; {self._take_an_empty_one}"
        branch = self._remote.branch.removeprefix(HEADS)
        pull = advice(self._repository.root, "pull", "--ff-only", self._remote.name, branch)
        return (
            f"{BEHIND}; get them with {pull}, or, where git says that both sides have gone on, "
            "with `--no-rebase --strategy=ours` in place of `--ff-only`"
        )

    def _send_large_files(self, everything: bool) -> None:
        """What Git LFS keeps is there before the commits that need it."""
        if not self._line.ever_used_lfs(self._commit):
            return
        require_git_lfs()
        answer = self._answer(lambda: self._line.send_large_files(everything))
        if answer.exit_code:
            words = meaning(f"{answer.errors}\n{answer.output.decode('utf-8', 'replace')}")
            raise self._failure(f"Git LFS could not send images and attached files: {words}")

    def _send(self) -> None:
        answer = self._answer(lambda: self._line.send(self._commit))
        if answer.exit_code:
            reason = push_refusal(answer)
            raise self._failure(self._lacking(None) if reason == BEHIND else reason)
        for place in self._remote.places:
            if self._branches(place).get(self._remote.branch) != self._commit:
                self._line.remember(None)
                raise self._failure(
                    "it took the commits, but its branch does not have them; somebody else may have pushed, or a hook "
                    "there has undone it"
                )

    def _answer(self, ask: Callable[[], Output]) -> Output:
        try:
            return ask()
        except Unanswered as error:
            raise self._failure(f"{error}; look whether the host is up, and whether git there is waiting") from error

    def _failure(self, reason: str) -> PushFailed:
        return PushFailed(f"Pushing to {self._remote.shown} failed: {reason}. {_KEPT}.")

    @property
    def _config(self) -> Path:
        return self._repository.common_dir / "config"

    @property
    def _set_url(self) -> str:
        return advice(self._repository.root, "remote", "set-url", "NAME", "ADDRESS")

    @property
    def _take_an_empty_one(self) -> str:
        return f"give the mirror an empty one of its own with {self._set_url}"


def _names(branches: Collection[str]) -> str:
    return ", ".join(sorted(one_line(name.removeprefix(HEADS)) for name in branches)[:3])
