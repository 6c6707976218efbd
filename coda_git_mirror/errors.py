"""Expected failures: `str(error)` is the sentence a user reads, the class carries the exit code of the command line."""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PARTIAL = 3
EXIT_PUSH_FAILED = 4
EXIT_BUSY = 5
EXIT_INTERRUPTED = 130


class MirrorError(Exception):
    """Something failed and nothing was committed; the text says what happened and what to do."""

    exit_code = EXIT_FAILED


class UsageError(MirrorError):
    """The command line, the settings or the environment ask for something that cannot be."""

    exit_code = EXIT_USAGE


class MirrorBusy(MirrorError):
    """Another process holds this mirror."""

    exit_code = EXIT_BUSY
