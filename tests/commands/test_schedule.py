"""`schedule` prints what each scheduler reads, for folders of any name, and nothing else (cli.md, schedule)."""

from __future__ import annotations

import configparser
import plistlib
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from coda_git_mirror.actions.schedule.naming import in_xml_comment, is_made_for, stem
from coda_git_mirror.actions.schedule.plan import ELSEWHERE, HERE, KINDS
from tests.commands.program import run
from tests.commands.schedulers import HOSTILE

MARK = "made by coda-git-mirror schedule, for "
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def printed(kind: str, *arguments: str, cwd: Path) -> str:
    answer = run("schedule", kind, *arguments, cwd=cwd)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def refused(*arguments: str, cwd: Path) -> str:
    answer = run("schedule", *arguments, cwd=cwd)
    assert (answer.returncode, answer.stdout) == (2, ""), answer.stderr
    return answer.stderr


def as_cron_reads(line: str) -> str:
    """The command that cron hands to the shell; a `%` that is not escaped is the end of it."""
    command, i, seen = line.split(" ", 5)[5], 0, ""
    while i < len(command) and command[i] != "%":
        if command[i] == "\\" and command[i + 1 : i + 2] in ("%", "\\"):
            i += 1
        seen += command[i]
        i += 1
    return seen


def words_of_shell(command: str) -> list[str]:
    """The words of the last command of a line, as the real shell splits them."""
    said = subprocess.run(
        ["sh", "-c", f"show() {{ printf '%s\\0' \"$@\"; }}; show {command}"], capture_output=True, check=True
    )
    return said.stdout.decode().split("\0")[:-1]


def words_of_systemd(line: str) -> list[str]:
    """The words of an `ExecStart`, by systemd's rules for quotes, `%` and `$`."""
    words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r'"((?:[^"\\]|\\.)*)"', line)]
    assert not re.search(r"(?<!%)(?:%%)*%(?!%)", line)
    return [word.replace("%%", "%").replace("$$", "$") for word in words]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_for_which_folder_it_was_made_and_pushes_unless_told_otherwise(
    kind: str, tmp_path: Path
) -> None:
    text = printed(kind, "-o", "mirror", cwd=tmp_path)
    assert is_made_for(text, str(tmp_path / "mirror"))
    assert MARK + str(tmp_path / "mirror") in "\n".join(text.splitlines()[:5])
    assert stem(str(tmp_path / "mirror")) in text or kind == "cron"
    assert ("--push" in text) == (kind != "kubernetes")
    assert "--push" not in printed(kind, "-o", "mirror", "--no-push", cwd=tmp_path)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_folders_reach_the_program_as_they_are(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    folder.mkdir()
    line = printed("cron", "-o", str(folder), cwd=tmp_path).splitlines()[1]
    move, command = as_cron_reads(line).split(" && ", 1)
    assert words_of_shell(command)[-2:] == ["-o", str(folder)]
    assert words_of_shell(move.removeprefix("cd ")) == [str(folder)]
    units = printed("systemd", "-o", str(folder), cwd=tmp_path)
    [start] = re.findall(r"^ExecStart=(.*)$", units, re.MULTILINE)
    assert words_of_systemd(start)[-2:] == ["-o", str(folder)]
    agent = plistlib.loads(printed("launchd", "-o", str(folder), cwd=tmp_path).encode())
    assert agent["ProgramArguments"][-2:] == ["-o", str(folder)]
    task = ET.fromstring(printed("windows", "-o", str(folder), cwd=tmp_path).partition("?>")[2])  # noqa: S314 (our own)
    [arguments] = [each.text or "" for each in task.iter(f"{TASK}Arguments")]
    assert arguments.endswith(subprocess.list2cmdline(["-o", str(folder)]))
    for kind in ELSEWHERE:
        assert list(yaml.safe_load_all(printed(kind, "-o", str(folder), cwd=tmp_path)))


def test_the_test_would_see_a_percent_sign_that_is_not_escaped() -> None:
    assert as_cron_reads("1 * * * * echo 50% off") == "echo 50"
    assert as_cron_reads(r"1 * * * * echo 50\% off") == "echo 50% off"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_marker_in_xml_gives_its_folder_back(name: str) -> None:
    assert "--" not in in_xml_comment(name)
    assert unquote(in_xml_comment(name)) == name


@pytest.mark.thinned(5)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x1bb", "a\udcffb"])
def test_a_folder_with_a_line_break_is_refused_before_anything_is_made(kind: str, name: str, tmp_path: Path) -> None:
    assert "line break" in refused(kind, "-o", name, "--to", "files", cwd=tmp_path)
    assert "line break" in run("init", "-o", name, cwd=tmp_path).stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 200, "🚲", "Ä B", "-", "mirror"])
def test_stems_are_short_and_plain(name: str) -> None:
    assert re.fullmatch(r"coda-git-mirror-[a-z0-9-]*[a-z0-9]-[0-9a-f]{6}", stem(f"/srv/{name}"))
    assert len(stem(f"/srv/{name}")) <= 52
    assert stem(f"/srv/{name}") != stem(f"/other/{name}")


def test_hourly_ticks_come_at_a_minute_that_follows_from_the_folder(tmp_path: Path) -> None:
    lines = [printed("cron", "-o", name, cwd=tmp_path).splitlines()[1] for name in ("one", "two", "one")]
    assert lines[0] == lines[2]
    minutes = {line.split()[0] for line in lines}
    assert len(minutes) == 2
    assert all(line.split()[1:5] == ["*"] * 4 and "sync --quiet --every 20h" in line for line in lines)
    minute = int(lines[0].split()[0])
    assert f"OnCalendar=*-*-* *:{minute:02}:00" in printed("systemd", "-o", "one", cwd=tmp_path)
    assert plistlib.loads(printed("launchd", "-o", "one", cwd=tmp_path).encode())["StartCalendarInterval"] == {
        "Minute": minute
    }
    assert f"T00:{minute:02}:00<" in printed("windows", "-o", "one", cwd=tmp_path)


def test_a_time_of_the_day_means_ticks_from_then_on(tmp_path: Path) -> None:
    at = ("-o", "m", "--at", "14:05")
    assert printed("cron", *at, cwd=tmp_path).splitlines()[1].startswith("5 14-23 * * * ")
    assert "OnCalendar=*-*-* 14..23:05:00" in printed("systemd", *at, cwd=tmp_path)
    times = plistlib.loads(printed("launchd", *at, cwd=tmp_path).encode())["StartCalendarInterval"]
    assert times == [{"Hour": hour, "Minute": 5} for hour in range(14, 24)]
    task = printed("windows", *at, cwd=tmp_path)
    assert "T14:05:00<" in task
    assert "<Duration>PT10H<" in task
    for kind in ELSEWHERE:
        assert '"5 14 * * *"' in printed(kind, *at, cwd=tmp_path)
    assert printed("cron", "-o", "m", "--at", "23:59", cwd=tmp_path).splitlines()[1].startswith("59 23 * * * ")


@pytest.mark.parametrize(("hour", "age"), [(0, 23), (1, 23), (2, 22), (14, 10), (23, 1)])
def test_a_day_has_one_sync_at_its_time_and_a_late_one_costs_the_next_day_nothing(
    hour: int, age: int, tmp_path: Path
) -> None:
    """Of ticks an hour apart, whose runs take some minutes, the last one of the day is too early for a second sync."""
    line = printed("cron", "-o", "m", "--at", f"{hour}:30", cwd=tmp_path)
    assert f"--every {age}h " in line
    assert 23 - hour <= age < 24


def test_daily_kinds_run_once_a_day_at_an_odd_minute_and_ask_for_an_age_only_if_told(tmp_path: Path) -> None:
    for kind in ELSEWHERE:
        text = printed(kind, "-o", "m", cwd=tmp_path)
        assert "--every" not in text
        assert re.search(r'"\d{1,2} [0-5] \* \* \*"', text)
        words = printed(kind, "-o", "m", "--every", "7d", cwd=tmp_path).replace('"\n                - "', " ")
        assert "--every 7d" in words
    found = re.search(r'cron: "(\d+) ', printed("github-actions", "-o", "m", cwd=tmp_path))
    assert found
    assert int(found[1]) % 2 == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["cron", "--at", "24:00"],
        ["cron", "--at", "noon"],
        ["cron", "--at", "2:30", "--every", "20h"],
        ["cron", "--every", "1.5h"],
        ["cron", "--every", "20"],
        ["cron", "--install", "--remove"],
        ["cron", "--status", "--to", "x"],
        ["cron", "--system"],
        ["github-actions", "--install"],
        ["kubernetes", "--status"],
        ["gitlab-ci", "--remove"],
        ["fcron"],
    ],
)
def test_what_does_not_fit_together_is_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    refused(*arguments, cwd=tmp_path)


def test_several_files_have_a_line_each_that_names_them(tmp_path: Path) -> None:
    name = stem(str(tmp_path / "m"))
    text = printed("systemd", "-o", "m", cwd=tmp_path)
    assert text.startswith(f"# {name}.service\n# {MARK}")
    assert f"\n# {name}.timer\n# {MARK}" in text
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    assert parser["Service"]["SuccessExitStatus"] == "3 5"
    assert parser["Timer"]["Persistent"] == "true"


def test_files_go_into_a_folder_and_replace_only_their_own_kind(tmp_path: Path) -> None:
    for kind in KINDS:
        first = run("schedule", kind, "-o", "m", "--to", f"to/{kind}", cwd=tmp_path)
        assert first.returncode == 0, first.stderr
        assert run("schedule", kind, "-o", "m", "--at", "3:15", "--to", f"to/{kind}", cwd=tmp_path).returncode == 0
    names = {path.relative_to(tmp_path / "to").as_posix() for path in (tmp_path / "to").rglob("*") if path.is_file()}
    name = stem(str(tmp_path / "m"))
    assert names == {
        "cron/crontab",
        f"systemd/{name}.service",
        f"systemd/{name}.timer",
        f"launchd/{name}.plist",
        f"windows/{name}.xml",
        f"windows/{name}.ps1",
        f"github-actions/.github/workflows/{name}.yml",
        "gitlab-ci/.gitlab-ci.yml",
        "kubernetes/kubernetes.yml",
    }
    mine = tmp_path / "to" / "gitlab-ci" / ".gitlab-ci.yml"
    mine.write_text("mine: {}\n")
    answer = run("schedule", "gitlab-ci", "-o", "m", "--to", "to/gitlab-ci", cwd=tmp_path)
    assert (answer.returncode, mine.read_text()) == (1, "mine: {}\n")
    other = run("schedule", "windows", "-o", "n", "--to", "to/windows", cwd=tmp_path)
    assert other.returncode == 0


def test_windows_gets_utf_16_on_standard_output_and_a_byte_order_mark_in_its_script(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "coda_git_mirror", "schedule", "windows", "-o", str(tmp_path / "🚲 it's")]
    said = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path).stdout
    assert said.decode("utf-16").startswith('<?xml version="1.0" encoding="UTF-16"?>\r\n<!-- ')
    assert ET.fromstring(said).tag == f"{TASK}Task"  # noqa: S314 (our own)
    assert run("schedule", "windows", "-o", "🚲 it's", "--to", "w", cwd=tmp_path).returncode == 0
    [script] = (tmp_path / "w").glob("*.ps1")
    content = script.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf# made by")
    assert f"'{tmp_path / '🚲 it'}''s'".encode() in content
    assert b"\r\n" in content
    assert b"/coda-git-mirror' 'sync'" in content
    assert "/coda-git-mirrorw<" in said.decode("utf-16")


def test_the_folder_with_the_token_is_where_it_starts(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    assert f" cd {tmp_path}/m && " in printed("cron", "-o", "m", cwd=tmp_path)
    (tmp_path / ".env").write_text("CODA_API_TOKEN=secret-enough\n")
    line = printed("cron", "-o", "m", cwd=tmp_path)
    assert f" cd {tmp_path} && " in line
    assert "secret-enough" not in line
    assert f" cd {tmp_path} && " in printed("cron", "-o", ".", cwd=tmp_path / "m"), "wherever it is typed"
    assert " cd " not in printed("cron", "-o", "n", cwd=tmp_path.parent)


def test_the_program_is_named_by_its_whole_path(tmp_path: Path) -> None:
    line = printed("cron", "-o", "m", cwd=tmp_path).splitlines()[1]
    assert Path(shlex.split(line.split(" ", 5)[5])[0]).is_absolute()
    for kind in HERE:
        assert str(Path(sys.executable).parent) in printed(kind, "-o", "m", cwd=tmp_path)


def test_a_command_that_cron_would_cut_is_refused(tmp_path: Path) -> None:
    assert "too long for cron" in refused("cron", "-o", "/".join(["x" * 200] * 5), cwd=tmp_path)
