from __future__ import annotations

import json

import click

from coda_git_mirror.actions.verify.report import VerifyReport
from coda_git_mirror.actions.verify.run import verify as action
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.errors import EXIT_DONE, EXIT_FAILED, EXIT_PARTIAL
from coda_git_mirror.settings import mirror_folder
from coda_git_mirror.ui.verification import finding_lines, verification_lines


@click.command()
@click.argument("revision", metavar="[REV]", required=False)
@output_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def verify(revision: str | None, output: str | None, as_json: bool, verbose: bool) -> int:  # noqa: ARG001 (see cli.py)
    """Prove that the mirror is whole, or name what is not.

    Checks a revision: format, checksums, counts, links, names, and git's objects; without REV the last commit, and
    whether the working copy is just that. Prints a line for each finding: path, what is wrong, what to do.

    Exit codes: 0 nothing found, 1 cannot be read, 2 wrong usage, 3 with findings.
    """
    report = action(mirror_folder(output), revision)
    _show(report, as_json)
    if not report.is_readable:
        return EXIT_FAILED
    return EXIT_PARTIAL if report.findings else EXIT_DONE


def _show(report: VerifyReport, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=True, indent=2))
        return
    for line in finding_lines(report):
        click.echo(line)
    for line in verification_lines(report):
        click.echo(line, err=bool(report.findings))
