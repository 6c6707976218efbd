from __future__ import annotations

import os
import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coda_git_mirror.mirror.spool import SortedSpool
from tests.format.strategies import prop

OPEN_FILES = Path("/dev/fd")

records = st.lists(st.tuples(st.text(max_size=6) | st.sampled_from("abc"), st.binary(max_size=20), st.binary()))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[SortedSpool]:
    spool = SortedSpool(tmp_path, chunk_bytes=2_000)
    yield spool
    spool.close()


def open_files() -> int:
    return sum(1 for _ in OPEN_FILES.iterdir())


@settings(prop, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records, st.sampled_from([1, 700, 1_500, 1_000_000]))
def test_records_come_back_in_order_the_last_of_each_key(
    tmp_path: Path, added: list[tuple[str, bytes, bytes]], chunk_bytes: int
) -> None:
    spool = SortedSpool(tmp_path, chunk_bytes)
    try:
        for record in added:
            spool.add(*record)
        expected = {key: (first, second) for key, first, second in added}
        assert list(spool) == [expected[key] for key in sorted(expected)]
        assert list(spool) == list(spool)
    finally:
        spool.close()


def test_records_larger_than_a_block_come_back(spool: SortedSpool) -> None:
    large = {f"{number:02}": os.urandom(150_000) for number in range(20)}
    for key in sorted(large, reverse=True):
        spool.add(key, large[key], b"")
    assert [first for first, _ in spool] == [large[key] for key in sorted(large)]


def test_a_key_may_hold_half_a_character(spool: SortedSpool) -> None:
    for key in ("\ue000", "\ud800", "a"):
        spool.add(key, ascii(key).encode(), b"")
    assert [first for first, _ in spool] == [b"'a'", b"'\\ud800'", b"'\\ue000'"]


def test_two_readers_do_not_disturb_each_other(spool: SortedSpool) -> None:
    for number in range(100):
        spool.add(f"{number:03}", b"x" * 50, str(number).encode())
    first, second = iter(spool), iter(spool)
    both = [(next(first)[1], next(second)[1]) for _ in range(100)]
    assert both == [(str(number).encode(), str(number).encode()) for number in range(100)]


def test_what_was_cleared_is_forgotten(spool: SortedSpool) -> None:
    for number in range(50):
        spool.add(str(number), b"old", b"")
    spool.clear()
    assert list(spool) == []
    spool.add("a", b"new", b"")
    assert list(spool) == [(b"new", b"")]


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="open files are counted in /dev/fd")
def test_one_open_file_however_many_records_and_none_after_closing(tmp_path: Path) -> None:
    before = open_files()
    spool = SortedSpool(tmp_path, chunk_bytes=1)
    for number in range(2_000):
        spool.add(str(number), b"", b"")
    assert sum(1 for _ in spool) == 2_000
    assert open_files() == before + 1
    spool.close()
    assert open_files() == before
    assert list(tmp_path.iterdir()) == []
    spool.close()


def test_many_records_need_little_memory(tmp_path: Path) -> None:
    spool = SortedSpool(tmp_path, chunk_bytes=500_000)
    numbers = list(range(50_000))
    random.Random(1).shuffle(numbers)
    tracemalloc.start()
    try:
        for number in numbers:
            spool.add(f"{number:06}", b"x" * 150, b"y" * 100)
        assert sum(1 for _ in spool) == 50_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        spool.close()
    assert peak < 8_000_000
