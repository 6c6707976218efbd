from __future__ import annotations

import os
import random
import tracemalloc
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coda_git_mirror.disk.sorted_files import SortedFiles
from tests.format.strategies import prop

OPEN_FILES = Path("/proc/self/fd")
HEAD = b"head\n"

Added = tuple[str, bytes, bytes]
records = st.lists(st.tuples(st.text(max_size=6) | st.sampled_from("abc"), st.binary(max_size=20), st.binary()))


@contextmanager
def sorted_files(folder: Path, chunk_bytes: int = 2_000) -> Iterator[SortedFiles]:
    for path in folder.iterdir():
        path.unlink()
    with closing(SortedFiles(folder / "1", folder / "2", HEAD, chunk_bytes)) as files:
        yield files


def add(files: SortedFiles, added: Iterable[Added]) -> None:
    """Adds records one by one."""
    for key, first, second in added:
        files.add([key], [first], [second])


def contents(folder: Path) -> tuple[bytes, bytes]:
    """Of both files, which are all that is left in their folder."""
    assert sorted(path.name for path in folder.iterdir()) == ["1", "2"]
    return (folder / "1").read_bytes(), (folder / "2").read_bytes()


def open_files(folder: Path) -> int:
    """How many files of a folder this process has open, also those without a name."""
    return sum(place.startswith(f"{folder}/") for place in map(_place_of, OPEN_FILES.iterdir()))


def _place_of(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


@settings(prop, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records, st.booleans(), st.sampled_from([1, 700, 1_500, 1_000_000]))
def test_records_end_in_order_the_last_of_each_key(
    tmp_path: Path, added: list[Added], in_order: bool, chunk_bytes: int
) -> None:
    given = sorted(added, key=lambda record: record[0]) if in_order else added
    expected = {key: (first, second) for key, first, second in given}
    with sorted_files(tmp_path, chunk_bytes) as files:
        add(files, given)
        assert files.finish() == len(expected)
    firsts = b"".join(expected[key][0] for key in sorted(expected))
    seconds = b"".join(expected[key][1] for key in sorted(expected))
    assert contents(tmp_path) == (firsts, HEAD + seconds)


@settings(prop, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records, st.sampled_from([1, 1_500]))
def test_many_at_once_are_as_one_by_one(tmp_path: Path, added: list[Added], chunk_bytes: int) -> None:
    with sorted_files(tmp_path, chunk_bytes) as files:
        add(files, added)
        files.finish()
    one_by_one = contents(tmp_path)
    with sorted_files(tmp_path, chunk_bytes) as files:
        files.add([key for key, _, _ in added], [first for _, first, _ in added], [second for _, _, second in added])
        files.finish()
    assert contents(tmp_path) == one_by_one


@pytest.mark.parametrize("backwards", [True, False])
def test_records_larger_than_a_block(tmp_path: Path, backwards: bool) -> None:
    large = {f"{number:02}": os.urandom(150_000) for number in range(20)}
    with sorted_files(tmp_path) as files:
        add(files, [(key, large[key], b"") for key in sorted(large, reverse=backwards)])
        files.finish()
    assert contents(tmp_path) == (b"".join(large[key] for key in sorted(large)), HEAD)


def test_a_key_may_hold_half_a_character(tmp_path: Path) -> None:
    with sorted_files(tmp_path) as files:
        add(files, [(key, ascii(key).encode(), b"") for key in ("\ue000", "\ud800", "a")])
        files.finish()
    assert contents(tmp_path)[0] == b"'a''\\ud800''\\ue000'"


@pytest.mark.parametrize("chunk_bytes", [1, 1_000_000])
def test_what_was_cleared_is_forgotten(tmp_path: Path, chunk_bytes: int) -> None:
    with sorted_files(tmp_path, chunk_bytes) as files:
        add(files, [(str(number), b"old", b"old") for number in range(50)])
        files.clear()
        add(files, [("a", b"new", b"")])
        assert files.finish() == 1
    assert contents(tmp_path) == (b"new", HEAD)


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="open files are found in /proc")
def test_few_open_files_however_many_records_and_none_after_closing(tmp_path: Path) -> None:
    with sorted_files(tmp_path, chunk_bytes=1) as files:
        add(files, [(str(number), b"", b"") for number in range(2_000)])
        assert open_files(tmp_path) == 3
        assert files.finish() == 2_000
    assert open_files(tmp_path) == 0
    files.close()


@pytest.mark.parametrize("shuffled", [True, False])
def test_many_records_need_little_memory(tmp_path: Path, shuffled: bool) -> None:
    numbers = list(range(50_000))
    if shuffled:
        random.Random(1).shuffle(numbers)
    tracemalloc.start()
    try:
        with sorted_files(tmp_path, chunk_bytes=500_000) as files:
            add(files, ((f"{number:06}", b"x" * 150, b"y" * 100) for number in numbers))
            assert files.finish() == 50_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000
