"""All versions of one item, and what can be done with the one that is shown (browse.md, browse)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from coda_git_mirror.actions.browse.calendar import local_day
from coda_git_mirror.actions.browse.found import Found
from coda_git_mirror.model.looking import IndexedCommit, ItemVersion

if TYPE_CHECKING:
    from coda_git_mirror.index.index import Index

MOST_LABELLED = 8
_PROGRAM = "coda-git-mirror"


@dataclass(frozen=True)
class Version:
    """A version of an item, with what changed by it. `label` is what stands below its mark, where there is room."""

    commit: IndexedCommit
    what: str
    is_gone: bool
    is_shown: bool
    label: str


@dataclass(frozen=True)
class Versions:
    """The versions of an item, newest first; `shown`, `older` and `newer` are places among them, None for none."""

    doc: str
    item: str
    all: tuple[Version, ...]
    shown: Version | None
    older: Version | None
    newer: Version | None


@dataclass(frozen=True)
class Commands:
    """The commands that put a version back: its files beside the mirror, the page into Coda (None of what is none)."""

    restore: str
    recreate: str | None


def versions(index: Index, found: Found) -> Versions:
    """The versions of what was found; the one shown is the last that is not newer than it."""
    doc, item = found.state.doc, found.state.item
    known = index.versions(doc, item)
    place = next((place for place, each in enumerate(known) if each.commit.number <= found.at.number), None)
    every = tuple(_marked(known, place))
    if place is None:
        return Versions(doc, item, every, None, None, None)
    older = every[place + 1] if place + 1 < len(every) else None
    return Versions(doc, item, every, every[place], older, every[place - 1] if place else None)


def _marked(known: Sequence[ItemVersion], shown: int | None) -> list[Version]:
    labels = _labels([local_day(each.commit) for each in known])
    return [
        Version(each.commit, each.what, each.is_gone, place == shown, labels[place]) for place, each in enumerate(known)
    ]


def _labels(days: Sequence[date]) -> list[str]:
    """Of a few versions their days, such as `3 Mar`; of many the years, each at its first version."""
    begins = [newer.year != older.year for newer, older in pairwise(days)] + [True] * bool(days)
    if len(days) > MOST_LABELLED:
        return [str(day.year) if first else "" for day, first in zip(days, begins, strict=True)]
    return [f"{day.day} {day:%b}{f' {day.year}' if first else ''}" for day, first in zip(days, begins, strict=True)]


def commands(mirror: Path, found: Found) -> Commands:
    """The commands for an item as it is shown, quoted for a POSIX shell."""
    state, at = found.state, found.at.id[:10]
    folder = f"restored-{PurePosixPath(state.path).stem or state.kind}-{at}"
    item = [] if state.kind == "doc" else _option("--page", state.item)
    place = ["--at", at, "-o", str(mirror)]
    restore = shlex.join([_PROGRAM, "restore", folder, *_option("--doc", state.doc), *item, *place])
    recreate = shlex.join([_PROGRAM, "recreate", _word(state.doc), *item, *place])
    return Commands(restore, recreate if state.kind in ("doc", "page") else None)


def _word(doc: str) -> str:
    """A doc as an argument that is no option, such as its address where its id begins as an option does."""
    return f"https://coda.io/d/_d{doc}" if doc.startswith("-") else doc


def _option(name: str, value: str) -> list[str]:
    """An option with a value that may begin as options do: ids of Coda's may have any of `-`, `_`, letters, digits."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]
