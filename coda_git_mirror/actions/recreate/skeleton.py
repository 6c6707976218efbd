"""The new doc under its marked name, and its tree of pages, each made once its parent and the page before it are there.

Coda may finish two changes in another order than it took them (coda-api.md, Writing), and no page can be moved.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from coda_git_mirror.actions.recreate.flight import Step, Stopped
from coda_git_mirror.actions.recreate.new_doc import NewDoc
from coda_git_mirror.actions.recreate.tools import Tools
from coda_git_mirror.errors import AccessDenied, CodaError, NotThere, Rejected, Unanswered
from coda_git_mirror.model.content import Page
from coda_git_mirror.model.recreation import NewPage
from coda_git_mirror.model.writes import Accepted
from coda_git_mirror.state.recreation_journal import Entry

DOC = "doc"
_BLANK, _NONE = "blank", "-"
_MOST_ROUNDS = 3
_COVER = "imageUrl"
Ask: TypeAlias = Callable[[Mapping[str, Any]], Accepted]


def page_key(old: str) -> str:
    """The step that makes a page."""
    return f"page {old}"


def marked_docs(tools: Tools) -> tuple[str, ...]:
    """The ids of the docs that have the marked name."""
    return tuple(doc.id for doc in tools.source.docs(owned_only=True) if doc.name == tools.what.marked_title)


def make_doc(tools: Tools) -> str:
    """The id of the new doc, which is made unless it is there."""
    what = tools.what
    if what.page is not None:
        return what.doc

    def find(entry: Entry) -> str | None:
        return next((doc for doc in marked_docs(tools) if doc not in entry.known), None)

    if not tools.journal.is_done(DOC):
        known = marked_docs(tools) if tools.journal.entry(DOC) is None else ()
        step = Step(DOC, (), lambda: _new_doc(tools), find, known)
        tools.flight.run([step])
    made = tools.journal.made(DOC)
    if not made:
        raise Stopped(f"Coda makes no doc: {tools.flight.refused.get(DOC, 'it does not say why')}.")
    return made


def _new_doc(tools: Tools) -> Accepted:
    """Makes it where the old one lay; elsewhere, where that folder is not to be had and nobody asked for it."""
    what, create = tools.what, tools.writer.create_doc
    source = None if what.copy is None else what.doc
    try:
        return create(what.marked_title, what.folder, source)
    except (Rejected, NotThere, AccessDenied):
        if what.folder is None or what.must_be_there:
            raise
        return create(what.marked_title, None, source)


def make_pages(tools: Tools, doc: NewDoc) -> list[Page]:
    """Makes what is missing of the tree; returns the pages of the new doc."""
    is_empty = tools.what.page is None and tools.what.copy is None
    blank = _blank_page(tools, doc) if is_empty else None
    steps = list(_steps(tools, doc, blank))
    for _ in range(_MOST_ROUNDS):
        tools.flight.run(steps)
        pages = doc.pages_surely()
        listed = {page.id for page in pages}
        lost = [step for step in steps if (made := tools.journal.made(step.key)) and made not in listed]
        for step in lost:
            tools.journal.forget(step.key)
        if not lost and all(tools.journal.is_done(step.key) for step in steps):
            break
    return pages


def _blank_page(tools: Tools, doc: NewDoc) -> str | None:
    """The page with which Coda has begun the new doc: it becomes the first one."""
    journal = tools.journal
    if not journal.is_done(_BLANK):
        pages = doc.pages_surely()
        journal.intend(_BLANK)
        journal.settle(_BLANK, pages[0].id if pages and pages[0].content_type == "canvas" else _NONE)
    found = journal.made(_BLANK)
    return None if found == _NONE else found


def _steps(tools: Tools, doc: NewDoc, blank: str | None) -> Iterator[Step]:
    before: dict[str | None, str] = {}
    top = _living_parent(tools, doc)
    for number, page in enumerate(tools.what.pages):
        is_top = page.old == tools.what.page
        needed = (None if is_top else page.parent, before.get(page.parent))
        after = [page_key(it) for it in needed if it is not None]
        if tools.what.copy is None or page.old not in tools.what.copy.pages:
            before[page.parent] = page.old
        if is_top:
            known = tuple(it.id for it in doc.pages_surely() if it.name == page.name)
            yield _making_step(tools, doc, page, (), lambda: top, known)
            continue
        if number == 0 and blank is not None:
            yield _naming_step(tools, doc, page, blank)
        else:
            yield _making_step(tools, doc, page, tuple(after), partial(_new_parent, tools, page))


def _living_parent(tools: Tools, doc: NewDoc) -> str | None:
    """Beside what a page that comes back into its doc is to stand: below its old parent, if that lives."""
    first = tools.what.pages[0] if tools.what.page is not None else None
    living = {page.id for page in doc.pages_surely()} if first and first.parent else set[str]()
    return first.parent if first and first.parent in living else None


def _new_parent(tools: Tools, page: NewPage) -> str | None:
    return None if page.parent is None else tools.journal.made(page_key(page.parent))


def _naming_step(tools: Tools, doc: NewDoc, page: NewPage, blank: str) -> Step:
    """Makes the page that is there already the one that is wanted, which may be done twice."""

    def send() -> Accepted:
        return _with_looks(page, lambda fields: tools.writer.change_page(doc.id, blank, fields))

    def find(_: Entry) -> str | None:
        return next((it.id for it in doc.pages_surely() if it.id == blank and it.name == page.name), None)

    return Step(page_key(page.old), (), send, find, made=blank)


def _making_step(
    tools: Tools,
    doc: NewDoc,
    page: NewPage,
    after: tuple[str, ...],
    parent: Callable[[], str | None],
    known: tuple[str, ...] = (),
) -> Step:
    journal = tools.journal

    def send() -> Accepted:
        above = parent()
        place = {} if above is None else {"parentPageId": above}
        return _with_looks(page, lambda fields: tools.writer.create_page(doc.id, {**fields, **place}))

    def find(entry: Entry) -> str | None:
        mine = {journal.made(page_key(it.old)) for it in tools.what.pages} | {journal.made(_BLANK), *entry.known}
        found = (it for it in doc.pages_surely() if it.name == page.name and it.parent == parent())
        return next((it.id for it in found if it.id not in mine), None)

    return Step(page_key(page.old), after, send, find, known)


def _with_looks(page: NewPage, ask: Ask) -> Accepted:
    """Sends the name and looks of a page; without its cover where Coda will not have that, whose file may be gone."""
    fields = {"name": page.name, **dict(page.looks)}
    try:
        return ask(fields)
    except Rejected:
        if _COVER not in fields:
            raise
        return ask({name: value for name, value in fields.items() if name != _COVER})


def hide_pages(tools: Tools, doc: NewDoc) -> None:
    """Hides what was hidden."""
    hidden = [page for page in tools.what.pages if page.is_hidden and tools.journal.made(page_key(page.old))]
    tools.flight.run([_hiding_step(tools, doc, page) for page in hidden])


def _hiding_step(tools: Tools, doc: NewDoc, page: NewPage) -> Step:
    new = tools.journal.made(page_key(page.old)) or ""

    def find(_: Entry) -> str | None:
        shown = next((it for it in doc.pages_surely() if it.id == new), None)
        return "" if shown is None or shown.raw.get("isHidden") is True else None

    return Step(f"hide {page.old}", (), lambda: tools.writer.change_page(doc.id, new, {"isHidden": True}), find)


def name_doc(tools: Tools, doc: NewDoc) -> None:
    """Takes the marker off: everything is there. Raises Stopped."""
    if tools.what.page is not None:
        return
    sendings = _MOST_ROUNDS
    try:
        while tools.source.doc(doc.id).name != tools.what.title and sendings:
            sendings -= 1
            with contextlib.suppress(Unanswered):
                tools.writer.change_doc(doc.id, {"title": tools.what.title})
    except CodaError as error:
        raise Stopped(f"The new doc could not be given its name at last: {error}.") from error
