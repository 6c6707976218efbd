"""The days of a year, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coda_git_mirror.actions.browse.calendar import DARKEST, Calendar, Day, calendar, local_day
from coda_git_mirror.model.looking import IndexedCommit
from tests.zones import in_zone

Changes = list[tuple[IndexedCommit, int]]


def _commit(number: int, when: datetime, is_sync: bool = True) -> IndexedCommit:
    return IndexedCommit(number, f"{number:040x}", when, "Sync", is_sync)


def _days(shown: Calendar) -> list[Day]:
    return [day for month in shown.months for week in month.weeks for day in week if day]


@pytest.fixture(autouse=True, scope="module")
def _zone() -> Iterator[None]:
    with in_zone("UTC"):
        yield


def test_nothing_changed() -> None:
    assert calendar([], None) == Calendar((), ())


def test_a_day_leads_to_its_end() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    changes = [(_commit(1, noon), 1), (_commit(2, noon + timedelta(hours=1)), 8), (_commit(3, noon + timedelta(1)), 1)]
    days = {day.date: day for day in _days(calendar(changes, date(2026, 3, 3))) if day.at}
    assert [(day.changes, day.shade, day.at, day.is_shown) for day in days.values()] == [
        (9, DARKEST, "2026-03-02", False),
        (1, 1, "2026-03-03", True),
    ]


def test_a_day_is_one_of_whoever_looks() -> None:
    changes = [(_commit(1, datetime(2026, 3, 2, 12, tzinfo=UTC)), 1)]
    with in_zone("Pacific/Auckland"):
        assert [day.at for day in _days(calendar(changes, None)) if day.at] == ["2026-03-03"]


def test_a_day_that_ended_with_no_sync_leads_to_its_commit() -> None:
    changes = [(_commit(1, datetime(2026, 3, 2, 12, tzinfo=UTC)), 1)]
    changes.append((_commit(2, datetime(2026, 3, 2, 13, tzinfo=UTC), is_sync=False), 1))
    assert [day.at for day in _days(calendar(changes, None)) if day.at] == [f"{2:040x}"]


@pytest.mark.parametrize(("asked", "year"), [(None, 2026), (2025, 2025), (1, 2017), (9999, 2026)])
def test_ten_years_are_shown_one_at_a_time(asked: int | None, year: int) -> None:
    begin = datetime(2017, 5, 1, 12, tzinfo=UTC)
    changes = [(_commit(number, begin + timedelta(days=7 * number)), 1) for number in range(1, 500)]
    shown = calendar(changes, None, asked)
    assert [each.year for each in shown.years] == list(range(2026, 2016, -1))
    assert [each.year for each in shown.years if each.is_shown] == [year]
    assert {month.first.year for month in shown.months} == {year}
    assert [month.first.month for month in calendar(changes, None, 2017).months] == list(range(5, 13))


_TIMES = st.datetimes(datetime(2023, 12, 30), datetime(2025, 1, 3))


@given(st.lists(st.tuples(_TIMES, st.integers(1, 10**6)), min_size=1, max_size=20))
def test_every_change_is_counted_once(drawn: list[tuple[datetime, int]]) -> None:
    changes = [(_commit(number, when.replace(tzinfo=UTC)), count) for number, (when, count) in enumerate(drawn, 1)]
    years = calendar(changes, None).years
    for year in years:
        days = _days(calendar(changes, None, year.year))
        assert sum(day.changes for day in days) == year.changes
        assert all((day.shade > 0) == (day.changes > 0) and day.shade <= DARKEST for day in days)
    assert sum(year.changes for year in years) == sum(count for _, count in changes)
    assert {local_day(commit).year for commit, _ in changes} <= {year.year for year in years}
