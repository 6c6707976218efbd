"""The user's pager, as git itself would choose it for a verb of the same name."""

from __future__ import annotations

import os
import shutil

from coda_git_mirror.git.repository import Repository

_NO = {"false", "no", "off", "0"}
_YES = {"true", "yes", "on", "1", ""}


def pager_for(repository: Repository, verb: str) -> str | None:
    """The command line of GIT_PAGER, `pager.VERB`, `core.pager`, PAGER, else `less`; None where that is none."""
    named = repository.git.run("config", "--get", f"pager.{verb}", accept=(0, 1))
    chosen = named.text.strip() if named.exit_code == 0 else "true"
    if chosen.lower() in _NO:
        return None
    if chosen.lower() in _YES or "GIT_PAGER" in os.environ:
        chosen = repository.git.run("var", "GIT_PAGER", accept=(0, 1)).text.strip()
    return chosen if chosen != "cat" and _is_there(chosen) else None


def _is_there(command: str) -> bool:
    program = (command.split() or [""])[0]
    return bool(program and shutil.which("sh") and ("=" in program or shutil.which(program.strip("\"'"))))
