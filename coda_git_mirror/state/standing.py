"""Remembers since when things stand as they do, by this machine's clock, under git's own folder: a cache.

Of what is lost, the time begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from coda_git_mirror.disk.remembered import remembered
from coda_git_mirror.state.runs import instant_of, text_of, write_note

_STANDING, _VERIFIED = "standing.json", "verified.json"

Key: TypeAlias = tuple[str, str, str]
"""What a problem is about: see `model.ledger`."""


@dataclass(frozen=True)
class Standing:
    """When a sync was first remembered here, and since when each open problem of the ledger has been there."""

    first_sync: datetime | None = None
    problems: Mapping[Key, datetime] = field(default_factory=dict)

    def after_sync(self, open_problems: Iterable[Key], now: datetime) -> Standing:
        """What stands once a sync has left these problems."""
        return Standing(self.first_sync or now, {key: self.problems.get(key, now) for key in open_problems})


def read_standing(private_folder: Path) -> Standing:
    """What is known; nothing where the file is lost or spoilt."""
    return remembered(private_folder / _STANDING, _standing, Standing())


def write_standing(private_folder: Path, standing: Standing) -> None:
    """Remembers it, as far as the disk lets."""
    problems = [[*key, text_of(since)] for key, since in sorted(standing.problems.items())]
    first = text_of(standing.first_sync) if standing.first_sync else None
    write_note(private_folder / _STANDING, {"first_sync": first, "problems": problems})


def read_verified(private_folder: Path) -> datetime | None:
    """When `verify` last looked through what was the last commit then."""
    return remembered(private_folder / _VERIFIED, lambda stored: instant_of(stored["at"]), None)


def write_verified(private_folder: Path, now: datetime) -> None:
    """Remembers that it has, as far as the disk lets."""
    write_note(private_folder / _VERIFIED, {"at": text_of(now)})


def _standing(stored: Any) -> Standing:
    first = stored["first_sync"]
    problems = {(str(doc), str(kind), str(item)): instant_of(at) for doc, kind, item, at in stored["problems"]}
    return Standing(instant_of(first) if first else None, problems)
