"""The JSON of the pages of this room (browse.md, browse); days are of the time zone of whoever looks."""

from __future__ import annotations

from typing import Any

from coda_git_mirror.actions.browse.account import AccountView, DocLine
from coda_git_mirror.actions.browse.calendar import Calendar, local_day
from coda_git_mirror.actions.browse.docs import Changes, Contents, DocView, Grid, TreePage
from coda_git_mirror.actions.browse.found import Found
from coda_git_mirror.actions.browse.pages import PageView
from coda_git_mirror.actions.browse.search import Findings
from coda_git_mirror.actions.browse.versions import Versions
from coda_git_mirror.format.manifest import problem_entry
from coda_git_mirror.model.looking import Hit, IndexedCommit

Object = dict[str, Any]


def account_object(view: AccountView) -> Object:
    """The account at a time."""
    return {
        "owner": view.owner,
        "docs": [_doc_line(line) for line in view.docs],
        "problems": [problem_entry(problem) for problem in view.lacks],
        "calendar": _calendar(view.calendar),
        "changes": _changes(view.changes),
    }


def doc_object(view: DocView) -> Object:
    """A doc at a time; `gone` is null, or the commit and day that took it."""
    return {
        **_found(view.found),
        "pages": _tree(view.contents),
        "tables": [_grid(grid) for grid in view.contents.tables],
        "views": [_grid(grid) for grid in view.contents.views],
        "problems": [problem_entry(problem) for problem in view.lacks],
        "calendar": _calendar(view.calendar),
        "changes": _changes(view.changes),
    }


def page_object(view: PageView) -> Object:
    """A page at a time with all its versions, newest first."""
    return {
        **_found(view.found),
        "files": {"html": view.files.html, "markdown": view.files.markdown},
        "why": view.body.why or None,
        "versions": version_objects(view.versions),
    }


def version_objects(versions: Versions) -> list[Object]:
    """Every version of an item, newest first."""
    return [
        {"revision": each.commit.id, "date": each.commit.when.isoformat(), "what": each.what} for each in versions.all
    ]


def findings_object(findings: Findings) -> Object:
    """The hits of a search; where rows of tables were not looked through, these tables as well."""
    hits = [_hit(finding.hit) for finding in findings.found]
    left_out = [{"doc": table.doc, "item": table.item, "name": table.name} for table in findings.left_out]
    return {"hits": hits, "not_searched": left_out} if left_out else {"hits": hits}


def _hit(hit: Hit) -> Object:
    """`to` is the day of what took it, `diff` the difference by which it went; both null while it is there."""
    return {
        "doc": hit.doc,
        "item": hit.item,
        "kind": hit.kind,
        "name": hit.name,
        "text": hit.text,
        "from": local_day(hit.born).isoformat(),
        "to": local_day(hit.died).isoformat() if hit.died else None,
        "last": hit.last.id,
        "diff": f"{hit.last.id}..{hit.died.id}" if hit.died else None,
    }


def _found(found: Found) -> Object:
    state = found.state
    return {
        "doc": state.doc,
        "item": state.item,
        "kind": state.kind,
        "name": state.name,
        "path": state.path or None,
        "revision": found.at.id,
        "gone": _gone(found.gone),
    }


def _gone(commit: IndexedCommit | None) -> Object | None:
    return {"revision": commit.id, "date": local_day(commit).isoformat()} if commit else None


def _doc_line(line: DocLine) -> Object:
    record = line.record
    counts = {name: getattr(record, name) if record else None for name in ("pages", "tables", "rows", "views")}
    changed = line.changed.when.isoformat() if line.changed else None
    return {"id": line.id, "name": line.name, **counts, "changed": changed, "gone": _gone(line.gone)}


def _tree(contents: Contents) -> list[Object]:
    return [_page(page) for page in contents.pages]


def _page(page: TreePage) -> Object:
    below = [_page(each) for each in page.subpages]
    return {"id": page.id, "name": page.name, "hidden": page.is_hidden, "gone": _gone(page.gone), "children": below}


def _grid(grid: Grid) -> Object:
    return {"id": grid.id, "name": grid.name, "rows": grid.rows, "gone": _gone(grid.gone)}


def _changes(changes: Changes) -> list[Object]:
    return [
        {"revision": each.commit.id, "date": each.commit.when.isoformat(), "what": each.what} for each in changes.shown
    ]


def _calendar(calendar: Calendar) -> Object:
    days = [day for month in calendar.months for week in month.weeks for day in week if day and day.changes]
    return {
        "years": {str(year.year): year.changes for year in calendar.years},
        "days": [{"date": day.date.isoformat(), "changes": day.changes} for day in days],
    }
