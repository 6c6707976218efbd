"""How a command ended is one value, whatever ended it."""

from __future__ import annotations

import pytest

from coda_git_mirror.clock import Terminated
from coda_git_mirror.errors import MirrorBusy, MirrorError, PushFailed, UsageError
from coda_git_mirror.outcome import Ending, Outcome, done, failed, outcome_of
from coda_git_mirror.redact import Secret


def _ending_with(error: BaseException) -> Outcome[str]:
    def run() -> Outcome[str]:
        raise error

    return outcome_of(run)


@pytest.mark.parametrize(
    ("error", "ending", "code", "reason"),
    [
        (MirrorError("No\n  room."), Ending.FAILED, 1, "No room."),
        (UsageError("No such doc."), Ending.FAILED, 2, "No such doc."),
        (PushFailed("No remote."), Ending.FAILED, 4, "No remote."),
        (MirrorBusy("Another sync."), Ending.FAILED, 5, "Another sync."),
        (KeyboardInterrupt(), Ending.INTERRUPTED, 130, "Interrupted; nothing is lost"),
        (Terminated(), Ending.INTERRUPTED, 143, "Terminated; nothing is lost"),
        (ZeroDivisionError("1/0"), Ending.FAILED, 1, "An unexpected failure (ZeroDivisionError: 1/0); run it again"),
    ],
)
def test_whatever_ends_a_command_is_told_in_a_sentence(
    error: BaseException, ending: Ending, code: int, reason: str
) -> None:
    outcome = _ending_with(error)
    assert (outcome.ending, outcome.exit_code, outcome.failure) == (ending, code, error)
    assert outcome.reason.startswith(reason)
    assert outcome.result is None


def test_what_was_done_has_no_reason() -> None:
    assert outcome_of(lambda: done("all")) == Outcome(Ending.DONE, 0, "", "all")
    assert done("most", with_problems=True) == Outcome(Ending.PROBLEMS, 3, "", "most")


def test_a_part_that_was_done_before_the_failure_stays_known() -> None:
    outcome = failed(PushFailed("No remote."), "committed")
    assert (outcome.exit_code, outcome.result) == (4, "committed")


def test_no_secret_is_in_a_reason() -> None:
    Secret("tok-5up3r")
    assert "tok-5up3r" not in _ending_with(MirrorError("Bearer tok-5up3r is bad.")).reason
