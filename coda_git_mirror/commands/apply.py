from __future__ import annotations

import csv
import shlex
from dataclasses import dataclass
from typing import Any

import click

from coda_git_mirror.actions.apply.edited import EditedFiles
from coda_git_mirror.actions.apply.opening import application
from coda_git_mirror.actions.apply.run import Application, Wanted
from coda_git_mirror.actions.entry import complete_interrupted
from coda_git_mirror.actions.rollback.run import Conditions
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.carrying import Work, carry_out_plan, show_plan
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.commands.wiring import asset_hosts, mirror_account, mirror_options
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.plan import Plan
from coda_git_mirror.outcome import Outcome
from coda_git_mirror.settings import load_settings, named_folder
from coda_git_mirror.ui.progress import Plain

_TO = "The table, where the file does not tell it by its name and those of its folders."
_KEY = "Find rows that have no id by these columns."
_BASE = "The revision that the file was made from. [default: the one that it differs least from]"
_MISSING = "Delete the rows that the file lacks, if they are as they were."
_NEWER = "Write also over what somebody edited in Coda since the file was made."
_PLAIN = "Write Markdown as plain text where a cell had formatting."
_MASS = "Let more than 10 rows and more than 10 % of the table be deleted."
_PLAN = "Carry out only the plan that was shown under this id."


@click.command()
@click.argument("file", metavar="FILE.csv")
@click.option("--to", nargs=2, metavar="DOC TABLE", help=_TO)
@click.option("--key", metavar="A,B", help=_KEY)
@click.option("--base", metavar="REV", help=_BASE)
@click.option("--delete-missing", is_flag=True, help=_MISSING)
@click.option("--overwrite-newer", is_flag=True, help=_NEWER)
@click.option("--plain-text", is_flag=True, help=_PLAIN)
@click.option("--allow-mass-delete", is_flag=True, help=_MASS)
@click.option("--apply", is_flag=True, help="Carry the plan out; without it nothing is written.")
@click.option("--plan", "plan_id", metavar="ID", help=_PLAN)
@output_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def apply(output: str | None, verbose: bool, **flags: Any) -> Outcome[Plan] | Outcome[Carried]:  # noqa: ARG001 (cli.py looks for -v itself)
    """Bring what was changed in a CSV of a table into Coda.

    FILE is a CSV of the mirror, edited where it lies or copied from there, or made by any program; it knows its table
    by the folders docs/DOC/tables, else name that with --to. Shows which cells it would change, and which rows it would
    insert; --apply does it. Cells that only look otherwise, as a spreadsheet writes them, are left alone, and so are
    columns and rows that the file lacks. A row with an empty `Coda row id` is new. What somebody edited in Coda since
    the file was made is not written over. Needs an API token in CODA_API_TOKEN. Row automations of the doc run as for
    any edit.

    Exit codes: 0 done or only shown, 1 nothing was written, 2 wrong usage, 3 written, but not all as wanted, 5 another
    run holds this mirror, 130 interrupted, 143 terminated.
    """
    asked = _Asked(**flags)
    folder = past_of(output)
    if asked.apply:
        complete_interrupted(folder, Plain())
    settings, clock = load_settings(folder), SystemClock()
    source, writer = mirror_account(folder, settings, clock)
    options = mirror_options(settings)
    guard, hosts = options.csv_formula_guard, asset_hosts().named
    made = application(folder, asked.wishes, source, clock, asked.conditions, guard, hosts)
    work = Work(
        folder, source, writer, options, clock, asked.as_json, f"From {one_line(asked.file)}",
        lambda plan: asked.command(plan, output),
    )  # fmt: skip
    for note in made.notes if asked.as_json else ():
        click.echo(f"Note: {one_line(note)}", err=True)
    if not asked.apply:
        return show_plan(made, work)
    _keep_aside(made, work)
    outcome = carry_out_plan("apply", made, work)
    if outcome.result is not None:
        made.end(outcome.result)
    return outcome


def _keep_aside(made: Application, work: Work) -> None:
    """Of a file that was edited in the mirror: saves it, so that the sync finds the mirror as it is committed."""
    if made.inside is None:
        return
    tip = work.head()
    with work.progress() as progress:
        made.require(tip, made.plan(tip, progress))
    if saved := EditedFiles(made.repository).set_back(made.inside, made.base):
        click.echo(
            f"Note: {made.inside} is as committed again, and the next sync shows what became of your edits; "
            f"the file as you had it is {saved}.",
            err=True,
        )


@dataclass(frozen=True)
class _Asked:
    """What the command line says, by the names of its options."""

    file: str
    to: tuple[str, str] | None
    key: str | None
    base: str | None
    delete_missing: bool
    overwrite_newer: bool
    plain_text: bool
    allow_mass_delete: bool
    apply: bool
    plan_id: str | None
    as_json: bool

    @property
    def wishes(self) -> Wanted:
        """What the plan is made by."""
        key = () if self.key is None else tuple(_listed(self.key))
        choices = (self.delete_missing, self.overwrite_newer, self.plain_text)
        return Wanted(named_folder(self.file), self.to, key, self.base, *choices)

    @property
    def conditions(self) -> Conditions:
        """What the plan is carried out under."""
        return Conditions(self.plan_id, self.allow_mass_delete)

    def command(self, plan: str, output: str | None) -> str:
        """The command that carries out the plan of this id."""
        options = [
            *(["--to", *self.to] if self.to else []),
            *(["--key", self.key] if self.key is not None else []),
            *(["--base", self.base] if self.base is not None else []),
            *(["--delete-missing"] if self.delete_missing else []),
            *(["--overwrite-newer"] if self.overwrite_newer else []),
            *(["--plain-text"] if self.plain_text else []),
            *(["--allow-mass-delete"] if self.allow_mass_delete else []),
            *(["-o", output] if output else []),
        ]
        words = ["coda-git-mirror", "apply", *options, "--apply", "--plan", plan]
        return shlex.join([*words, *(["--"] if self.file.startswith("-") else []), self.file])


def _listed(words: str) -> list[str]:
    """Names with commas between them; one that holds a comma stands in double quotation marks."""
    return [word.strip() for word in next(csv.reader([words], skipinitialspace=True), [])]
