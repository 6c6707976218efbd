"""`schedule --install`, `--status` and `--remove` against schedulers that keep state (cli.md, schedule).

It is what faults.md, row 101, asks for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess, list2cmdline
from xml.sax.saxutils import escape

import pytest

from coda_git_mirror.actions.schedule.kinds.windows import task
from coda_git_mirror.actions.schedule.machine.cron import Cron
from coda_git_mirror.actions.schedule.naming import stem
from coda_git_mirror.actions.schedule.plan import HERE, Job, Plan
from coda_git_mirror.actions.schedule.state import schedule_state
from coda_git_mirror.errors import MirrorError
from tests.commands.program import run
from tests.commands.schedulers import HOSTILE, cron_daemon, fake_programs

OTHERS = "MAILTO=ada\n# made by hand\n5 4 * * *  echo 100\\% \xa7\n"
NOW = datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


class Machine:
    """A machine with schedulers of our own, and a mirror called `m`."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment = folder, environment
        self.state = Path(environment["STATE"])

    def schedule(self, kind: str, *arguments: str, mirror: str = "m", **more: str) -> CompletedProcess[str]:
        return run("schedule", kind, "-o", mirror, *arguments, cwd=self.folder, **{**self.environment, **more})

    def done(self, kind: str, *arguments: str, mirror: str = "m") -> str:
        answer = self.schedule(kind, *arguments, mirror=mirror)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def held(self) -> dict[str, bytes]:
        """All that the schedulers hold, and the files that they read."""
        roots = (self.state, Path(os.environ["HOME"]))
        return {
            str(path.relative_to(root)): path.read_bytes()
            for root in roots
            for path in root.rglob("*")
            if path.is_file() and path.name != "reloaded"
        }


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    (tmp_path / "work").mkdir()
    with cron_daemon(tmp_path):
        yield Machine(tmp_path / "work", fake_programs(tmp_path / "fakes"))


@pytest.mark.parametrize("kind", HERE)
def test_a_schedule_comes_is_shown_and_goes(kind: str, machine: Machine) -> None:
    before = machine.held()
    assert machine.schedule(kind, "--status").returncode == 3
    assert "Installed just now" in machine.done(kind, "--install")
    installed = machine.held()
    assert installed != before
    assert "Nothing had to be changed" in machine.done(kind, "--install")
    assert machine.held() == installed
    assert "next run 2" in machine.done(kind, "--status")
    assert "no longer scheduled" in machine.done(kind, "--remove")
    assert machine.schedule(kind, "--status").returncode == 3
    assert "nothing was changed" in machine.done(kind, "--remove")
    assert {name: content for name, content in machine.held().items() if content} == before


@pytest.mark.parametrize("kind", HERE)
def test_other_settings_replace_what_is_there_and_it_is_found_whatever_they_say_now(
    kind: str, machine: Machine
) -> None:
    machine.done(kind, "--install")
    first = machine.held()
    assert "Installed just now" in machine.done(kind, "--install", "--at", "3:15", "--no-push")
    assert machine.held().keys() == first.keys()
    assert machine.held() != first
    assert machine.schedule(kind, "--status", "--every", "7d").returncode == 0
    machine.done(kind, "--remove", "--every", "7d")
    assert machine.schedule(kind, "--status").returncode == 3


@pytest.mark.parametrize("kind", HERE)
def test_schedules_of_other_mirrors_stay_as_they_are(kind: str, machine: Machine) -> None:
    machine.done(kind, "--install", mirror="m2")
    before = machine.held()
    for name in ("m", *HOSTILE[:2]):
        machine.done(kind, "--install", mirror=name)
        assert "next run" in machine.done(kind, "--status", mirror=name)
        machine.done(kind, "--remove", mirror=name)
        assert machine.held() == before


def test_the_lines_of_others_in_a_crontab_stay_to_the_byte(machine: Machine) -> None:
    crontab = machine.state / "crontab"
    for text in (OTHERS.encode("latin-1"), OTHERS.rstrip("\n").encode("latin-1")):
        crontab.write_bytes(text)
        machine.done("cron", "--install")
        assert crontab.read_bytes().startswith(text.rstrip(b"\n") + b"\n# made by coda-git-mirror schedule")
        machine.done("cron", "--install", "--at", "4:00")
        machine.done("cron", "--remove")
        assert crontab.read_bytes() == text.rstrip(b"\n") + b"\n"


def test_where_there_was_no_crontab_none_is_left(machine: Machine) -> None:
    machine.done("cron", "--install")
    machine.done("cron", "--remove")
    assert not (machine.state / "crontab").exists()


def test_a_crontab_that_cannot_be_read_is_not_written(machine: Machine, tmp_path: Path) -> None:
    program = tmp_path / "fakes" / "programs" / "crontab"
    program.write_text(f'#!/bin/sh\n[ "$1" = -l ] || : > "{machine.state}/written"\necho "not allowed" >&2\nexit 1\n')
    answer = machine.schedule("cron", "--install")
    assert (answer.returncode, "not allowed" in answer.stderr) == (1, True)
    assert machine.schedule("cron", "--status").returncode == 3
    assert not (machine.state / "written").exists()


def test_lines_that_have_lost_their_end_are_left_to_the_user(machine: Machine) -> None:
    machine.done("cron", "--install")
    crontab = machine.state / "crontab"
    crontab.write_text("".join(crontab.read_text().splitlines(keepends=True)[:2]) + OTHERS, encoding="utf-8")
    damaged = crontab.read_bytes()
    for switch in ("--install", "--remove"):
        answer = machine.schedule("cron", switch, "--at", "1:00")
        assert (answer.returncode, "lost their end" in answer.stderr) == (1, True)
    assert crontab.read_bytes() == damaged


def test_without_a_cron_daemon_nothing_is_installed_and_nothing_counts_as_scheduled(
    machine: Machine, tmp_path: Path
) -> None:
    place = str(machine.folder / "m")
    (tmp_path / "processes").mkdir()
    plan, nothing_runs = Plan((Job(place),), place, ("/bin/true",)), Cron(tmp_path / "processes")
    with pytest.MonkeyPatch.context() as patched:
        for name, value in machine.environment.items():
            patched.setenv(name, value)
        with pytest.raises(MirrorError, match="No cron daemon runs here"):
            nothing_runs.install(plan, plan.jobs[0])
        assert not (machine.state / "crontab").exists()
        assert Cron().install(plan, plan.jobs[0])
        assert Cron().look(place, NOW).is_scheduled
        assert nothing_runs.look(place, NOW).fault == "no cron daemon runs here"


def test_a_line_that_was_commented_out_is_no_schedule(machine: Machine) -> None:
    machine.done("cron", "--install")
    crontab = machine.state / "crontab"
    first, line, last = crontab.read_text().splitlines()
    crontab.write_text(f"{first}\n# {line}\n{last}\n")
    answer = machine.schedule("cron", "--status")
    assert (answer.returncode, "not active" in answer.stdout) == (3, True)
    machine.done("cron", "--install")
    assert crontab.read_text().splitlines() == [first, line, last]


@pytest.mark.parametrize("kind", HERE)
def test_without_the_program_of_its_scheduler_nothing_is_said_to_be_installed(
    kind: str, machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "git").symlink_to(str(shutil.which("git")))
    answer = machine.schedule(kind, "--install", PATH=str(tmp_path / "bare"))
    assert (answer.returncode, answer.stdout) == (1, "")
    assert machine.schedule(kind, "--status", PATH=str(tmp_path / "bare")).returncode == 3


@pytest.mark.parametrize(
    ("kind", "program"), [("systemd", "systemctl"), ("launchd", "launchctl"), ("windows", "schtasks")]
)
def test_a_system_that_takes_it_and_does_not_have_it_is_not_believed(
    kind: str, program: str, machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "fakes" / "programs" / program).write_text(
        '#!/bin/sh\ncase "$*" in *show*) echo LoadState=loaded ;; print*|*Query*) exit 1 ;; esac\nexit 0\n'
    )
    answer = machine.schedule(kind, "--install")
    assert (answer.returncode, answer.stdout) == (1, "")


@pytest.mark.parametrize("kind", ["systemd", "launchd"])
def test_a_file_of_somebody_else_s_is_not_replaced(kind: str, machine: Machine) -> None:
    machine.done(kind, "--install")
    [path] = [each for each in Path(os.environ["HOME"]).rglob("*") if each.suffix in (".timer", ".plist")]
    machine.done(kind, "--remove")
    path.write_text("# mine\n")
    answer = machine.schedule(kind, "--install")
    assert (answer.returncode, path.read_text()) == (1, "# mine\n")
    assert "nothing was changed" in machine.done(kind, "--remove")
    assert path.read_text() == "# mine\n"


def test_a_stopped_timer_is_no_schedule_and_installing_starts_it(machine: Machine) -> None:
    machine.done("systemd", "--install")
    (machine.state / f"active-{stem(str(machine.folder / 'm'))}.timer").unlink()
    answer = machine.schedule("systemd", "--status")
    assert (answer.returncode, "it is inactive" in answer.stdout) == (3, True)
    machine.done("systemd", "--install")
    assert machine.schedule("systemd", "--status").returncode == 0


def test_a_user_s_timers_that_end_with_the_session_are_told(machine: Machine) -> None:
    assert "loginctl enable-linger" in machine.schedule("systemd", "--install").stderr
    assert "loginctl enable-linger" in machine.schedule("systemd", "--status").stderr


@pytest.mark.parametrize("kind", HERE)
def test_no_scheduler_sees_the_token(kind: str, machine: Machine, tmp_path: Path) -> None:
    told = tmp_path / "fakes" / "told"
    for program in (tmp_path / "fakes" / "programs").iterdir():
        program.write_text(program.read_text().replace("\n", '\nenv >> "$STATE/../told"\n', 1))
    assert machine.schedule(kind, "--install", CODA_API_TOKEN="11111111-aaaa-bbbb-cccc-222222222222").returncode == 0
    assert told.exists()
    assert "11111111" not in told.read_text() + "".join(map(str, machine.held().values()))


def test_the_mirror_remembers_that_it_was_scheduled_so_that_its_loss_shows(machine: Machine) -> None:
    assert run("init", "-o", "m", cwd=machine.folder).returncode == 0
    folder = machine.folder / "m"
    with pytest.MonkeyPatch.context() as patched:
        for name, value in machine.environment.items():
            patched.setenv(name, value)
        assert schedule_state(folder, NOW) == (False, False, None)
        answer = machine.schedule("cron", "--install", "--at", "2:30")
        assert "has no remote to push to" in answer.stderr
        was_installed, is_there, next_run = schedule_state(folder, NOW)
        assert was_installed
        assert is_there
        assert next_run
        assert next_run > NOW
        (machine.state / "crontab").write_text("")
        assert schedule_state(folder, NOW) == (True, False, None)
        machine.done("cron", "--remove")
        assert schedule_state(folder, NOW) == (False, False, None)


def test_the_token_of_a_shell_is_told_to_be_unknown_to_a_schedule(machine: Machine) -> None:
    told = machine.schedule("cron", "--install", "--no-push", CODA_API_TOKEN="words-for-a-token").stderr
    assert "does not know the token of this shell" in told
    assert "words-for-a-token" not in told
    (machine.folder / ".env").write_text("CODA_API_TOKEN=words-for-a-token\n")
    answer = machine.schedule("cron", "--install", "--no-push", CODA_API_TOKEN="words-for-a-token")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_what_a_shell_of_windows_takes_apart_is_what_was_put_together() -> None:
    for word in (*HOSTILE, "", "plain", 'a\\"b', "ends in \\\\", "tab\tin it"):
        plan = Plan((Job(word),), word, ("program",))
        wanted = escape(list2cmdline(plan.tick(plan.jobs[0])))
        assert f"<Arguments>{wanted}</Arguments>" in task(plan, plan.jobs[0])
