"""Docs of which nothing could be read: they stay in the mirror as they are."""

from __future__ import annotations

from collections.abc import Sequence

from coda_git_mirror.actions.sync.ledger.items import Missing, was_known
from coda_git_mirror.errors import CodaError, Unaddressable
from coda_git_mirror.model.content import Doc
from coda_git_mirror.model.ledger import DENIED, DOC, FAILED, UNREAD, Problem


def unseen_doc(doc: Doc, error: CodaError) -> Problem:
    """A doc that Coda did not list, and did not give when it was asked for it."""
    return Problem(DOC, doc.name, "", f"kept as it was: {error}", FAILED, doc.id)


def missing_doc(doc: Doc, error: CodaError, reason: str, before: Sequence[Problem]) -> Missing:
    """A doc that could not be read; that nobody can ask for it is news but once."""
    state = DENIED if isinstance(error, Unaddressable) else FAILED
    problem = Problem(DOC, doc.name, "", reason, state, doc.id)
    told = () if state == DENIED and was_known(problem, before) else (problem,)
    return Missing((problem, *(it for it in before if it.key != problem.key)), told)


def left_doc(doc: Doc, reason: str) -> Problem:
    """A doc that the time for reading did not allow; no entry of the ledger, since its old time is in the mirror."""
    return Problem(DOC, doc.name, "", reason, UNREAD, doc.id)


def unread_doc(doc_id: str, name: str, reason: str) -> Problem:
    """A doc that no sync has read since it had to be."""
    return Problem(DOC, name, "", reason, UNREAD, doc_id)
