"""The people of the demonstration account, and how its dates are written."""

from __future__ import annotations

from coda_git_mirror.demo.cells import Bare, Person

ADA = Person("Ada Brennan", "ada@lumenbikes.example", "usr-1001")
BEN = Person("Ben Okafor", "ben@lumenbikes.example", "usr-1002")
CHLOE = Person("Chloë Martín", "chloe@lumenbikes.example", "usr-1003")
DAI = Person("Dai Suzuki", None, "usr-1004")
TEAM = (ADA, BEN, CHLOE, DAI)


def day(month: int, date: int, clock: str = "00:00") -> Bare:
    """A day of 2026 in the docs' time zone, whose offset moves with daylight saving (coda-api.md, Rows)."""
    offset = "-07:00" if (3, 8) <= (month, date) < (11, 1) else "-08:00"
    shown = f"2026-{month:02}-{date:02}"
    return Bare(f"{shown}T{clock}:00.000{offset}", shown if clock == "00:00" else f"{shown} {clock}")


def time_of_day(clock: str) -> Bare:
    """A time column's value: a date of 1899-12-30."""
    return Bare(f"1899-12-30T{clock}:00.000-08:00", clock)
