"""Which columns can be written, and which still keep what a revision holds of them (coda-api.md, Writing)."""

from __future__ import annotations

from coda_git_mirror.changes.column_kinds import BUTTON_KIND, CURRENCY_KIND, currency_of, is_relation, target_of
from coda_git_mirror.model.content import Column
from coda_git_mirror.model.plan import HeldKind

_UNWRITABLE_KINDS = {
    BUTTON_KIND: "is a button, which has nothing to write",
    "packObject": "is filled by a Pack, and cannot be written",
}


def is_made_by_coda(column: Column) -> bool:
    """Whether Coda makes itself what the cells of a column show: the values of a formula, or a button's label."""
    return bool(column.raw.get("calculated") or column.raw.get("formula")) or column.kind == BUTTON_KIND


def unwritable_column(column: Column) -> tuple[HeldKind, str] | None:
    """Why nothing can be written into a column, as the end of a sentence that begins with it; None where it can be."""
    if column.raw.get("calculated") or column.raw.get("formula"):
        return HeldKind.CALCULATED, "is calculated by a formula"
    reason = _UNWRITABLE_KINDS.get(column.kind)
    return (HeldKind.UNWRITABLE, reason) if reason else None


def retyped(old: Column, new: Column) -> str | None:
    """Why a column cannot take what it held as `old`, as the end of a sentence that begins with it; None where it can.

    A type that Coda does not tell is taken for the same.
    """
    if old.kind and new.kind and old.kind != new.kind:
        return f"was of the type {old.kind}, and is of the type {new.kind} now"
    if is_relation(new) and target_of(old) and target_of(new) and target_of(old) != target_of(new):
        return "pointed to the rows of another table"
    was, now = currency_of(old), currency_of(new)
    if new.kind == CURRENCY_KIND and was and now and was != now:
        return f"was in {was}, and is in {now} now"
    return None
