"""How a command ended, as one value that is made before anything of it is shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from coda_git_mirror.clock import Terminated
from coda_git_mirror.errors import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_PARTIAL,
    EXIT_TERMINATED,
    INTERRUPTED,
    TERMINATED,
    MirrorError,
)
from coda_git_mirror.format.text import one_line
from coda_git_mirror.redact import redacted

Result = TypeVar("Result")


class Ending(Enum):
    """The four ways in which a command can end."""

    DONE = "done"
    PROBLEMS = "done, with problems"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """`reason` is one sentence for the user, without secrets, that tells why not all was done; empty where it was.

    `result` is what was done; of a failed command it may be a part. `failure` is the exception that ended it.
    """

    ending: Ending
    exit_code: int
    reason: str = ""
    result: Result | None = None
    failure: BaseException | None = None


def done(result: Result, with_problems: bool = False) -> Outcome[Result]:
    """A command that did what it was asked for, but for the problems that its result tells."""
    if with_problems:
        return Outcome(Ending.PROBLEMS, EXIT_PARTIAL, result=result)
    return Outcome(Ending.DONE, EXIT_DONE, result=result)


def failed(error: Exception, result: Result | None = None) -> Outcome[Result]:
    """A command that an exception ended; `result` is what it had done until then."""
    if isinstance(error, MirrorError):
        return Outcome(Ending.FAILED, error.exit_code, _sentence(str(error)), result, error)
    if reason := _shortage(error):
        return Outcome(Ending.FAILED, EXIT_FAILED, _sentence(reason), result, error)
    text = f"An unexpected failure ({type(error).__name__}: {error}); run it again with -v to see where it arises."
    return Outcome(Ending.FAILED, EXIT_FAILED, _sentence(text), result, error)


def _shortage(error: Exception) -> str:
    """What the machine refused, and what helps; empty for other failures."""
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "new thread" in str(error)):
        return "This machine gives the program no more memory or threads; allow it more (`ulimit -a`) and run it again."
    if isinstance(error, OSError) and error.strerror:
        place = f" at {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else ""
        return f"The system refused something{place}: {error.strerror}; put that right and run the command again."
    return ""


def outcome_of(run: Callable[[], Outcome[Result]]) -> Outcome[Result]:
    """Runs something to its end, whatever that is: nothing but the end of the process is left to be caught."""
    try:
        return run()
    except Terminated as ending:
        return Outcome(Ending.INTERRUPTED, EXIT_TERMINATED, TERMINATED, failure=ending)
    except KeyboardInterrupt as ending:
        return Outcome(Ending.INTERRUPTED, EXIT_INTERRUPTED, INTERRUPTED, failure=ending)
    except Exception as error:
        return failed(error)


def _sentence(text: str) -> str:
    return redacted(one_line(text))
