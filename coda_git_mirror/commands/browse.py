from __future__ import annotations

import _thread
import contextlib
import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from coda_git_mirror.actions.browse.export_folder import FIRST, ExportFolder
from coda_git_mirror.actions.browse.mirror import Browsed
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import looked_at
from coda_git_mirror.disk.files import require_open_files
from coda_git_mirror.errors import EXIT_DONE, EXIT_PARTIAL, UsageError
from coda_git_mirror.format.text import counted, one_line
from coda_git_mirror.settings import named_folder
from coda_git_mirror.system.programs import begin
from coda_git_mirror.web.app import create_app
from coda_git_mirror.web.export import Exporter
from coda_git_mirror.web.serve import HOST, Server

_KEY_BYTES = 18
"""Which makes a key of 24 characters."""
_OPEN_FILES = 1000
_ENDING = (signal.SIGINT, signal.SIGTERM)


@click.command()
@output_option
@click.option("--port", metavar="N", type=click.IntRange(0, 65535), help="Serve at this port. [default: any]")
@click.option("--no-open", is_flag=True, help="Open no browser; print the address alone.")
@click.option("--export", metavar="DIR", help="Write the pages as files into this new or empty folder; serve nothing.")
@click.option("--at", metavar="REV", help="With --export: the mirror as of this revision or day. [default: HEAD]")
@click.option("--history", is_flag=True, help="With --export: also each earlier version, and what changed.")
@verbose_option
def browse(
    output: str | None,
    port: int | None,
    no_open: bool,
    export: str | None,
    at: str | None,
    history: bool,
    verbose: bool,  # noqa: ARG001 (cli.py looks for -v itself)
) -> int:
    """Look at the mirror and its past in a browser.

    Serves pages on this machine alone, at an address that nobody can guess and that is another one each time, until
    Ctrl-C: every doc, page and table as of any sync, what changed in between, and a search over all time. Asks Coda
    nothing, and changes nothing.

    Exit codes: 0 ended by Ctrl-C or SIGTERM, or exported, 1 failed, 2 wrong usage, 3 exported, but not all of it.
    """
    _require_sense(export, port is not None or no_open, at is not None or history)
    require_open_files(_OPEN_FILES)
    with contextlib.closing(Browsed.open(looked_at(output), _tell)) as browsed:
        if export is not None:
            return _export(browsed, named_folder(export), at, history)
        _serve(browsed, port or 0, no_open)
    return EXIT_DONE


def _require_sense(export: str | None, serves: bool, chooses: bool) -> None:
    if export is not None and serves:
        raise UsageError("--export serves nothing; leave --port and --no-open away.")
    if export is None and chooses:
        raise UsageError("--at and --history are for --export; in the browser every revision can be chosen.")


def _serve(browsed: Browsed, port: int, no_open: bool) -> None:
    server, key = Server(port), secrets.token_urlsafe(_KEY_BYTES)
    with _ended_by_signals(server):
        address = f"http://{HOST}:{server.port}/{key}/"
        click.echo(address)
        sys.stdout.flush()
        if not no_open:
            _open(address)
        server.run(create_app(browsed, key, server.hosts, _tell))


def _export(browsed: Browsed, named: Path, at: str | None, history: bool) -> int:
    folder = ExportFolder(browsed.repository, named)
    report = Exporter(browsed, folder, browsed.named(at or "HEAD"), history, _tell).run()
    written = f"{counted(report.pages, 'page')} and {counted(report.files, 'file')}"
    place = one_line(str(folder.folder))
    click.echo(f"Exported {written} into {place}; open {FIRST} there. Your docs lie in it in plain.")
    for why in report.left_out:
        _tell(f"Left out: {why}")
    return EXIT_PARTIAL if report.left_out else EXIT_DONE


def _tell(line: str) -> None:
    click.echo(one_line(line), err=True)


def _open(address: str) -> None:
    """In the user's browser, if there is one."""
    click.echo("This serves until you press Ctrl-C.", err=True)
    if sys.executable:
        begin([sys.executable, "-I", "-m", "webbrowser", address])


@contextlib.contextmanager
def _ended_by_signals(server: Server) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM end the server, which is how it is meant to end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        # Elsewhere, since the signal may have come while this thread holds the server's lock.
        _thread.start_new_thread(server.stop, ())

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
