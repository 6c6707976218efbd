from __future__ import annotations

import csv
import shlex
from dataclasses import dataclass
from typing import Any

import click

from coda_git_mirror.actions.entry import complete_interrupted
from coda_git_mirror.actions.rollback.run import Conditions, Planner
from coda_git_mirror.actions.rollback.target import Target, target_of
from coda_git_mirror.actions.writing.carried import Carried
from coda_git_mirror.changes.rollback.states import Asked
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.commands.carrying import Work, carry_out_plan, show_plan
from coda_git_mirror.commands.completion import complete_docs
from coda_git_mirror.commands.options import output_option, verbose_option
from coda_git_mirror.commands.place import past_of
from coda_git_mirror.commands.wiring import asset_hosts, mirror_account, mirror_options
from coda_git_mirror.format.text import one_line
from coda_git_mirror.model.plan import Plan
from coda_git_mirror.outcome import Outcome
from coda_git_mirror.settings import load_settings
from coda_git_mirror.ui.plan import back_to
from coda_git_mirror.ui.progress import Plain

_COLUMNS = "Change cells of these columns only, by name or id; lost rows come back whole."
_ROW = "Only this row, by its id. Can be given several times."
_DELETE = "Delete the rows that came since, too."
_MASS = "Let more than 10 rows and more than 10 % of the table be deleted."
_PLAN = "Carry out only the plan that was shown under this id."


@click.command()
@click.argument("doc", shell_complete=complete_docs)
@click.argument("table")
@click.option("--at", required=True, metavar="REV", help="A revision, a day (2026-03-01) or a time (2026-03-01T12:00).")
@click.option("--apply", is_flag=True, help="Carry the plan out; without it nothing is written.")
@click.option("--delete-added", is_flag=True, help=_DELETE)
@click.option("--keep-newer", is_flag=True, help="Leave what somebody edited in Coda since the last sync.")
@click.option("--columns", metavar="A,B", help=_COLUMNS)
@click.option("--row", "rows", multiple=True, metavar="ID", help=_ROW)
@click.option("--allow-mass-delete", is_flag=True, help=_MASS)
@click.option("--plan", "plan_id", metavar="ID", help=_PLAN)
@output_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
@verbose_option
def rollback(output: str | None, verbose: bool, **flags: Any) -> Outcome[Plan] | Outcome[Carried]:  # noqa: ARG001 (cli.py looks for -v itself)
    """Put rows of a table back into Coda.

    Shows what it would change to make the table what it was at REV: cells that differ, and rows that are lost. With
    --apply it does so, and syncs and commits the doc before and after, so that this can be rolled back as well. DOC
    and TABLE are an id, an address or an exact name, also one that they had before; a view means its table.

    Row automations of the doc run as for any edit. Needs an API token in CODA_API_TOKEN, and with --apply one that
    may write.

    Exit codes: 0 done or nothing to do or only shown, 1 nothing was written, 2 wrong usage, 3 written but not all as
    wanted, 5 another process holds this mirror, 130 interrupted, 143 terminated.
    """
    asked = _Asked(**flags)
    folder = past_of(output)
    if asked.apply:
        complete_interrupted(folder, Plain())
    target = target_of(folder, asked.doc, asked.table, asked.at)
    settings, clock = load_settings(folder), SystemClock()
    source, writer = mirror_account(folder, settings, clock)
    planner = Planner(target, asked.wishes, source, clock, asset_hosts().named, asked.conditions)
    heading = back_to(target.when, target.commit)
    work = Work(
        folder, source, writer, mirror_options(settings), clock, asked.as_json, heading,
        lambda plan: asked.command(target, plan, output),
    )  # fmt: skip
    return carry_out_plan("rollback", planner, work) if asked.apply else show_plan(planner, work)


@dataclass(frozen=True)
class _Asked:
    """What the command line says, by the names of its options."""

    doc: str
    table: str
    at: str
    apply: bool
    delete_added: bool
    keep_newer: bool
    columns: str | None
    rows: tuple[str, ...]
    allow_mass_delete: bool
    plan_id: str | None
    as_json: bool

    @property
    def wishes(self) -> Asked:
        """What the plan is made by."""
        columns = None if self.columns is None else frozenset(_listed(self.columns))
        return Asked(self.delete_added, self.keep_newer, columns, frozenset(self.rows) or None)

    @property
    def conditions(self) -> Conditions:
        """What the plan is carried out under."""
        return Conditions(self.plan_id, self.allow_mass_delete)

    def command(self, target: Target, plan: str, output: str | None) -> str:
        """The command that carries out the plan of this id, with the revision that its word means now."""
        options = [
            *(["--delete-added"] if self.delete_added else []),
            *(["--keep-newer"] if self.keep_newer else []),
            *(["--columns", self.columns] if self.columns is not None else []),
            *(word for row in self.rows for word in ("--row", row)),
            *(["--allow-mass-delete"] if self.allow_mass_delete else []),
            *(["-o", output] if output else []),
        ]
        named = (_copyable(self.doc, target.table.doc), _copyable(self.table, target.table.id))
        words = ["coda-git-mirror", "rollback", *named, "--at", target.commit[:10], *options]
        return shlex.join([*words, "--apply", "--plan", plan])


def _copyable(word: str, item: str) -> str:
    """A word as it was given, else the id of what it means, where a line of text would not hold it as it is."""
    return word if one_line(word) == word and not word.startswith("-") else item


def _listed(words: str) -> list[str]:
    """Names with commas between them; one that holds a comma stands in double quotation marks."""
    return [word.strip() for word in next(csv.reader([words], skipinitialspace=True), [])]
