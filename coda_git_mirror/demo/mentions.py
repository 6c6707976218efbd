"""What a mention reads as: the present name and address of what it leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coda_git_mirror.demo.blocks import Mention
from coda_git_mirror.demo.world import Doc, Page, Row, Table, View

Served = Callable[[Doc], Doc]
"""A doc of the account as reads show it, from which the names of it and of what is in it are read."""


@dataclass(frozen=True)
class Mentioned:
    """The text of a mention and its URL, which is missing where what it led to was deleted."""

    text: str
    url: str | None


def mentioned(mention: Mention, served: Served) -> Mentioned:
    """Looks up what is mentioned in its own doc, however old the doc with the mention is served."""
    shown = _shown(mention.to, served)
    text = (shown or mention.to).name if mention.label is None else mention.label
    return Mentioned(text, None if shown is None else shown.link)


def live(doc: Doc) -> Doc:
    """The doc as it is, of which reads may not show the last edits yet."""
    return doc


def _shown(thing: Doc | Page | Table | View | Row, served: Served) -> Doc | Page | Table | View | Row | None:
    doc = thing if isinstance(thing, Doc) else thing.doc
    if doc.id in doc.world.deleted_docs:
        return None
    state = served(doc)
    if isinstance(thing, Row):
        rows = (row for table in state.tables if table.id == thing.table.id for row in table.rows)
        return next((row for row in rows if row.id == thing.id), None)
    return next((it for it in (state, *state.pages(), *state.grids()) if it.id == thing.id), None)
