"""faults.md, rows 8 and 18: a machine that sleeps, clocks that are set, and reads that trail what they are dated."""

from __future__ import annotations

import ast
import copy
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.faults.conftest import Begin
from tests.faults.trial import Trial
from tests.support import PROJECT, VirtualClock, files, git, require_sound

HOUR, LINK_SECONDS, LAG_SECONDS = 3600.0, 300.0, 600.0
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NOTES, TASKS = "docs/plans/pages/notes.md", "docs/plans/tables/tasks.csv"
ASLEEP = [
    ("GET", r"^/docs$", 0), ("GET", r"/pages$", 1), ("GET", r"/tables$", 1), ("GET", r"/rows$", 1),
    ("POST", r"/export$", 0), ("GET", r"/export/", 0), ("GET", r"/export/", 5), ("GET", r"^/exports/", 0),
    ("GET", r"/acl/", 0),
]  # fmt: skip


def test_08_asleep_in_the_middle_the_sync_goes_on_and_renews_expired_links(begin: Begin, clock: VirtualClock) -> None:
    def asleep_while_it_renders(status: dict[str, str]) -> dict[str, str]:
        clock.sleep(HOUR)
        return {"id": status["id"], "href": status["href"], "status": "inProgress"}

    trial = begin(render_seconds=5.0, link_seconds=LINK_SECONDS)
    trial.edit()
    trial.coda.on("GET", r"/export/").mutate(asleep_while_it_renders, times=1)
    for method, pattern, after in ASLEEP:
        trial.coda.on(method, pattern).call(lambda: clock.sleep(HOUR), after=after)
    begun = clock.now()
    trial.synced()
    assert 0 < clock.now() - begun - (len(ASLEEP) + 1) * HOUR < HOUR
    assert trial.coda.requests.count("GET", r"^/exports/") > trial.coda.requests.count("POST", r"/export$")
    trial.check()


def test_08_a_hosted_file_that_the_sleep_interrupts_comes_with_the_next_sync(lone: Trial, clock: VirtualClock) -> None:
    lone.coda.on("GET", r"/blobs/").call(lambda: clock.sleep(HOUR))
    report = lone.sync()
    assert [problem.kind for problem in report.problems] in ([], ["asset"])
    lone.accept_head()
    lone.check()


class Hands:
    """Where the clock of Coda's server stands; the simulation's own waits go by another."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def after(self, trial: Trial, minutes: float) -> None:
        """So many minutes after the account was edited last."""
        self.now = datetime.fromisoformat(trial.world.calendar.now()) + minutes * MINUTE


def test_08_clocks_that_are_set_back_or_forward_decide_nothing(begin: Begin) -> None:
    hands = Hands()
    trial = begin(date=lambda: hands.now)
    for shift in (-DAY, 365 * DAY, -365 * DAY):
        hands.now += shift
        for path in trial.folder.rglob("docs/**/*"):
            os.utime(path, (hands.now.timestamp(), hands.now.timestamp()))
        assert trial.synced().commit is None
        require_sound(trial.folder, trial.before)
    trial.edit()
    hands.now -= DAY
    trial.synced()
    trial.check()


def test_08_the_wall_clock_of_this_machine_is_asked_for_the_log_only() -> None:
    """And for a `Retry-After` that is a date, whose wait is bounded, where Coda says no date at all, for the day of
    a push, on which a remote is looked at once, for the offset of this machine's time zone, for when a schedule runs
    next, and for how old the last success is, which decides whether a sync is due and nothing of what it does.
    """
    asking = [
        path.relative_to(PROJECT / "coda_git_mirror").as_posix()
        for path in (PROJECT / "coda_git_mirror").rglob("*.py")
        if "demo" not in path.parts and any(map(_asks_the_time, ast.walk(ast.parse(path.read_text()))))
    ]
    reading = ["actions/sync/run.py", "clock.py", "coda/answers.py", "coda/source.py"]
    verbs = ["commands/push.py", "commands/schedule.py", "commands/syncing.py"]
    assert sorted(asking) == [*reading, *verbs, "format/times.py"]


def _asks_the_time(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and (
        node.attr in ("utcnow", "today", "st_mtime", "st_ctime", "getmtime", "getctime")
        or (node.attr in ("now", "time") and isinstance(node.value, ast.Name) and node.value.id in ("datetime", "time"))
    )


def test_18_what_is_read_too_early_is_never_settled(begin: Begin, clock: VirtualClock, tmp_path: Path) -> None:
    hands = Hands()
    trial = begin(snapshot_lag=LAG_SECONDS, date=lambda: hands.now)
    trial.edit()
    hands.after(trial, minutes=1)
    trial.synced()
    assert b"Second line." not in (trial.folder / NOTES).read_bytes()
    git(tmp_path, "clone", "-q", str(trial.folder), "clone")
    clock.sleep(LAG_SECONDS)
    for minutes in (12, 40):
        hands.after(trial, minutes)
        trial.synced()
        require_sound(trial.folder, trial.undisturbed())
    trial.sync(tmp_path / "clone")
    require_sound(tmp_path / "clone", trial.undisturbed())
    asked = len(trial.coda.requests)
    assert trial.synced().commit is None
    assert len(trial.coda.requests) == asked + 3, "settled: the listing of docs, a doc a page"
    trial.check()


def test_18_a_read_that_is_older_than_the_last_one_is_never_settled(begin: Begin) -> None:
    hands, earlier = Hands(), dict[str, Any]()
    trial = begin(date=lambda: hands.now)
    tasks = trial.coda.on("GET", f"/tables/{trial.plans.table('Tasks').id}/rows$")

    def remember(page: dict[str, Any]) -> None:
        earlier[page["items"][0]["id"]] = copy.deepcopy(page["items"])

    hands.after(trial, minutes=1)
    tasks.mutate(remember)
    trial.synced(full=True)
    trial.coda.off()
    trial.edit()
    hands.after(trial, minutes=1)
    trial.synced()
    tasks.mutate(lambda page: {**page, "items": earlier[page["items"][0]["id"]]})
    hands.after(trial, minutes=5)
    trial.synced()
    assert files(trial.folder)[TASKS] == trial.before[TASKS]
    trial.coda.off()
    hands.after(trial, minutes=20)
    trial.synced()
    trial.check()
