"""Remembers how a sync ended, whatever ended it, and gives word of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from coda_git_mirror.actions.entry import is_mirror
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.word import Word, word_of
from coda_git_mirror.errors import EXIT_BUSY, EXIT_DONE, EXIT_PARTIAL, EXIT_PUSH_FAILED, MirrorError
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.git.private import private_folder_in
from coda_git_mirror.mirror.run_log import LOG, append_run
from coda_git_mirror.model.ledger import open_problems
from coda_git_mirror.outcome import Ending, Outcome
from coda_git_mirror.state.lock import holder_in
from coda_git_mirror.state.runs import LastRun, Runs, read_runs, write_last_run, write_runs
from coda_git_mirror.state.standing import read_standing, write_standing
from coda_git_mirror.ui.report import left_lines, problem_lines
from coda_git_mirror.user_config import UserConfig, load_user_config


class Recording:
    """One sync of the mirror in `folder`; `is_whole` is whether it is about all that the mirror is about."""

    def __init__(self, folder: Path, is_whole: bool) -> None:
        self._folder, self._is_whole = folder, is_whole
        self._word: Word = word_of(UserConfig())

    def begin(self) -> None:
        """Gives word that the sync begins, unless another one is at work. Raises UsageError by the user's file."""
        self._word = word_of(load_user_config())
        private_folder = private_folder_in(self._folder)
        if private_folder is None or holder_in(private_folder) is None:
            self._word.begin()

    def end(self, outcome: Outcome[SyncReport]) -> None:
        """Remembers how it ended where there is a mirror, and gives word of it; the run that holds it does else."""
        if outcome.exit_code == EXIT_BUSY:
            return
        now, private_folder = SystemClock().present(), _private_folder(self._folder)
        if private_folder:
            _remember(private_folder, outcome, self._is_whole, now)
            _log(self._folder, outcome, now)
        self._word.end(outcome.ending, outcome.exit_code, "\n".join(summary_lines(self._folder, outcome)))


def runs_after(runs: Runs, outcome: Outcome[SyncReport], is_whole: bool, now: datetime) -> Runs:
    """What is known of the runs once there is one more.

    One that was asked for a part only, or had to leave something to the next, is neither a success nor a failure.
    """
    if outcome.exit_code not in (EXIT_DONE, EXIT_PARTIAL):
        return runs.failed(now, outcome.exit_code, outcome.reason)
    report = outcome.result
    return runs.succeeded(now) if is_whole and report and not report.left else runs


def summary_lines(folder: Path, outcome: Outcome[SyncReport]) -> Iterator[str]:
    """What became of a sync, for whoever does not sit at this machine."""
    report = outcome.result
    ended = outcome.reason or (_subject(report) if report else "")
    yield f"coda-git-mirror sync of {one_line(str(folder))}: {ended}"
    if report:
        committed = outcome.ending is not Ending.FAILED or outcome.exit_code == EXIT_PUSH_FAILED
        yield from problem_lines(report.problems, committed)
        yield from left_lines(report.left)


def _subject(report: SyncReport) -> str:
    subject = report.message.splitlines()[0] if report.commit else "nothing changed"
    return f"{subject}; {counted(len(report.problems), 'problem')}, {counted(report.requests, 'request')}"


def _private_folder(folder: Path) -> Path | None:
    """Where the mirror in a folder remembers its runs; None where there is no mirror, nor the beginning of one."""
    place = private_folder_in(folder)
    return place if place and (place.is_dir() or _is_mirror(folder)) else None


def _is_mirror(folder: Path) -> bool:
    """Of one that is damaged its log tells that it is one."""
    try:
        return is_mirror(folder)
    except MirrorError:
        return (folder / LOG).is_file()


def _remember(private_folder: Path, outcome: Outcome[SyncReport], is_whole: bool, now: datetime) -> None:
    write_runs(private_folder, runs_after(read_runs(private_folder), outcome, is_whole, now))
    report = outcome.result
    cost = (report.requests, report.seconds) if report else (0, 0.0)
    is_whole = is_whole and not (report and report.left)
    write_last_run(private_folder, LastRun(now, outcome.exit_code, is_whole, *cost))
    if report and (outcome.ending is not Ending.FAILED or outcome.exit_code == EXIT_PUSH_FAILED):
        keys = [problem.key for problem in open_problems(report.ledger)]
        write_standing(private_folder, read_standing(private_folder).after_sync(keys, now))


def _log(folder: Path, outcome: Outcome[SyncReport], now: datetime) -> None:
    """Adds the line of a run that ended before it could write its own, or was ended."""
    is_told = outcome.ending in (Ending.DONE, Ending.PROBLEMS) or outcome.exit_code == EXIT_PUSH_FAILED
    failure = outcome.failure
    if is_told or (isinstance(failure, MirrorError) and failure.is_logged) or not _is_mirror(folder):
        return
    append_run(folder, f"{now:%Y-%m-%dT%H:%M:%SZ} failed: {outcome.reason}")
