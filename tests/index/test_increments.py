"""The index after any number of increments is the one built anew, and its lines die where git says that they went.

It is what browse.md asks for under "Tests that prove it".
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coda_git_mirror.format import layout
from coda_git_mirror.format.manifest import parse_manifest
from coda_git_mirror.format.metadata import parse_metadata
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.index import Index
from tests.index.pasts import at, pasts, write_past
from tests.support import git

_SLOW = os.environ.get("HYPOTHESIS_PROFILE") == "slow"
few = settings(
    max_examples=int(os.environ.get("N", "1000")) if _SLOW else 12, deadline=None, derandomize=not _SLOW, database=None
)
_TABLES = ("damage", "commits", "paths", "versions", "things", "items", "changes", "lines")


@contextmanager
def folder_for_a_mirror() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        yield Path(place, "mirror")


def everything(repository: Repository) -> dict[str, list[Any]]:
    """All that is in the file of the index."""
    connection = sqlite3.connect(repository.private_folder / "index.sqlite")
    try:
        held = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in _TABLES}
        for words in ("names", "words"):
            connection.execute(f"CREATE VIRTUAL TABLE temp.{words}_read USING fts5vocab(main, {words}, 'instance')")
            held[words] = connection.execute(f"SELECT term, doc, offset FROM {words}_read").fetchall()
        return held
    finally:
        connection.close()


def silent(_: str) -> None:
    pass


@few
@given(pasts(), st.sets(st.integers(0, 7)))
def test_increments_make_what_is_made_anew(states: list[dict[str, bytes]], stops: set[int]) -> None:
    with folder_for_a_mirror() as folder:
        commits = write_past(folder, states)
        for number, commit in enumerate(commits):
            if number in stops:
                Index.open(at(folder, commit), silent)
        Index.open(at(folder, commits[-1]), silent)
        incremental = everything(Repository.open(folder))
        shutil.rmtree(folder / ".git" / "coda-git-mirror")
        Index.open(Repository.open(folder), silent)
        assert everything(Repository.open(folder)) == incremental


@few
@given(pasts())
def test_each_commit_is_as_it_was(states: list[dict[str, bytes]]) -> None:
    """Docs, items in their order, and the lines of pages and rows, as of each commit."""
    with folder_for_a_mirror() as folder:
        write_past(folder, states)
        index = Index.open(Repository.open(folder), silent)
        lines = everything(Repository.open(folder))["lines"]
        for number, files in enumerate(states, 1):
            manifest = parse_manifest(files[layout.MANIFEST])
            assert {doc.item: doc.name for doc in index.items_at(number)} == {doc.id: doc.name for doc in manifest.docs}
            expected: list[str] = []
            for doc in manifest.docs:
                held = index.items_at(number, doc.id)
                every = _listed(files, doc.path)
                assert [(it.item, it.name, it.parent) for it in held] == [
                    (item, entry["name"], entry.get("parent")) for item, entry in every.items()
                ]
                assert [it.path for it in held] == [f"{doc.path}/{entry['file']}" for entry in every.values()]
                expected += [doc.name, *(entry["name"] for entry in every.values())]
                expected += _lines(files, doc.path)
            there = [text for *_, born, died, text in lines if born <= number and (died is None or died > number)]
            assert sorted(there) == sorted(expected)


def _listed(files: dict[str, bytes], folder: str) -> dict[str, Any]:
    stored = parse_metadata(files[f"{folder}/metadata.json"])
    return {**stored.pages, **stored.tables, **stored.views}


def _lines(files: dict[str, bytes], folder: str) -> Iterator[str]:
    """The lines of each page, each once, and the rows of the tables."""
    for path in files:
        if path.startswith(f"{folder}/pages/") and path.endswith(".md"):
            body = files[path].decode().partition("\n---\n")[2]
            yield from {line for line in body.split("\n") if line.strip()}
        if path.startswith(f"{folder}/tables/") and path.endswith(".jsonl"):
            yield from files[path].decode().splitlines()


@few
@given(
    st.lists(
        st.lists(st.sampled_from([f"word{number} stands here" for number in range(6)]), max_size=8),
        min_size=2,
        max_size=8,
    )
)
def test_a_line_dies_where_git_says(versions: list[list[str]]) -> None:
    """`git log -S` lists the commits that changed how often a text occurs; the last of them took what is gone."""
    with folder_for_a_mirror() as folder:
        head = b"---\nid: p1\n---\n\n"
        states = [_one_page(head + "".join(f"{line}\n" for line in lines).encode()) for lines in versions]
        commits = write_past(folder, states)
        index = Index.open(Repository.open(folder), silent)
        for line in {line for lines in versions for line in lines}:
            said = git(folder, "log", "--format=%H", f"-S{line}", "--", "docs/plans/pages/p1.md").split()
            word = line.split()[0]
            hits = index.search(f'"{word}"', "ever")
            last = max(hits, key=lambda hit: hit.born.number)
            if last.died:
                assert last.died.id == said[0]
            assert min(hits, key=lambda hit: hit.born.number).born.id == said[-1]
            assert {commits.index(hit.born.id) for hit in hits} <= {commits.index(each) for each in said}
            there = [number for number, lines in enumerate(versions, 1) if line in lines]
            assert there == sorted(number for hit in hits for number in range(hit.born.number, hit.last.number + 1))


def _one_page(content: bytes) -> dict[str, bytes]:
    manifest = b'{"docs": [{"id": "d1", "name": "Plans", "path": "docs/plans"}]}'
    page = '{"id": "p1", "name": "Notes", "files": {".md": "pages/p1.md"}, "children": []}'
    metadata = f'{{"pages": [{page}], "tables": [], "views": []}}'.encode()
    return {
        "backup_manifest.json": manifest,
        "docs/plans/metadata.json": metadata,
        "docs/plans/pages/p1.md": content,
    }
