from __future__ import annotations

import click

from coda_git_mirror.actions.held_files import file_finder
from coda_git_mirror.actions.live_rows import AskedRows, live_rows
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.completion import complete_docs
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.wiring import asset_hosts, mirror_source
from coda_git_mirror.settings import load_settings, mirror_folder
from coda_git_mirror.ui.live_rows import csv_pieces, json_pieces, table_lines
from coda_git_mirror.ui.output import print_bytes
from coda_git_mirror.ui.paint import print_lines


@click.command()
@click.argument("doc", shell_complete=complete_docs)
@click.argument("table")
@click.option(
    "--where",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Only rows with this value; an empty one finds empty cells. Can be given several times.",
)
@click.option("--row", metavar="R", help="Only this row: its id or its exact name.")
@click.option("--columns", metavar="A,B", help="Only these columns, in the table's order.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "jsonl"]),
    default="table",
    show_default=True,
    help="csv and jsonl are as in the mirror's files.",
)
@click.option("--fresh", is_flag=True, help="Wait up to 60 seconds until all changes made so far show.")
@output_option
@verbose_option
def rows(
    doc: str,
    table: str,
    where: tuple[str, ...],
    row: str | None,
    columns: str | None,
    form: str,
    fresh: bool,
    output: str | None,
    verbose: bool,  # noqa: ARG001 (cli.py looks for -v itself)
) -> None:
    """Show rows of a table or view as Coda has them now.

    DOC and TABLE are ids, exact names, or addresses in the browser. Nothing changes, neither in Coda nor in the mirror,
    and without a mirror it works too.

    \b
      rows "Sales CRM" Tasks --where Status=Open --where Owner=ada@example.org
      rows "Sales CRM" Tasks --where '"Due = date"=2026-03-31' --columns Task,Owner
      rows "Sales CRM" Tasks --row "Ship it" --format jsonl --fresh
    """
    folder = mirror_folder(output)
    settings = load_settings(folder)
    clock = SystemClock()
    found = live_rows(mirror_source(folder, settings, clock), AskedRows(doc, table, where, row, columns, fresh), clock)
    if form == "csv":
        file_of = file_finder(folder, found.doc.id, asset_hosts().named)
        print_bytes(csv_pieces(found, settings.csv_formula_guard, file_of))
    elif form == "jsonl":
        print_bytes(json_pieces(found))
    else:
        print_lines(table_lines(found))
