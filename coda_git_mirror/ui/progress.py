"""Progress as bars on a terminal, and as a line for each doc in a pipe. Both write to standard error."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from coda_git_mirror import progress
from coda_git_mirror.format.text import counted, one_line


class Plain:
    """A line for each doc."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._docs = self._done = self._rows = 0

    def begin(self, docs: int, pages: int) -> None:
        self._docs = docs
        click.echo(f"Reading {counted(docs, 'doc')} with {counted(pages, 'page')}.", err=True)

    def doc_begins(self, name: str, pages: int, tables: int) -> None:
        with self._lock:
            self._rows = 0
            self._shape = f"{counted(pages, 'page')}, {counted(tables, 'table')}"

    def page_done(self) -> None:
        pass

    def rows_read(self, count: int) -> None:
        with self._lock:
            self._rows += count

    def doc_done(self, name: str, problems: int) -> None:
        self._done += 1
        trouble = f", {counted(problems, 'problem')}" if problems else ""
        line = f"[{self._done}/{self._docs}] {one_line(name)}: {self._shape}, {counted(self._rows, 'row')}{trouble}"
        click.echo(line, err=True)

    def note(self, text: str) -> None:
        click.echo(text, err=True)


class Live:
    """One bar that counts pages, with the doc at hand and the rows read so far."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("Looking at the account", total=None, rows=0)
        self._lock = threading.Lock()
        self._rows = 0

    def begin(self, docs: int, pages: int) -> None:
        self._bars.update(self._task, description=f"Reading {counted(docs, 'doc')}", total=pages)

    def doc_begins(self, name: str, pages: int, tables: int) -> None:
        self._bars.update(self._task, description=_bar_title(name))

    def page_done(self) -> None:
        self._bars.advance(self._task)

    def rows_read(self, count: int) -> None:
        with self._lock:
            self._rows += count
            self._bars.update(self._task, rows=self._rows)

    def doc_done(self, name: str, problems: int) -> None:
        if problems:
            self.note(f"{one_line(name)}: {counted(problems, 'problem')}")

    def note(self, text: str) -> None:
        self._bars.console.print(text, markup=False, highlight=False)


def _bar_title(name: str) -> str:
    title = one_line(name)
    return title if len(title) <= 30 else title[:29] + "…"


@contextmanager
def shown_progress(quiet: bool) -> Iterator[progress.Progress]:
    """Progress for a command: none with `quiet`, bars on a terminal, else plain lines."""
    console = Console(stderr=True)
    if quiet:
        yield progress.Silent()
    elif not console.is_terminal:
        yield Plain()
    else:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("pages, {task.fields[rows]} rows", markup=False),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bars:
            yield Live(bars)
