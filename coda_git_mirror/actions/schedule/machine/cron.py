"""The user's crontab: the lines of others stay as they are, to the byte."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from coda_git_mirror.actions.schedule.kinds.cron import block
from coda_git_mirror.actions.schedule.machine.found import Found, next_tick
from coda_git_mirror.actions.schedule.naming import end_marker, marker
from coda_git_mirror.actions.schedule.plan import Job, Plan
from coda_git_mirror.errors import MirrorError
from coda_git_mirror.system.programs import ask

_DAEMONS = {"cron", "crond", "fcron", "dcron"}
_NONE = re.compile(r"no crontab for|can't open|No such file")
_TICK = re.compile(r"(\d+) (?:\*|(\d+)(?:-(\d+))?) \* \* \* ")
_NO_DAEMON = "No cron daemon runs here, so nothing would start it"


class Cron:
    """Raises NoSuchProgram where there is no `crontab`."""

    def __init__(self, processes: Path = Path("/proc")) -> None:
        self._processes = processes

    def install(self, plan: Plan, job: Job) -> bool:
        if not self._runs():
            raise MirrorError(f"{_NO_DAEMON}; install and start one (such as Debian's package cron), then try again.")
        before, ours = _read(), block(plan, job)
        if ours in before:
            return False
        _write(_without(before, job.place) + ours)
        if ours not in _read():
            raise MirrorError("`crontab` took the new line and does not show it; look at it with `crontab -l`.")
        return True

    def remove(self, place: str) -> bool:
        before = _read()
        if (after := _without(before, place)) == before:
            return False
        _write(after)
        if _block(_read(), place):
            raise MirrorError("`crontab` still shows the line that was taken away; look at it with `crontab -l`.")
        return True

    def look(self, place: str, now: datetime) -> Found:
        if not (ours := _block(_read(), place)):
            return Found()
        tick = next(filter(None, map(_TICK.match, ours.split("\n"))), None)
        if tick is None:
            return Found("the crontab", fault="its line is not active; install it again, or take the rest away")
        if not self._runs():
            return Found("the crontab", fault="no cron daemon runs here")
        first, last = int(tick[2] or 0), int(tick[3] or tick[2] or 23)
        return Found("the crontab", next_tick(int(tick[1]), range(first, last + 1), now))

    def _runs(self) -> bool:
        """Whether a cron daemon does; that of macOS starts when there is a crontab."""
        if sys.platform == "darwin":
            return True
        if not self._processes.is_dir():
            return ask(["pgrep", "-x", "|".join(sorted(_DAEMONS))]).exit_code == 0
        return any(not _DAEMONS.isdisjoint(names) for names in self._names())

    def _names(self) -> Iterator[set[str]]:
        """By which names each process goes: that of its program, and of a script."""
        for process in self._processes.glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")[:2]
                name = (process / "comm").read_text(errors="replace").strip()
            except OSError:
                continue
            if words[0]:  # a process that has ended has no words any more
                yield {name, *(word.decode(errors="replace").rpartition("/")[2] for word in words)}


def _read() -> str:
    """The crontab, with an end to its last line; empty where there is none. What cannot be read is never written."""
    answer = ask(["crontab", "-l"])
    if answer.exit_code and not _NONE.search(answer.errors):
        raise MirrorError(f"`crontab -l` failed ({answer.words}); nothing was changed.")
    if answer.exit_code:
        return ""
    return answer.text if answer.text.endswith("\n") or not answer.text else f"{answer.text}\n"


def _write(text: str) -> None:
    """Of no lines there is no crontab, as there was none before the first."""
    content = text.encode("utf-8", "surrogateescape")
    answer = ask(["crontab", "-"], content) if content else ask(["crontab", "-r"])
    if answer.exit_code:
        raise MirrorError(f"`crontab` did not take the new lines ({answer.words}); the crontab is as it was.")


def _block(text: str, place: str) -> str:
    """Our lines for a place. Raises MirrorError where their end is missing: what follows may be somebody's."""
    begin, end = f"# {marker(place)}\n", f"# {end_marker(place)}\n"
    start = 0 if text.startswith(begin) else text.find(f"\n{begin}") + 1
    if not text.startswith(begin, start):
        return ""
    stop = text.find(end, start)
    ours = text[start : stop + len(end)]
    if stop < 0 or ours.count("\n") > 3:
        raise MirrorError(f"The lines for {place} in the crontab have lost their end; mend them with `crontab -e`.")
    return ours


def _without(text: str, place: str) -> str:
    while ours := _block(text, place):
        text = text.replace(ours, "", 1)
    return text
