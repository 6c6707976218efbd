"""Whether a push would take the API token along: looked for in all that is about to leave, but what Coda gave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format import layout
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.redact import holds_secret

_LARGEST = 1024 * 1024
"""In bytes; whatever is larger nobody has written a token into by hand."""


def require_no_token(repository: Repository, commit: str, known: Iterable[str | None]) -> None:
    """Raises MirrorError where a file outside `docs/`, of any commit that a remote with these lacks, has the token."""
    for path, oid in _leaving(repository, commit, known):
        if holds_secret(repository.read(oid)):
            raise MirrorError(
                f"{path} holds the Coda API token in a commit that is not pushed yet; take it out, commit that, and "
                "make a new token in place of this one (https://coda.io/account), for the history keeps what it was."
            )


def _leaving(repository: Repository, commit: str, known: Iterable[str | None]) -> Iterator[tuple[str, str]]:
    """The files outside `docs/` that are new to one of the remotes: path and blob id."""
    tips = set(known)
    without = [f"^{tip}" for tip in tips if tip] if None not in tips else []
    listing = repository.git.run("rev-list", "--objects", commit, *without, "--").text.splitlines()
    paths = {oid: path for oid, _, path in (line.partition(" ") for line in listing) if path}
    beside = {oid: path for oid, path in paths.items() if not layout.is_mirrored(path)}
    names = "".join(f"{oid}\n" for oid in beside).encode()
    command = ("cat-file", "--batch-check=%(objecttype) %(objectsize) %(objectname)")
    for line in repository.git.run(*command, stdin=names).text.splitlines() if beside else ():
        kind, size, oid = line.split(" ")
        if kind == "blob" and int(size) <= _LARGEST:
            yield beside[oid], oid
