"""Tables and pages on this machine alone: how fast they become files, and how much memory that takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.benchmark.table import Benchmark, Row
from tests.support import PROJECT

_MOST_TIME = 2.5
_MOST_GROWTH = 40.0
_MOST_MEMORY = 300.0
_TRIES = 5


@dataclass(frozen=True)
class Reading:
    """What a process of its own told of its reading: seconds on the wall and of the processor, megabytes at most."""

    wall: float
    processor: float
    peak: float


def benchmarks(quick: bool) -> Mapping[str, Benchmark]:
    """The rows of this module, by the names by which one can ask for them; `quick` takes smaller tables."""
    share = 20 if quick else 1
    return {
        "table-speed": lambda: _table_speed(100_000 // (5 if quick else 1)),
        "table-memory": lambda: _table_memory(10_000, 200_000 // share * 2 if quick else 200_000),
        "large-table": lambda: _large("narrow", "mirrored", 1_000_000 // share),
        "large-view": lambda: _large("narrow", "viewed", 1_000_000 // share),
        "large-comparison": lambda: _large("narrow", "compared", 1_000_000 // share),
        "large-markdown": lambda: _large_page(".md", 50_000_000 // share),
        "large-html": lambda: _large_page(".html", 50_000_000 // share),
    }


def _table_speed(rows: int) -> Iterator[Row]:
    """Both in turns, so that what else the machine does meets both; the best of each counts."""
    with _serving(rows, "wide", "prepared") as url:
        readings = [(_read("mirrored", url), _read("plain", url)) for _ in range(_TRIES)]
    ours, plain = (min(each, key=lambda reading: reading.wall) for each in zip(*readings, strict=True))
    processor = [min(reading.processor for reading in each) for each in zip(*readings, strict=True)]
    details = (
        f"{rows / ours.wall:,.0f} rows/s of {rows / plain.wall:,.0f} rows/s; "
        f"processor {processor[0]:.2f} s of {processor[1]:.2f} s"
    )
    name = f"{rows:,} rows of 12 columns from HTTP to CSV and JSONL in the staging, to the same CSV by `json` and `csv`"
    yield Row("table", name, ours.wall / plain.wall, _MOST_TIME, details)


def _table_memory(few: int, many: int) -> Iterator[Row]:
    peaks = [_read_served(rows, "wide", "mirrored").peak for rows in (few, many)]
    details = f"{peaks[0]:.0f} MB and {peaks[1]:.0f} MB"
    name = f"peak memory for {many:,} rows beyond that for {few:,}, to {_MOST_GROWTH:.0f} MB"
    yield Row("", name, (peaks[1] - peaks[0]) / _MOST_GROWTH, 1.0, details)


def _large(kind: str, way: str, rows: int) -> Iterator[Row]:
    reading = _read_served(rows, kind, way)
    yield _memory(f"a table of {rows:,} rows, {way}", reading)


def _large_page(suffix: str, size: int) -> Iterator[Row]:
    yield _memory(f"a page of {size / 1e6:.0f} MB as {suffix}", _told("page_client", suffix, str(size)))


def _memory(name: str, reading: Reading) -> Row:
    details = f"{reading.peak:.0f} MB, {reading.processor:.0f} s of processor time"
    return Row("", f"peak memory for {name}, to {_MOST_MEMORY:.0f} MB", reading.peak / _MOST_MEMORY, 1.0, details)


def _read_served(rows: int, kind: str, way: str) -> Reading:
    with _serving(rows, kind) as url:
        return _read(way, url)


@contextmanager
def _serving(*arguments: object) -> Iterator[str]:
    """The base URL of a table that a process of its own serves."""
    command = [sys.executable, "-m", "tests.benchmark.rows_server", *map(str, arguments)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.communicate()


def _read(way: str, url: str) -> Reading:
    return _told("table_client", way, url)


def _told(module: str, *arguments: str) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", f"tests.benchmark.{module}", *arguments, folder]
        told = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, check=True).stdout
    return Reading(**json.loads(told))
