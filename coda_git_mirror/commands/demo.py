from __future__ import annotations

import shlex
from pathlib import Path

import click

from coda_git_mirror.actions.entry import check_place, is_mirror
from coda_git_mirror.actions.sync.options import SyncOptions
from coda_git_mirror.actions.sync.report import SyncReport
from coda_git_mirror.actions.sync.run import sync
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.coda.asset_hosts import AssetHosts
from coda_git_mirror.coda.throttle import UNLIMITED
from coda_git_mirror.commands.wiring import coda_source
from coda_git_mirror.demo.server import Limits, SimulatedCoda
from coda_git_mirror.demo.story import edit_workspace
from coda_git_mirror.demo.workspace import demo_workspace
from coda_git_mirror.errors import EXIT_DONE, EXIT_PARTIAL, UsageError
from coda_git_mirror.format.text import one_line
from coda_git_mirror.git.repository import Repository
from coda_git_mirror.redact import Secret
from coda_git_mirror.settings import named_folder
from coda_git_mirror.ui.progress import shown_progress
from coda_git_mirror.ui.report import problem_lines, sync_lines

DEFAULT_FOLDER = "coda-demo"

_NEXT = """\
Look around:
  cd {folder}
  coda-git-mirror diff             what the team changed, page by page and cell by cell
  coda-git-mirror log Projects "Belt drive" Spent      a cell's values through time
  git show HEAD~1:PATH             a file as it was one sync ago
  less docs/*/README.md            the contents of each doc

Then mirror your own account: make a token at https://coda.io/account, and
  export CODA_API_TOKEN=...
  coda-git-mirror sync -o my-mirror"""


@click.command()
@click.argument("folder", metavar="[DIR]", default=DEFAULT_FOLDER)
def demo(folder: str) -> int:
    """Mirror a simulated account, change it, and show the history.

    Makes a mirror in DIR (default: ./coda-demo) of a small company's docs, which a simulated Coda on this machine
    serves. Needs no token and no network.
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
    click.secho("\nThe history (git log --stat):\n", bold=True)
    click.echo(Repository.open(place).log_with_stat(), nl=False)
    click.echo("\n" + _NEXT.format(folder=shlex.quote(folder)))
    return EXIT_PARTIAL if any(report.problems or report.unfinished for report in (first, second)) else EXIT_DONE


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
