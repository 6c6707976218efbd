"""The columns that the first line of a CSV names, also where a spreadsheet has written their names otherwise."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from coda_git_mirror.changes.damage import Verdict, judge


def columns_named(header: Sequence[str], known: Collection[str]) -> tuple[list[str], list[str]]:
    """The names of a header as they are known, each at its place, and those that are not known.

    A name that a spreadsheet may have made of one name only is that; one that is not known is empty at its place.
    """
    names = [name if name in known else _meant(name, known) for name in header]
    return [name or "" for name in names], [name for name, found in zip(header, names, strict=True) if found is None]


def _meant(name: str, known: Collection[str]) -> str | None:
    fits = [each for each in known if name and judge(each, name, "text").verdict is Verdict.UNTOUCHED]
    return fits[0] if len(fits) == 1 else None
