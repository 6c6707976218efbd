"""Expected failures: `str(error)` is the sentence a user reads, the class carries the exit code of the command line."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PARTIAL = 3
EXIT_PUSH_FAILED = 4
EXIT_BUSY = 5
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143

INTERRUPTED = "Interrupted; nothing is lost, and the next sync goes on from there."
TERMINATED = "Terminated; nothing is lost, and the next sync goes on from there."


class MirrorError(Exception):
    """Something failed and nothing was committed; the text says what happened and what to do."""

    exit_code = EXIT_FAILED
    is_logged = False
    """Whether the mirror's log of runs has a line about it already."""


class UsageError(MirrorError):
    """The command line, the settings or the environment ask for something that cannot be."""

    exit_code = EXIT_USAGE


class MirrorBusy(MirrorError):
    """Another process holds this mirror."""

    exit_code = EXIT_BUSY


class PushFailed(MirrorError):
    """What is committed could not be pushed; it stays committed."""

    exit_code = EXIT_PUSH_FAILED


class CodaError(MirrorError):
    """Coda did not give one thing that was asked for; the text is the reason, fit for a list of problems."""


class TokenRefused(CodaError):
    """Coda does not know the token (401): nothing further can be read."""


class AccessDenied(CodaError):
    """The token may not read this (403, or 401 while `whoami` still works)."""


class ExportDenied(AccessDenied):
    """The token may read, but not begin the export of a page."""


class NotThere(CodaError):
    """Coda says that this does not exist (404)."""


class Deleted(NotThere):
    """Coda says that this was deleted (410)."""


class Rejected(CodaError):
    """Coda calls the request malformed (400); asking again does not help."""


class Unaddressable(Rejected):
    """An id that cannot stand in an address: nobody can ask for the item by itself."""

    def __init__(self, reason: str = "its id cannot stand in an address") -> None:
        super().__init__(reason)


class NotExportable(CodaError):
    """A page of a type that Coda cannot export."""


class Unavailable(CodaError):
    """Coda failed to answer, or answered with something unusable, as often as it was asked."""


class Unanswered(Unavailable):
    """A request that must not be sent twice was sent, and nobody knows what Coda did with it."""


class TooLargeToWrite(Rejected):
    """A row or a request is larger than Coda takes; nothing of it was done."""


class NotYetFresh(Rejected):
    """Coda has changes of this doc that what it would answer does not show yet."""


class Postponed(CodaError):
    """Coda's rate limit refuses this for now (429): nothing was done, and what was known before may be old then."""


class TimeIsUp(MirrorError):
    """The time for which a run may read is over: no item has failed, and the next run goes on.

    No `CodaError`, so that nothing takes it for the failure of an item.
    """

    exit_code = EXIT_PARTIAL

    def __init__(self, left: str = "") -> None:
        """`left` says of docs what of them is there."""
        super().__init__(
            "The time that --for allows was up before any doc was read as a whole, so nothing was committed; the next "
            f"sync goes on from what was read{left and f' ({left})'}."
        )


class OutOfPatience(CodaError):
    """Coda refused every request of a kind for so long that going on is of no use (429)."""
