"""Finding out whether a folder is the top of a git repository, and where git keeps what belongs to it."""

from __future__ import annotations

import os
from pathlib import Path

from coda_git_mirror.git.command import (
    DamagedRepository,
    GitCommand,
    forget_inherited_git_environment,
    require_git,
)


def look_up(git: GitCommand) -> tuple[Path, Path, str] | None:
    """The git folder, the one shared with other working copies, and the object format.

    None unless exactly the folder of the command, not one above it, is the top of a working copy. `ForeignOwner` if git
    distrusts it, `DamagedRepository` if it has been one.
    """
    root = git.folder
    forget_inherited_git_environment()
    require_git()
    if not os.path.lexists(root / ".git"):
        return None
    wanted = ("--show-toplevel", "--git-dir", "--git-common-dir", "--show-object-format")
    answer = git.run("rev-parse", "--path-format=absolute", *wanted, accept=(0, 128))
    lines = answer.text.split("\n")
    if answer.exit_code and _has_objects(root / ".git"):
        raise DamagedRepository(root, "git does not know its .git folder for a repository")
    if answer.exit_code or len(lines) != len(wanted) or Path(lines[0]).resolve() != root:
        return None
    return Path(lines[1]), Path(lines[2]), lines[3]


def _has_objects(git_dir: Path) -> bool:
    """Whether something could be lost; a git that was killed in making a repository leaves a folder without objects."""
    return any(path.is_file() for path in (git_dir / "objects").rglob("*"))
