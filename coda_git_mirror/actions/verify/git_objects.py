"""What git itself finds wrong with the repository, as findings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.droppings import droppings_among_objects, droppings_among_references, place_of, shown_by_git
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.findings import SOUND_COPY, Finding

_MOST = 30
_FILE = re.compile(r"\.git/[^\s:),]+")
_GIT = ".git"


def object_findings(repository: Repository) -> Iterator[Finding]:
    """A finding for each thing that `git fsck` says, the first of many."""
    found = {
        **dict.fromkeys(droppings_among_references(repository), "references"),
        **dict.fromkeys(droppings_among_objects(repository), "objects"),
    }
    for name, kept in found.items():
        remedy = f"delete that file: {place_of(repository, name)}"
        yield Finding(f"{_GIT}/{name}", f"is a desktop's or an editor's file where git keeps its {kept}", remedy)
    names, said = [shown_by_git(name) for name in found], dict.fromkeys(repository.fsck())
    lines = [line for line in said if not any(name in line for name in names)]
    for line in lines[:_MOST]:
        place = _FILE.search(line)
        yield Finding(place[0] if place else _GIT, f"git says: {one_line(line)}", SOUND_COPY)
    if len(lines) > _MOST:
        yield Finding(_GIT, f"git says {len(lines) - _MOST} things more; `git fsck --full` shows them", SOUND_COPY)
