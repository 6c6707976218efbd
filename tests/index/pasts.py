"""Pasts of mirrors made by one `git fast-import`, and accounts that are edited at random."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hypothesis import strategies as st

from coda_git_mirror.format import layout
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.model.content import Page
from tests.changes.trees import Content, Grid, tree
from tests.support import git

_BEGIN = 1_772_445_600
_LINES = ("alpha one", "alpha two", "beta", "Gamma delta", "", "```", "- item", "| a | b |")
_NAMES = ("Notes", "Plan", "notes", "Policy é")
_PAGES, _ROWS, _DOCS = ("p1", "p2", "p3"), ("i-1", "i-2", "i-3"), ("d1", "d2")


def write_past(folder: Path, states: Sequence[Mapping[str, bytes]]) -> list[str]:
    """Makes a repository whose branch has a commit for each of these trees; their ids, oldest first."""
    git(folder.parent, "init", "--quiet", "--initial-branch=main", str(folder))
    pieces = []
    for number, files in enumerate(states):
        message = b"Sync\n\nCoda-Problems: 0\n"
        pieces.append(b"commit refs/heads/main\ncommitter A <a@b.org> %d +0000\n" % (_BEGIN + number * 86_400))
        pieces.append(b"data %d\n%sdeleteall\n" % (len(message), message))
        for path, content in {**files, layout.SETTINGS: b""}.items():
            pieces.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
    command = ["git", "-C", str(folder), "fast-import", "--quiet"]
    subprocess.run(command, input=b"".join(pieces), check=True)
    return git(folder, "rev-list", "--reverse", "main").split()


def at(folder: Path, commit: str) -> Repository:
    """The repository, once its branch is at a commit."""
    git(folder, "update-ref", "refs/heads/main", commit)
    return Repository.open(folder)


@dataclass(frozen=True)
class APage:
    name: str
    text: str
    parent: str | None = None
    hidden: bool = False
    html: str = ""


@dataclass(frozen=True)
class ADoc:
    name: str
    pages: Mapping[str, APage] = field(default_factory=dict)
    table: str = "Tasks"
    rows: Mapping[str, str] = field(default_factory=dict)
    view: bool = False

    def content(self, doc_id: str) -> Content:
        pages = {
            Page(page, each.name, "", self._parent(each), raw={"isHidden": each.hidden}): each.text
            for page, each in self.pages.items()
        }
        html = {page: each.html for page, each in self.pages.items() if each.html}
        rows = {row: (value, len(value)) for row, value in self.rows.items()}
        grids = (Grid("t1", self.table, ("Task", "Size"), rows),) if self.table else ()
        views = (Grid("v1", "Open", ("Task",), {row: (value,) for row, value in self.rows.items()}),)
        return Content(doc_id, self.name, pages, grids, views=views if self.view else (), html=html)

    def _parent(self, page: APage) -> str | None:
        return page.parent if page.parent in self.pages else None


Account = Mapping[str, ADoc]


def files_of(account: Account) -> dict[str, bytes]:
    """The tree of a mirror of an account."""
    return dict(tree(*(doc.content(doc_id) for doc_id, doc in account.items())).files)


@st.composite
def pasts(draw: st.DrawFn, most: int = 7) -> list[dict[str, bytes]]:
    """The trees of an account that is edited at random: things are renamed, moved, removed, and come back."""
    account: Account = {"d1": ADoc("Sales", {"p1": APage("Notes", "alpha one\nbeta\n")}, rows={"i-1": "alpha one"})}
    states = [files_of(account)]
    for _ in range(draw(st.integers(1, most))):
        for _ in range(draw(st.integers(1, 3))):
            account = draw(edited(account))
        states.append(files_of(account))
    return states


@st.composite
def edited(draw: st.DrawFn, account: Account) -> Account:
    """The account after one edit of a doc."""
    doc_id = draw(st.sampled_from(_DOCS))
    doc = account.get(doc_id, ADoc(doc_id))
    if doc_id in account and draw(st.integers(0, 7)) == 0:
        return {each: held for each, held in account.items() if each != doc_id}
    edit = draw(st.sampled_from([_page_edited, _table_edited, _doc_edited]))
    return {**account, doc_id: draw(edit(doc))}


@st.composite
def _doc_edited(draw: st.DrawFn, doc: ADoc) -> ADoc:
    return replace(doc, name=draw(st.sampled_from(["Sales", "CRM", "sales"])), view=draw(st.booleans()))


@st.composite
def _table_edited(draw: st.DrawFn, doc: ADoc) -> ADoc:
    rows = dict(doc.rows)
    rows.pop(draw(st.sampled_from(_ROWS)), None)
    if draw(st.booleans()):
        rows[draw(st.sampled_from(_ROWS))] = draw(st.sampled_from(_LINES))
    return replace(doc, table=draw(st.sampled_from(["Tasks", "Tasks", "To do", ""])), rows=rows)


@st.composite
def _page_edited(draw: st.DrawFn, doc: ADoc) -> ADoc:
    page = draw(st.sampled_from(_PAGES))
    others = {each: held for each, held in doc.pages.items() if each != page}
    if page in doc.pages and draw(st.integers(0, 4)) == 0:
        return replace(doc, pages=others)
    lines = draw(st.lists(st.sampled_from(_LINES), max_size=5))
    before = doc.pages.get(page, APage("Notes", ""))
    parent = "p1" if page != "p1" and draw(st.booleans()) else None
    changed = draw(st.sampled_from([
        replace(before, text="\n".join(lines)), replace(before, name=draw(st.sampled_from(_NAMES))),
        replace(before, parent=parent), replace(before, hidden=not before.hidden),
        replace(before, html=draw(st.sampled_from(["", "<p>alpha</p>", "<p>beta</p>"]))),
    ]))  # fmt: skip
    order = {**doc.pages, page: changed} if draw(st.booleans()) else {page: changed, **others}
    return replace(doc, pages=order)
