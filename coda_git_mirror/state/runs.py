"""Remembers how the runs of this working copy ended, under git's own folder: a cache, whose loss costs one sync."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from coda_git_mirror.disk.remembered import remembered

_RUNS, _LAST = "runs.json", "last-run.json"


@dataclass(frozen=True)
class Failure:
    """A run that failed: when, with which exit code, and its sentence."""

    at: datetime
    exit_code: int
    sentence: str


@dataclass(frozen=True)
class Runs:
    """The last run that mirrored the whole selection, the last one that failed, and how many have failed since."""

    last_success: datetime | None = None
    last_failure: Failure | None = None
    failures: int = 0

    def age(self, now: datetime) -> timedelta | None:
        """Since the last success; None where there was none, or only one that is still to come: a clock was wrong."""
        age = now - self.last_success if self.last_success else None
        return None if age is None or age < timedelta(0) else age

    def is_due(self, every: timedelta, now: datetime) -> bool:
        """Whether no success is younger than that."""
        age = self.age(now)
        return age is None or age >= every

    def succeeded(self, now: datetime) -> Runs:
        return replace(self, last_success=now, failures=0)

    def failed(self, now: datetime, exit_code: int, sentence: str) -> Runs:
        return replace(self, last_failure=Failure(now, exit_code, sentence), failures=self.failures + 1)


@dataclass(frozen=True)
class LastRun:
    """When the last run of any kind ended and how, and what it cost; `is_whole`: it was over the whole selection."""

    at: datetime
    exit_code: int
    is_whole: bool
    requests: int = 0
    seconds: float = 0.0


def read_runs(private_folder: Path) -> Runs:
    """What is known of the runs; nothing where the file is lost or spoilt."""
    return remembered(private_folder / _RUNS, _runs, Runs())


def write_runs(private_folder: Path, runs: Runs) -> None:
    """Remembers it, as far as the disk lets."""
    failure = runs.last_failure
    write_note(
        private_folder / _RUNS,
        {
            "last_success": {"at": text_of(runs.last_success)} if runs.last_success else None,
            "last_failure": {"at": text_of(failure.at), "exit": failure.exit_code, "sentence": failure.sentence}
            if failure
            else None,
            "failures": runs.failures,
        },
    )


def read_last_run(private_folder: Path) -> LastRun | None:
    return remembered(private_folder / _LAST, _last_run, None)


def write_last_run(private_folder: Path, run: LastRun) -> None:
    """Remembers the last run, as far as the disk lets."""
    write_note(private_folder / _LAST, {**asdict(run), "at": text_of(run.at)})


def _runs(stored: Any) -> Runs:
    success, failure, failures = stored["last_success"], stored["last_failure"], stored["failures"]
    if type(failures) is not int or failures < 0:
        raise ValueError("no number of failures")
    return Runs(instant_of(success["at"]) if success else None, _failure(failure) if failure else None, failures)


def _failure(stored: Any) -> Failure:
    return Failure(instant_of(stored["at"]), int(stored["exit"]), str(stored["sentence"]))


def _last_run(stored: Any) -> LastRun:
    cost = int(stored["requests"]), float(stored["seconds"])
    return LastRun(instant_of(stored["at"]), int(stored["exit_code"]), bool(stored["is_whole"]), *cost)


def instant_of(text: str) -> datetime:
    """Raises ValueError for one without a zone."""
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError("a time of nowhere")
    return when.astimezone(UTC)


def text_of(when: datetime) -> str:
    """An instant as notes have it, to the second."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def write_note(file: Path, value: Any) -> None:
    """Writes a note as far as the disk lets.

    On a full one there may be no room for a new file, but for other bytes in the place of the old ones.
    """
    from coda_git_mirror.disk.atomic import write_atomically
    from coda_git_mirror.disk.files import overwrite

    content = json.dumps(value).encode()
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_atomically(file, content)
        except OSError:
            overwrite(file, content)
