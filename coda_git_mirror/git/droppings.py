"""What desktops and editors leave in every folder they see, git's own included."""

from __future__ import annotations

import re
from pathlib import Path

from coda_git_mirror.git.repository import Repository

_DROPPING = re.compile(
    r"desktop\.ini|(eh)?thumbs\.db|\.ds_store|\.localized|\._.*|icon\r|\.directory|\.~lock\..*#|\.?#.*|.*~|.*\.sw[a-p]"
    r"|.*conflicted copy.*|.*\.tmp",
    re.IGNORECASE,
)


def is_dropping(name: str) -> bool:
    """Whether a file of this name is one that no user has made."""
    return _DROPPING.fullmatch(name) is not None


def droppings_among_references(repository: Repository) -> list[str]:
    """Files where git takes each for a branch or tag, by their paths below the git folder."""
    references = repository.common_dir / "refs"
    found = (place for place in references.rglob("*") if is_dropping(place.name) and place.is_file())
    return sorted(place.relative_to(repository.common_dir).as_posix() for place in found)


def place_of(repository: Repository, dropping: str) -> Path:
    """Where such a file lies."""
    return repository.common_dir / dropping
