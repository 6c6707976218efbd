from __future__ import annotations

import click

from coda_git_mirror.actions.restore import Wanted
from coda_git_mirror.actions.restore import restore as action
from coda_git_mirror.commands.options import docs_option, output_option, verbose_option
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.errors import EXIT_DONE, EXIT_PARTIAL
from coda_git_mirror.settings import named_folder
from coda_git_mirror.ui.restoration import left_out_lines, restoration_lines


@click.command()
@click.argument("folder", metavar="DEST")
@click.option(
    "--at", metavar="REV", help="A revision, a day (2026-03-01) or a time (2026-03-01T12:00). [default: HEAD]"
)
@docs_option
@click.option("--path", metavar="P", help="Only this file or folder of the mirror, such as docs/NAME/pages.")
@click.option("--page", metavar="N", help="Only this page, table or view, by its name or id; its doc with --doc.")
@output_option
@verbose_option
def restore(
    folder: str,
    at: str | None,
    docs: tuple[str, ...],
    path: str | None,
    page: str | None,
    output: str | None,
    verbose: bool,  # noqa: ARG001 (cli.py looks for -v itself)
) -> int:
    """Write files of the mirror, as they were, into DEST.

    DEST is a new or an empty folder outside the mirror; files get the paths there that they have in the mirror, which
    itself stays as it is. A day or a time means what the last sync up to then, or up to the end of that day, had found.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some files could not be restored and are listed.
    """
    report = action(past_of(output), named_folder(folder), Wanted(at, docs, path, page))
    click.echo("\n".join(restoration_lines(report)))
    for line in left_out_lines(report):
        click.echo(line, err=True)
    return EXIT_PARTIAL if report.left_out else EXIT_DONE
