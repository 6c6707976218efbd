"""The file of the index: opened, found to be ours or made anew, and brought to the present HEAD.

Whatever writes it holds a lock of the kernel, and does so in one transaction: a kill or a full disk leaves what was
there before. It is a cache (browse.md, The index): nothing is lost with it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator

import filelock

from coda_git_mirror.disk.files import sync_file
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.git.history import History
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.index.blobs import Blobs
from coda_git_mirror.index.build import Builder
from coda_git_mirror.index.schema import drop_tables, has_search, is_ours, make_tables
from coda_git_mirror.index.store import Store

FILE = "index.sqlite"
_COPY = "index-copy.sqlite"
_LOCK, _COPY_LOCK, _JOURNAL = "index-lock", "index-copy-lock", "-journal"
_PATIENCE = 60.0
"""Seconds for which a reader waits while another process writes."""
_WORTH_TELLING = 20
_TENTHS = 10
Told = Callable[[str], None]
Connect = Callable[[str], sqlite3.Connection]


class IndexUnusable(MirrorError):
    """The index cannot be made or read, not even in a temporary place."""


class OwnConnection(sqlite3.Connection):
    """One that is closed when nobody has it any more; Python 3.13 warns of others."""

    def __del__(self) -> None:
        with contextlib.suppress(sqlite3.ProgrammingError):  # one that could not be opened has nothing to close
            self.close()


def connect(place: str) -> sqlite3.Connection:
    """A connection that many threads may use in turns; `place` is a file's, or empty for one that vanishes."""
    connection = sqlite3.connect(
        place,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        factory=OwnConnection,
        uri=place.startswith("file:"),
    )
    connection.execute("PRAGMA cache_size = -32768")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


class IndexFile:
    """Where the index of a repository lies, or would lie."""

    def __init__(self, repository: Repository, connect: Connect = connect) -> None:
        self._repository, self._connect = repository, connect
        self.path = repository.private_folder / FILE

    def is_there(self) -> bool:
        """Whether there is a file, whatever it holds."""
        return self.path.is_file() and not self.path.is_symlink()

    @contextlib.contextmanager
    def held(self, patience: float = -1) -> Iterator[None]:
        """The only one who writes into the index; waits for another one, without end or for so many seconds.

        Raises OSError where nothing can be written, or where the other one takes longer.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(self.path.with_name(_LOCK), timeout=patience, mode=0o600, thread_local=False):
            yield

    @contextlib.contextmanager
    def copying(self, patience: float) -> Iterator[None]:
        """The only one who works at a copy. Raises OSError as `held` does."""
        with filelock.FileLock(self.path.with_name(_COPY_LOCK), timeout=patience, mode=0o600, thread_local=False):
            yield

    def copy_of(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """A connection to a copy beside the file, of which nobody else takes notice. Only within `copying`.

        It has no journal, and is no use once anything failed.
        """
        self.remove_copy()
        place = self.path.with_name(_COPY)
        copy = self._connect(str(place))
        place.chmod(0o600)
        for pragma in ("journal_mode", "synchronous"):
            copy.execute(f"PRAGMA {pragma} = OFF")
        connection.backup(copy)
        return copy

    def put_in_place(self, copy: sqlite3.Connection) -> None:
        """Makes the copy the file; whoever has that open goes on with what it was. Only while it is held."""
        copy.close()
        sync_file(self.path.with_name(_COPY))
        self.path.with_name(FILE + _JOURNAL).unlink(missing_ok=True)
        self.path.with_name(_COPY).replace(self.path)

    def remove_copy(self) -> None:
        """Whatever is left of one."""
        for name in (_COPY + _JOURNAL, _COPY):
            self.path.with_name(name).unlink(missing_ok=True)

    def open(self) -> sqlite3.Connection:
        """A connection to tables of ours; whatever else lies there, or is left of a copy, is removed.

        Only while it is held.
        """
        if self.path.with_name(_COPY).exists():
            with contextlib.suppress(OSError), self.copying(0):
                self.remove_copy()
        return (self._opened() if self.is_there() else None) or self.open_anew()

    def open_anew(self) -> sqlite3.Connection:
        """A connection to an empty file in the place of what lies there. Only while it is held.

        The journal goes first: it must never be taken for that of another file.
        """
        for name in (FILE + _JOURNAL, FILE):
            self.path.with_name(name).unlink(missing_ok=True)
        connection = self._connect(str(self.path))
        self.path.chmod(0o600)
        return connection

    def open_to_read(self) -> sqlite3.Connection | None:
        """A connection to what lies there where nothing can be written; None where this is nothing of ours."""
        try:
            connection = self._connect(f"{self.path.absolute().as_uri()}?mode=ro")
            return connection if is_ours(connection) else None
        except sqlite3.DatabaseError:
            return None

    def open_temporarily(self) -> sqlite3.Connection:
        """A connection to a database without a name, which is in memory as far as it is small."""
        return self._connect("")

    def identity(self) -> tuple[int, int] | None:
        """Tells the file from one that somebody put into its place; None where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _opened(self) -> sqlite3.Connection | None:
        try:
            connection = self._connect(str(self.path))
            if is_ours(connection) or _is_empty(connection):
                return connection
            connection.close()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        return None


def complete(connection: sqlite3.Connection, repository: Repository, told: Told) -> None:
    """Brings the tables to the present HEAD, or makes them anew where they are of another history; all or nothing."""
    tip, head = tip_of(connection), repository.head()
    if tip == head and tip is not None and not _goes_further(connection, repository):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        _extend(connection, repository, head, told)
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def tip_of(connection: sqlite3.Connection) -> str | None:
    """The last commit that the tables know; None of empty ones."""
    if not is_ours(connection):
        return None
    found = connection.execute("SELECT id FROM commits ORDER BY number DESC LIMIT 1").fetchone()
    return found[0] if found else None


def _extend(connection: sqlite3.Connection, repository: Repository, head: str | None, told: Told) -> None:
    tip = tip_of(connection)
    if tip is None or head is None or _goes_further(connection, repository) or not _leads_to(repository, tip, head):
        drop_tables(connection)
        make_tables(connection)
        tip = None
    if head is None or tip == head:
        return
    known = int(connection.execute("SELECT count(*) FROM commits").fetchone()[0])
    progress, cut = _Progress(repository, head, tip, told), repository.cut_at()
    with Blobs(repository) as blobs:
        store = Store(connection, has_search(connection))
        builder = Builder(store, blobs, known)
        for step in blobs.ahead(History(repository).steps_forward(head, tip)):
            builder.add(step, step.commit.id in cut)
            progress.step()
        store.flush()


def _goes_further(connection: sqlite3.Connection, repository: Repository) -> bool:
    """Whether there is a past now before what was the first commit of a history that was cut."""
    first = connection.execute("SELECT id FROM commits WHERE number = 1 AND cut").fetchone()
    return first is not None and first[0] not in repository.cut_at()


def _leads_to(repository: Repository, tip: str, head: str) -> bool:
    """Whether the first parents from `head` lead to `tip`."""
    git = repository.git
    if git.run("merge-base", "--is-ancestor", tip, head, accept=(0, 1, 128)).exit_code:
        return False
    newer = git.run("rev-list", "--first-parent", "--parents", "--reverse", head, f"^{tip}").text.split("\n")[0]
    return tip == head or newer.split(" ")[1:2] == [tip]


class _Progress:
    """Tells every tenth of the way, where it is long."""

    def __init__(self, repository: Repository, head: str, tip: str | None, told: Told) -> None:
        without = (f"^{tip}",) if tip else ()
        counted = repository.git.run("rev-list", "--count", "--first-parent", head, *without).text
        self._all, self._done, self._told = int(counted), 0, told
        self._tell()

    def step(self) -> None:
        """One more commit is indexed."""
        self._done += 1
        if self._done * _TENTHS // self._all > (self._done - 1) * _TENTHS // self._all:
            self._tell()

    def _tell(self) -> None:
        if self._all >= _WORTH_TELLING:
            self._told(f"Indexing the mirror's past: {self._done:,} of {self._all:,} commits.")


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether a file is no database, or not one any more; else it is merely in use, or the disk is full."""
    return not isinstance(error, sqlite3.OperationalError) or error.sqlite_errorcode in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )
