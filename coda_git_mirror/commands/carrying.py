"""What all commands that write rows into Coda do with a plan: show it, or carry it out and tell what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import click

from coda_git_mirror.actions.entry import open_mirror
from coda_git_mirror.actions.held import Held
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.writing.carried import Carried, outcome
from coda_git_mirror.actions.writing.carry_out import Order, carry_out
from coda_git_mirror.changes.plan_cost import cost_of
from coda_git_mirror.clock import Clock
from coda_git_mirror.coda.source import CodaSource
from coda_git_mirror.coda.writer import CodaWriter
from coda_git_mirror.model.plan import Plan, Written
from coda_git_mirror.outcome import Outcome, done
from coda_git_mirror.progress import Progress
from coda_git_mirror.ui.as_json import print_json
from coda_git_mirror.ui.objects.plan import carried_object, plan_object
from coda_git_mirror.ui.paint import print_lines
from coda_git_mirror.ui.plan import how_to_apply, outcome_lines, plan_lines
from coda_git_mirror.ui.progress import shown_progress
from coda_git_mirror.ui.report import problem_lines


class Planner(Protocol):
    """Makes a plan from the mirror as of a commit, and from Coda as it is."""

    def plan(self, tip: str, progress: Progress) -> Plan: ...

    def require(self, tip: str, plan: Plan) -> None:
        """Raises MirrorError where the plan must not be carried out."""

    def judged(self, carried: Carried) -> Carried:
        """What was carried out, with what can be told of it once it is committed."""

    def trailers(self, plan: Plan, written: Written) -> Iterable[str]:
        """What commits are to tell of a plan, and of what became of it."""


@dataclass(frozen=True)
class Work:
    """What a command works with. `heading` is a line above the plan, `command` what carries out the plan of an id."""

    folder: Path
    source: CodaSource
    writer: CodaWriter
    options: SyncOptions
    clock: Clock
    as_json: bool
    heading: str
    command: Callable[[str], str]

    def progress(self) -> AbstractContextManager[Progress]:
        return shown_progress(False, self.source.traffic, self.clock, len(self.options.formats))

    def head(self) -> str:
        return str(open_mirror(self.folder).head())


def show_plan(planner: Planner, work: Work) -> Outcome[Plan]:
    """Shows the plan; nothing is written anywhere."""
    with work.progress() as progress:
        plan = planner.plan(work.head(), progress)
    if work.as_json:
        print_json(plan_object(plan, cost_of(plan)))
    else:
        _tell_plan(plan, work)
        if not plan.is_empty:
            click.echo(how_to_apply(work.command(plan.id)))
    return done(plan)


def carry_out_plan(verb: str, planner: Planner, work: Work) -> Outcome[Carried]:
    """Carries the plan out, which is shown before, unless all is told as one object of JSON."""
    shown = None if work.as_json else _shown_before(planner, work)
    with work.progress() as progress:

        def remake(held: Held) -> Plan:
            tip = str(held.tree.commit)
            plan = planner.plan(tip, progress)
            planner.require(tip, plan)
            return plan

        # What is lost in the table is what the user wants back: no guard of the sync before must stand in the way.
        options = replace(work.options, allow_mass_delete=True)
        order = Order(verb, remake, trailers=planner.trailers)
        carried = planner.judged(carry_out(work.folder, order, work.source, work.writer, options, progress, work.clock))
    if work.as_json:
        print_json(carried_object(carried))
    else:
        if shown is not None and shown != carried.plan.id and any(carried.written.fates):
            click.echo("The plan changed meanwhile:")
            _tell_plan(carried.plan, work)
        print_lines(outcome_lines(carried))
    for line in problem_lines(carried.problems):
        click.echo(line, err=True)
    return outcome(carried)


def _shown_before(planner: Planner, work: Work) -> str:
    """The id of the plan as it is now, which is shown. Raises MirrorError where it must not be carried out."""
    tip = work.head()
    with work.progress() as progress:
        plan = planner.plan(tip, progress)
    _tell_plan(plan, work)
    planner.require(tip, plan)
    return plan.id


def _tell_plan(plan: Plan, work: Work) -> None:
    print_lines([work.heading, *plan_lines(plan, cost_of(plan))])
