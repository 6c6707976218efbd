from __future__ import annotations

import click

from coda_git_mirror.actions.diff import diff as action
from coda_git_mirror.actions.entry import read_soundly
from coda_git_mirror.changes.difference_objects import diff_object
from coda_git_mirror.commands.options import docs_option, output_option, verbose_option
from coda_git_mirror.commands.paging import show_lines
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.diff import diff_lines


@click.command()
@click.argument("before", metavar="[A", required=False)
@click.argument("after", metavar="[B]]", required=False)
@output_option
@docs_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def diff(
    before: str | None,
    after: str | None,
    output: str | None,
    docs: tuple[str, ...],
    as_json: bool,
    verbose: bool,  # noqa: ARG001 (cli.py looks for -v itself)
) -> None:
    """Show what changed, page by page and cell by cell.

    Compares revision A with revision B; A alone with the working copy, such as `diff HEAD` for what you edited there;
    without either, shows what the last sync brought. A revision is what git knows (a commit, HEAD~3, a tag), or a day
    such as 2026-03-31 or a time such as 2026-03-31T12:00: what the last sync up to the end of that day, or up to then,
    had found.
    """
    folder = past_of(output)
    differences = action(folder, [each for each in (before, after) if each is not None], docs)
    if as_json:
        print_json(diff_object(differences), read_soundly)
    else:
        show_lines(read_soundly(diff_lines(differences)), folder, "diff")
