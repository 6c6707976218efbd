from __future__ import annotations

import shlex

import click

from coda_git_mirror.actions.drop import drop as action
from coda_git_mirror.actions.entry import complete_interrupted
from coda_git_mirror.commands.completion import complete_docs
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import mirror_at
from coda_git_mirror.commands.wiring import mirror_options
from coda_git_mirror.format.text import one_line
from coda_git_mirror.settings import load_settings
from coda_git_mirror.ui.progress import Plain


@click.command()
@click.argument("doc", shell_complete=complete_docs)
@output_option
@verbose_option
def drop(doc: str, output: str | None, verbose: bool) -> None:  # noqa: ARG001 (cli.py looks for -v itself)
    """Take a doc out of the mirror, and exclude it from now on.

    DOC is an id, exact name, pattern or address that names one doc of the mirror. Its files go in a commit of their
    own, which also writes its id into `exclude` in coda-mirror.toml. The history keeps what older commits hold of it.
    """
    folder = mirror_at(output)
    complete_interrupted(folder, Plain())
    dropped = action(folder, doc, mirror_options(load_settings(folder)), Plain())
    click.echo(
        f"Committed {dropped.commit[:10]}: dropped {one_line(dropped.doc.name)} ({dropped.doc.path}); "
        f"{'the settings exclude it already' if dropped.excluded else 'coda-mirror.toml excludes it now'}."
    )
    click.echo(
        "Older commits still hold it: "
        f"`coda-git-mirror restore DEST -o {shlex.quote(str(folder))} --at {dropped.commit[:10]}~1` brings it back."
    )
