"""Looking at a mirror without changing it: no lock, no network, whatever is checked out or at work there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coda_git_mirror.actions.init import is_mirror
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.manifest import NewerFormat
from coda_git_mirror.mirror.repository import Repository


def open_mirror(folder: Path) -> Repository:
    """The repository of a mirror that is there. Raises MirrorError where there is none."""
    if not is_mirror(folder):
        raise MirrorError(f"{folder} is not a mirror; name one with -o, or make one with `coda-git-mirror sync`.")
    return Repository.open(folder)


@contextmanager
def sound_revisions() -> Iterator[None]:
    """Tells in one sentence that a revision was written by a newer program, or is damaged."""
    try:
        yield
    except NewerFormat as error:
        raise MirrorError(
            f"This mirror was written by a newer version of coda-git-mirror ({error}); upgrade it and try again."
        ) from error
    except (ValueError, KeyError, FileNotFoundError) as error:
        raise MirrorError(
            f"A revision of the mirror is damaged ({' '.join(str(error).split())[:200]}); "
            "`coda-git-mirror verify` tells more."
        ) from error
