"""JSON Schemas of what `diff`, `log` and `sync --dry-run` print with `--json`: the contract with scripts."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _object(**properties: Schema) -> Schema:
    """An object that has these members and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
COMMIT: Schema = {"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"}
KIND: Schema = {"enum": ["added", "changed", "moved", "removed"]}
DETAILS = _list(_object(name=TEXT, before=TEXT, after=TEXT))
PROBLEMS = _list(_object(kind=TEXT, doc=TEXT, item=TEXT, reason=TEXT))
REVISION = _object(commit=_nullable(COMMIT), date=_nullable(TEXT), name=TEXT)
FACTS = _nullable(_object(name=TEXT, type=TEXT, formula=TEXT, settings={"type": "object"}))
COLUMN = _object(id=TEXT, change={"enum": ["added", "changed", "renamed", "removed"]}, before=FACTS, after=FACTS)
CELL: Schema = {
    "type": "object",
    "properties": {"column": TEXT, "name": TEXT, "before": {}, "after": {}, "before_text": TEXT, "after_text": TEXT},
    "required": ["column", "name", "before_text", "after_text"],
    "additionalProperties": False,
}
ROW = _object(id=TEXT, name=TEXT, change={"enum": ["added", "changed", "removed"]}, cells=_list(CELL))
COUNTS = _object(added=NUMBER, changed=NUMBER, removed=NUMBER)
WORD: Schema = {
    "type": "array",
    "prefixItems": [{"enum": ["=", "-", "+"]}, {"type": "string", "minLength": 1}],
    "minItems": 2,
    "maxItems": 2,
}
PAGE = _object(
    id=TEXT,
    name=TEXT,
    way=_list(TEXT),
    former_way=_nullable(_list(TEXT)),
    change=KIND,
    hidden=_nullable(FLAG),
    details=DETAILS,
    text=_list(_object(line={"type": "integer", "minimum": 1}, words=_list(WORD))),
    only_links=FLAG,
    other_forms=FLAG,
    path=_nullable(TEXT),
)
TABLE = _object(
    id=TEXT,
    name=TEXT,
    former_name=_nullable(TEXT),
    change=KIND,
    details=DETAILS,
    columns=_list(COLUMN),
    column_order=_nullable(_list(TEXT)),
    row_counts=COUNTS,
    rows=_list(ROW),
    path=_nullable(TEXT),
)
VIEW = _object(
    id=TEXT,
    name=TEXT,
    former_name=_nullable(TEXT),
    change=KIND,
    details=DETAILS,
    rows_added=NUMBER,
    rows_removed=NUMBER,
    path=_nullable(TEXT),
)
DOC = _object(
    id=TEXT,
    name=TEXT,
    change=KIND,
    former_name=_nullable(TEXT),
    path=TEXT,
    former_path=_nullable(TEXT),
    details=DETAILS,
    pages=_list(PAGE),
    tables=_list(TABLE),
    views=_list(VIEW),
    assets=_object(added=_list(TEXT), removed=_list(TEXT)),
)
DIFF: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        **{"from": REVISION, "to": REVISION, "docs": _list(DOC), "problems": _object(new=PROBLEMS, solved=PROBLEMS)}
    ),
}

NAMED = {"name": TEXT, "former_name": _nullable(TEXT)}
DOC_CHANGE = _object(
    **NAMED,
    path=TEXT,
    change=KIND,
    pages=_list(_object(**NAMED, change={"enum": [*KIND["enum"], "hidden", "shown again"]})),
    tables=_list(_object(**NAMED, change=KIND, columns_changed=NUMBER, rows=COUNTS)),
    views=_list(_object(**NAMED, change=KIND)),
    assets=_object(added=NUMBER, removed=NUMBER),
)
ENTRY: Schema = {
    "type": "object",
    "properties": {"commit": COMMIT, "date": TEXT, "subject": TEXT, "doc": DOC_CHANGE, "row": ROW},
    "required": ["commit", "date", "subject"],
    "additionalProperties": False,
}
OF = _object(
    kind={"enum": ["account", "doc", "item", "row", "cell"]},
    names=_list(TEXT),
    doc=_nullable(TEXT),
    item=_nullable(TEXT),
    row=_nullable(TEXT),
    column=_nullable(TEXT),
)
LOG: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(of=OF, entries=_list(ENTRY), more=FLAG),
}

LEDGER = _list(_object(kind=TEXT, doc=TEXT, item=TEXT, reason=TEXT, state=TEXT, doc_id=TEXT, item_id=TEXT))
VISIT = _object(
    id=TEXT,
    name=TEXT,
    reason=TEXT,
    pages=NUMBER,
    tables=NUMBER,
    rows=NUMBER,
    requests=NUMBER,
    pages_to_read=_list(_object(id=TEXT, name=TEXT, reason=TEXT)),
)
DRY_RUN: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        dry_run={"const": True},
        docs=_list(VISIT),
        unchanged=NUMBER,
        gone=_list(TEXT),
        requests=NUMBER,
        seconds={"type": "number", "minimum": 0},
        problems=LEDGER,
    ),
}
OUTCOME: Schema = {"enum": [None, "applied", "coerced", "lost", "overwritten", "unknown"]}
HELD_KIND: Schema = {
    "enum": ["conflict", "unwritable", "calculated", "column-gone", "retyped", "unknown-row", "damaged"]
}
HELD: Schema = {
    "type": "object",
    "properties": {
        "row": _nullable(TEXT),
        "column": _nullable(TEXT),
        "kind": HELD_KIND,
        "reason": TEXT,
        "cells": NUMBER,
    },
    "required": ["row", "column", "kind", "reason"],
    "additionalProperties": False,
}
ROLLBACK = _object(
    plan={"type": "string", "pattern": "^[0-9a-f]{12}$"},
    applied=FLAG,
    updates=_list(_object(row=TEXT, column=TEXT, was=TEXT, becomes=TEXT, newer=FLAG, outcome=OUTCOME)),
    inserts=_list(_object(row=_nullable(TEXT), name=TEXT, new_row=_nullable(TEXT), outcome=OUTCOME)),
    deletes=_list(_object(row=TEXT, name=TEXT, outcome=OUTCOME)),
    held=_list(HELD),
    requests=NUMBER,
    seconds={"type": "number", "minimum": 0},
    commits=_object(before=_nullable(COMMIT), after=_nullable(COMMIT)),
)
