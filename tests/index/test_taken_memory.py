"""However many rows a table has, taking it into the index needs little memory (browse.md, The index)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import PROJECT, git

ROWS = 150_000
MOST_MEGABYTES = 110
METADATA = {
    "doc": {"id": "d1", "name": "Plans"},
    "pages": [],
    "tables": [{"id": "t1", "name": "Log", "file": "tables/log.csv", "rows": ROWS}],
    "views": [],
}
TAKE = """
import json, sys
from pathlib import Path
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
index = Index.open(Repository.open(Path(sys.argv[1])), lambda _: None)
taking = index.take_in([("d1", "t1")], None)
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
what = [version.what for version in index.versions("d1", "t1")]
print(json.dumps([taking and taking.why, what, peak / 1000]))
"""


def _row(number: int, word: str) -> bytes:
    values = {"c-a": f"{word} {number} of a log with some words in it", "c-b": number, "c-c": "x" * 120}
    return json.dumps({"id": f"i-{number:07}", "name": f"Row {number}", "values": values}).encode() + b"\n"


def _states() -> Iterator[Callable[[], Iterator[bytes]]]:
    """A table; one in the opposite order; one with another word in every row."""
    yield lambda: (_row(number, "line") for number in range(ROWS))
    yield lambda: (_row(number, "line") for number in reversed(range(ROWS)))
    yield lambda: (_row(number, "entry") for number in range(ROWS))


def _write(folder: Path) -> None:
    git(folder.parent, "init", "--quiet", "--initial-branch=main", str(folder))
    small = {
        "backup_manifest.json": json.dumps({"docs": [{"id": "d1", "name": "Plans", "path": "docs/plans"}]}),
        "docs/plans/metadata.json": json.dumps(METADATA),
        "docs/plans/tables/log.json": json.dumps({"columns": [{"id": f"c-{each}", "name": each} for each in "abc"]}),
    }
    importing = subprocess.Popen(["git", "-C", str(folder), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    with importing as git_import:
        assert git_import.stdin
        for number, rows in enumerate(_states()):
            git_import.stdin.write(b"commit refs/heads/main\ncommitter A <a@b.org> %d +0000\ndata 0\n" % number)
            for path, content in small.items():
                git_import.stdin.write(f"M 100644 inline {path}\ndata {len(content)}\n{content}\n".encode())
            size = sum(map(len, rows()))
            git_import.stdin.write(b"M 100644 inline docs/plans/tables/log.jsonl\ndata %d\n" % size)
            git_import.stdin.writelines(rows())
            git_import.stdin.write(b"\n")
    assert importing.returncode == 0


@pytest.mark.skipif(os.environ.get("HYPOTHESIS_PROFILE") != "slow", reason="many rows are for the slow profile")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory in this way")
def test_many_rows_need_little_memory(tmp_path: Path) -> None:
    _write(tmp_path / "mirror")
    command = [sys.executable, "-c", TAKE, str(tmp_path / "mirror")]
    why, what, megabytes = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=PROJECT).stdout)
    assert why is None
    assert what == [f"{ROWS} rows changed", "added"]
    assert megabytes < MOST_MEGABYTES
