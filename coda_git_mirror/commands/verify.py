from __future__ import annotations

from pathlib import Path

import click

from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.actions.verify.run import Remote
from coda_git_mirror.actions.verify.run import verify as action
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import mirror_at
from coda_git_mirror.commands.wiring import mirror_options, mirror_source
from coda_git_mirror.errors import EXIT_DONE, EXIT_FAILED, EXIT_PARTIAL, UsageError
from coda_git_mirror.git.private import private_folder_in
from coda_git_mirror.settings import load_settings
from coda_git_mirror.state.standing import write_verified
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.objects.verify import verify_object
from coda_git_mirror.ui.verification import finding_lines, verification_lines


@click.command()
@click.argument("revision", metavar="[REV]", required=False)
@output_option
@click.option("--remote", is_flag=True, help="Compare with Coda too: docs, counts, times, and samples of content.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def verify(
    revision: str | None,
    output: str | None,
    remote: bool,
    as_json: bool,
    verbose: bool,  # noqa: ARG001 (cli.py looks for -v itself)
) -> int:
    """Prove that the mirror is whole, or name what is not.

    Checks a revision: format, checksums, counts, links, names, and git's objects; without REV the last commit, and
    whether the working copy is just that. REV may be a day or a time, as for `restore --at`. Prints a line for each
    finding: path, what is wrong, what to do. Needs a token for --remote only.

    Exit codes: 0 nothing found, 1 cannot be read, 2 wrong usage, 3 with findings.
    """
    if remote and revision:
        raise UsageError("--remote compares Coda with the last commit; leave out REV.")
    folder = mirror_at(output)
    report = action(folder, revision, _remote(folder) if remote else None)
    if revision is None and report.is_readable:
        _remember(folder)
    _show(report, as_json)
    if not report.is_readable:
        return EXIT_FAILED
    return EXIT_PARTIAL if report.findings else EXIT_DONE


def _remember(folder: Path) -> None:
    """Lets `status --check` know that the last commit was looked through."""
    if private_folder := private_folder_in(folder):
        write_verified(private_folder, SystemClock().present())


def _remote(folder: Path) -> Remote:
    settings = load_settings(folder)
    return Remote(mirror_source(folder, settings, SystemClock()), mirror_options(settings))


def _show(report: VerifyReport, as_json: bool) -> None:
    if as_json:
        print_json(verify_object(report))
        return
    for line in finding_lines(report):
        click.echo(line)
    for line in verification_lines(report):
        click.echo(line, err=bool(report.findings))
