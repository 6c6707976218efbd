"""Reads a served table in a process of its own, and tells what that took as one line of JSON.

`python -m tests.benchmark.table_client mirrored|plain|viewed|compared URL FOLDER`.
"""

from __future__ import annotations

import csv
import http.client
import json
import resource
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from coda_git_mirror.actions.held import NOT_HELD, Held
from coda_git_mirror.actions.sync.doc_folder import DocFolder
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.table_files import TableReader
from coda_git_mirror.changes.rows import compare_rows
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.format.tables import view_definition, view_document
from coda_git_mirror.gc_tuning import search_rarely
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.mirror.recovery import staging_of
from coda_git_mirror.model.content import Table
from coda_git_mirror.progress import Silent
from coda_git_mirror.redact import Secret
from coda_git_mirror.state.fetched import FetchedFiles
from tests.benchmark.rows_server import DOC, PAGE, TABLE

IN_ONE_FILE = SyncOptions(max_table_bytes=1 << 40)
"""A table of any size in a file of each kind, as the other clients write it."""


@dataclass(frozen=True)
class Spent:
    """Time on the wall and of the processor, in seconds."""

    wall: float
    processor: float

    @classmethod
    def now(cls) -> Spent:
        return cls(time.perf_counter(), time.process_time())

    def until_now(self) -> Spent:
        now = Spent.now()
        return Spent(now.wall - self.wall, now.processor - self.processor)


def mirrored(url: str, folder: Path) -> Spent:
    """The way of a table in a sync: client, reader, what is kept for a next run, staging with its checksums."""
    repository = Repository.init(folder)
    of_doc = DocFolder(repository, staging_of(repository), Held.at_head(repository), NOT_HELD, "docs/bench")
    fetched = _fetched(folder)
    search_rarely()
    begun = Spent.now()
    files = _reader(url, fetched).table(DOC, TABLE)
    fetched.keep("table", None, [*files.csv, *files.rows])
    of_doc.take_all(files.csv, ["table.csv"])
    of_doc.take_all(files.rows, ["table.jsonl"])
    spent = begun.until_now()
    for suffix in ("csv", "jsonl"):
        staging_of(repository).location(f"docs/bench/table.{suffix}").rename(folder / f"table.{suffix}")
    return spent


def viewed(url: str, folder: Path) -> Spent:
    """The way of a view, from its rows to the files of the mirror."""
    begun = Spent.now()
    files = _reader(url, _fetched(folder)).view(DOC, TABLE)
    with (folder / "view.json").open("wb") as document:
        document.writelines(view_document(Table(TABLE, "Bench"), files.columns, files.row_count, files.lines()))
    view_definition((folder / "view.json").read_bytes())
    return begun.until_now()


def compared(url: str, folder: Path) -> Spent:
    """Two versions of a table: every thousandth row was changed, and every ten thousandth removed."""
    old = _reader(url, _fetched(folder)).table(DOC, TABLE).rows[0].path
    with old.open("rb") as lines, (folder / "new.jsonl").open("wb") as new:
        for number, line in enumerate(lines):
            if number % 10_000:
                new.write(line if number % 1_000 else line.replace(b'"name":"', b'"name":"New ', 1))
    begun = Spent.now()
    with old.open("rb") as before, (folder / "new.jsonl").open("rb") as after:
        counts = compare_rows(before, after)
    assert counts.changed > counts.removed > counts.added == 0
    return begun.until_now()


def _fetched(folder: Path) -> FetchedFiles:
    files = FetchedFiles(folder / ".git" / "fetched")
    files.begin(datetime.now(UTC))
    return files


def _reader(url: str, files: FetchedFiles) -> TableReader:
    return TableReader(coda_source(url, Secret("token"), SystemClock(), UNLIMITED), IN_ONE_FILE, files, Silent())


def plain(url: str, folder: Path) -> Spent:
    """The same CSV by the standard library alone, trusting every answer."""
    begun = Spent.now()
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc)
    base = f"{address.path}/docs/{DOC}/tables/{TABLE}"
    columns = _asked(connection, f"{base}/columns")["items"]
    kinds = [(column["id"], column["name"], column["format"]["type"]) for column in columns]
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*(name for _, name, _ in kinds), "Coda row id"])
        query: dict[str, Any] = {"limit": PAGE, "valueFormat": "rich"}
        while query:
            answer = _asked(connection, f"{base}/rows?{urlencode(query)}")
            writer.writerows(_cells(row, kinds) for row in answer["items"])
            query = {"pageToken": answer["nextPageToken"]} if "nextPageToken" in answer else {}
    return begun.until_now()


def _asked(connection: http.client.HTTPConnection, path: str) -> Any:
    connection.request("GET", path, headers={"Authorization": "Bearer token"})
    return json.loads(connection.getresponse().read())


def _cells(row: Any, kinds: Iterable[tuple[str, str, str]]) -> list[str]:
    values = row["values"]
    return [*(_text(values[column], kind) for column, _, kind in kinds), row["id"]]


def _text(value: Any, kind: str) -> str:
    if isinstance(value, str):
        if value.startswith("```"):
            return value[3:-3].replace("\\`", "`")
        return value[:10] if kind == "date" else value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dict):
        return _thing_text(value)
    if isinstance(value, list):
        return ", ".join(_text(each, kind) for each in value)
    return str(value)


def _thing_text(value: dict[str, Any]) -> str:
    match value["@type"]:
        case "MonetaryAmount":
            return str(value["amount"])
        case "WebPage":
            return str(value["url"])
        case _:
            return str(value["name"])


def _peak_megabytes() -> float:
    """The most memory that this process has held so far; on Linux without what its parent held when it began."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1024 / (1024 if sys.platform == "darwin" else 1)


def tell(spent: Spent) -> None:
    """Says it to whoever started this process."""
    sys.stdout.write(json.dumps({**asdict(spent), "peak": _peak_megabytes()}) + "\n")


def main(way: str, url: str, folder: Path) -> None:
    ways = {"mirrored": mirrored, "plain": plain, "viewed": viewed, "compared": compared}
    tell(ways[way](url, folder))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
