"""The commands that put something back, as a shell reads them."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coda_git_mirror.actions.browse.found import Found
from coda_git_mirror.actions.browse.versions import commands
from coda_git_mirror.model.looking import IndexedCommit, ItemState

COMMIT = IndexedCommit(1, "0123456789abcdef" * 2 + "01234567", datetime(2026, 3, 2, tzinfo=UTC), "Sync", True)


def _found(kind: str, doc: str, item: str, path: str) -> Found:
    return Found(ItemState(doc, item, kind, "Name", path, None, 0, 1, None), COMMIT, None)


def test_a_page() -> None:
    told = commands(Path("/my mirrors/it's"), _found("page", "dA", "p1", "docs/a/pages/notes.md"))
    place = ["--at", "0123456789", "-o", "/my mirrors/it's"]
    restore = ["coda-git-mirror", "restore", "restored-notes-0123456789", "--doc", "dA", "--page", "p1", *place]
    assert shlex.split(told.restore) == restore
    assert shlex.split(str(told.recreate)) == ["coda-git-mirror", "recreate", "dA", "--page", "p1", *place]


def test_a_doc() -> None:
    told = commands(Path("/m"), _found("doc", "dA", "dA", "docs/a"))
    assert told.restore == "coda-git-mirror restore restored-a-0123456789 --doc dA --at 0123456789 -o /m"
    assert told.recreate == "coda-git-mirror recreate dA --at 0123456789 -o /m"


@pytest.mark.parametrize("kind", ["table", "view"])
def test_a_table_cannot_be_recreated_alone(kind: str) -> None:
    assert commands(Path("/m"), _found(kind, "dA", "t1", "docs/a/tables/t.csv")).recreate is None


def test_an_id_that_looks_like_an_option_is_none() -> None:
    told = commands(Path("/m"), _found("page", "-dA", "-p", ""))
    assert "--doc=-dA --page=-p" in told.restore
    assert "recreate https://coda.io/d/_d-dA --page=-p" in str(told.recreate)
