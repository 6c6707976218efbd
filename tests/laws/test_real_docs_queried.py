"""Real tables asked by SQL give what the standard library makes of the mirror's own CSVs (browse.md, query)."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.demo.folders import load_folder
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.world import World
from tests.commands.program import run
from tests.support import REAL_DOCS, VirtualClock, mirror

pytestmark = pytest.mark.skipif(not REAL_DOCS.is_dir(), reason="the real docs are not beside this checkout")
TABLES = (
    "airports", "birdstrikes", "cars", "flights", "flights-airport", "seattle-weather", "state-capitals",
    "us-employment",
)  # fmt: skip
Row = dict[str, str]


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real tables, with a view of one of them."""
    folder, clock, world = tmp_path_factory.mktemp("real") / "mirror", VirtualClock(), World()
    doc = load_folder(world, REAL_DOCS / "city-ops")
    weather = doc.table("seattle-weather")
    doc.add_view("Snow", weather, where=lambda row: row.get("weather") == "snow", sort=("temp_min", "ascending"))
    with SimulatedCoda(world, clock=clock.now, limits=Limits.none()) as coda:
        assert mirror(coda, folder, clock).problems == ()
    return folder


def sheet(folder: Path, path: str) -> list[Row]:
    with (folder / "docs/city-ops" / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def asked(folder: Path, sql: str) -> list[dict[str, Any]]:
    answer = run("query", sql, "--format", "json", "-o", str(folder), cwd=folder.parent)
    assert answer.returncode == 0, answer.stderr
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@pytest.mark.thinned(4)
@pytest.mark.parametrize("table", TABLES)
def test_each_column_has_the_csv_s_sum_and_blanks(mirrored: Path, table: str) -> None:
    rows = sheet(mirrored, f"tables/{table}.csv")
    columns = list(rows[0])
    numeric = "CASE WHEN typeof(\"{0}\") IN ('integer', 'real') THEN \"{0}\" END"
    told = [f'count("{column}"), total({numeric.format(column)})' for column in columns]
    [answer] = asked(mirrored, f'SELECT count(*), {", ".join(told)} FROM "{table}"')
    count, *sums = answer.values()
    assert count == len(rows)
    for column, filled, total in zip(columns, sums[::2], sums[1::2], strict=True):
        texts = [row[column] for row in rows]
        numbers = [value for value in map(number, filter(None, texts)) if value is not None]
        assert filled == sum(map(bool, texts)), column
        assert math.isclose(total, math.fsum(numbers), rel_tol=1e-9, abs_tol=1e-6), column


@pytest.mark.thinned(2)
@pytest.mark.parametrize("table", TABLES)
def test_every_cell_is_printed_as_the_csv_has_it(mirrored: Path, table: str) -> None:
    answer = run("query", f'SELECT * FROM "{table}"', "--format", "csv", "-o", str(mirrored), cwd=mirrored.parent)
    assert answer.stdout == (mirrored / f"docs/city-ops/tables/{table}.csv").read_text(encoding="utf-8")


def test_a_join_and_groups_are_those_of_the_csvs(mirrored: Path) -> None:
    states = {row["iata"]: row["state"] for row in sheet(mirrored, "tables/airports.csv")}
    flights: Counter[str] = Counter()
    for row in sheet(mirrored, "tables/flights-airport.csv"):
        if row["origin"] in states:
            flights[states[row["origin"]]] += int(row["count"])
    sql = 'SELECT a.state, sum(f.count) AS n FROM "flights-airport" f JOIN airports a ON a.iata = f.origin GROUP BY 1'
    assert {row["state"] or "": row["n"] for row in asked(mirrored, sql)} == dict(flights)


def test_dates_group_by_their_months(mirrored: Path) -> None:
    rain: defaultdict[str, list[float]] = defaultdict(list)
    for row in sheet(mirrored, "tables/seattle-weather.csv"):
        rain[row["date"][:7]].append(float(row["precipitation"]))
    sql = "SELECT strftime('%Y-%m', date) AS month, sum(precipitation) AS rain FROM \"seattle-weather\" GROUP BY month"
    found = {row["month"]: row["rain"] for row in asked(mirrored, sql)}
    assert found.keys() == rain.keys()
    assert all(math.isclose(found[month], math.fsum(rain[month]), rel_tol=1e-9, abs_tol=1e-9) for month in rain)


def test_a_view_shows_what_its_csv_shows(mirrored: Path) -> None:
    answer = run("query", "SELECT * FROM Snow", "--format", "csv", "-o", str(mirrored), cwd=mirrored.parent)
    assert answer.stdout == (mirrored / "docs/city-ops/views/snow.csv").read_text(encoding="utf-8")
