from __future__ import annotations

import shlex
from pathlib import Path

import click

from coda_git_mirror.actions.entry import check_place, is_mirror
from coda_git_mirror.actions.rollback.run import Planner
from coda_git_mirror.actions.rollback.target import Target, target_of
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.changes.rollback.states import Asked
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.carrying import Work, carry_out_plan, show_plan
from coda_git_mirror.commands.wiring import coda_account, coda_source
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.story import TakenBack, edit_workspace, mistake_of
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.errors import EXIT_DONE, EXIT_PARTIAL, UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.redact import Secret
from coda_git_mirror.settings import named_folder
from coda_git_mirror.ui.plan import back_to
from coda_git_mirror.ui.progress import shown_progress
from coda_git_mirror.ui.report import problem_lines, sync_lines

DEFAULT_FOLDER = "coda-demo"

_NEXT = """\
Look around in a browser:
  coda-git-mirror browse -o {folder}

Or in the terminal:
  cd {folder}
  coda-git-mirror diff HEAD~2 HEAD~1    what the team changed, page by page and cell by cell
  coda-git-mirror log Projects "Belt drive" Spent    a cell's values through time
  git show HEAD~1:PATH                  a file as it was one sync ago
  less docs/*/README.md                 the contents of each doc

Then mirror your own account: make a token at https://coda.io/account, and
  export CODA_API_TOKEN=...
  coda-git-mirror sync -o my-mirror"""


@click.command()
@click.argument("folder", metavar="[DIR]", default=DEFAULT_FOLDER)
def demo(folder: str) -> int:
    """Mirror a simulated account, change it, and show the history.

    Makes a mirror in DIR (default: ./coda-demo) of a small company's docs, which a simulated Coda on this machine
    serves, and puts a cell back into it. Needs no token and no network.
    """
    place = named_folder(folder)
    if is_mirror(place):
        raise UsageError(f"{place} holds a mirror already; remove it, or name another folder for the demo.")
    check_place(place)
    world = demo_workspace()
    with SimulatedCoda(world, limits=Limits.none()) as coda:
        click.secho(
            f"A simulated Coda is running on this machine. Mirroring it into {one_line(str(place))}:", bold=True
        )
        first = _sync(coda, place)
        click.secho("\nIts team goes on working:", bold=True)
        click.echo("\n".join(f"  {edit}" for edit in edit_workspace(world)))
        click.secho("\nMirroring it again:", bold=True)
        second = _sync(coda, place)
        taken_back = _take_back(coda, place, mistake_of(world))
    click.secho("\nThe history (git log --stat):\n", bold=True)
    click.echo(Repository.open(place).log_with_stat(), nl=False)
    click.echo("\n" + _NEXT.format(folder=shlex.quote(folder)))
    is_whole = taken_back == EXIT_DONE and not any(report.problems or report.unfinished for report in (first, second))
    return EXIT_DONE if is_whole else EXIT_PARTIAL


def _take_back(coda: SimulatedCoda, place: Path, mistake: TakenBack) -> int:
    """Rolls one cell back in the simulated Coda, first only as a plan; the exit code of it."""
    click.secho(f"\n{mistake.why}. What would put the cell back:", bold=True)
    target = target_of(place, mistake.doc, mistake.table, "HEAD~1")
    work = _work(coda, place, target, mistake)
    asked = Asked(columns=frozenset({mistake.column}), rows=frozenset({mistake.row}))
    planner = Planner(target, asked, work.source, work.clock, work.options.asset_hosts)
    show_plan(planner, work)
    click.secho("\nDoing so, since this Coda is only simulated:", bold=True)
    return carry_out_plan("rollback", planner, work).exit_code


def _work(coda: SimulatedCoda, place: Path, target: Target, mistake: TakenBack) -> Work:
    named = (mistake.doc, mistake.table, "--at", target.commit[:10], "--columns", mistake.column, "--row", mistake.row)
    words = ("coda-git-mirror", "rollback", *named, "-o", str(place), "--apply", "--plan")
    hosts, clock = AssetHosts.parse(coda.asset_hosts), SystemClock()
    source, writer = coda_account(coda.api_url, Secret(coda.token), clock, UNLIMITED, hosts)
    options = SyncOptions(asset_hosts=hosts.named)
    heading = back_to(target.when, target.commit)
    return Work(place, source, writer, options, clock, False, heading, lambda plan: shlex.join([*words, plan]))


def _sync(coda: SimulatedCoda, place: Path) -> SyncReport:
    clock = SystemClock()
    hosts = AssetHosts.parse(coda.asset_hosts)
    source = coda_source(coda.api_url, Secret(coda.token), clock, UNLIMITED, hosts)
    options = SyncOptions(asset_hosts=hosts.named)
    with shown_progress(False, source.traffic, clock, len(options.formats)) as progress:
        report = sync(place, source, options, progress, clock)
    unfinished = [f"Note: {report.unfinished}"] if report.unfinished else []
    click.echo("\n".join([*sync_lines(report), *problem_lines(report.problems), *unfinished]))
    return report
