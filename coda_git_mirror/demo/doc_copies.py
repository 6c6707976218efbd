"""A doc made from another, as `sourceDoc` does it: everything in it, under new ids."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coda_git_mirror.demo.blocks import Block, Mention
from coda_git_mirror.demo.world import Doc, Page, Row, Table

PARTS = ("roots", "tables", "views", "formulas", "controls", "numbered_tables")


def copy_into(doc: Doc, source: Doc, *, keeps_ids: bool) -> None:
    """Fills an empty doc of the same account with copies of all pages, tables, views, formulas and controls.

    References and mentions within the doc lead to the copies; addresses that stand in text stay as they are.
    """
    now = doc.edited()
    memo: dict[int, Any] = {id(it): it for it in (source.world, *source.world.blobs.values())}
    memo[id(source)] = doc
    for part in PARTS:
        setattr(doc, part, copy.deepcopy(getattr(source, part), memo))
    for page in doc.pages():
        page.blocks = [_lead_to_copy(block, memo) for block in page.blocks]
    for it in (*doc.pages(), *doc.grids(), *(row for table in doc.tables for row in table.rows)):
        it.created_at = it.updated_at = now
    if not keeps_ids:
        _issue_ids(doc)


def _lead_to_copy(block: Block, memo: Mapping[int, Any]) -> Block:
    return replace(block, to=memo.get(id(block.to), block.to)) if isinstance(block, Mention) else block


def _issue_ids(doc: Doc) -> None:
    issue = doc.world.identifiers.issue
    for page in doc.pages():
        _rename_page(page, issue("canvas-"))
    for view in doc.views:
        view.id = issue("table-")
    for formula in doc.formulas:
        formula.id = issue("f-")
    for control in doc.controls:
        control.id = issue("ctrl-")
    for table in doc.tables:
        _rename_table(table)


def _rename_page(page: Page, page_id: str) -> None:
    page.id, page.tail = page_id, page_id[-6:]


def _rename_table(table: Table) -> None:
    issue = table.doc.world.identifiers.issue
    table.id = issue("grid-")
    new_ids = {column.id: issue("c-") for column in table.columns}
    for column in table.columns:
        column.id = new_ids[column.id]
    table.display = new_ids.get(table.display, table.display)
    for row in table.rows:
        _rename_row(row, issue("i-"), new_ids)


def _rename_row(row: Row, row_id: str, columns: Mapping[str, str]) -> None:
    row.id = row_id
    row.values = {columns.get(column, column): value for column, value in row.values.items()}
