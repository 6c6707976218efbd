"""What may stop a sync that has read everything, just before it is published: then nothing has changed yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.changes.wording import shown_name
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.format.manifest import DocRecord, Manifest, Totals
from coda_git_mirror.format.text import counted
from coda_git_mirror.model.changes import Changes, Kind
from coda_git_mirror.model.ledger import Problem

MOST_REMOVED = 10
MOST_REMOVED_PERCENT = 10
MOST_ROWS_LOST = 1_000
_NAMED = 5


class MassDeletion(MirrorError):
    """So much would go that somebody has to say that it is meant."""


class NotAllSucceeded(MirrorError):
    """A strict sync had problems; they are listed in `problems`. `totals` is what the mirror holds, as before."""

    def __init__(self, problems: Sequence[Problem], totals: Totals) -> None:
        super().__init__(
            f"{counted(len(problems), 'item')} could not be read, and with --strict nothing is committed then; "
            "run the sync again, or without --strict to commit the rest."
        )
        self.problems = tuple(problems)
        self.totals = totals


def require_publishable(
    changes: Changes, held: Manifest | None, problems: Sequence[Problem], options: SyncOptions
) -> None:
    """Raises NotAllSucceeded or MassDeletion where the options forbid to publish `changes` to what is `held`."""
    if options.strict and problems:
        raise NotAllSucceeded(sorted(problems), held.totals if held else Totals())
    if held and not options.allow_mass_delete:
        require_few_removals(changes, held)


def require_few_removals(changes: Changes, held: Manifest) -> None:
    """Raises MassDeletion where more than 10 docs and more than 10 % of all docs held would go, or so many pages.

    The pages of a doc that goes count among the pages: a large doc weighs more than a small one. What only moves
    does not go. Of rows more than 1,000 and more than 10 % of all may not go at once from tables that stay; rows that
    others replace are no loss.
    """
    totals = held.totals
    shrunk = [it for it in changes.tables if it.kind is not Kind.REMOVED and it.rows.removed > it.rows.added]
    rows = sum(it.rows.removed - it.rows.added for it in shrunk)
    docs = [doc.name for doc in changes.docs if doc.kind is Kind.REMOVED]
    pages = [page.name for page in changes.pages if page.kind is Kind.REMOVED]
    is_mass = _is_mass(len(docs), totals.docs) or _is_mass(len(pages), totals.pages)
    if not is_mass and not _is_mass(rows, totals.rows, MOST_ROWS_LOST):
        return
    parts = [*_told("doc", docs, totals.docs), *_told("page", pages, totals.pages)]
    parts += [f"{rows} of {counted(totals.rows, 'row')} ({_named([table.name for table in shrunk])})"] if rows else []
    what = " and ".join(parts)
    raise MassDeletion(
        f"This sync would remove {what} from the mirror; nothing was changed. "
        "If they were really deleted in Coda, run it again with --allow-mass-delete: git keeps what was removed."
    )


def foretold(gone: Sequence[DocRecord], held: Manifest) -> Iterator[str]:
    """Whether a sync would be stopped because of docs alone that are gone; of pages and rows only reading tells."""
    docs, pages = len(gone), sum(record.pages for record in gone)
    if _is_mass(docs, held.totals.docs) or _is_mass(pages, held.totals.pages):
        yield (
            f"Note: this sync would be stopped, since {docs} of {counted(held.totals.docs, 'doc')} with "
            f"{counted(pages, 'page')} would leave the mirror; --allow-mass-delete lets it go on."
        )


def _is_mass(removed: int, held: int, most: int = MOST_REMOVED) -> bool:
    return removed > most and 100 * removed > MOST_REMOVED_PERCENT * held


def _told(kind: str, names: Sequence[str], held: int) -> Iterator[str]:
    if names:
        yield f"{len(names)} of {counted(held, kind)} ({_named(names)})"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(shown_name, names[:_NAMED])) + more
