"""faults.md, rows 55 and 68: what says in how many files a table lies, and each of these files, of a wrong shape.

`HYPOTHESIS_PROFILE=slow` tries all cases, otherwise a few, the same on every run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.laws.odd_account import OddAccount
from tests.laws.test_damaged_files import LOOKS, WHOLE, Case, look, odd, run_in, unlawful
from tests.support import commit_by_hand, files

__all__ = ["odd"]
_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
_ONE_IN = 1 if _SLOW else 13
METADATA, TABLE = "docs/plans/metadata.json", "docs/plans/tables/tasks.json"
NUMBERS = (None, 0, 1, 3, 7, 2**60, 10**400, -1, "2", [2], True, 1.5)
LISTS: tuple[Any, ...] = (
    None,
    [],
    [1],
    [0, 3],
    [-1, 4],
    ["1", "2"],
    [2**60, 1],
    [10**400],
    7,
    {},
    [[1]],
    [None],
    [{}] * 3,
    [{"rows": 1}] * 3,
)


@pytest.fixture(scope="module")
def parted(odd: OddAccount) -> Path:
    """A mirror in which a table of three rows lies in as many files."""
    folder = odd.copy(odd.begun).rename(odd.room / "parted")
    with (folder / "coda-mirror.toml").open("a") as settings:
        settings.write("\nmax_table_mb = 0.0003\n")
    commit_by_hand(folder, "Smaller files")
    assert run_in(odd, folder, "sync").returncode == 0
    assert (folder / "docs/plans/tables/tasks.3.jsonl").is_file()
    return folder


def _cases(tree: dict[str, bytes]) -> Iterator[Case]:
    for number in NUMBERS:
        metadata = json.loads(tree[METADATA])
        metadata["tables"][0]["parts"] = number
        yield Case(METADATA, f"{number!r:.20}", json.dumps(metadata).encode(), ("parts",))
    for listed in LISTS:
        table = {**json.loads(tree[TABLE]), "parts": listed}
        yield Case(TABLE, f"{listed!r:.20}", json.dumps(table).encode(), ("parts",))
    for path in (path for path in tree if path.startswith("docs/plans/tables/tasks.2")):
        yield from (Case(path, manner, content) for manner, content in WHOLE.items())


def _faults(odd: OddAccount, parted: Path, case: Case) -> Iterator[str]:
    folder = odd.copy(parted)
    if case.content is None:
        (folder / case.path).unlink()
    else:
        (folder / case.path).write_bytes(case.content)
    commit_by_hand(folder, "Spoil a file", "2026-04-01T12:00:00Z")
    for words in LOOKS:
        yield from unlawful(look(odd, folder, words))
    before = files(folder)
    answer = run_in(odd, folder, "sync")
    yield from unlawful(answer)
    if answer.returncode == 0:
        if lost := before.keys() - files(folder).keys() - {case.path}:
            yield f"lost {sorted(lost)}"
    elif case.path not in answer.stderr or files(folder) != before:
        yield f"does not name the file, or changed it: {answer.stderr}"


def test_a_table_in_several_files_is_damaged_by_name(odd: OddAccount, parted: Path) -> None:
    cases = list(_cases(files(parted)))[::_ONE_IN]
    assert [f"{case}: {fault}" for case in cases for fault in _faults(odd, parted, case)] == []
