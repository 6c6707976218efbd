"""`log` says exactly the same whether there is an index or not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from coda_git_mirror.actions.log.run import log
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.repository import PRIVATE, Repository
from coda_git_mirror.index.index import Index
from coda_git_mirror.ui.log import log_lines
from tests.index.pasts import ADoc, APage, files_of, write_past

TARGETS = [
    (), ("Sales",), ("CRM",), ("d1",), ("d2",), ("d1", "p1"), ("d1", "Notes"), ("d1", "Policy"), ("d1", "Plan"),
    ("p2",), ("d1", "p3"), ("d1", "t1"), ("d1", "Tasks"), ("To do",), ("d1", "v1"), ("Open",), ("d1", "t1", "i-1"),
    ("i-2",), ("d1", "t1", "alpha"), ("d1", "t1", "i-1", "Task"), ("d1", "t1", "i-3", "Size"), ("d2", "p1"),
    ("d2", "Lonely"), ("d1", "Policy", "Plan"), ("nothing",), ("d1", "nothing"), ("d1", "t1", "nothing"),
    ("d1", "t1", "i-1", "nothing"),
]  # fmt: skip


def _states() -> Iterator[dict[str, bytes]]:
    """Pages are edited, renamed, moved, hidden, removed and come back, and so do the doc, its table and its rows."""
    notes, plan = APage("Notes", "one\ntwo\n"), APage("Plan", "alpha\n", parent="p1")
    pages = {"p1": notes, "p2": plan, "p3": APage("Notes", "below\n", parent="p2", html="<p>below</p>\n")}
    doc = ADoc("Sales", pages, rows={"i-1": "alpha", "i-2": "beta"}, view=True)
    other = ADoc("Other", {"p1": APage("Lonely", "here\n")})
    for name, table in (("Sales", "Tasks"), ("CRM", "Tasks"), ("CRM", "To do")):
        doc = ADoc(name, doc.pages, table, doc.rows, view=True)
        yield files_of({"d1": doc})
        yield files_of({"d1": ADoc(name, {**doc.pages, "p1": APage("Policy", "one\nthree\n")}, table, {"i-2": "beta"})})
        yield files_of({"d1": doc, "d2": other})
        moved = {**doc.pages, "p2": APage("Plan", f"alpha {table}\n", hidden=True)}
        yield files_of({"d1": ADoc(name, moved, table, {**doc.rows, "i-3": f"gamma {table}"}, view=True), "d2": other})
        yield files_of({"d2": other})
        yield files_of({"d1": ADoc(name, {"p3": doc.pages["p3"], "p1": APage("Policy", "")}, "", {})})


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same mirror with and without an index."""
    plain, indexed = (tmp_path_factory.mktemp("log") / name for name in ("mirror", "mirror"))
    write_past(plain, list(_states()))
    shutil.copytree(plain, indexed)
    Index.open(Repository.open(indexed), lambda _: None)
    return plain, indexed


def told(folder: Path, words: tuple[str, ...], most: int) -> object:
    try:
        found = log(folder, words, None, most)
    except MirrorError as error:
        return str(error).replace(str(folder), "")
    return [*log_lines(found)], found


@pytest.mark.thinned(3)
@pytest.mark.parametrize("words", TARGETS, ids=" ".join)
def test_the_same_with_an_index(mirrors: tuple[Path, Path], words: tuple[str, ...]) -> None:
    plain, indexed = mirrors
    for most in (0, 3):
        assert told(indexed, words, most) == told(plain, words, most)
    assert not (plain / ".git" / PRIVATE / "index.sqlite").exists()


@pytest.mark.parametrize("damaged", ["docs/sales/metadata.json", "backup_manifest.json"])
def test_a_damaged_revision_is_told_all_the_same(tmp_path: Path, damaged: str) -> None:
    states = [files_of({"d1": ADoc("Sales", {"p1": APage("Notes", f"line {number}\n")})}) for number in range(4)]
    states[1][damaged] = b"{"
    plain, indexed = tmp_path / "plain" / "mirror", tmp_path / "indexed" / "mirror"
    plain.parent.mkdir()
    write_past(plain, states)
    shutil.copytree(plain, indexed)
    Index.open(Repository.open(indexed), lambda _: None)
    for words in (("d1", "p1"), ("d1", "Notes"), ("d1",), ("nothing",)):
        assert told(indexed, words, 0) == told(plain, words, 0)
