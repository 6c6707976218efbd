from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import Any

import click

from coda_git_mirror.actions.entry import complete_interrupted
from coda_git_mirror.actions.recreate.run import Account, Way, abandon, foreseen
from coda_git_mirror.actions.recreate.run import recreate as action
from coda_git_mirror.actions.recreate.target import Target, Words, target_of
from coda_git_mirror.changes.recreation import Wish
from coda_git_mirror.changes.recreation_cost import recreation_cost
from coda_git_mirror.clock import SystemClock, Terminated
from coda_git_mirror.commands.completion import complete_docs
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.commands.wiring import mirror_account, mirror_options
from coda_git_mirror.errors import EXIT_INTERRUPTED, EXIT_PARTIAL, EXIT_TERMINATED, UsageError
from coda_git_mirror.model.recreation import Recreated
from coda_git_mirror.outcome import Ending, Outcome, done
from coda_git_mirror.progress import Silent
from coda_git_mirror.settings import load_settings
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.objects.recreation import abandoned_object, foreseen_object, recreated_object
from coda_git_mirror.ui.paint import print_lines
from coda_git_mirror.ui.plan import how_to_apply
from coda_git_mirror.ui.progress import Plain, shown_progress
from coda_git_mirror.ui.recreation import foreseen_lines, recreated_lines

_COPY = "Copy the living doc, and make the copy what DOC was. [default where DOC lives]"
_RESUME = "Go on where an earlier run of the same has stopped."
_ABANDON = "Delete the doc that an earlier run has begun and not ended."


@click.command()
@click.argument("doc", shell_complete=complete_docs)
@click.option("--at", required=True, metavar="REV", help="A revision, a day (2026-03-01) or a time (2026-03-01T12:00).")
@click.option("--apply", is_flag=True, help="Do it; without this nothing is written.")
@click.option("--title", metavar="T", help="The name of the new doc. [default: that of the old one]")
@click.option("--folder", metavar="F", help="The id of the folder for it. [default: that of the old one]")
@click.option("--page", metavar="P", help="Only this page and those below it, beside where it was in the living doc.")
@click.option("--copy", "way", flag_value="copy", help=_COPY)
@click.option("--from-nothing", "way", flag_value="from nothing", help="Use nothing but what the mirror holds.")
@click.option("--resume", is_flag=True, help=_RESUME)
@click.option("--abandon", "is_abandoned", is_flag=True, help=_ABANDON)
@output_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def recreate(output: str | None, verbose: bool, **flags: Any) -> Outcome[Recreated] | Outcome[None]:  # noqa: ARG001 (cli.py looks for -v itself)
    """Make a doc of a revision anew in Coda.

    Shows what would be made and what cannot come back; --apply does it. Where DOC lives, it is copied and the copy is
    made what DOC was; else a new doc gets its pages with their text, and its tables with their rows, in columns of
    text. DOC itself stays as it is. Until everything is there, the new doc is called `NAME (restoring REVISION)`. With
    --page a single page comes back into the living doc, as `NAME (as of DAY)`. At the end the doc is mirrored and
    compared with the revision. DOC and P are an id, an address or an exact name, also one that it had before. Needs an
    API token in CODA_API_TOKEN.

    Exit codes: 0 done or done before or only shown, 1 nothing was written, 2 wrong usage, 3 made but not all as wanted
    or not to the end, 5 another process holds this mirror, 130 interrupted, 143 terminated.
    """
    asked = _Asked(**flags)
    if asked.resume and asked.is_abandoned:
        raise UsageError("--resume and --abandon exclude each other.")
    if asked.page is not None and (asked.folder is not None or asked.is_abandoned or asked.way is not None):
        raise UsageError(
            "--page goes with none of --folder, --copy, --from-nothing and --abandon; delete a page that you do not "
            "want in Coda."
        )
    folder = past_of(output)
    if asked.apply:
        complete_interrupted(folder, Silent() if asked.as_json else Plain())
    target = target_of(folder, Words(asked.doc, asked.page), asked.at, Wish(asked.title, asked.folder))
    settings, clock = load_settings(folder), SystemClock()
    source, writer = mirror_account(folder, settings, clock)
    account = Account(source, writer, mirror_options(settings), clock)
    if asked.is_abandoned:
        return _abandon(target, account, asked)
    return _make(target, account, asked, output) if asked.apply else _show(target, account, asked, output)


@dataclass(frozen=True)
class _Asked:
    """What the command line says, by the names of its options."""

    doc: str
    at: str
    apply: bool
    title: str | None
    folder: str | None
    page: str | None
    way: str | None
    resume: bool
    is_abandoned: bool
    as_json: bool

    @property
    def how(self) -> Way:
        """How the doc is to be made."""
        return Way.BEST if self.way is None else Way(self.way)

    def command(self, target: Target, output: str | None) -> str:
        """The command that does it, with the revision that its word means now."""
        options = [
            *(["--title", self.title] if self.title is not None else []),
            *(["--folder", self.folder] if self.folder is not None else []),
            *(["--page", target.what.page] if target.what.page is not None else []),
            *([f"--{self.way.replace(' ', '-')}"] if self.way is not None else []),
            *(["--resume"] if self.resume else []),
            *(["-o", output] if output else []),
        ]
        return shlex.join(
            ["coda-git-mirror", "recreate", target.what.doc, "--at", target.what.commit[:10], *options, "--apply"]
        )


def _show(target: Target, account: Account, asked: _Asked, output: str | None) -> Outcome[Recreated]:
    made = foreseen(target, account.source, asked.how)
    cost = recreation_cost(made.what)
    if asked.as_json:
        print_json(foreseen_object(made, cost))
        return done(made)
    print_lines(foreseen_lines(made, cost))
    if not made.is_known:
        click.echo(how_to_apply(asked.command(target, output)))
    return done(made)


def _make(target: Target, account: Account, asked: _Asked, output: str | None) -> Outcome[Recreated]:
    source, formats = account.source, len(account.options.formats)
    with shown_progress(asked.as_json, source.traffic, account.clock, formats) as progress:
        made = action(target, account, progress, resume=asked.resume, way=asked.how)
    if asked.as_json:
        print_json(recreated_object(made))
    else:
        print_lines(recreated_lines(made))
    return _outcome(made, replace(asked, resume=True).command(target, output))


def _outcome(made: Recreated, resuming: str) -> Outcome[Recreated]:
    if (ending := made.interruption) is not None:
        code = EXIT_TERMINATED if isinstance(ending, Terminated) else EXIT_INTERRUPTED
        there = sum(page.new is not None for page in made.pages)
        text = f"Interrupted: {there} of {len(made.pages)} pages are there; go on with `{resuming}`."
        return Outcome(Ending.INTERRUPTED, code, text, made, ending)
    if made.is_whole:
        return done(made)
    reason = f"{made.stopped} Go on with `{resuming}`." if made.stopped and not made.after else made.stopped
    return Outcome(Ending.PROBLEMS, EXIT_PARTIAL, reason, made)


def _abandon(target: Target, account: Account, asked: _Asked) -> Outcome[None]:
    doc = abandon(target, account, Silent() if asked.as_json else Plain(), apply=asked.apply)
    if asked.as_json:
        print_json(abandoned_object(doc, asked.apply))
    elif doc is None:
        click.echo("No run has begun to make this doc and not ended.")
    elif asked.apply:
        click.echo(f"Deleted the doc {doc} in Coda.")
    else:
        click.echo(f"The doc {doc} in Coda would be deleted; nothing was written. Give --apply to do it.")
    return Outcome(Ending.DONE, 0)
