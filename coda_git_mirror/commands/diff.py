from __future__ import annotations

import click

from coda_git_mirror.actions.diff import diff as action
from coda_git_mirror.actions.entry import sound_revisions
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.ui.as_json import diff_object, print_json
from coda_git_mirror.ui.diff import diff_lines
from coda_git_mirror.ui.paint import print_lines


@click.command()
@click.argument("before", metavar="[A", required=False)
@click.argument("after", metavar="[B]]", required=False)
@output_option
@click.option("--doc", "docs", multiple=True, metavar="D", help="Only this doc: id, exact name, pattern or address.")
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
    differences = action(past_of(output), [each for each in (before, after) if each is not None], docs)
    with sound_revisions():  # docs are compared while they are printed
        if as_json:
            print_json(diff_object(differences))
        else:
            print_lines(diff_lines(differences))
