"""`query`: SQL over the tables of any revision, answered without a change to the mirror."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from coda_git_mirror.actions.entry import open_mirror, sound_revisions
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.query.catalog import catalog_of
from coda_git_mirror.actions.query.loading import Loading, Meant
from coda_git_mirror.actions.query.past import history_rows
from coda_git_mirror.actions.query.plan import Plan, plan
from coda_git_mirror.actions.query.sources import Sources
from coda_git_mirror.changes.message import LAST_TRAILER
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.mirror.revisions import Revisions
from coda_git_mirror.model.answer import Answer
from coda_git_mirror.sql.database import Database
from coda_git_mirror.sql.names import HISTORY_TABLE, PAGES_TABLE
from coda_git_mirror.sql.question import ask
from coda_git_mirror.sql.views import make_alias

Told = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """Which docs, and of which revision; HEAD without."""

    at: str | None = None
    docs: tuple[str, ...] = ()


def meant(folder: Path, asked: Asked, told: Told) -> Meant:
    """The revision that is asked for; of what is left out of it that is told.

    Raises UsageError where the revision, or a doc, is not there.
    """
    repository = open_mirror(folder)
    head = repository.head()
    if head is None:
        raise MirrorError(f"The mirror in {folder} has no commit yet; there is nothing to ask.")
    commit = Revisions(repository, LAST_TRAILER).resolve(asked.at) if asked.at else head
    held = Held.at(repository, commit)
    catalog = catalog_of(held, asked.docs)
    for sentence in catalog.left_out:
        told(sentence)
    return Meant(catalog, Sources(held), lambda: history_rows(repository, commit, asked.docs, told))


@dataclass(frozen=True)
class Answered:
    """What the SQL gives, to be read once; `is_whole`: it was asked of all that the revision has."""

    answer: Answer
    is_whole: bool


@contextmanager
def answer(of: Meant, sql: str, told: Told) -> Iterator[Answered]:
    """Raises UsageError, also while rows are read, where the SQL is wrong or does more than to read."""
    with sound_revisions():
        planned = plan(sql, of)
    with closing(Database.temporary()) as database:
        loading = Loading(of, database, told)
        with sound_revisions():
            _load(loading, planned)
        _add_names(planned, database, for_now=False)
        yield Answered(ask(database, planned.statement), not loading.left_out)


@contextmanager
def answer_from(saved: Path, planned: Plan) -> Iterator[Answer]:
    """The same of a file that was saved, by a plan that was made before."""
    with closing(Database.reading(saved)) as database:
        _add_names(planned, database, for_now=True)
        yield ask(database, planned.statement)


def _load(loading: Loading, planned: Plan) -> None:
    """Brings what is needed into a database."""
    if planned.needs_all:
        loading.everything()
        return
    for grid in planned.grids.values():
        loading.grid(grid)
    if PAGES_TABLE in planned.of_all:
        loading.pages(planned.needs_markdown)
    if HISTORY_TABLE in planned.of_all:
        loading.history()


def _add_names(planned: Plan, database: Database, for_now: bool) -> None:
    """The names that the SQL has for tables beside those under which they are there."""
    for name, of in planned.aliases.items():
        if not database.rows("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE", (name,)):
            make_alias(database, name, of, for_now)
