from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import click

from coda_git_mirror.actions.query.listing import listed_tables
from coda_git_mirror.actions.query.loading import Meant
from coda_git_mirror.actions.query.plan import plan
from coda_git_mirror.actions.query.run import Asked, answer, answer_from, meant
from coda_git_mirror.actions.query.saving import require_new, save
from coda_git_mirror.commands.options import docs_option, output_option, verbose_option
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.errors import EXIT_DONE, EXIT_PARTIAL, UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.answer import Answer
from coda_git_mirror.settings import named_folder
from coda_git_mirror.ui.answer import csv_pieces, json_pieces, jsonl_pieces, line_pieces, list_pieces, table_lines
from coda_git_mirror.ui.listing import listing_answer, listing_lines, listing_objects, saved_line
from coda_git_mirror.ui.output import print_bytes
from coda_git_mirror.ui.paint import print_lines

_COMMENT = re.compile(r"--[^\s=]*\s")


class _TakingSql(click.Command):
    """Takes SQL that begins with a comment for what it is, which has a blank or line end where no option has one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {word}" if _COMMENT.match(word) else word for word in args])


@click.command(cls=_TakingSql)
@click.argument("words", metavar="[SQL]", nargs=-1)
@click.option(
    "--at", metavar="REV", help="A revision, a day (2026-03-01) or a time (2026-03-01T12:00). [default: HEAD]"
)
@docs_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "jsonl"]),
    default="table",
    show_default=True,
    help="How the answer is printed.",
)
@click.option("--save", "saved", metavar="FILE.sqlite", help="Write all tables into a new file of SQLite.")
@output_option
@verbose_option
def query(
    words: tuple[str, ...],
    at: str | None,
    docs: tuple[str, ...],
    form: str,
    saved: str | None,
    output: str | None,
    verbose: bool,  # noqa: ARG001 (cli.py looks for -v itself)
) -> int:
    """Ask the mirror's tables by SQL, or list them.

    \b
      query                                                    the tables and their columns
      query 'SELECT Status, count(*) FROM Tasks GROUP BY Status'
      query 'SELECT * FROM "sales-crm/tasks"' --at 2026-03-01 --format csv
      query "SELECT name, path FROM pages WHERE markdown LIKE '%invoice%'"
      query 'SELECT date, name, what FROM history JOIN pages ON id = item ORDER BY date DESC'
      query --save crm.sqlite --doc "Sales CRM"                a file for datasette, pandas, DuckDB

    SQL is SQLite's, and can only read. Each table and view is there as "doc-slug/table-slug", and by its own name where
    no other has it; `pages` and `history` are about all docs. Nothing changes, and no token is needed.

    Exit codes: 0 done, 1 failed, 2 wrong usage or SQL, 3 what is damaged in the mirror was left out, 130 interrupted,
    143 terminated.
    """
    if len(words) > 1:
        raise UsageError("The SQL came in several words; put all of it in quotes.")
    sql = words[0] if words else None
    folder = past_of(output)
    file = named_folder(saved) if saved is not None else None
    if file:
        require_new(file, folder)
    of = meant(folder, Asked(at, docs), _tell)
    if file:
        return _save(of, file, sql, form)
    if sql is None:
        return _list(of, form)
    with answer(of, sql, _tell) as answered:
        _show(answered.answer, form)
        return EXIT_DONE if answered.is_whole else EXIT_PARTIAL


def _save(of: Meant, file: Path, sql: str | None, form: str) -> int:
    """Saves, and asks what was saved; wrong SQL is told before anything is written."""
    planned = plan(sql, of) if sql is not None else None
    saved = save(of, file, _tell)
    click.echo(saved_line(saved), err=planned is not None)
    if planned:
        with answer_from(file, planned) as found:
            _show(found, form)
    return EXIT_PARTIAL if saved.left_out else EXIT_DONE


def _show(answer: Answer, form: str) -> None:
    if form == "table":
        print_lines(table_lines(answer, shutil.get_terminal_size().columns if sys.stdout.isatty() else None))
    else:
        print_bytes(_PIECES[form](answer))


def _list(of: Meant, form: str) -> int:
    left_out = of.catalog.left_out

    def leave_out(sentence: str) -> None:
        left_out.append(sentence)
        _tell(sentence)

    tables = listed_tables(of, leave_out)
    if form == "table":
        print_lines(listing_lines(tables))
    elif form == "csv":
        print_bytes(csv_pieces(listing_answer(tables)))
    else:
        print_bytes(list_pieces(listing_objects(tables)) if form == "json" else line_pieces(listing_objects(tables)))
    return EXIT_PARTIAL if left_out else EXIT_DONE


def _tell(sentence: str) -> None:
    click.echo(f"Note: {one_line(sentence)}", err=True)


_PIECES = {"csv": csv_pieces, "json": json_pieces, "jsonl": jsonl_pieces}
