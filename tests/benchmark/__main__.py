"""`python -m tests.benchmark [--quick] [ROW ...]` measures and prints one table.

Without names of rows it measures all of them; `--quick` takes smaller accounts, tables and mirrors.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.benchmark import git_rows, index_rows, rollback_rows, start_rows, sync_rows, table_rows
from tests.benchmark.table import HEADER, Benchmark, Row, as_markdown

MODULES = (sync_rows, rollback_rows, table_rows, git_rows, index_rows, start_rows)
"""Each has a function `benchmarks(quick)` that gives its rows' names with what measures them."""


def main() -> int:
    """Prints each row as it is measured; 1 where one does not hold."""
    arguments = _arguments()
    known = {name: benchmark for module in MODULES for name, benchmark in module.benchmarks(arguments.quick).items()}
    if unknown := sorted(set(arguments.rows) - set(known)):
        print(f"There is no row {unknown[0]!r}; the rows are: {', '.join(known)}.", file=sys.stderr)  # noqa: T201
        return 2
    print(HEADER)  # noqa: T201
    held = True
    with tempfile.TemporaryDirectory() as home:
        _leave_home(Path(home))
        for row in _measured(known, arguments.rows or list(known)):
            print(as_markdown(row), flush=True)  # noqa: T201
            held &= row.holds
    return 0 if held else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="take smaller accounts, tables and mirrors")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only these rows (default: all)")
    return parser.parse_args()


def _measured(known: Mapping[str, Benchmark], names: list[str]) -> Iterator[Row]:
    for name in names:
        yield from known[name]()


def _leave_home(home: Path) -> None:
    """No configuration of this machine, and no token, has a part in what is measured."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "CODA_"))]:
        del os.environ[name]
    os.environ |= {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "GIT_CONFIG_NOSYSTEM": "1"}


if __name__ == "__main__":
    sys.exit(main())
