"""Progress as a bar on a terminal, and as a line for each doc in a pipe. Both write to standard error."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text

from coda_git_mirror import progress
from coda_git_mirror.actions.sync.cost import seconds_for
from coda_git_mirror.clock import Clock
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.model.traffic import RateClass, Requests, Traffic
from coda_git_mirror.ui.report import duration

_SPEED_SECONDS = 5.0
_REFRESHES = 4
_BAR = 20
"""So wide that all of the line fits into 80 columns."""
_SHOWN_CLASSES = {RateClass.READ: "reads", RateClass.EXPORT: "exports"}


class Counts:
    """Counts what is told, from any thread."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.docs = self.docs_done = self.pages = self.pages_done = self.rows = 0
        self.rows_to_write = self.rows_written = self.writes = self.writes_sent = 0
        self.expected: Requests = Requests()

    def begin(self, docs: int) -> None:
        """A command may sync twice: each time is counted by itself."""
        with self.lock:
            self.docs, self.docs_done, self.expected = docs, 0, Requests()
            self.pages = self.pages_done = self.rows = 0

    def expect(self, pages: int, requests: Requests) -> None:
        with self.lock:
            self.pages += pages
            self.expected.update(requests)

    def page_done(self) -> None:
        with self.lock:
            self.pages_done += 1

    def rows_read(self, count: int) -> None:
        with self.lock:
            self.rows += count

    def doc_done(self, doc: progress.DocDone) -> None:
        with self.lock:
            self.docs_done += 1

    def writing(self, rows: int, requests: int) -> None:
        with self.lock:
            self.rows_to_write, self.writes = rows, requests

    def written(self, rows: int, requests: int) -> None:
        with self.lock:
            self.rows_written += rows
            self.writes_sent += requests

    def time_left(self, traffic: Traffic) -> str:
        """Of sending what is to be written, at the present rate."""
        left, rate = max(self.writes - self.writes_sent, 0), traffic.rates.get(RateClass.CONTENT)
        return time_left(left / rate) if rate else ""


class Plain(Counts):
    """A line for each doc that is read, and for each tenth of what is written, with the time that is left."""

    def __init__(self, traffic: Callable[[], Traffic] | None = None) -> None:
        super().__init__()
        self._traffic = traffic

    def begin(self, docs: int) -> None:
        super().begin(docs)
        if docs:
            click.echo(f"Reading {counted(docs, 'doc')}.", err=True)

    def doc_done(self, doc: progress.DocDone) -> None:
        super().doc_done(doc)
        trouble = f", {counted(doc.problems, 'problem')}" if doc.problems else ""
        read = f"{counted(doc.pages, 'page')}, {counted(doc.tables, 'table')}, {counted(doc.rows, 'row')}"
        click.echo(f"[{self.docs_done}/{self.docs}] {one_line(doc.name)}: {read}{trouble}", err=True)

    def writing(self, rows: int, requests: int) -> None:
        super().writing(rows, requests)
        click.echo(f"Writing {counted(rows, 'row')} with {counted(requests, 'request')}.", err=True)

    def written(self, rows: int, requests: int) -> None:
        tenths = self._tenths()
        super().written(rows, requests)
        if self._tenths() > tenths:
            left = self.time_left(self._traffic()) if self._traffic else ""
            sent = f"[{min(self.rows_written, self.rows_to_write)}/{self.rows_to_write}] rows sent"
            click.echo(", ".join(filter(None, [sent, left])), err=True)

    def _tenths(self) -> int:
        return 10 * self.writes_sent // max(self.writes, 1)

    def note(self, text: str) -> None:
        click.echo(one_line(text), err=True)


class Dashboard(Counts):
    """A bar of the requests that the run needs, with the time that is left; below it what was read.

    `formats` is in how many a page is exported.
    """

    def __init__(self, console: Console, traffic: Callable[[], Traffic], clock: Clock, formats: int) -> None:
        super().__init__()
        self._console, self._traffic, self._formats = console, traffic, formats
        self._sent_before: Requests = Requests()
        self._is_writing = False
        self._speed = Speed(clock)
        left = TextColumn("{task.fields[left]}", markup=False)
        text = TextColumn("{task.description}", markup=False)
        self._bars = Bars(
            _spinner(console), text, BarColumn(bar_width=_BAR), TaskProgressColumn(), left, console=console
        )
        self._task = self._bars.add_task("Looking at the account", total=None, left="")

    def begin(self, docs: int) -> None:
        self._sent_before = self._traffic().sent
        self._is_writing = False
        super().begin(docs)

    def writing(self, rows: int, requests: int) -> None:
        super().writing(rows, requests)
        self._is_writing = True

    def doc_done(self, doc: progress.DocDone) -> None:
        super().doc_done(doc)
        if doc.problems:
            self.note(f"{one_line(doc.name)}: {counted(doc.problems, 'problem')}")

    def note(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False)

    def __rich__(self) -> RenderableType:
        traffic = self._traffic()
        if self._is_writing:
            self._show_writing(traffic)
        elif self.docs:
            left = self.expected - (traffic.sent - self._sent_before)
            done = self.expected.total() - left.total()
            self._bars.update(
                self._task,
                description=f"Reading {counted(self.docs, 'doc')}",
                total=max(self.expected.total(), 1),
                completed=done,
                left=time_left(seconds_for(left, traffic, self._formats)),
            )
        return Group(self._bars, Text(f"  {self.summary(traffic)}", style="dim"))

    def _show_writing(self, traffic: Traffic) -> None:
        self._bars.update(
            self._task,
            description=f"Writing {counted(self.rows_to_write, 'row')}",
            total=max(self.writes, 1),
            completed=self.writes_sent,
            left=self.time_left(traffic),
        )

    def summary(self, traffic: Traffic) -> str:
        """What was read, and how fast, in one line."""
        pages = f"{self.pages_done} of {counted(self.pages, 'page')}"
        read = f"{counted(self.docs_done, 'doc')}, {pages}, {counted(self.rows, 'row')}"
        refused = [f"{traffic.refused} refused (429)"] if traffic.refused else []
        again = [f"{counted(traffic.retrying, 'request')} failed, trying again"] if traffic.retrying else []
        return " · ".join([read, *self._speed.told(traffic), *refused, *again])


def _spinner(console: Console) -> SpinnerColumn:
    return SpinnerColumn("line" if console.options.ascii_only else "dots")


class Speed:
    """Requests a second of the last few seconds, against the present limit of each class."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._samples: deque[tuple[float, Requests]] = deque()

    def told(self, traffic: Traffic) -> Iterator[str]:
        now = self._clock.now()
        self._samples.append((now, traffic.sent))
        while self._samples[0][0] < now - _SPEED_SECONDS:
            self._samples.popleft()
        begun, before = self._samples[0]
        for kind, name in _SHOWN_CLASSES.items():
            rate, sent = traffic.rates.get(kind), traffic.sent[kind] - before[kind]
            if rate and now > begun:
                yield f"{sent / (now - begun):.1f} of {rate:.1f} {name}/s"


def time_left(seconds: float) -> str:
    """What is left of a run; nothing where that is next to nothing."""
    return f"about {duration(seconds)} left" if seconds >= 1 else ""


@contextmanager
def shown_progress(
    quiet: bool, traffic: Callable[[], Traffic], clock: Clock, formats: int
) -> Iterator[progress.Progress]:
    """Progress for a command: none with `quiet`, a bar on a terminal, else plain lines.

    `formats` is in how many a page is exported.
    """
    console = Console(file=sys.stderr)
    if quiet:
        yield progress.Silent()
    elif not console.is_terminal:
        yield Plain(traffic)
    else:
        dashboard = Dashboard(console, traffic, clock, formats)
        with Live(dashboard, console=console, transient=True, refresh_per_second=_REFRESHES):
            yield dashboard
