"""An entry of the ledger, as it stands in the objects of several commands."""

from __future__ import annotations

from collections.abc import Iterable

from coda_git_mirror.model.ledger import Problem

_MEMBERS = ("kind", "doc", "item", "reason", "state", "doc_id", "item_id")


def problem_objects(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """The entries, in their order."""
    return [{name: getattr(problem, name) for name in _MEMBERS} for problem in problems]
