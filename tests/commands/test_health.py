"""`status --check` and `--metrics`: what somebody should look after, for people and for programs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coda_git_mirror.actions.health import MAX_AGE, Remembered, health, span
from coda_git_mirror.clock import SystemClock
from coda_git_mirror.demo.server import SimulatedCoda
from coda_git_mirror.demo.world import World
from coda_git_mirror.state.runs import LastRun, Runs
from coda_git_mirror.state.standing import Standing
from tests.commands.program import run
from tests.conftest import Serve
from tests.remotes import bare
from tests.support import git

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WELL = Remembered(Runs(NOW - HOUR), LastRun(NOW - HOUR, 0, True), Standing(NOW - DAY), None)
FAILED = Runs(NOW - HOUR).failed(NOW, 1, "It failed.")


@pytest.mark.parametrize(
    ("known", "kinds"),
    [
        (WELL, []),
        (replace(WELL, runs=Runs(NOW - MAX_AGE)), []),
        (replace(WELL, runs=Runs(NOW - MAX_AGE - timedelta(seconds=1))), ["age"]),
        (replace(WELL, runs=Runs()), ["age"]),
        (replace(WELL, runs=Runs(NOW + HOUR)), ["age"]),
        (replace(WELL, runs=FAILED), []),
        (replace(WELL, runs=FAILED.failed(NOW, 2, "Again.")), ["failures"]),
        (replace(WELL, runs=replace(FAILED, last_success=NOW - 2 * DAY)), ["age", "failures"]),
        (replace(WELL, runs=replace(FAILED, last_success=None)), ["age", "failures"]),
        (replace(WELL, runs=FAILED.failed(NOW, 1, "x").succeeded(NOW)), []),
        (replace(WELL, standing=Standing(NOW - 41 * DAY)), ["unverified"]),
        (replace(WELL, standing=Standing(NOW - 90 * DAY), verified=NOW - 39 * DAY), []),
        (replace(WELL, standing=Standing(NOW - 90 * DAY), verified=NOW - 41 * DAY), ["unverified"]),
    ],
)
def test_what_is_found_by_what_is_remembered(known: Remembered, kinds: list[str]) -> None:
    found = health(known, None, MAX_AGE, NOW)
    assert [finding.kind for finding in found.findings] == kinds
    assert found.is_good == (not kinds)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (3600, "60 minutes"),
        (26 * 3600, "26 hours"),
        (172800, "2 days"),
    ],
)
def test_spans_in_words(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


class Watched:
    """A mirror, and the time of day."""

    def __init__(self, coda: SimulatedCoda, folder: Path) -> None:
        self.coda, self.folder, self.now = coda, folder, NOW

    def run(self, *arguments: str) -> tuple[int, str]:
        self.coda.new_client()
        account = {"CODA_API_URL": self.coda.api_url, "CODA_API_TOKEN": self.coda.token}
        answer = run(arguments[0], "-o", str(self.folder), *arguments[1:], cwd=self.folder.parent, **account)
        return answer.returncode, answer.stdout

    def check(self, *flags: str) -> dict[str, Any]:
        code, output = self.run("status", "--check", "--json", *flags)
        report: dict[str, Any] = json.loads(output)
        assert code == (0 if report["ok"] else 3)
        assert set(report) == {"ok", "age", "findings"}
        assert all(finding.keys() == {"kind", "text"} for finding in report["findings"])
        code, output = self.run("status", "--check", *flags)
        assert len(output.splitlines()) == max(1, len(report["findings"]))
        return report

    def kinds(self, *flags: str) -> list[str]:
        return [finding["kind"] for finding in self.check(*flags)["findings"]]


@pytest.fixture
def watched(serve: Serve, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    world = World()
    for name in ("Plans", "Recipes"):
        world.add_doc(name).add_page("Notes", markdown="A line.\n")
    made = Watched(serve(world, clock=time.monotonic), folder)
    monkeypatch.setattr(SystemClock, "present", lambda _: made.now)
    assert made.run("sync")[0] == 0
    return made


def test_a_fresh_mirror_is_healthy_and_ages(watched: Watched) -> None:
    assert watched.check() == {"ok": True, "age": 0, "findings": []}
    watched.now += 26 * HOUR
    assert watched.check()["age"] == 26 * 3600
    assert watched.kinds("--max-age", "1h") == ["age"]
    watched.now += HOUR
    assert watched.kinds() == ["age"]
    assert watched.kinds("--max-age", "2d") == []


def test_a_mirror_that_never_synced_is_found(watched: Watched, tmp_path: Path) -> None:
    watched.folder = tmp_path / "new"
    assert watched.run("init")[0] == 0
    assert (watched.check()["age"], watched.kinds()) == (None, ["age"])


def test_problems_that_stay_a_week_are_named(watched: Watched) -> None:
    page = watched.coda.world.doc("Plans").page("Notes")
    page.export_error = "It failed."
    page.rename("Remarks")
    assert watched.run("sync")[0] == 3
    for _ in range(7):
        assert watched.kinds() == []
        watched.now += DAY
        assert watched.run("sync")[0] == 3
    watched.now += HOUR
    (finding,) = watched.check()["findings"]
    assert (finding["kind"], "Plans › Remarks" in finding["text"]) == ("problems", True)
    page.export_error = None
    assert watched.run("sync")[0] == 0
    assert watched.kinds() == []


def test_docs_that_are_not_synced_any_more_are_named(watched: Watched) -> None:
    assert watched.run("sync", "--doc", "Plans")[0] == 0
    assert watched.kinds() == [], "what one run left out is no change of the mirror"
    settings = watched.folder / "coda-mirror.toml"
    settings.write_text(settings.read_text() + '\nexclude = ["Recipes"]\n')
    git(watched.folder, "-c", "user.name=Me", "-c", "user.email=me@example.org", "commit", "-qam", "Mine")
    (finding,) = watched.check()["findings"]
    assert (finding["kind"], "Recipes" in finding["text"]) == ("left-out", True)


def test_commits_that_were_not_pushed_are_counted(watched: Watched, tmp_path: Path) -> None:
    git(watched.folder, "remote", "add", "origin", str(bare(tmp_path / "remote.git")))
    assert watched.kinds() == ["unpushed"]
    assert watched.run("push")[0] == 0
    assert watched.kinds() == []
    watched.coda.world.doc("Plans").page("Notes").rename("Remarks")
    assert watched.run("sync")[0] == 0
    assert "1 commit" in watched.check()["findings"][0]["text"]
    assert _samples(watched.run("status", "--metrics")[1])["unpushed_commits"] == 1


def test_a_verification_is_remembered(watched: Watched) -> None:
    for day in range(0, 41, 20):
        watched.now = NOW + day * DAY
        assert watched.run("sync")[0] == 0
    watched.now += HOUR
    assert watched.kinds() == ["unverified"]
    assert watched.run("verify", "HEAD~0")[0] == 0
    assert watched.kinds() == ["unverified"], "another revision tells nothing of this one"
    assert watched.run("verify")[0] == 0
    assert watched.kinds() == []


def _without_objects(folder: Path) -> None:
    for path in (folder / ".git/objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"")


def _unsound_settings(folder: Path) -> None:
    (folder / "coda-mirror.toml").write_text("nonsense = 1\n")


@pytest.mark.parametrize(("damage", "kind"), [(_without_objects, "damaged"), (_unsound_settings, "settings")])
def test_damage_is_found(watched: Watched, damage: Callable[[Path], None], kind: str) -> None:
    damage(watched.folder)
    assert watched.kinds() == [kind]


def test_where_no_mirror_is_the_check_fails(watched: Watched, tmp_path: Path) -> None:
    watched.folder = tmp_path / "nowhere"
    assert watched.run("status", "--check") == (1, "")


@pytest.mark.parametrize(
    "flags",
    [
        ("--check", "--remote"),
        ("--check", "--metrics"),
        ("--metrics", "--remote"),
        ("--metrics", "--json"),
        ("--max-age", "1h"),
    ],
)
def test_what_excludes_each_other(watched: Watched, flags: tuple[str, ...]) -> None:
    assert watched.run("status", *flags) == (2, "")


def _samples(text: str) -> dict[str, float]:
    """By a strict reading of Prometheus' text format: HELP and TYPE before each sample, none twice."""
    lines, samples = text.splitlines(), dict[str, float]()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("# HELP "):
            assert following == f"# TYPE {line.split()[2]} gauge"
        elif not line.startswith("# TYPE "):
            match = re.fullmatch(r'coda_mirror_(\w+)\{mirror="((?:[^"\\\n]|\\[\\"n])*)"\} (\S+)', line)
            assert match
            assert samples.setdefault(match[1], float(match[3])) == float(match[3])
    return samples


def test_figures_for_prometheus(watched: Watched) -> None:
    watched.now += HOUR
    samples = _samples(watched.run("status", "--metrics")[1])
    assert samples["last_success_age_seconds"] == 3600
    expected = {"last_exit_code": 0, "docs": 2, "pages": 2, "tables": 0, "rows": 0, "problems": 0, "failures": 0}
    assert samples.items() >= expected.items()
    assert samples["last_requests"] > 0
    assert "unpushed_commits" not in samples
    (watched.folder / ".git/coda-git-mirror/runs.json").unlink()
    assert "last_success_age_seconds" not in _samples(watched.run("status", "--metrics")[1])


def test_a_folder_of_any_name_is_a_label(watched: Watched, tmp_path: Path) -> None:
    hostile = tmp_path / 'a "b" \\n 🚲 %'
    watched.folder.rename(hostile)
    watched.folder = hostile
    assert _samples(watched.run("status", "--metrics")[1])["docs"] == 2


def test_status_shows_the_last_success(watched: Watched) -> None:
    assert "Last success: 2026-06-01 12:00 +0000" in watched.run("status")[1].splitlines()
    report = json.loads(watched.run("status", "--json")[1])
    assert (report["last_success"], report["next_run"]) == ("2026-06-01T12:00:00+00:00", None)


def test_figures_are_what_prometheus_own_parser_reads(watched: Watched, tmp_path: Path) -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus-client is not installed")
    hostile = tmp_path / 'a "b" \\n 🚲 %'
    watched.folder.rename(hostile)
    watched.folder = hostile
    families = list(parser.text_string_to_metric_families(watched.run("status", "--metrics")[1]))
    samples = [sample for family in families for sample in family.samples]
    assert {sample.labels["mirror"] for sample in samples} == {str(hostile)}
    assert all(family.type == "gauge" and family.documentation for family in families)
    assert {sample.name: sample.value for sample in samples}["coda_mirror_docs"] == 2
