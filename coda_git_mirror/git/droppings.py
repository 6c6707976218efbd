"""What desktops and editors leave in every folder they see, git's own included."""

from __future__ import annotations

import re
from pathlib import Path

from coda_git_mirror.git.repository import Repository

_DROPPING = re.compile(
    r"desktop\.ini|(eh)?thumbs\.db|\.ds_store|\.localized|\._.*|icon\r|\.directory|\.~lock\..*#|\.?#.*|.*~|.*\.sw[a-p]"
    r"|.*conflicted copy.*|.*\.tmp|.*@syno(ea|resource)\w*|\.(fuse_hidden|nfs).+",
    re.IGNORECASE,
)
_UNSHOWN = re.compile("[\x00-\x1f\x7f]")


def is_dropping(name: str) -> bool:
    """Whether a file of this name is one that no user has made."""
    return _DROPPING.fullmatch(name) is not None


def droppings_among_references(repository: Repository) -> list[str]:
    """Files where git takes each for a branch or tag, by their paths below the git folder."""
    references = repository.common_dir / "refs"
    found = (place for place in references.rglob("*") if is_dropping(place.name) and place.is_file())
    return sorted(place.relative_to(repository.common_dir).as_posix() for place in found)


def droppings_among_objects(repository: Repository) -> list[str]:
    """Files where git takes each for a damaged object, likewise."""
    folders = (repository.common_dir / "objects").glob("[0-9a-f][0-9a-f]")
    found = (place for folder in folders for place in folder.iterdir() if is_dropping(place.name))
    return sorted(place.relative_to(repository.common_dir).as_posix() for place in found if place.is_file())


def shown_by_git(path: str) -> str:
    """A path as git's messages have it."""
    return _UNSHOWN.sub("?", path)


def place_of(repository: Repository, dropping: str) -> Path:
    """Where such a file lies."""
    return repository.common_dir / dropping
