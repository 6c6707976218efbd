"""The days of a year, shaded by how much changed on each, as a way to any day of the past (browse.md, browse)."""

from __future__ import annotations

import math
from calendar import Calendar as Weeks
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from coda_git_mirror.model.looking import IndexedCommit

DARKEST = 4
_MONDAY_FIRST = Weeks(firstweekday=0)


@dataclass(frozen=True)
class Day:
    """`at` is what leads to the mirror as it was at the end of the day, None where nothing changed.

    `changes` are items, or lines, that changed; `shade` is 0 for none to `DARKEST`.
    """

    date: date
    changes: int
    shade: int
    at: str | None
    is_shown: bool


@dataclass(frozen=True)
class Month:
    """Weeks from Monday to Sunday; None for a day of another month."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]
    changes: int


@dataclass(frozen=True)
class Year:
    """A year with the number of what changed in it."""

    year: int
    changes: int
    is_shown: bool


@dataclass(frozen=True)
class Calendar:
    """All years from the first change to the last, newest first; of the one that is shown the months between these."""

    years: tuple[Year, ...]
    months: tuple[Month, ...]


def local_day(commit: IndexedCommit) -> date:
    """The day of a commit in the time zone of whoever looks."""
    return commit.when.astimezone().date()


def calendar(changes: Sequence[tuple[IndexedCommit, int]], shown: date | None, year: int | None = None) -> Calendar:
    """The calendar of these changes, with the day that is shown, and a year (that day's, else the last) in months."""
    counts: Counter[date] = Counter()
    for commit, number in changes:
        counts[local_day(commit)] += number
    if not counts:
        return Calendar((), ())
    first, last = min(counts).year, max(counts).year
    wanted = min(max(year or (shown.year if shown else last), first), last)
    totals = Counter(dict.fromkeys(range(first, last + 1), 0))
    for day, number in counts.items():
        totals[day.year] += number
    years = tuple(Year(each, totals[each], each == wanted) for each in range(last, first - 1, -1))
    days = _Days(counts, _ways([commit for commit, _ in changes]), max(counts.values()), shown)
    months = [date(wanted, month, 1) for month in range(1, 13)]
    begin, end = min(counts).replace(day=1), max(counts)
    return Calendar(years, tuple(days.month(month) for month in months if begin <= month <= end))


def _ways(commits: Iterable[IndexedCommit]) -> dict[date, str]:
    """What leads to each day's end: the day itself, but where what came last on it was no sync, that commit's id."""
    last: dict[date, IndexedCommit] = {}
    for commit in sorted(commits, key=lambda each: each.number):
        last[local_day(commit)] = commit
    return {day: day.isoformat() if commit.is_sync else commit.id for day, commit in last.items()}


@dataclass(frozen=True)
class _Days:
    counts: Mapping[date, int]
    ways: Mapping[date, str]
    most: int
    shown: date | None

    def month(self, first: date) -> Month:
        weeks = tuple(
            tuple(self._day(day) if day.month == first.month else None for day in week)
            for week in _MONDAY_FIRST.monthdatescalendar(first.year, first.month)
        )
        return Month(first, weeks, sum(day.changes for week in weeks for day in week if day))

    def _day(self, day: date) -> Day:
        number = self.counts.get(day, 0)
        return Day(day, number, self._shade(number), self.ways.get(day), day == self.shown)

    def _shade(self, number: int) -> int:
        """By the logarithm, so that one day of a great many changes does not make all others pale."""
        if number == 0:
            return 0
        return 1 + round((DARKEST - 1) * math.log(number) / math.log(self.most)) if self.most > 1 else 1
