from __future__ import annotations

import click

from coda_git_mirror.actions.log.run import log as action
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.paging import show_lines
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.log import log_lines
from coda_git_mirror.ui.objects.log import log_object


@click.command()
@click.argument("words", metavar="[DOC] [PAGE | TABLE [ROW [COLUMN]]]", nargs=-1)
@output_option
@click.option("--column", metavar="C", help="Of a row, only this column: its values through time.")
@click.option("-n", "--number", type=click.IntRange(min=0), default=20, show_default=True, help="How many; 0 for all.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def log(
    words: tuple[str, ...],
    output: str | None,
    column: str | None,
    number: int,
    as_json: bool,
    verbose: bool,  # noqa: ARG001 (cli.py looks for -v itself)
) -> None:
    """Show the past of the account, or of one thing in it.

    \b
      log                                          every sync
      log "Sales CRM"                              those that changed a doc
      log "Sales CRM" Notes                        a page, across its renames
      log "Sales CRM" Tasks                        a table
      log "Sales CRM" Tasks "Ship it"              a row, with its values
      log "Sales CRM" Tasks "Ship it" Status       what this cell said, and since when

    Name things as Coda shows them, or by their ids; the doc may be left out where no other doc has the like.
    What was renamed or removed is found by the names it had.
    """
    folder = past_of(output)
    found = action(folder, words, column, number)
    if as_json:
        print_json(log_object(found))
    else:
        show_lines(log_lines(found), folder, "log")
